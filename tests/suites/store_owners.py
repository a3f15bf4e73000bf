"""What every store does with identities and their API keys: lists, changes, and what goes with whom."""

import asyncio
from dataclasses import replace

import pytest

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict
from keystead.domain.identities import MOST_API_KEYS, ApiKey, Holder, Identity
from keystead.domain.ids import AccountId, IamId, random_uuid
from keystead.storage import memory_owners, owners
from suites.store_placed import putting, removing
from suites.store_samples import Place, a_grant, added, an_api_key, an_event, an_identity, in_loop, opened

OTHER = AccountId("b" * 32)


def of(owner: Identity) -> ApiKey:
    return replace(an_api_key(), iam_id=owner.iam_id, account=owner.account)


def by_id(*keys: ApiKey) -> tuple[ApiKey, ...]:
    return tuple(sorted(keys, key=lambda key: key.id))


def replacing(was: ApiKey | Identity, new: ApiKey | Identity) -> Change:
    change = Change()
    change.put(new, was=was)
    return change


class OwnerSuite:
    """Identities, API keys and grants."""

    @in_loop
    async def test_lists_are_of_one_account_and_ordered(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            people = [an_identity() for _ in range(3)]
            foreign = replace(an_identity(), account=OTHER)
            keys = [of(who) for who in (*people, *people, foreign)]
            assert (await beside.api_keys(OTHER), await beside.identities(OTHER)) == ((), ())
            await added(store, *people, foreign, *keys)
            for one in (store, beside):
                assert await one.identities(OTHER) == (foreign,)
                assert await one.api_keys(OTHER) == (keys[-1],)
                mine = people[0].account
                assert await one.identities(mine) == tuple(sorted(people, key=lambda who: who.iam_id))
                assert await one.api_keys(mine) == by_id(*keys[:-1])

    @in_loop
    async def test_a_holder_is_an_identity_with_a_key_of_its_own(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada, eve = an_identity(), an_identity()
            key = of(ada)
            assert await beside.holder(ada.iam_id, key.id) is None
            await added(store, ada, eve, key)
            for one in (store, beside):
                assert await one.holder(ada.iam_id, key.id) == Holder(ada, key)
                assert await one.holder(ada.iam_id, None) == Holder(ada, None)
                assert await one.holder(eve.iam_id, key.id) is None
                assert await one.holder(ada.iam_id, "ApiKey-nothing") is None
                assert await one.holder(IamId("IBMid-nobody"), None) is None

    @in_loop
    async def test_a_change_is_seen_at_once_everywhere(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada = an_identity()
            key = of(ada)
            await added(store, ada, key)
            assert await beside.holder(ada.iam_id, key.id) == Holder(ada, key)
            assert await beside.api_key(key.digest) == key
            locked = replace(key, locked=True, revision=2)
            await store.commit(replacing(key, locked), an_event())
            for one in (beside, store):
                assert await one.holder(ada.iam_id, key.id) == Holder(ada, locked)
                assert await one.api_key(key.digest) == locked
                assert await one.api_keys(ada.account) == (locked,)
            named = replace(ada, display_name="Ada L.", revision=2)
            await store.commit(replacing(ada, named), an_event())
            for one in (beside, store):
                assert await one.holder(ada.iam_id, key.id) == Holder(named, locked)
                assert await one.identity(ada.iam_id) == named
            await store.commit(removing(locked), an_event())
            for one in (beside, store):
                assert await one.holder(ada.iam_id, key.id) is None
                assert await one.api_key(key.digest) is None
                assert await one.api_keys(ada.account) == ()

    @in_loop
    async def test_what_changed_meanwhile_is_not_overwritten(self, place: Place) -> None:
        async with opened(place) as store:
            ada = an_identity()
            key = of(ada)
            await added(store, ada, key)
            newer = replace(key, name="newer", revision=2)
            await store.commit(replacing(key, newer), an_event())
            before = await store.pending()
            for change in (replacing(key, replace(key, name="late", revision=2)), removing(key)):
                with pytest.raises(Conflict):
                    await store.commit(change, an_event())
            assert await store.api_keys(ada.account) == (newer,)
            assert await store.pending() == before

    @in_loop
    async def test_of_many_who_change_a_key_one_wins(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada = an_identity()
            key = of(ada)
            await added(store, ada, key)
            rivals = [replace(key, name=f"by {number}", revision=2) for number in range(10)]
            commits = [
                (store, beside)[number % 2].commit(replacing(key, rival), an_event())
                for number, rival in enumerate(rivals)
            ]
            outcomes = await asyncio.gather(*commits, return_exceptions=True)
            assert [type(one) for one in outcomes].count(Conflict) == 9
            (found,) = await beside.api_keys(ada.account)
            assert found == rivals[outcomes.index(None)]

    @in_loop
    async def test_with_an_identity_go_its_keys_and_grants_and_nobody_elses(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada, eve = an_identity(), an_identity()
            keys, hers = [of(ada), of(ada)], of(eve)
            await added(store, ada, eve, *keys, hers, a_grant(ada.iam_id), grant := a_grant(eve.iam_id))
            assert await beside.holder(ada.iam_id, keys[0].id) is not None
            await store.commit(removing(ada), an_event())
            for one in (beside, store):
                assert await one.identities(ada.account) == (eve,)
                assert await one.api_keys(ada.account) == (hers,)
                assert await one.api_key(keys[0].digest) is None
                assert await one.holder(ada.iam_id, keys[1].id) is None
                assert await one.grants(ada.iam_id) == ()
                assert await one.grants(eve.iam_id) == (grant,)
        async with opened(place) as store:
            await added(store, ada, *keys)  # nothing of them was left over
            assert await store.grants(ada.iam_id) == ()

    @in_loop
    async def test_a_removal_that_fails_takes_nothing_along(self, place: Place) -> None:
        async with opened(place) as store:
            ada = an_identity()
            key, grant = of(ada), a_grant(ada.iam_id)
            await added(store, ada, key, grant)
            change = removing(ada)
            change.put(of(an_identity()), was=None)  # whose identity is not there
            with pytest.raises(Conflict):
                await store.commit(change, an_event())
            assert await store.identity(ada.iam_id) == ada
            assert await store.api_key(key.digest) == key
            assert await store.grants(ada.iam_id) == (grant,)

    @in_loop
    async def test_a_key_is_put_only_where_its_identity_is(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada = an_identity()
            await added(store, ada)
            racing = [beside.commit(putting(of(ada)), an_event()) for _ in range(3)]
            await asyncio.gather(store.commit(removing(ada), an_event()), *racing, return_exceptions=True)
            assert await store.api_keys(ada.account) == await beside.api_keys(ada.account) == ()
            with pytest.raises(Conflict):
                await store.commit(putting(of(ada)), an_event())

    @in_loop
    async def test_a_digest_has_one_key(self, place: Place) -> None:
        async with opened(place) as store:
            ada = an_identity()
            key = of(ada)
            await added(store, ada, key)
            with pytest.raises(Conflict):
                await store.commit(putting(replace(of(ada), digest=key.digest)), an_event())
            assert await store.api_keys(ada.account) == (key,)

    @in_loop
    async def test_of_many_who_want_the_last_key_one_gets_it(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada, eve = an_identity(), an_identity()
            await added(store, ada, eve, *(of(ada) for _ in range(MOST_API_KEYS - 1)))
            commits = [(store, beside)[n % 2].commit(putting(of(ada)), an_event()) for n in range(6)]
            outcomes = [type(one) for one in await asyncio.gather(*commits, return_exceptions=True)]
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 5)
            assert len(await beside.api_keys(ada.account)) == MOST_API_KEYS
            await store.commit(putting(of(eve)), an_event())

    @in_loop
    async def test_the_last_service_id(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (memory_owners, owners):  # other tests of this process may have set it otherwise
            monkeypatch.setattr(module, "MOST_SERVICE_IDS", 5)

        def one(account: AccountId = OTHER) -> Identity:
            return replace(
                an_identity(),
                iam_id=IamId(f"iam-ServiceId-{random_uuid()}"),
                kind="serviceid",
                account=account,
            )

        async with opened(place) as store:
            await added(store, *(one() for _ in range(4)))
            await store.commit(putting(one()), an_event())
            with pytest.raises(Conflict):
                await store.commit(putting(one()), an_event())
            await store.commit(putting(one(AccountId("c" * 32))), an_event())
            await store.commit(putting(replace(an_identity(), account=OTHER)), an_event())  # a user
