"""Fills a stopped server's database with keys, through the same store and unit as the server's."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from keystead.app import open_service
from keystead.config import Settings
from keystead.domain.changes import Change
from keystead.domain.ids import DEFAULT_RING, IamId, KeyId, VersionId, random_uuid
from keystead.domain.instances import Instance
from keystead.domain.keys import Key, KeyState, KeyVersion
from keystead.domain.ports.unit import Binding, CryptoUnit

_CHUNK = 10_000  # keys in one commit: each moves all 256 tallies, whatever it holds
_BREATH = 100  # keys, after which what is being written has its turn
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


Look = Callable[[Key, int], Key]
"""Makes of a plain key what the key with this number shall be."""


def populate(
    settings: Settings, count: int, first: int = 0, look: Look = lambda key, _number: key
) -> list[str]:
    """Add *count* root keys, numbered from *first*, to the one instance; return their ids, oldest first."""
    return asyncio.run(_populate(settings, first, count, look))


def created_at(number: int) -> datetime:
    """Return when the key with this number was created: one each second."""
    return _BEGINNING + timedelta(seconds=number)


async def _populate(settings: Settings, first: int, count: int, look: Look) -> list[str]:
    service = await open_service(settings, ready_pairs=0)
    try:
        (instance,) = await service.store.instances()
        made: list[str] = []
        async with asyncio.TaskGroup() as written:  # the next keys are made while these are written
            last: asyncio.Task[None] | None = None
            while len(made) < count:
                change = Change()
                for number in range(len(made), min(len(made) + _CHUNK, count)):
                    key = look(await _key(service.unit, instance, first + number), first + number)
                    change.save(key, was=None)
                    made.append(key.id)
                    if number % _BREATH == 0:
                        await asyncio.sleep(0)
                if last is not None:
                    await last
                last = written.create_task(service.store.commit(change, None))
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
