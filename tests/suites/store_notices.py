"""What every store does with receivers and notices: what is due, who takes it, and what commits with it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict
from keystead.domain.ids import InstanceId, KeyId, random_uuid
from keystead.domain.keys import KeyState
from keystead.domain.lifecycle import disabled
from keystead.domain.notices import LEASE, OPEN, Notice, NoticeKind, NoticeState, VersionOf
from keystead.domain.receivers import MOST_RECEIVERS, Receiver
from suites.store_placed import putting, removing
from suites.store_quotas import at_once
from suites.store_samples import NOW, Place, a_key, an_event, an_instance, in_loop, opened, saved

EVERY = frozenset(NoticeState)
SECOND = timedelta(seconds=1)


def a_receiver(service: str = "cloud-object-storage", **fields: Any) -> Receiver:
    whole: dict[str, Any] = {
        "service": service,
        "url": "https://receiver.example/keys",
        "authority": "-----BEGIN CERTIFICATE-----",
        "sealed_secret": b"sealed \x00\xff",
        "created_at": NOW,
    }
    return Receiver(**whole | fields)


def a_notice(instance: InstanceId, **fields: Any) -> Notice:
    """Return a notice in which every field says something, unless *fields* says otherwise."""
    whole: dict[str, Any] = {
        "instance": instance,
        "id": random_uuid(),
        "kind": NoticeKind.ROTATE,
        "key": KeyId(random_uuid()),
        "key_crn": "crn:v1:bluemix:public:kms:eu-de:a/1:2:key:3",
        "key_state": KeyState.ACTIVE,
        "service": "cloud-object-storage",
        "resources": ("crn:one", "crn:two"),
        "version": VersionOf(id=random_uuid(), created_at=NOW),
        "new_version": VersionOf(id=random_uuid(), created_at=NOW),
        "at": NOW,
        "until": NOW + timedelta(hours=4),
        "correlation_id": random_uuid(),
        "due_at": NOW,
        "tries": 2,
        "failure": "answered with status 500",
        "said": "DEK_ENABLED",
    }
    return Notice(**whole | fields)


class NoticeSuite:
    """Receivers and notices."""

    @in_loop
    async def test_receivers_come_back_in_order_and_go(self, place: Place) -> None:
        async with opened(place) as store:
            made = [a_receiver(name) for name in ("kubernetes", "databases", "object-storage")]
            for one in made:
                await store.commit(putting(one), an_event())
            ordered = tuple(sorted(made, key=lambda it: it.service))
            assert await store.receivers() == ordered
        async with opened(place) as store:
            moved = replace(ordered[0], url="https://elsewhere.example/", authority=None, revision=2)
            await store.commit(putting(moved, ordered[0]), an_event())
            with pytest.raises(Conflict):
                await store.commit(putting(moved, ordered[0]), an_event())
            with pytest.raises(Conflict):
                await store.commit(putting(a_receiver("databases")), an_event())
            await store.commit(removing(ordered[1]), an_event())
            assert await store.receivers() == (moved, ordered[2])

    @in_loop
    async def test_of_many_who_want_the_last_receiver_one_gets_it(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            change = Change()
            for number in range(MOST_RECEIVERS - 1):
                change.put(a_receiver(f"service-{number}"), was=None)
            await store.commit(change, None)
            wishes = [putting(a_receiver(f"late-{number}")) for number in range(4)]
            assert (await at_once((store, beside), wishes)).count(type(None)) == 1
            assert len(await store.receivers()) == MOST_RECEIVERS

    @in_loop
    async def test_a_notice_comes_back_as_it_was_and_in_its_instance_only(self, place: Place) -> None:
        async with opened(place) as store:
            instance, other = await an_instance(store), await an_instance(store)
            notice = a_notice(instance)
            await store.commit(putting(notice), an_event())
            assert await store.notice(instance, notice.id) == notice
            assert await store.notice(other, notice.id) is None
        async with opened(place) as store:
            assert await store.notice(instance, notice.id) == notice
            await store.commit(removing(notice), None)
            assert await store.notice(instance, notice.id) is None

    @in_loop
    async def test_a_notice_is_there_when_and_only_when_its_change_is(self, place: Place) -> None:
        async with opened(place) as store:
            was = await saved(store, a_key(await an_instance(store)))
            stale = replace(was, revision=was.revision + 1)
            await saved(store, stale, was)
            lost, kept = a_notice(was.instance), a_notice(was.instance)
            for key, notice, outcome in ((was, lost, Conflict), (stale, kept, None)):
                change = Change()
                change.put(notice, was=None)
                change.save(replace(disabled(key, NOW), revision=key.revision + 5), was=key)
                if outcome is None:
                    await store.commit(change, an_event())
                else:
                    with pytest.raises(outcome):
                        await store.commit(change, an_event())
        async with opened(place) as store:
            assert await store.notices(EVERY, 10) == (kept,)
            assert (await store.key(was.instance, was.id)).state is KeyState.SUSPENDED

    @in_loop
    async def test_what_is_due_is_found_by_service_the_longest_due_first(self, place: Place) -> None:
        async with opened(place) as store:
            instance, other = await an_instance(store), await an_instance(store)
            assert await store.services_with_due(NOW) == ()
            made = [
                a_notice(where, service=service, due_at=NOW + after * SECOND)
                for where in (instance, other)
                for service in ("b", "a")
                for after in (2, 0, 1)
            ]
            for one in made:
                await store.commit(putting(one), None)
            await store.commit(putting(a_notice(instance, service="c", due_at=NOW + 9 * SECOND)), None)
            assert await store.services_with_due(NOW - SECOND) == ()
            assert await store.services_with_due(NOW + SECOND) == ("a", "b")
            due = sorted(
                (it for it in made if it.service == "a" and it.due_at <= NOW + SECOND),
                key=lambda it: (it.due_at, it.id),
            )
            assert await store.due_notices("a", NOW + SECOND, 10) == tuple(due)
            assert await store.due_notices("a", NOW + SECOND, 3) == tuple(due[:3])
            assert await store.due_notices("nobody", NOW + SECOND, 3) == ()

    @in_loop
    async def test_the_newest_are_shown_by_state(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            made = [
                a_notice(instance, state=state, at=NOW + number * SECOND)
                for number, state in enumerate((*NoticeState, *NoticeState))
            ]
            for one in made:
                await store.commit(putting(one), None)
            newest = tuple(reversed(made))
            assert await store.notices(EVERY, 100) == newest
            assert await store.notices(EVERY, 3) == newest[:3]
            assert await store.notices(OPEN, 100) == tuple(it for it in newest if it.is_open)
            assert await store.notices(frozenset(), 100) == ()

    @in_loop
    async def test_one_of_several_processes_takes_it(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            notice = a_notice(await an_instance(store))
            await store.commit(putting(notice), None)
            for now in (NOW, NOW + LEASE, NOW + 2 * LEASE):  # each time the lease before has ended
                found = [await one.due_notices(notice.service, now, 1) for one in (store, beside)]
                assert found[0] == found[1] != ()
                (was,) = found[0]
                outcomes = await at_once((store, beside), [putting(was.taken(now), was)] * 6)
                assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 5)
                assert await beside.due_notices(notice.service, now + LEASE - SECOND, 1) == ()
