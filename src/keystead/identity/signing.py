"""RSA key pairs that sign access tokens; the private half rests sealed by the crypto unit."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from joserfc.jwk import RSAKey

from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.identities import SigningKey
from keystead.domain.ids import random_uuid
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.directory import Directory
from keystead.domain.ports.unit import Binder

ALGORITHM: Final = "RS256"  # Terraform and the Python SDK accept no other (TOK-12)
_BITS: Final = 2048
_LABEL: Final = "keystead/token-signing/1/"
_MARGIN: Final = timedelta(minutes=1)  # for what others signed while it was being retired, by their clocks


class Sealer(Binder, Protocol):
    """The part of a crypto unit that identity needs."""

    def seal(self, label: str, secret: KeyMaterial) -> bytes:
        """Seal *secret* under *label*."""

    def open(self, label: str, sealed: bytes) -> KeyMaterial:
        """Open what `seal` returned for the same label; `Tampered`, `Unavailable`."""


@dataclass(frozen=True, slots=True)
class OpenedKey:
    """A signing key ready for work; every part comes from the octets that the unit opened."""

    kid: str
    private: RSAKey
    public: RSAKey
    jwk: bytes  # the public half as JSON


def make_signing_key(unit: Sealer, now: datetime) -> SigningKey:
    """Return a new RSA-2048 key pair; takes about a tenth of a second.

    Raises:
        Unavailable: the unit cannot seal now.
    """
    kid, pair = random_uuid(), RSAKey.generate_key(_BITS)
    return SigningKey(
        id=kid,
        sealed_private_key=unit.seal(_LABEL + kid, KeyMaterial(pair.as_der(private=True))),
        public_jwk=_public_jwk(kid, pair),
        created_at=now,
    )


def open_signing_key(unit: Sealer, record: SigningKey) -> OpenedKey:
    """Open *record*.

    The stored public half is compared, never trusted: a key that this unit did not seal verifies nothing.

    Raises:
        Tampered: the private half does not open, or the public half belongs to another pair.
        Unavailable: the unit cannot open now.
    """
    private = RSAKey.import_key(unit.open(_LABEL + record.id, record.sealed_private_key).reveal())
    jwk = _public_jwk(record.id, private)
    if jwk != record.public_jwk:
        raise Tampered(f"token signing key {record.id} does not match its public key")
    return OpenedKey(record.id, private, RSAKey.import_key(json.loads(jwk)), jwk)


class SigningKeys:
    """The directory's signing keys, each opened once.

    Args:
        directory: where the sealed keys are.
        unit: what opens them.
        retention: how long a retired key still verifies and is listed, but for a margin; a token's lifetime.
    """

    def __init__(self, directory: Directory, unit: Sealer, retention: timedelta) -> None:
        self._directory = directory
        self._unit = unit
        self._retention = retention
        self._opened: dict[str, tuple[SigningKey, OpenedKey]] = {}

    async def newest(self) -> OpenedKey:
        """Return the key that signs; `Unavailable` while there is none."""
        for record in reversed(await self._records()):
            if record.retired_at is None:
                return self._open(record)
        raise Unavailable("no token signing key has been made yet")

    async def find(self, kid: str, now: datetime) -> OpenedKey | None:
        """Return the key named *kid* if it may verify tokens at *now*."""
        for record in await self._records():
            if record.id == kid and self._is_listed(record, now):
                return self._open(record)
        return None

    async def document(self, now: datetime) -> bytes:
        """Return the JSON Web Key Set with every key that may verify tokens at *now*."""
        records = await self._records()
        listed = [self._open(record).jwk for record in records if self._is_listed(record, now)]
        return b'{"keys":[' + b",".join(listed) + b"]}"

    async def _records(self) -> tuple[SigningKey, ...]:
        """Return the keys that are stored, and drop what was opened of those that are not any more."""
        records = await self._directory.signing_keys()
        for kid in self._opened.keys() - {record.id for record in records}:
            del self._opened[kid]
        return records

    def _is_listed(self, record: SigningKey, now: datetime) -> bool:
        return record.retired_at is None or now < record.retired_at + self._retention + _MARGIN

    def _open(self, record: SigningKey) -> OpenedKey:
        known = self._opened.get(record.id)
        if known is not None and known[0] == record:
            return known[1]
        opened = open_signing_key(self._unit, record)
        self._opened[record.id] = (record, opened)
        return opened


def _public_jwk(kid: str, pair: RSAKey) -> bytes:
    public = pair.as_dict(private=False)
    document = {"kty": "RSA", "alg": ALGORITHM, "use": "sig", "kid": kid, "n": public["n"], "e": public["e"]}
    return json.dumps(document, separators=(",", ":")).encode()
