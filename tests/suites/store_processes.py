"""Several processes on one database: what one has acknowledged, no other serves any more."""

import asyncio
from dataclasses import replace

from keystead.domain.changes import Change
from keystead.domain.ids import IamId, RingId
from keystead.domain.keys import Key, KeyState
from keystead.domain.lifecycle import disabled
from keystead.domain.ports.store import Store
from keystead.domain.rings import Ring
from suites.store_samples import (
    NOW,
    Place,
    a_grant,
    a_key,
    added,
    an_event,
    an_identity,
    an_instance,
    in_loop,
    opened,
    saved,
)


class ProcessSuite:
    """Two stores, each with its own connections and memory."""

    @in_loop
    async def test_a_disabled_key_is_disabled_everywhere(self, place: Place) -> None:
        async with opened(place) as here, opened(place) as there:
            key = await saved(here, a_key(await an_instance(here), aliases=("payroll",)))
            for store in (here, there, here, there):
                assert await store.key(key.instance, key.id) == key
                assert await store.key_by_alias(key.instance, "payroll") == key
            await saved(here, disabled(key, NOW), key)
            for store in (there, here):
                assert (await store.key_by_alias(key.instance, "payroll")).state is KeyState.SUSPENDED
                assert (await store.key(key.instance, key.id)).state is KeyState.SUSPENDED

    @in_loop
    async def test_the_directory_is_the_same_everywhere(self, place: Place) -> None:
        async with opened(place) as here, opened(place) as there:
            subject, identity = IamId("IBMid-1"), an_identity()
            instance = await an_instance(here)
            assert await there.grants(subject) == ()
            assert await there.identity(identity.iam_id) is None
            assert not await there.has_ring(instance, RingId("hr"))
            grant = a_grant(subject)
            await added(here, grant, identity)
            ring = Change()
            ring.put(Ring(instance=instance, id=RingId("hr")), was=None)
            await here.commit(ring, None)
            assert await there.grants(subject) == (grant,)
            assert await there.identity(identity.iam_id) == identity
            assert await there.has_ring(instance, RingId("hr"))

    @in_loop
    async def test_no_reading_is_older_than_what_was_acknowledged_before_it_began(self, place: Place) -> None:
        async with opened(place) as here, opened(place) as there:
            watch = Watch(await saved(here, a_key(await an_instance(here))))
            readers = [watch.read(store) for store in (here, there) for _ in range(4)]
            await asyncio.gather(watch.write(here, 40), *readers)
            assert watch.readings > 40

    @in_loop
    async def test_pending_events_belong_to_one_log(self, place: Place) -> None:
        async with opened(place, "first") as first, opened(place, "second") as second:
            event = an_event()
            await first.commit(Change(), event)
            assert await first.pending() == (event,)
            assert await second.pending() == ()
        async with opened(place, "first") as successor:
            assert await successor.pending() == (event,)


class Watch:
    """One key, its newest acknowledged revision, and readers that never may see an older one."""

    def __init__(self, key: Key) -> None:
        self.readings = 0
        self._key = key
        self._acknowledged = key.revision
        self._done = False

    async def write(self, store: Store, times: int) -> None:
        try:
            for _ in range(times):
                was = self._key
                self._key = replace(was, revision=was.revision + 1)
                await saved(store, self._key, was)
                self._acknowledged = self._key.revision
        finally:
            self._done = True

    async def read(self, store: Store) -> None:
        while not self._done:
            floor = self._acknowledged
            key = await store.key(self._key.instance, self._key.id)
            assert key.revision >= floor
            self.readings += 1
            await asyncio.sleep(0)
