"""Records for the store's suites; each call makes a new one."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Protocol

from keystead.domain.access import Caller
from keystead.domain.actions import Role
from keystead.domain.changes import Addition, Change
from keystead.domain.events import AuditEvent, Origin
from keystead.domain.grants import Grant, granted
from keystead.domain.identities import Account, ApiKey, Identity, SigningKey
from keystead.domain.ids import AccountId, IamId, InstanceId, KeyId, RingId, VersionId, random_uuid
from keystead.domain.import_tokens import ImportToken, TokenKind, TokenSecret
from keystead.domain.instances import Instance
from keystead.domain.keys import ImportProof, Key, KeyState, KeyVersion
from keystead.domain.policies import DualAuthPolicy, RotationPolicy, Stamp
from keystead.domain.ports.store import Store

NOW = datetime(2031, 5, 4, 9, 8, 7, 654321, tzinfo=UTC)
STAMP = Stamp(created_at=NOW, created_by=IamId("IBMid-1"), updated_at=NOW, updated_by=IamId("IBMid-1"))


class Place(Protocol):
    """Where one test's records rest; every `open` is a process of its own, as far as a test can tell."""

    async def open(self, origin: str = "local") -> Store: ...

    def sql(self, statement: str, **values: object) -> list[dict[str, Any]]:
        """Do to the database what only somebody who has it can do."""


class TestBinder:
    """Keyed hashes like a unit's, under a key that everybody knows."""

    __test__ = False

    def mac(self, label: str, octets: bytes) -> bytes:
        return hmac.digest(b"known to all:" + label.encode(), octets, "sha256")


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an async test to its end."""

    @wraps(test)
    def run(*arguments: object, **named: object) -> None:
        async def whole() -> None:
            await test(*arguments, **named)

        asyncio.run(whole())

    return run


@asynccontextmanager
async def opened(place: Place, origin: str = "local") -> AsyncIterator[Store]:
    store = await place.open(origin)
    try:
        yield store
    finally:
        await store.close()


async def saved(store: Store, new: Key, was: Key | None = None) -> Key:
    """Commit one key with an event."""
    change = Change()
    change.save(new, was=was)
    await store.commit(change, an_event())
    return new


async def added(store: Store, *records: Addition) -> None:
    change = Change()
    change.add(*records)
    await store.commit(change, an_event())


async def add_accounts(store: Store, *ids: AccountId) -> None:
    await added(store, *(Account(id=one, name="tenant", created_at=NOW) for one in ids))


async def an_instance(store: Store) -> InstanceId:
    """Add a new instance and return its id."""
    instance = Instance(
        id=InstanceId(random_uuid()),
        account=AccountId("a" * 32),
        name="payroll",
        service="kms",
        region="eu-de",
        created_at=NOW,
    )
    await added(store, instance)
    return instance.id


def a_version(bits: int = 256) -> KeyVersion:
    return KeyVersion(
        id=VersionId(random_uuid()),
        created_at=NOW,
        sealed=b"sealed \x00\xff" * 9,
        material_id=random_uuid()[:16].encode(),
        bits=bits,
    )


def a_key(instance: InstanceId, **fields: Any) -> Key:
    """Return a key in which every field says something, unless *fields* says otherwise."""
    whole: dict[str, Any] = {
        "instance": instance,
        "id": KeyId(random_uuid()),
        "ring": RingId("default"),
        "name": "Gehälter",
        "description": "wraps payroll DEKs",
        "tags": ("hr", "eu"),
        "aliases": (),
        "state": KeyState.ACTIVE,
        "extractable": False,
        "imported": True,
        "versions": (a_version(128), a_version()),
        "created_at": NOW,
        "created_by": IamId("IBMid-1"),
        "updated_at": NOW + timedelta(microseconds=1),
        "acted_at": NOW + timedelta(seconds=2),
        "rotated_at": NOW,
        "synced_at": NOW,
        "expires_at": NOW + timedelta(days=2),
        "expired_at": NOW,
        "import_proof": ImportProof(encrypted_nonce=b"nonce", iv=b"iv"),
        "rotation": RotationPolicy(id=random_uuid(), enabled=True, interval_months=3, stamp=STAMP),
        "dual_auth": DualAuthPolicy(
            id=random_uuid(), enabled=True, stamp=STAMP, set_by=IamId("IBMid-2"), set_until=NOW
        ),
    }
    return Key(**whole | fields)


def a_token(instance: InstanceId) -> ImportToken:
    return ImportToken(
        instance=instance,
        id=random_uuid(),
        secret=TokenSecret(
            kind=TokenKind.RSA_4096, sealed_private_key=b"sealed", public_key_pem=b"PEM", nonce=b"n" * 12
        ),
        created_at=NOW,
        expires_at=NOW + timedelta(minutes=10),
        max_retrievals=3,
        remaining=3,
    )


def an_account() -> Account:
    return Account(id=AccountId(random_uuid()), name="Acme", created_at=NOW)


def an_identity() -> Identity:
    return Identity(
        iam_id=IamId(f"IBMid-{random_uuid()}"),
        account=AccountId("a" * 32),
        kind="user",
        name="ada@example.com",
        display_name="Ada",
        created_at=NOW,
    )


def an_api_key(digest: bytes | None = None) -> ApiKey:
    return ApiKey(
        id=f"ApiKey-{random_uuid()}",
        iam_id=IamId("IBMid-1"),
        account=AccountId("a" * 32),
        name="ci",
        digest=digest or random_uuid().encode()[:32],
        created_at=NOW,
    )


def a_grant(subject: IamId) -> Grant:
    return granted(
        id=random_uuid(),
        subject=subject,
        account=AccountId("a" * 32),
        roles=(Role.WRITER,),
        ring=RingId("hr"),
    )


def a_signing_key(age: timedelta = timedelta()) -> SigningKey:
    return SigningKey(id=random_uuid(), sealed_private_key=b"sealed", public_jwk=b"{}", created_at=NOW - age)


def an_event() -> AuditEvent:
    return AuditEvent(
        id=random_uuid(),
        time=datetime.now(UTC),
        action="kms.secrets.create",
        outcome="success",
        severity="normal",
        message="Key Protect: create key",
        caller=Caller(
            iam_id=IamId("IBMid-1"),
            name="ada@example.com",
            account=AccountId("a" * 32),
            kind="user",
            credential="token",
        ),
        origin=Origin(uri="/api/v2/keys", address="127.0.0.1", agent=None, correlation_id=random_uuid()),
        target_id="crn",
        target_name="payroll",
        target_type="kms/secrets",
        reason_code=201,
        reason_type="Created",
        failure=None,
        request={"name": "payroll", "deep": {"numbers": [1, 2]}},
        response={},
        log_source="crn",
    )
