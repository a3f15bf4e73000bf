"""Somebody has the database: rows that say who may do what are set back, put back and removed."""

# ruff: noqa: S608 - they put their SQL together as they like

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from keystead.domain.changes import Change, Record
from keystead.domain.errors import Conflict
from keystead.domain.identities import ApiKey, Identity
from keystead.domain.instances import Instance
from keystead.domain.ports.store import Store
from suites.store_access_groups import a_group, a_member
from suites.store_contexts import OURS, a_rule, a_zone
from suites.store_grants import a_role
from suites.store_placed import policies_of, putting, removing
from suites.store_samples import (
    NOW,
    Place,
    a_grant,
    a_signing_key,
    add_accounts,
    added,
    an_api_key,
    an_identity,
    an_instance,
    in_loop,
    opened,
)
from suites.store_tampering import insert, tampered

EVE = replace(an_identity(), account=OURS)


@dataclass
class Scene:
    """What there is in a store before anybody takes anything away."""

    store: Store
    instance: Instance
    ada: Identity
    key: ApiKey

    @classmethod
    async def of(cls, store: Store) -> "Scene":
        await add_accounts(store, OURS)
        instance = await store.instance(await an_instance(store))
        assert instance is not None
        ada = replace(an_identity(), account=OURS)
        key = replace(an_api_key(), iam_id=ada.iam_id, account=OURS)
        await added(store, ada, key)
        return cls(store, instance, ada, key)

    async def put(self, new: Record, was: Record | None = None) -> None:
        await self.store.commit(putting(new, was), None)

    def again(self, store: Store) -> "Scene":
        return replace(self, store=store)


Make = Callable[[Scene], Awaitable[Record]]
Ask = Callable[[Scene], Awaitable[object]]


async def a_new(scene: Scene, record: Record) -> Record:
    await scene.put(record)
    return record


async def a_membership(scene: Scene) -> Record:
    group = a_group()
    await scene.put(group)
    return await a_new(scene, a_member(group, scene.ada.iam_id))


async def a_rule_of_a_zone(scene: Scene) -> Record:
    zone = a_zone("ruled")
    await scene.put(zone)
    return await a_new(scene, a_rule(zone))


async def a_zone_of_a_rule(scene: Scene) -> Record:
    zone, other = a_zone(), a_zone("other")
    for one in (zone, other, a_rule(other)):
        await scene.put(one)
    return zone


async def a_second_key(scene: Scene) -> Record:
    return await a_new(scene, replace(scene.key, id="ApiKey-second", digest=b"second"))


def grants(scene: Scene) -> Awaitable[object]:
    return scene.store.grants(scene.ada.iam_id)


def perimeter(scene: Scene) -> Awaitable[object]:
    return scene.store.perimeter(scene.instance)


SORTS: dict[str, tuple[Make, Ask]] = {
    "grants": (lambda it: a_new(it, replace(a_grant(it.ada.iam_id), account=OURS)), grants),
    "access_group_members": (a_membership, grants),
    "custom_roles": (lambda it: a_new(it, a_role()), lambda it: it.store.custom_roles(a_role().account)),
    "network_zones": (a_zone_of_a_rule, perimeter),
    "context_rules": (a_rule_of_a_zone, perimeter),
    "instance_policies": (lambda it: a_new(it, policies_of(it.instance.id)), perimeter),
    "api_keys": (a_second_key, lambda it: it.store.api_key(b"second")),
    "identities": (lambda it: a_new(it, EVE), lambda it: it.store.identity(EVE.iam_id)),
    "signing_keys": (lambda it: a_new(it, a_signing_key()), lambda it: it.store.signing_keys()),
}
"""Each sort of row that is on a roster: how one is made, and a question that it decides."""

CHANGED = sorted(SORTS.keys() - {"access_group_members"})  # which never change
NEEDED = sorted(SORTS.keys() - {"api_keys", "identities"})  # who is not there may do nothing
SAYING_NO = ("context_rules", "instance_policies")


def changed(record: Any) -> Record:
    """Return *record* after a change that says little."""
    if hasattr(record, "retired_at"):
        return replace(record, retired_at=NOW)  # type: ignore[no-any-return]  # a signing key
    return replace(record, revision=record.revision + 1)  # type: ignore[no-any-return]


def rows(place: Place, table: str) -> list[dict[str, Any]]:
    return place.sql(f"SELECT * FROM {table}")


def put_back(place: Place, *tables: tuple[str, list[dict[str, Any]]]) -> None:
    """Have just these rows be in each table, and tell every process that something changed."""
    for table, old in tables:
        place.sql(f"DELETE FROM {table}")
        for row in old:
            insert(place, table, row)
    place.sql("UPDATE generations SET revision = revision + 1")


class RosterSuite:
    """Whoever has the database cannot give anybody more than he has."""

    @pytest.mark.parametrize("sort", SORTS)
    @in_loop
    async def test_one_that_was_removed_is_put_back(self, place: Place, sort: str) -> None:
        make, ask = SORTS[sort]
        async with opened(place) as store:
            scene = await Scene.of(store)
            record = await make(scene)
            await ask(scene)
            before = rows(place, sort)
            await store.commit(removing(record), None)
            await ask(scene)
            put_back(place, (sort, before))
            await asyncio.sleep(0)
            await tampered(ask(scene), "rosters")
        async with opened(place) as store:
            await tampered(ask(scene.again(store)), "rosters")

    @pytest.mark.parametrize("sort", CHANGED)
    @in_loop
    async def test_one_that_was_changed_is_set_back(self, place: Place, sort: str) -> None:
        make, ask = SORTS[sort]
        async with opened(place) as store:
            scene = await Scene.of(store)
            record = await make(scene)
            before = rows(place, sort)
            now = changed(record)
            await scene.put(now, record)
            put_back(place, (sort, before))
        async with opened(place) as store:
            await tampered(ask(scene.again(store)), "rosters")
            # Writing on does not launder it.
            await tampered(store.commit(putting(changed(record), record), None), "rosters")
            await tampered(ask(scene.again(store)), "rosters")

    @pytest.mark.parametrize("sort", CHANGED)
    @in_loop
    async def test_a_whole_roster_before_the_eyes_of_a_process(self, place: Place, sort: str) -> None:
        make, ask = SORTS[sort]
        async with opened(place) as store:
            scene = await Scene.of(store)
            record = await make(scene)
            before = rows(place, sort), rows(place, "rosters")
            await scene.put(changed(record), record)
            await ask(scene)
            put_back(place, (sort, before[0]), ("rosters", before[1]))
            await asyncio.sleep(0)  # one turn of the event loop counts as one instant
            await tampered(ask(scene), "rosters")

    @pytest.mark.parametrize("sort", NEEDED)
    @in_loop
    async def test_one_is_taken_away(self, place: Place, sort: str) -> None:
        make, ask = SORTS[sort]
        async with opened(place) as store:
            scene = await Scene.of(store)
            record = await make(scene)
            put_back(place, (sort, [row for row in rows(place, sort) if not is_of(row, record)]))
        async with opened(place) as store:
            await tampered(ask(scene.again(store)), "rosters")

    @pytest.mark.parametrize("sort", SAYING_NO)
    @in_loop
    async def test_all_that_says_no_is_taken_away(self, place: Place, sort: str) -> None:
        make, ask = SORTS[sort]
        async with opened(place) as store:
            scene = await Scene.of(store)
            await make(scene)
            others = [row for row in rows(place, "rosters") if row["of"] != sort]
            put_back(place, (sort, []), ("rosters", others))
        async with opened(place) as store:
            await tampered(ask(scene.again(store)), "rosters")

    @pytest.mark.parametrize("edit", ["revision = revision + 1", "owner = owner || '-'", "mac = :mac"])
    @in_loop
    async def test_an_edited_roster(self, place: Place, edit: str) -> None:
        async with opened(place) as store:
            scene = await Scene.of(store)
            for make, _ in SORTS.values():
                await make(scene)
        place.sql(f"UPDATE rosters SET {edit}", **({"mac": b"0" * 32} if ":mac" in edit else {}))
        for _, ask in SORTS.values():
            async with opened(place) as store:
                await tampered(ask(scene.again(store)), "rosters")

    @in_loop
    async def test_who_is_removed_with_all_that_he_has_may_come_again(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            scene = await Scene.of(store)
            group = a_group()
            await scene.put(group)
            has = (replace(a_grant(scene.ada.iam_id), account=OURS), a_member(group, scene.ada.iam_id))
            for _ in range(2):
                for record in has:
                    await scene.put(record)
                assert await beside.grants(scene.ada.iam_id) == has[:1]
                await store.commit(removing(scene.ada), None)
                assert await beside.grants(scene.ada.iam_id) == ()
                assert await beside.api_key(scene.key.digest) is None
                await added(store, scene.ada, scene.key)
            assert await beside.api_key(scene.key.digest) == scene.key

    @in_loop
    async def test_a_group_goes_with_what_was_granted_to_it(self, place: Place) -> None:
        async with opened(place) as store:
            scene = await Scene.of(store)
            group = a_group()
            await scene.put(group)
            await scene.put(replace(a_grant(group.id), account=OURS))
            before = rows(place, "grants"), rows(place, "access_groups")
            await store.commit(removing(group), None)
            put_back(place, ("grants", before[0]), ("access_groups", before[1]))
        async with opened(place) as store:
            again = scene.again(store)
            # Whoever is put into the group that came back gets nothing by it.
            await again.put(a_member(group, scene.ada.iam_id))
            await tampered(grants(again), "rosters")

    @in_loop
    async def test_a_change_that_fails_moves_no_roster(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            scene = await Scene.of(store)
            grant = replace(a_grant(scene.ada.iam_id), account=OURS)
            change = Change()
            change.put(grant, was=None)
            change.remove(a_role())  # is not there
            with pytest.raises(Conflict):
                await store.commit(change, None)
            assert await beside.grants(scene.ada.iam_id) == ()
            await scene.put(grant)
            assert await beside.grants(scene.ada.iam_id) == (grant,)


def is_of(row: dict[str, Any], record: Any) -> bool:
    """Tell whether *row* is the one of *record*."""
    names = ("id", "iam_id", "instance")
    return all(row[name] == getattr(record, name) for name in names if name in row)
