"""Somebody has the database: whatever they edit, swap, remove or put back is noticed before a key is used."""

# ruff: noqa: S608 - they put their SQL together as they like

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from keystead.domain.changes import Change
from keystead.domain.errors import Tampered
from keystead.domain.ids import AccountId, IamId, KeyId, RingId, random_uuid
from keystead.domain.key_uses import Bookmark, UseQuery
from keystead.domain.keys import Key, KeyState
from keystead.domain.lifecycle import disabled
from keystead.domain.listing import KeyQuery
from suites.store_access_groups import a_group, a_member
from suites.store_bookings import a_booking
from suites.store_contexts import a_rule, a_zone
from suites.store_grants import a_role
from suites.store_groups import in_account
from suites.store_key_uses import a_day
from suites.store_notices import a_notice, a_receiver
from suites.store_placed import a_registration, a_ring, policies_of, putting, removing
from suites.store_profiles import a_code
from suites.store_samples import (
    NOW,
    Place,
    a_grant,
    a_key,
    a_signing_key,
    a_token,
    add_accounts,
    added,
    an_api_key,
    an_event,
    an_identity,
    an_instance,
    in_loop,
    opened,
    saved,
)

_KEY_ROW = "instance = :instance AND id = :id"
_TALLY_ROW = "instance = :instance AND shard = :shard"
_EDITS = {
    "ring": "ring = 'it'",
    "state": "state = 1",
    "extractable": "extractable = NOT extractable",
    "expires_at": "expires_at = NULL",
    "due_at": "due_at = 0",
    "revision": "revision = revision + 1",
    "name": "name = 'other'",
    "record": "record = mac",
    "mac": "mac = record",
}


class EditSuite:
    """Rows that were changed or moved."""

    @pytest.mark.parametrize("edit", _EDITS.values(), ids=_EDITS)
    @in_loop
    async def test_any_column_of_a_key(self, place: Place, edit: str) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store), state=KeyState.SUSPENDED))
        place.sql(f"UPDATE keys SET {edit} WHERE {_KEY_ROW}", instance=key.instance, id=key.id)
        async with opened(place) as store:
            await tampered(
                store.key(key.instance, key.id), "keys" if edit != _EDITS["revision"] else "tallies"
            )
            await tampered(store.keys(KeyQuery(instance=key.instance, now=NOW)), key.id)

    @in_loop
    async def test_one_octet_of_a_record(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
            record = bytearray(key_row(place, key)["record"])
            record[len(record) // 2] ^= 1
            put(place, "keys", _KEY_ROW, key_row(place, key) | {"record": bytes(record)})
            await tampered(store.keys(KeyQuery(instance=key.instance, now=NOW)), key.id)
        async with opened(place) as store:
            await tampered(store.key(key.instance, key.id), key.id)

    @in_loop
    async def test_records_that_were_swapped(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            first, second = await saved(store, a_key(instance)), await saved(store, a_key(instance))
        rows = key_row(place, first), key_row(place, second)
        put(place, "keys", _KEY_ROW, rows[1] | {"id": first.id})
        put(place, "keys", _KEY_ROW, rows[0] | {"id": second.id})
        async with opened(place) as store:
            for key in (first, second):
                await tampered(store.key(key.instance, key.id), key.id)

    @in_loop
    async def test_a_row_that_was_copied(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
            other = await an_instance(store)
        neighbour = KeyId(key.id[:2] + random_uuid()[2:])
        insert(place, "keys", key_row(place, key) | {"id": neighbour})
        insert(place, "keys", key_row(place, key) | {"instance": other})
        async with opened(place) as store:
            for instance, name in ((key.instance, neighbour), (key.instance, key.id), (other, key.id)):
                await tampered(store.key(instance, name), "tallies")

    @in_loop
    async def test_an_alias_that_was_redirected(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store), aliases=("payroll",)))
            other = await saved(store, a_key(key.instance))
        place.sql("UPDATE aliases SET key = :other", other=other.id)
        async with opened(place) as store:
            await tampered(store.key_by_alias(key.instance, "payroll"), "payroll")

    @pytest.mark.parametrize("edit", ["record = mac", "mac = record"])
    @in_loop
    async def test_everything_else_that_is_stored(self, place: Place, edit: str) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            await add_accounts(store, a_zone().account)
            identity, api_key, grant = an_identity(), an_api_key(), a_grant(IamId("IBMid-1"))
            change = Change(added=[identity, api_key, grant, a_signing_key()])
            key = KeyId(random_uuid())
            notice = a_notice(instance)
            for record in (a_ring(instance), policies_of(instance), a_registration(instance, key)):
                change.put(record, was=None)
            day = a_day(instance, key)
            for told in (a_receiver(), notice, day, Bookmark(node="node-1", index=1, at=NOW)):
                change.put(told, was=None)
            change.put(role := a_role(), was=None)
            change.put(zone := a_zone(), was=None)
            change.put(a_rule(zone), was=None)
            change.put(code := a_code(identity), was=None)
            change.put_token(a_token(instance), was=None)
            await store.commit(change, an_event())
            known = await store.instance(instance)
            assert known is not None
        tables = "custom_roles instances identities api_keys grants signing_keys rings import_tokens outbox "
        for table in (
            tables
            + "instance_policies registrations receivers notices key_uses bookmarks "
            + "network_zones context_rules passcodes"
        ).split():
            place.sql(f"UPDATE {table} SET {edit}")
        async with opened(place) as store:
            await tampered(store.instance(instance), "instances")
            await tampered(store.instances(), "instances")
            await tampered(store.identity(identity.iam_id), "identities")
            await tampered(store.api_key(api_key.digest), "api_keys")
            await tampered(store.identities(identity.account), "identities")
            await tampered(store.api_keys(api_key.account), "api_keys")
            await tampered(store.holder(identity.iam_id, None), "identities")
            await tampered(store.holder(api_key.iam_id, api_key.id), "api_keys")
            await tampered(store.grants(grant.subject), "grants")
            await tampered(store.account_grants(grant.account), "grants")
            await tampered(store.custom_roles(role.account), "custom_roles")
            await tampered(store.zones(zone.account), "network_zones")
            await tampered(store.context_rules(zone.account), "context_rules")
            await tampered(store.perimeter(known), "instance_policies")
            await tampered(store.passcode(code.digest), "passcodes")
            await tampered(store.passcode_of(code.iam_id), "passcodes")
            await tampered(store.signing_keys(), "signing_keys")
            await tampered(store.has_ring(instance, RingId("hr")), "rings")
            await tampered(store.rings(instance), "rings")
            await tampered(store.policies(instance), "instance_policies")
            await tampered(store.registrations(instance, key), "registrations")
            await tampered(store.import_token(instance), "import_tokens")
            await tampered(store.pending(), "outbox")
            await tampered(store.receivers(), "receivers")
            await tampered(store.notice(instance, notice.id), "notices")
            await tampered(store.due_notices(notice.service, NOW, 1), "notices")
            asked = UseQuery(instance=instance, keys=frozenset({key}), since=date.min)
            await tampered(store.uses(asked), "key_uses")
            await tampered(store.bookmarks(), "bookmarks")

    @pytest.mark.parametrize("edit", ["record = mac", "mac = record"])
    @in_loop
    async def test_groups_and_bookings(self, place: Place, edit: str) -> None:
        async with opened(place) as store:
            group, booked = in_account(a_role().account), a_booking(await an_instance(store))
            for record in (group, booked):
                await store.commit(putting(record), None)
        for table in ("resource_groups", "unwraps_booked"):
            place.sql(f"UPDATE {table} SET {edit}")
        async with opened(place) as store:
            await tampered(store.resource_groups(group.account), "resource_groups")
            await tampered(store.booked(booked.instance, booked.subject), "unwraps_booked")

    @pytest.mark.parametrize("edit", ["record = mac", "mac = record"])
    @in_loop
    async def test_access_groups_and_members(self, place: Place, edit: str) -> None:
        async with opened(place) as store:
            who, group = an_identity(), a_group()
            await added(store, who)
            for record in (group, a_member(group, who.iam_id)):
                await store.commit(putting(record), None)
        for table in ("access_groups", "access_group_members"):
            place.sql(f"UPDATE {table} SET {edit}")
        async with opened(place) as store:
            await tampered(store.access_groups(group.account), "access_groups")
            await tampered(store.members(group.id), "access_group_members")
            await tampered(store.memberships(who.iam_id), "access_group_members")
            await tampered(store.grants(who.iam_id), "access_group_members")

    @in_loop
    async def test_somebody_who_put_himself_into_a_group(self, place: Place) -> None:
        async with opened(place) as store:
            ada, eve, group = an_identity(), an_identity(), a_group()
            await added(store, ada, eve, a_grant(group.id))
            for record in (group, a_member(group, ada.iam_id)):
                await store.commit(putting(record), None)
        for edit in ("iam_id = :eve", "group_id = 'AccessGroupId-other'"):
            place.sql(
                f"UPDATE access_group_members SET {edit}", **({"eve": eve.iam_id} if "eve" in edit else {})
            )
            async with opened(place) as store:
                await tampered(store.grants(eve.iam_id), "access_group_members")

    @in_loop
    async def test_a_grant_and_an_api_key_that_were_given_to_others(self, place: Place) -> None:
        async with opened(place) as store:
            api_key, grant = an_api_key(), a_grant(IamId("IBMid-1"))
            await added(store, api_key, grant)
        place.sql("UPDATE grants SET subject = 'IBMid-2'")
        place.sql("UPDATE api_keys SET digest = :mine", mine=b"mine")
        async with opened(place) as store:
            await tampered(store.grants(IamId("IBMid-2")), grant.id)
            await tampered(store.api_key(b"mine"), api_key.id)
            await tampered(store.api_keys(api_key.account), api_key.id)

    @in_loop
    async def test_what_was_given_to_another_account(self, place: Place) -> None:
        identity, api_key, grant, role = an_identity(), an_api_key(), a_grant(IamId("IBMid-1")), a_role()
        async with opened(place) as store:
            await added(store, identity, api_key, grant)
            await store.commit(putting(role), None)
        theirs = AccountId("e" * 32)
        for table in ("identities", "api_keys", "grants", "custom_roles"):
            place.sql(f"UPDATE {table} SET account = :theirs", theirs=theirs)
        async with opened(place) as store:
            await tampered(store.identities(theirs), identity.iam_id)
            await tampered(store.identity(identity.iam_id), identity.iam_id)
            await tampered(store.api_keys(theirs), api_key.id)
            await tampered(store.api_key(api_key.digest), api_key.id)
            await tampered(store.account_grants(theirs), grant.id)
            await tampered(store.grants(grant.subject), grant.id)
            await tampered(store.custom_roles(theirs), role.id)


class ReplaySuite:
    """Rows that were genuine once."""

    @pytest.mark.parametrize("with_event", [False, True])
    @in_loop
    async def test_an_old_row(self, place: Place, with_event: bool) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
            row, events = key_row(place, key), place.sql("SELECT * FROM outbox")
            await saved(store, disabled(key, NOW), key)
            put(place, "keys", _KEY_ROW, row)
            if with_event:
                place.sql("DELETE FROM outbox")
                for event in events:
                    insert(place, "outbox", event)
            await tampered(store.key(key.instance, key.id), "tallies")
        async with opened(place) as store:
            await tampered(store.key(key.instance, key.id), "tallies")

    @in_loop
    async def test_an_old_row_that_this_process_still_remembers(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as other:
            key = await saved(store, a_key(await an_instance(store)))
            row = key_row(place, key)
            assert await store.key(key.instance, key.id) == key
            await saved(other, disabled(key, NOW), key)
            put(place, "keys", _KEY_ROW, row)
            await tampered(store.key(key.instance, key.id), "tallies")

    @in_loop
    async def test_an_old_tally(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
            tally = tally_row(place, key)
            after = await saved(store, disabled(key, NOW), key)
        put(place, "tallies", _TALLY_ROW, tally)
        async with opened(place) as store:
            await tampered(store.key(key.instance, key.id), "tallies")
            await saved(store, a_key(key.instance, id=neighbour_of(key)))  # writing on does not launder it
            await tampered(store.key(after.instance, after.id), "tallies")

    @in_loop
    async def test_an_old_row_with_its_tally_after_another_key_changed(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
            other = await saved(store, a_key(key.instance, id=neighbour_of(key)))
            row, tally = key_row(place, key), tally_row(place, key)
            await saved(store, disabled(key, NOW), key)
            await saved(store, disabled(other, NOW), other)
        put(place, "keys", _KEY_ROW, row)
        put(place, "tallies", _TALLY_ROW, tally)
        async with opened(place) as store:
            await tampered(store.key(key.instance, key.id), "tallies")

    @in_loop
    async def test_a_whole_shard_before_the_eyes_of_a_process(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
            row, tally = key_row(place, key), tally_row(place, key)
            after = await saved(store, disabled(key, NOW), key)
            assert await store.key(key.instance, key.id) == after
            put(place, "keys", _KEY_ROW, row)
            put(place, "tallies", _TALLY_ROW, tally)
            await asyncio.sleep(0)  # one turn of the event loop counts as one instant
            await tampered(store.key(key.instance, key.id), "tallies")
            await tampered(saved(store, a_key(key.instance, id=neighbour_of(key))), "tallies")

    @pytest.mark.parametrize("how", ["put back", "removed"])
    @in_loop
    async def test_older_policies_before_the_eyes_of_a_process(self, place: Place, how: str) -> None:
        async with opened(place) as store:
            was = policies_of(await an_instance(store))
            await store.commit(putting(was), None)
            row = place.sql("SELECT * FROM instance_policies")[0]
            now = was.having(*was.policies)
            await store.commit(putting(now, was), None)
            assert await store.policies(was.instance) == now
            if how == "put back":
                put(place, "instance_policies", "instance = :instance", row)
            else:
                place.sql("DELETE FROM instance_policies")
            place.sql("UPDATE generations SET revision = revision + 1")
            await asyncio.sleep(0)
            await tampered(store.policies(was.instance), "instance_policies")

    @pytest.mark.parametrize("how", ["put back", "vanished"])
    @in_loop
    async def test_a_removed_instance_before_the_eyes_of_a_process(self, place: Place, how: str) -> None:
        async with opened(place) as store:
            was = await store.instance(await an_instance(store))
            assert was is not None
            row = place.sql("SELECT * FROM instances")[0]
            gone = replace(was, removed_at=NOW)
            await store.commit(putting(gone, was), None)
            assert await store.instance(was.id) == gone
            assert await store.instances() == (gone,)
            if how == "put back":
                put(place, "instances", "id = :id", row)
            else:
                place.sql("DELETE FROM tallies")
                place.sql("DELETE FROM instances")
            place.sql("UPDATE generations SET revision = revision + 1")
            await asyncio.sleep(0)
            await tampered(store.instance(was.id), "instances")
            await tampered(store.instances(), "instances")

    @in_loop
    async def test_a_record_to_be_replaced_that_was_edited(self, place: Place) -> None:
        async with opened(place) as store:
            ring = a_ring(await an_instance(store))
            await store.commit(putting(ring), None)
            place.sql("UPDATE rings SET record = mac")
            await tampered(store.commit(removing(ring), None), "rings")

    @pytest.mark.parametrize("gone", [("keys",), ("tallies",), ("keys", "tallies")])
    @in_loop
    async def test_rows_that_were_removed(self, place: Place, gone: tuple[str, ...]) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
        for table in gone:
            place.sql(f"DELETE FROM {table}")
        async with opened(place) as store:
            await tampered(store.key(key.instance, key.id), "tallies")

    @pytest.mark.parametrize("edit", ["count = count + 1", "revision = 9", "digest = mac", "mac = digest"])
    @in_loop
    async def test_an_edited_tally(self, place: Place, edit: str) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
        place.sql(f"UPDATE tallies SET {edit}")
        async with opened(place) as store:
            await tampered(store.key(key.instance, key.id), "tallies")
            await tampered(saved(store, disabled(key, NOW), key), "tallies")


class TamperSuite(EditSuite, ReplaySuite):
    """All that can be done to a database with SQL."""


async def tampered(question: Awaitable[object], names: str) -> None:
    """Expect *question* to notice, and to name the row or its table without any of its content."""
    with pytest.raises(Tampered, match=names) as caught:
        await question
    for content in ("Gehälter", "payroll DEKs", "sealed"):
        assert content not in str(caught.value)


def neighbour_of(key: Key) -> KeyId:
    """Return an id in the shard of *key*."""
    return KeyId(key.id[:2] + random_uuid()[2:])


def key_row(place: Place, key: Key) -> dict[str, Any]:
    return place.sql(f"SELECT * FROM keys WHERE {_KEY_ROW}", instance=key.instance, id=key.id)[0]


def tally_row(place: Place, key: Key) -> dict[str, Any]:
    found = place.sql(
        f"SELECT * FROM tallies WHERE {_TALLY_ROW}", instance=key.instance, shard=int(key.id[:2], 16)
    )
    return found[0]


def put(place: Place, table: str, where: str, row: dict[str, Any]) -> None:
    place.sql(f"UPDATE {table} SET {', '.join(f'{name} = :{name}' for name in row)} WHERE {where}", **row)


def insert(place: Place, table: str, row: dict[str, Any]) -> None:
    place.sql(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", **row
    )
