"""What every store does with grants and with the roles that accounts make."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from keystead.domain.actions import Role
from keystead.domain.changes import Change, Record
from keystead.domain.errors import Conflict
from keystead.domain.grants import Grant, granted, services_called
from keystead.domain.ids import AccountId, IamId, random_uuid
from keystead.domain.roles import MOST_CUSTOM_ROLES, CustomRole
from keystead.domain.time_rules import Key, Part, TimeCondition, When
from suites.store_placed import putting, removing
from suites.store_samples import NOW, Place, a_grant, added, an_event, an_identity, in_loop, opened

OTHER = AccountId("b" * 32)


def a_role(name: str = "Wrapper") -> CustomRole:
    by = IamId("IBMid-1")
    return CustomRole(
        id=random_uuid(),
        account=AccountId("a" * 32),
        service="kms",
        name=name,
        display_name=f"{name} of keys",
        actions=("kms.secrets.wrap",),
        created_at=NOW,
        created_by=by,
        modified_at=NOW,
        modified_by=by,
    )


def stewarding(subject: IamId) -> Grant:
    account = AccountId("a" * 32)
    return granted(id=random_uuid(), subject=subject, account=account, roles=(Role.ADMINISTRATOR,))


def replacing(was: Record, new: Record) -> Change:
    change = Change()
    change.put(new, was=was)
    return change


def by_id(*them: Grant) -> tuple[Grant, ...]:
    return tuple(sorted(them, key=lambda it: it.id))


def count(outcomes: Sequence[object]) -> int:
    """Return how many were refused, of which each for being too late."""
    refused = [cast("Exception", one) for one in outcomes if one is not None]
    assert {type(one) for one in refused} <= {Conflict}
    return len(refused)


TIMES: tuple[tuple[Key, str, tuple[str, ...]], ...] = (
    ("day_of_week", "dayOfWeekAnyOf", ("1+00:00", "2-05:00")),
    ("current_time", "timeLessThan", ("09:00:00+00:00",)),
)
WHEN = When(
    pattern="time-based-conditions:weekly:custom-hours",
    combination="and",
    parts=tuple(
        Part(combination="", conditions=(TimeCondition(key=key, operator=operator, values=values),))
        for key, operator, values in TIMES
    ),
)


class GrantSuite:
    """Grants come, change and go; what they need stays there while they do."""

    @in_loop
    async def test_when_a_grant_holds_reads_back(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada = an_identity()
            await added(store, ada)
            grant = replace(a_grant(ada.iam_id), when=WHEN)
            await store.commit(putting(grant), an_event())
            assert await beside.grants(ada.iam_id) == await store.grants(ada.iam_id) == (grant,)

    @in_loop
    async def test_a_grant_is_seen_at_once_everywhere_until_it_is_deleted(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada = an_identity()
            await added(store, ada)
            grant, foreign = a_grant(ada.iam_id), replace(a_grant(IamId("IBMid-1")), account=OTHER)
            assert await beside.grants(ada.iam_id) == ()
            await store.commit(putting(grant), an_event())
            await added(store, foreign)
            for one in (beside, store):
                assert await one.grants(ada.iam_id) == (grant,)
                assert await one.account_grants(ada.account) == (grant,)
                assert await one.account_grants(OTHER) == (foreign,)
            deleted = replace(grant, state="deleted", revision=2)
            await store.commit(replacing(grant, deleted), an_event())
            for one in (beside, store):
                assert await one.grants(ada.iam_id) == ()
                assert await one.account_grants(ada.account) == (deleted,)
            back = replace(grant, revision=3)
            await beside.commit(replacing(deleted, back), an_event())
            assert await store.grants(ada.iam_id) == (back,)
            await store.commit(removing(back), an_event())
            for one in (beside, store):
                assert await one.grants(ada.iam_id) == await one.account_grants(ada.account) == ()

    @in_loop
    async def test_what_changed_meanwhile_is_not_overwritten(self, place: Place) -> None:
        async with opened(place) as store:
            ada = an_identity()
            grant = a_grant(ada.iam_id)
            await added(store, ada, grant)
            newer = replace(grant, description="newer", revision=2)
            await store.commit(replacing(grant, newer), an_event())
            for change in (replacing(grant, replace(newer, description="late")), removing(grant)):
                with pytest.raises(Conflict):
                    await store.commit(change, an_event())
            assert await store.grants(ada.iam_id) == (newer,)

    @in_loop
    async def test_a_grant_is_put_only_where_its_subject_is(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada = an_identity()
            await added(store, ada)
            deleted = replace(a_grant(ada.iam_id), state="deleted")
            await store.commit(putting(deleted), an_event())
            racing = [beside.commit(putting(a_grant(ada.iam_id)), an_event()) for _ in range(3)]
            await asyncio.gather(store.commit(removing(ada), an_event()), *racing, return_exceptions=True)
            for one in (store, beside):
                assert await one.account_grants(ada.account) == ()
            with pytest.raises(Conflict):
                await store.commit(putting(a_grant(ada.iam_id)), an_event())

    @in_loop
    async def test_a_grant_to_services_needs_nobody(self, place: Place) -> None:
        async with opened(place) as store:
            subject = services_called("cloud-object-storage")
            grant = a_grant(subject)
            grant = replace(grant, source=grant.resource)
            await store.commit(putting(grant), an_event())
            assert await store.grants(subject) == (grant,)

    @in_loop
    async def test_a_grant_stays_that_of_its_subject(self, place: Place) -> None:
        async with opened(place) as store:
            grant = a_grant(IamId("IBMid-1"))
            await added(store, grant)
            with pytest.raises(ValueError, match="another subject"):
                await store.commit(replacing(grant, replace(grant, subject=IamId("IBMid-2"))), None)

    @in_loop
    async def test_of_two_administrators_who_take_each_other_away_one_stays(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada, eve = an_identity(), an_identity()
            hers, theirs = stewarding(ada.iam_id), stewarding(eve.iam_id)
            await added(store, ada, eve, hers, theirs)
            outcomes = await asyncio.gather(
                store.commit(removing(hers), an_event()),
                beside.commit(removing(theirs), an_event()),
                return_exceptions=True,
            )
            assert count(outcomes) == 1
            (left,) = await store.account_grants(ada.account)
            gone = removing(ada if left.subject == ada.iam_id else eve)
            smaller = replace(left, roles=(), revision=2)
            for change in (gone, removing(left), replacing(left, smaller)):
                with pytest.raises(Conflict):
                    await store.commit(change, an_event())
            deleted = replace(left, state="deleted", revision=2)
            with pytest.raises(Conflict):
                await store.commit(replacing(left, deleted), an_event())
            assert await beside.grants(left.subject) == (left,)


class RoleSuite:
    """Roles that accounts make."""

    @in_loop
    async def test_a_role_is_seen_at_once_everywhere(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            role = a_role()
            assert await beside.custom_roles(role.account) == ()
            await store.commit(putting(role), an_event())
            for one in (beside, store):
                assert await one.custom_roles(role.account) == (role,)
                assert await one.custom_roles(OTHER) == ()
            newer = replace(role, actions=("kms.secrets.unwrap",), revision=2)
            await store.commit(replacing(role, newer), an_event())
            for one in (beside, store):
                assert await one.custom_roles(role.account) == (newer,)
            await store.commit(removing(newer), an_event())
            for one in (beside, store):
                assert await one.custom_roles(role.account) == ()

    @in_loop
    async def test_a_role_stays_while_it_is_granted_and_none_is_granted_that_is_gone(
        self, place: Place
    ) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada, role = an_identity(), a_role()
            await added(store, ada)
            await store.commit(putting(role), an_event())
            grant = replace(a_grant(ada.iam_id), roles=(role.crn,))
            outcomes = await asyncio.gather(
                store.commit(putting(grant), an_event()),
                beside.commit(removing(role), an_event()),
                return_exceptions=True,
            )
            assert count(outcomes) == 1
            roles, grants = await store.custom_roles(ada.account), await store.grants(ada.iam_id)
            assert (roles, grants) in (((role,), (grant,)), ((), ()))
            if grants:  # a deleted grant keeps no role, and does not come back without it
                deleted = replace(grant, state="deleted", revision=2)
                await store.commit(replacing(grant, deleted), an_event())
                await store.commit(removing(role), an_event())
                with pytest.raises(Conflict):
                    await store.commit(replacing(deleted, replace(grant, revision=3)), an_event())

    @in_loop
    async def test_names_are_one_of_a_kind_and_there_are_so_many(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            names = [f"Role{number}" for number in range(MOST_CUSTOM_ROLES - 1)]
            for name in names:
                await store.commit(putting(a_role(name)), an_event())
            with pytest.raises(Conflict):
                await beside.commit(putting(a_role(names[0])), an_event())
            racing = [one.commit(putting(a_role(f"Last{n}")), None) for n, one in enumerate((store, beside))]
            assert count(await asyncio.gather(*racing, return_exceptions=True)) == 1
            assert len(await store.custom_roles(AccountId("a" * 32))) == MOST_CUSTOM_ROLES
