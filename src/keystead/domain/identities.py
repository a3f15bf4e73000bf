"""Accounts, the subjects in them, and their API keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from keystead.domain.ids import AccountId, IamId
from keystead.domain.material import KeyMaterial


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Owner of instances and identities."""

    id: AccountId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A user, a service id, or a service that works with keys for its users (``spec`` INT-2)."""

    iam_id: IamId
    account: AccountId
    kind: Literal["user", "serviceid", "service"]
    name: str  # e-mail address, ServiceId-<uuid>, or the CRN of a service
    display_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key without its text: only a keyed hash of that is stored (ID-2)."""

    id: str  # ApiKey-<uuid>
    iam_id: IamId
    account: AccountId
    name: str
    digest: bytes  # 32 octets, HMAC under a unit-held key
    created_at: datetime
    locked: bool = False
    disabled: bool = False
    expires_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        """Tell whether the key may be exchanged for a token."""
        return not self.locked and not self.disabled and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair that signs access tokens; the private half is sealed by the crypto unit."""

    id: str  # the kid
    sealed_private_key: bytes
    public_jwk: bytes  # JSON
    created_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """An access token as it is handed to the caller, once."""

    access_token: KeyMaterial  # the JWT's text
    refresh_token: KeyMaterial  # what renews it
    expires_in: int  # seconds
    expiration: int  # seconds since 1970
    identity: Identity
