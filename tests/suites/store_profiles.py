"""What every store does with trusted profiles and with one-time codes."""

import asyncio
import os
from dataclasses import replace

import pytest

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict
from keystead.domain.identities import Identity, Passcode
from keystead.domain.ids import PROFILES, AccountId, IamId, random_uuid
from keystead.domain.trust import Condition, Link, Rule, Trust, Trusted
from keystead.storage import profiles
from suites.store_placed import putting, removing
from suites.store_samples import NOW, Place, a_grant, added, an_event, an_identity, in_loop, opened

TRUST = Trust(
    identities=(Trusted(iam_id=IamId("IBMid-1"), kind="user", description="d"),),
    rules=(
        Rule(
            id="ClaimRule-1",
            kind="Profile-CR",
            conditions=(Condition(claim="c", operator="IN", value='["a"]'),),
            expiration=3600,
            created_at=NOW,
            realm="https://idp.example",
            compute="IKS_SA",
            modified_at=NOW,
        ),
    ),
    links=(Link(id="Link-1", compute="ROKS_SA", cluster="crn:", namespace="n", account="a", created_at=NOW),),
)


def a_profile(name: str = "billing", account: str = "d" * 32) -> Identity:
    uuid = random_uuid()
    return Identity(
        iam_id=IamId(f"{PROFILES}{uuid}"),
        account=AccountId(account),
        kind="profile",
        name=f"Profile-{uuid}",
        display_name=name,
        created_at=NOW,
    )


def a_code(owner: Identity) -> Passcode:
    return Passcode(
        iam_id=owner.iam_id, account=owner.account, digest=os.urandom(32), ends=NOW, until=9, api_key=None
    )


def replacing(was: Identity | Passcode, new: Identity | Passcode) -> Change:
    change = Change()
    change.put(new, was=was)
    return change


class ProfileSuite:
    """Profiles and codes."""

    @in_loop
    async def test_a_profile_comes_back_with_all_that_it_trusts(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            one = a_profile()
            await store.commit(putting(one), an_event())
            trusting = replace(one, trust=TRUST, revision=2)
            assert await beside.identity(one.iam_id) == one
            await store.commit(replacing(one, trusting), an_event())
            for each in (store, beside):
                assert await each.identity(one.iam_id) == trusting
            await added(store, a_grant(one.iam_id))
            await store.commit(removing(trusting), an_event())
            for each in (store, beside):
                assert await each.holder(one.iam_id, None) is None
                assert await each.grants(one.iam_id) == ()

    @in_loop
    async def test_a_name_is_that_of_one_profile_in_an_account(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            rivals = [
                (store, beside)[number % 2].commit(putting(a_profile()), an_event()) for number in range(4)
            ]
            outcomes = [type(it) for it in await asyncio.gather(*rivals, return_exceptions=True)]
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 3)
            other = a_profile("other")
            for fine in (other, a_profile(account="e" * 32), replace(an_identity(), display_name="billing")):
                await store.commit(putting(fine), an_event())
            with pytest.raises(Conflict):
                await store.commit(replacing(other, replace(other, display_name="billing")), an_event())
            assert await beside.identity(other.iam_id) == other

    @in_loop
    async def test_the_last_profile(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(profiles, "MOST_PROFILES", 2)
        async with opened(place) as store:
            for name in "ab":
                await store.commit(putting(a_profile(name)), an_event())
            with pytest.raises(Conflict):
                await store.commit(putting(a_profile("c")), an_event())
            await store.commit(putting(a_profile("c", "e" * 32)), an_event())

    @in_loop
    async def test_a_code_is_found_by_its_digest_and_used_once(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada = an_identity()
            await added(store, ada)
            first, second = a_code(ada), replace(a_code(ada), revision=2)
            await store.commit(putting(first), an_event())
            assert await beside.passcode(first.digest) == first
            await beside.commit(replacing(first, second), an_event())
            assert await store.passcode(first.digest) is None
            assert await store.passcode_of(ada.iam_id) == second
            with pytest.raises(Conflict):
                await store.commit(putting(a_code(ada)), an_event())
            uses = [each.commit(removing(second), an_event()) for each in (store, beside) * 3]
            outcomes = [type(it) for it in await asyncio.gather(*uses, return_exceptions=True)]
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 5)
            for each in (store, beside):
                assert await each.passcode(second.digest) is None
                assert await each.passcode_of(ada.iam_id) is None
