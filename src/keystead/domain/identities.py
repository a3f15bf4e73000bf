"""Accounts, the subjects in them, and their API keys."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from keystead.domain.ids import AccountId, IamId, entity_tag
from keystead.domain.material import KeyMaterial
from keystead.domain.trust import NO_TRUST, Trust, Vouch

MOST_API_KEYS: Final = 20
"""API keys that one identity may have, of those that are made over the network."""
MOST_SERVICE_IDS: Final = 2000
"""Service ids that one account may have."""
MOST_PROFILES: Final = 200
"""Trusted profiles that one account may have."""
LONGEST_TOKEN: Final = timedelta(days=1)
"""How long the settings let an access token live at most."""
PARTS: Final = "crn-"
"""What the IAM ids of services and of their parts begin with; their CRN follows."""
_CRN: Final = "crn:v1:bluemix:public:iam-identity::a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Owner of instances and identities."""

    id: AccountId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A user, a service id, a service that works with keys for its users (``spec`` INT-2), or a profile."""

    iam_id: IamId
    account: AccountId
    kind: Literal["user", "serviceid", "service", "profile"]
    name: str  # e-mail address, ServiceId-<uuid>, Profile-<uuid>, or the CRN of a service
    display_name: str
    created_at: datetime
    description: str = ""
    instance_crns: tuple[str, ...] = ()  # of services that it is connected to, as its maker says
    locked: bool = False  # it stays as it is; what it may do is another matter
    modified_at: datetime | None = None
    revision: int = 1  # grows by one with each stored change
    trust: Trust = NO_TRUST  # who may be this profile; nothing but a profile trusts anybody

    @property
    def id(self) -> str:
        """What it is called where the realm is known: ``ServiceId-<uuid>``, ``Profile-<uuid>``."""
        return self.iam_id.removeprefix("iam-")

    @property
    def crn(self) -> str:
        """The cloud resource name of a service id or profile."""
        return f"{_CRN}/{self.account}::{self.kind}:{self.id}"

    @property
    def entity_tag(self) -> str:
        """What names this state of it (ID-1)."""
        return entity_tag(self.iam_id, self.revision)


def part_of(service: Identity, crn: str) -> Identity:
    """Return who *service* is as the part of itself that is called *crn*; nothing of that is stored."""
    return replace(service, iam_id=IamId(f"{PARTS}{crn}"), name=crn)


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
    description: str = ""
    created_by: IamId | None = None  # ``None`` for the operator
    modified_at: datetime | None = None
    revision: int = 1  # grows by one with each stored change

    @property
    def crn(self) -> str:
        """Its cloud resource name."""
        return f"{_CRN}/{self.account}::apikey:{self.id}"

    @property
    def entity_tag(self) -> str:
        """What names this state of it (ID-1)."""
        return entity_tag(self.id, self.revision)

    def usable(self, now: datetime) -> bool:
        """Tell whether the key may be exchanged for a token."""
        return not self.locked and not self.disabled and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody, and the API key that he came with."""

    identity: Identity
    api_key: ApiKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passcode:
    """A code that gives a user one token more, once and soon; a user has one at a time."""

    iam_id: IamId
    account: AccountId
    digest: bytes  # 32 octets, HMAC under a unit-held key
    ends: datetime  # when the code is worth nothing any more
    until: int  # when the token ends with which it was asked for, and at the latest the one that it gives
    api_key: str | None  # id of the one behind that token
    vouch: Vouch | None = None  # of the provider behind that token
    revision: int = 1  # grows by one with each stored change


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
    api_key: str | None  # id of the one that it stands on, and falls with
