"""Which keys are found to be due, in which order, and what is to be done to them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

from keystead.domain.actions import Action
from keystead.domain.due import DueKey, DueQuery, Turn, due_at
from keystead.domain.ids import InstanceId, random_uuid
from keystead.domain.keys import Key, KeyState
from keystead.domain.policies import RotationPolicy
from keystead.domain.ports.store import Store
from suites.store_samples import NOW, STAMP, Place, a_key, an_instance, in_loop, opened, saved

STATES = (KeyState.ACTIVE, KeyState.SUSPENDED, KeyState.DEACTIVATED, KeyState.DESTROYED)
TICK = timedelta(microseconds=1)
MONTH = timedelta(days=30)


def plain(instance: InstanceId, **fields: Any) -> Key:
    """Return a generated root key that time has nothing to do with, unless *fields* say otherwise."""
    whole: dict[str, Any] = {
        "imported": False,
        "rotation": None,
        "rotated_at": None,
        "expires_at": None,
        "expired_at": None,
    }
    return a_key(instance, **whole | fields)


def monthly(**fields: Any) -> RotationPolicy:
    """Return a policy that was set at `NOW`."""
    return replace(RotationPolicy(id=random_uuid(), enabled=True, interval_months=1, stamp=STAMP), **fields)


async def found(store: Store, state: KeyState, **asked: Any) -> tuple[DueKey, ...]:
    whole: dict[str, Any] = {"until": NOW + MONTH, "now": NOW + MONTH, "limit": 1000}
    return await store.due(DueQuery(state=state, **whole | asked))


async def actions(store: Store, key: Key, **asked: Any) -> list[Action]:
    """Return what is to be done to *key*, whichever state is asked for."""
    return [
        due.action
        for state in STATES
        for due in await found(store, state, **asked)
        if due.turn[1:] == (key.instance, key.id)
    ]


class DueSuite:
    """`due`, over all instances."""

    @in_loop
    async def test_rotation_expiry_and_purge_are_found_when_their_time_comes(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            for key, action in (
                (plain(instance, rotation=monthly()), Action.TIME_ROTATE),
                (plain(instance, expires_at=NOW + MONTH), Action.TIME_EXPIRE),
                (
                    plain(instance, state=KeyState.SUSPENDED, expires_at=NOW + MONTH, rotation=monthly()),
                    Action.TIME_EXPIRE,
                ),
                (
                    plain(instance, state=KeyState.DEACTIVATED, expires_at=NOW + MONTH),
                    Action.TIME_EXPIRE,
                ),
                (plain(instance, extractable=True, expires_at=NOW + MONTH), Action.TIME_EXPIRE),
                (
                    plain(instance, expires_at=NOW + MONTH, rotation=monthly()),
                    Action.TIME_EXPIRE,
                ),  # it is past rotating
                (plain(instance, state=KeyState.DESTROYED, deleted_at=NOW + MONTH), Action.TIME_PURGE),
            ):
                await saved(store, key)
                assert await actions(store, key) == [action]
                assert await actions(store, key, until=NOW + MONTH - TICK) == []

    @in_loop
    async def test_what_time_has_nothing_to_do_with_is_not_found(self, place: Place) -> None:
        async with opened(place) as store:
            for key in _never_due(await an_instance(store)):
                await saved(store, key)
                assert await actions(store, key, until=NOW + 999 * MONTH, now=NOW + 999 * MONTH) == []

    @in_loop
    async def test_pages_follow_each_other_in_turn_over_all_instances(self, place: Place) -> None:
        async with opened(place) as store:
            keys = []
            for instance in (await an_instance(store), await an_instance(store)):
                for days in (3, 1, 1, 2, 40):
                    keys.append(plain(instance, expires_at=NOW + timedelta(days=days)))
                    await saved(store, keys[-1])
            mine = {key.id for key in keys}
            turns = sorted(
                (at, key.instance, key.id) for key in keys if (at := due_at(key)) and at <= NOW + MONTH
            )
            query = DueQuery(state=KeyState.ACTIVE, until=NOW + MONTH, now=NOW, limit=3)
            pages: list[Turn] = []
            while page := await store.due(query):
                assert len(page) <= 3
                pages.extend(due.turn for due in page if due.turn[2] in mine)
                query = query.following(page[-1])
            assert pages == turns

    @in_loop
    async def test_a_key_that_was_dealt_with_is_due_no_more(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, plain(await an_instance(store), expires_at=NOW, rotation=monthly()))
            assert await actions(store, key) == [Action.TIME_EXPIRE]
            after = replace(key, state=KeyState.DEACTIVATED, expired_at=NOW, revision=2)
            await saved(store, after, key)
            assert await actions(store, key) == []


def _never_due(instance: InstanceId) -> Iterator[Key]:
    yield plain(instance)
    yield plain(instance, rotation=monthly(enabled=False))
    yield plain(instance, rotation=monthly(), imported=True)
    yield plain(instance, rotation=monthly(), extractable=True)
    for state, noted in product(STATES[1:3], (NOW, None)):
        yield plain(instance, state=state, rotation=monthly(), expired_at=noted)
    yield plain(instance, state=KeyState.DEACTIVATED, expires_at=NOW, expired_at=NOW)
