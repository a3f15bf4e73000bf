"""Fills a stopped server's database with keys, through the same store and unit as the server's."""

import asyncio
from datetime import UTC, datetime, timedelta

from keystead.app import open_service
from keystead.config import Settings
from keystead.domain.changes import Change
from keystead.domain.ids import DEFAULT_RING, IamId, KeyId, VersionId, random_uuid
from keystead.domain.instances import Instance
from keystead.domain.keys import Key, KeyState, KeyVersion
from keystead.domain.ports import Binding, CryptoUnit

_CHUNK = 500
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def begin(settings: Settings) -> None:
    """Make the first account and instance where nothing is."""

    async def made() -> None:
        service = await open_service(settings, ready_pairs=0)
        try:
            text, _ = service.new_api_key()
            await service.begin(text, email="bench@example.com", kind="kms", region="us-south")
        finally:
            await service.close()

    asyncio.run(made())


def populate(settings: Settings, count: int, first: int = 0) -> list[str]:
    """Add *count* root keys, numbered from *first*, to the one instance; return their ids, oldest first."""
    return asyncio.run(_populate(settings, first, count))


def created_at(number: int) -> datetime:
    """Return when the key with this number was created: one each second."""
    return _BEGINNING + timedelta(seconds=number)


async def _populate(settings: Settings, first: int, count: int) -> list[str]:
    service = await open_service(settings, ready_pairs=0)
    try:
        (instance,) = await service.store.instances()
        made: list[str] = []
        while len(made) < count:
            change = Change()
            for number in range(len(made), min(len(made) + _CHUNK, count)):
                key = await _key(service.unit, instance, first + number)
                change.save(key, was=None)
                made.append(key.id)
            await service.store.commit(change, None)
        return made
    finally:
        await service.close()


async def _key(unit: CryptoUnit, instance: Instance, number: int) -> Key:
    key, version, now = KeyId(random_uuid()), VersionId(random_uuid()), created_at(number)
    binding = Binding(instance=instance.id, key=key, version=version, extractable=False)
    material = await unit.generate(binding)
    return Key(
        instance=instance.id,
        id=key,
        ring=DEFAULT_RING,
        name=f"bench key {number}",
        description=None,
        tags=(),
        aliases=(),
        state=KeyState.ACTIVE,
        extractable=False,
        imported=False,
        versions=(
            KeyVersion(
                id=version,
                created_at=now,
                sealed=material.sealed,
                material_id=material.material_id,
                bits=material.bits,
            ),
        ),
        created_at=now,
        created_by=IamId("bench"),
        updated_at=now,
        acted_at=now,
    )
