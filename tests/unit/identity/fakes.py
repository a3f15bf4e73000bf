"""A directory in memory, a unit that seals with nothing but its own key, and a clock that is set by hand."""

import hashlib
import hmac
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from keystead.domain.errors import Tampered
from keystead.domain.grants import Grant
from keystead.domain.identities import ApiKey, Holder, Identity, SigningKey
from keystead.domain.ids import AccountId, IamId
from keystead.domain.instances import Instance
from keystead.domain.material import KeyMaterial
from keystead.identity.api_keys import digest
from keystead.identity.signing import make_signing_key
from keystead.identity.tokens import TokenService
from keystead.storage.answers import held

START = datetime(2031, 5, 4, 9, 8, 7, 654321, tzinfo=UTC)
ACCOUNT = AccountId("0123456789abcdef0123456789abcdef")
ALICE = Identity(
    iam_id=IamId("IBMid-2700ABCDEF"),
    account=ACCOUNT,
    kind="user",
    name="alice@example.com",
    display_name="Alice van Example",
    created_at=START,
)
ROBOT = Identity(
    iam_id=IamId("iam-ServiceId-6d0f3c52-7a41-4b1e-9a3e-5d2c1f0b8e77"),
    account=ACCOUNT,
    kind="serviceid",
    name="ServiceId-6d0f3c52-7a41-4b1e-9a3e-5d2c1f0b8e77",
    display_name="backup robot",
    created_at=START,
)


@dataclass
class SetClock:
    """Time that passes when a test says so."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class FakeUnit:
    """Seals by a MAC and a key stream of its own; enough to notice a wrong label or a changed octet."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self.opened: list[str] = []

    def mac(self, label: str, octets: bytes) -> bytes:
        return hmac.digest(self._key, label.encode() + b"\0" + octets, "sha256")

    def seal(self, label: str, secret: KeyMaterial) -> bytes:
        hidden = self._mix(label, secret.reveal())
        return self.mac(label, hidden) + hidden

    def open(self, label: str, sealed: bytes) -> KeyMaterial:
        self.opened.append(label)
        if not hmac.compare_digest(self.mac(label, sealed[32:]), sealed[:32]):
            raise Tampered("does not open here")
        return KeyMaterial(self._mix(label, sealed[32:]))

    def _mix(self, label: str, octets: bytes) -> bytes:
        stream = hashlib.shake_256(self._key + label.encode()).digest(len(octets))
        return bytes(a ^ b for a, b in zip(octets, stream, strict=True))


@dataclass
class FakeDirectory:
    """What a test put into it, and how often it was asked for identities."""

    keys: dict[bytes, ApiKey] = field(default_factory=dict)
    identities: dict[IamId, Identity] = field(default_factory=dict)
    signing: tuple[SigningKey, ...] = ()
    asked: list[IamId] = field(default_factory=list)

    def mark(self) -> None:
        """Conclude nothing for later."""

    async def api_key(self, digest: bytes) -> ApiKey | None:
        return self.keys.get(digest)

    async def identity(self, iam_id: IamId) -> Identity | None:
        self.asked.append(iam_id)
        return self.identities.get(iam_id)

    async def holder(self, iam_id: IamId, api_key: str | None) -> Holder | None:
        self.asked.append(iam_id)
        key = next((key for key in self.keys.values() if key.id == api_key), None)
        return held(self.identities.get(iam_id), key, api_key)

    async def grants(self, subject: IamId) -> tuple[Grant, ...]:
        raise NotImplementedError(subject)

    async def signing_keys(self) -> tuple[SigningKey, ...]:
        return self.signing

    async def instances(self) -> tuple[Instance, ...]:
        raise NotImplementedError


UNIT = FakeUnit()
SIGNER = make_signing_key(UNIT, START)
SECOND_SIGNER = replace(make_signing_key(UNIT, START), created_at=START + timedelta(days=1))


class World:
    """A token service with a user, a service id and an API key for each."""

    def __init__(self, **settings: str | int) -> None:
        self.clock = SetClock()
        self.unit = UNIT
        self.directory = FakeDirectory(
            identities={who.iam_id: who for who in (ALICE, ROBOT)}, signing=(SIGNER,)
        )
        self.service = TokenService(self.directory, self.unit, self.clock, **settings)  # type: ignore[arg-type]
        self.add_key("alices-key", ALICE)
        self.add_key("robots-key", ROBOT)

    def add_key(self, text: str, owner: Identity) -> ApiKey:
        key = ApiKey(
            id=f"ApiKey-{text}",
            iam_id=owner.iam_id,
            account=owner.account,
            name=text,
            digest=digest(self.unit, KeyMaterial(text.encode())),
            created_at=START,
        )
        self.directory.keys[key.digest] = key
        return key

    async def token(self, apikey: str = "alices-key", client_id: str = "default") -> str:
        issued = await self.service.issue_for_api_key(KeyMaterial(apikey.encode()), client_id)
        return issued.access_token.reveal().decode()
