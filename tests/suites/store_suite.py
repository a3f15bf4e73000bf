"""What every store keeps to, whichever database is below; a test module subclasses it and gives a `place`."""

import asyncio
from collections.abc import Awaitable
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, Refused
from keystead.domain.ids import IamId, InstanceId, KeyId, RingId, random_uuid
from keystead.domain.keys import Key
from keystead.domain.lifecycle import disabled
from keystead.domain.reasons import Reason
from keystead.domain.rings import Ring
from suites.store_samples import (
    NOW,
    Place,
    a_grant,
    a_key,
    a_signing_key,
    a_token,
    a_version,
    added,
    an_account,
    an_api_key,
    an_event,
    an_identity,
    an_instance,
    in_loop,
    opened,
    saved,
)


class KeySuite:
    """Keys and their aliases."""

    @in_loop
    async def test_a_key_comes_back_as_it_was(self, place: Place) -> None:
        async with opened(place) as store:
            key = a_key(await an_instance(store), aliases=("payroll", "Payroll"))
            await saved(store, key)
            assert all(
                getattr(key, field.name) is not None for field in fields(key) if "deleted" not in field.name
            )
            for _ in range(2):  # from the database, then from memory
                assert await store.key(key.instance, key.id) == key
                assert await store.key_by_alias(key.instance, "payroll") == key
        async with opened(place) as store:
            assert await store.key(key.instance, key.id) == key

    @in_loop
    async def test_what_is_not_there_is_refused(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store), aliases=("payroll",)))
            other = await an_instance(store)
            for instance, name in (
                (other, key.id),
                (key.instance, random_uuid()),
                (InstanceId(random_uuid()), key.id),
            ):
                await refused(store.key(instance, KeyId(name)), Reason.KEY_NOT_FOUND)
            for instance, alias in ((other, "payroll"), (key.instance, "PAYROLL")):
                await refused(store.key_by_alias(instance, alias), Reason.KEY_NOT_FOUND)

    @in_loop
    async def test_a_change_of_what_changed_meanwhile_writes_nothing(self, place: Place) -> None:
        async with opened(place) as store:
            first = await saved(store, a_key(await an_instance(store)))
            second = await saved(store, disabled(first, NOW), first)
            bystander = a_key(first.instance)
            before = await store.pending()
            change = Change()
            change.put(Ring(instance=first.instance, id=RingId("hr")), was=None)
            change.save(bystander, was=None)
            change.save(replace(first, revision=7, aliases=("late",)), was=first)
            change.put_token(a_token(first.instance), was=None)
            with pytest.raises(Conflict):
                await store.commit(change, an_event())
            assert await store.key(first.instance, first.id) == second
            await refused(store.key(first.instance, bystander.id), Reason.KEY_NOT_FOUND)
            await refused(store.key_by_alias(first.instance, "late"), Reason.KEY_NOT_FOUND)
            assert not await store.has_ring(first.instance, RingId("hr"))
            assert await store.import_token(first.instance) is None
            assert await store.pending() == before

    @in_loop
    async def test_a_key_is_inserted_once(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
            with pytest.raises(Conflict):
                await saved(store, replace(key, name="another"))
            assert (await store.key(key.instance, key.id)).name == key.name

    @in_loop
    async def test_of_many_writers_one_wins(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as other:
            key = await saved(store, a_key(await an_instance(store)))
            rivals = [replace(key, name=f"by {number}", revision=2) for number in range(20)]
            tries = [saved((store, other)[number % 2], rival, key) for number, rival in enumerate(rivals)]
            outcomes = await asyncio.gather(*tries, return_exceptions=True)
            winners = [outcome for outcome in outcomes if isinstance(outcome, Key)]
            assert len(winners) == 1
            assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == len(rivals) - 1
            assert await store.key(key.instance, key.id) == winners[0]

    @in_loop
    async def test_one_that_fails_leaves_its_companions_alone(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            taken = await saved(store, a_key(instance, aliases=("taken",)))
            good = [a_key(instance, aliases=(f"good-{number}",)) for number in range(30)]
            bad = [a_key(instance, aliases=("taken",)) for _ in range(5)]
            stale = [replace(taken, revision=2), replace(taken, revision=3)]  # one of these wins
            waiting = [saved(store, key) for pair in zip(good, bad * 6, strict=True) for key in pair]
            waiting += [saved(store, key, taken) for key in stale]
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
            kinds = [type(outcome) for outcome in outcomes]
            assert (kinds.count(Key), kinds.count(Refused), kinds.count(Conflict)) == (31, 30, 1)
            for key in good:
                assert await store.key(instance, key.id) == key
                assert await store.key_by_alias(instance, key.aliases[0]) == key
            assert len(await store.pending()) == 2 + 31

    @in_loop
    async def test_an_alias_has_one_key(self, place: Place) -> None:
        async with opened(place) as store:
            first = await saved(store, a_key(await an_instance(store), aliases=("payroll",)))
            twin = a_key(first.instance, aliases=("payroll",))
            await refused(saved(store, twin), Reason.ALIAS_NOT_UNIQUE)
            await refused(store.key(twin.instance, twin.id), Reason.KEY_NOT_FOUND)
            elsewhere = await saved(store, a_key(await an_instance(store), aliases=("payroll",)))
            assert await store.key_by_alias(elsewhere.instance, "payroll") == elsewhere

    @in_loop
    async def test_an_alias_moves_within_one_change(self, place: Place) -> None:
        async with opened(place) as store:
            old = await saved(store, a_key(await an_instance(store), aliases=("payroll", "stays")))
            new = await saved(store, a_key(old.instance))
            assert await store.key_by_alias(old.instance, "payroll") == old
            change = Change()
            receives = replace(new, aliases=("payroll",), revision=2)
            change.save(receives, was=new)
            change.save(replace(old, aliases=("stays",), revision=2), was=old)
            await store.commit(change, None)
            assert await store.key_by_alias(old.instance, "payroll") == receives
            assert (await store.key_by_alias(old.instance, "stays")).id == old.id

    @in_loop
    async def test_a_purged_key_is_gone_and_its_aliases_are_free(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store), aliases=("payroll",)))
            change = Change()
            change.purge(key)
            await store.commit(change, an_event())
            await refused(store.key(key.instance, key.id), Reason.KEY_NOT_FOUND)
            await refused(store.key_by_alias(key.instance, "payroll"), Reason.KEY_NOT_FOUND)
            heir = await saved(store, a_key(key.instance, aliases=("payroll",)))
            assert await store.key_by_alias(key.instance, "payroll") == heir
            with pytest.raises(Conflict):
                await store.commit(change, an_event())

    @in_loop
    async def test_a_key_grows_with_its_versions(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
            for _ in range(20):
                was, key = key, replace(key, versions=(*key.versions, a_version()), revision=key.revision + 1)
                await saved(store, key, was)
                assert await store.key(key.instance, key.id) == key

    @in_loop
    async def test_mistakes_of_ours_are_not_stored(self, place: Place) -> None:
        async with opened(place) as store:
            key = await saved(store, a_key(await an_instance(store)))
            for new in (replace(key, name="same revision"), a_key(key.instance, revision=2)):
                with pytest.raises(ValueError, match=r"revision|cannot become"):
                    await saved(store, new, key)
            with pytest.raises(ValueError, match="never added"):
                await saved(store, a_key(InstanceId(random_uuid())))
            assert await store.key(key.instance, key.id) == key


class TokenSuite:
    """Import tokens."""

    @in_loop
    async def test_a_token_replaces_any_other(self, place: Place) -> None:
        async with opened(place) as store:
            instance = await an_instance(store)
            assert await store.import_token(instance) is None
            for _ in range(2):
                token = a_token(instance)
                await store.commit(Change(), an_event())
                change = Change()
                change.put_token(token, was=None)
                await store.commit(change, an_event())
                assert await store.import_token(instance) == token

    @in_loop
    async def test_a_token_is_counted_down_once(self, place: Place) -> None:
        async with opened(place) as store:
            token = a_token(await an_instance(store))
            change = Change()
            change.put_token(token, was=None)
            await store.commit(change, None)
            change = Change()
            change.put_token(token.retrieved(NOW), was=token)
            await store.commit(change, None)
            with pytest.raises(Conflict):
                await store.commit(change, None)
            assert await store.import_token(token.instance) == token.retrieved(NOW)

    @in_loop
    async def test_a_token_that_was_replaced_does_not_come_back(self, place: Place) -> None:
        async with opened(place) as store:
            old = a_token(await an_instance(store))
            new = a_token(old.instance)
            for token in (old, new):
                change = Change()
                change.put_token(token, was=None)
                await store.commit(change, None)
            change = Change()
            change.put_token(old.retrieved(NOW), was=old)
            with pytest.raises(Conflict):
                await store.commit(change, None)
            assert await store.import_token(old.instance) == new


class DirectorySuite:
    """Who there is and what was granted."""

    @in_loop
    async def test_records_come_back(self, place: Place) -> None:
        async with opened(place) as store:
            identity, api_key = an_identity(), an_api_key()
            assert await store.identity(identity.iam_id) is None
            assert await store.api_key(api_key.digest) is None
            instance = await an_instance(store)
            await added(store, identity, api_key, an_account())
            for _ in range(2):
                assert await store.identity(identity.iam_id) == identity
                assert await store.api_key(api_key.digest) == api_key
                found = await store.instance(instance)
                assert found is not None
                assert found in await store.instances()
            assert await store.instance(InstanceId(random_uuid())) is None

    @in_loop
    async def test_a_record_is_added_once(self, place: Place) -> None:
        async with opened(place) as store:
            api_key, grant = an_api_key(), a_grant(IamId("IBMid-1"))
            records = (api_key, grant, an_identity(), an_account(), a_signing_key())
            await added(store, *records)
            for record in (*records, an_api_key(api_key.digest)):
                with pytest.raises(Conflict):
                    await added(store, an_identity(), record)

    @in_loop
    async def test_grants_are_the_same_object_until_they_change(self, place: Place) -> None:
        async with opened(place) as store:
            subject = IamId("IBMid-1")
            assert await store.grants(subject) == ()
            grants = [a_grant(subject) for _ in range(3)]
            await added(store, *grants, a_grant(IamId("IBMid-2")))
            found = await store.grants(subject)
            assert set(found) == set(grants)
            await saved(store, a_key(await an_instance(store)))
            assert await store.grants(subject) is found
            more = a_grant(subject)
            await added(store, more)
            assert set(await store.grants(subject)) == {*grants, more}

    @in_loop
    async def test_the_newest_signing_key_is_last(self, place: Place) -> None:
        async with opened(place) as store:
            assert await store.signing_keys() == ()
            keys = [a_signing_key(timedelta(days=days)) for days in (1, 5, 3)]
            await added(store, *keys)
            assert await store.signing_keys() == (keys[1], keys[2], keys[0])

    @in_loop
    async def test_a_signing_key_is_retired_and_forgotten(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            first, second = a_signing_key(timedelta(days=1)), a_signing_key()
            await added(store, first)
            shared = store if await beside.signing_keys() == () else beside  # one in memory has no neighbour
            retired = replace(first, retired_at=NOW)
            change = Change(added=[second])
            change.put(retired, was=first)
            await store.commit(change, an_event())
            for one in (store, shared):
                assert await one.signing_keys() == (retired, second)
            late = Change(added=[a_signing_key()])
            late.put(replace(first, retired_at=NOW + timedelta(1)), was=first)
            with pytest.raises(Conflict):
                await store.commit(late, an_event())
            gone = Change()
            gone.remove(retired)
            await store.commit(gone, an_event())
            for one in (store, shared):
                assert await one.signing_keys() == (second,)


class OutboxSuite:
    """Events that commit with their change."""

    @in_loop
    async def test_further_events_commit_with_theirs(self, place: Place) -> None:
        async with opened(place) as store:
            first, second, third = an_event(), an_event(), an_event()
            await store.commit(Change(events=[second, third]), first)
            assert await store.pending() == (first, second, third)
            with pytest.raises(Conflict):
                await store.commit(Change(events=[an_event(), third]), an_event())
            assert await store.pending() == (first, second, third)
            await store.delivered([first.id, second.id, third.id])
        async with opened(place) as store:
            assert await store.pending() == ()

    @in_loop
    async def test_an_event_waits_until_it_was_delivered(self, place: Place) -> None:
        async with opened(place) as store:
            first, second = an_event(), an_event()
            for event in (first, second):
                await store.commit(Change(), event)
            assert await store.pending() == (first, second)
            await store.delivered([first.id])
            assert await store.pending() == (second,)
            await store.commit(Change(), None)
            assert await store.pending() == (second,)
        async with opened(place) as store:
            assert await store.pending() == (second,)
            await store.delivered([second.id])
        async with opened(place) as store:
            assert await store.pending() == ()

    @in_loop
    async def test_a_failed_change_leaves_no_event_and_forgets_nothing(self, place: Place) -> None:
        async with opened(place) as store:
            grant, event = a_grant(IamId("IBMid-1")), an_event()
            change = Change(added=[grant])
            await store.commit(change, event)
            await store.delivered([event.id])
            with pytest.raises(Conflict):
                await store.commit(change, an_event())
            assert await store.pending() == ()
        async with opened(place) as store:
            assert await store.pending() == ()


class StoreSuite(KeySuite, TokenSuite, DirectorySuite, OutboxSuite):
    """The whole contract."""


async def refused(question: Awaitable[object], reason: Reason) -> None:
    """Expect *question* to be refused for *reason*."""
    with pytest.raises(Refused) as caught:
        await question
    assert caught.value.reason is reason
