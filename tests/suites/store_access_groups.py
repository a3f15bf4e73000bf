"""What every store does with access groups and with who is in them."""

import asyncio
from dataclasses import replace

import pytest

from keystead.domain.access_groups import AccessGroup, Member, MemberKind
from keystead.domain.changes import Change, Record
from keystead.domain.errors import Conflict
from keystead.domain.ids import ACCESS_GROUPS, AccountId, IamId, random_uuid
from keystead.domain.ports.store import Store
from keystead.storage import memberships
from suites.store_placed import putting, removing
from suites.store_samples import NOW, Place, a_grant, added, an_event, an_identity, in_loop, opened

SOMEBODY = IamId("IBMid-1")
HERE = AccountId("a" * 32)


def a_group(name: str = "Payroll", account: AccountId = HERE) -> AccessGroup:
    return AccessGroup(
        id=IamId(f"{ACCESS_GROUPS}{random_uuid()}"),
        account=account,
        name=name,
        description="who pays",
        created_at=NOW,
        created_by=SOMEBODY,
        modified_at=NOW,
        modified_by=SOMEBODY,
    )


def a_member(group: AccessGroup, who: IamId, kind: MemberKind = "user") -> Member:
    return Member(group=group.id, iam_id=who, account=HERE, kind=kind, created_at=NOW, created_by=SOMEBODY)


def all_of(*records: Record) -> Change:
    change = Change()
    for record in records:
        change.put(record, was=None)
    return change


async def a_user(store: Store) -> IamId:
    """Add somebody to the account of `a_group`."""
    who = replace(an_identity(), account=HERE)
    await added(store, who)
    return who.iam_id


class AccessGroupSuite:
    """Groups and members come and go, and what is granted to a group with them."""

    @in_loop
    async def test_groups_and_members_are_seen_at_once_everywhere(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada, group = await a_user(store), a_group()
            assert await beside.access_groups(HERE) == ()
            await store.commit(all_of(group, a_group(account=AccountId("b" * 32))), an_event())
            member = a_member(group, ada)
            await store.commit(putting(member), an_event())
            for each in (store, beside):
                assert await each.access_groups(HERE) == (group,)
                assert await each.members(group.id) == await each.memberships(ada) == (member,)
                assert await each.members(IamId("another")) == await each.memberships(SOMEBODY) == ()

    @in_loop
    async def test_who_is_in_a_group_has_its_grants_for_as_long(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada, bob, group = await a_user(store), await a_user(store), a_group()
            own, shared = a_grant(ada), a_grant(group.id)
            await store.commit(all_of(group, own, shared), an_event())
            assert await beside.grants(ada) == (own,)
            await store.commit(all_of(a_member(group, ada), a_member(group, bob)), an_event())
            both = tuple(sorted((own, shared), key=lambda it: it.id))
            for each in (store, beside):
                assert await each.grants(ada) == both
                assert await each.grants(ada) is await each.grants(ada)
                assert await each.grants(bob) == (shared,)
            await store.commit(removing(a_member(group, bob)), an_event())
            assert await beside.grants(bob) == ()
            gone = replace(shared, state="deleted", revision=2)
            change = Change()
            change.put(gone, was=shared)
            await beside.commit(change, an_event())
            assert await store.grants(ada) == (own,)

    @in_loop
    async def test_a_group_goes_with_its_grants_but_not_before_its_members(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada, group = await a_user(store), a_group()
            shared, member = a_grant(group.id), a_member(group, ada)
            await store.commit(all_of(group, member, shared), an_event())
            with pytest.raises(Conflict):
                await store.commit(removing(group), an_event())
            assert await beside.grants(ada) == (shared,)
            whole = removing(member)
            whole.remove(group)
            await store.commit(whole, an_event())
            for each in (store, beside):
                assert await each.access_groups(HERE) == ()
                assert await each.memberships(ada) == ()
                assert await each.grants(ada) == await each.account_grants(shared.account) == ()

    @in_loop
    async def test_somebody_who_goes_is_in_no_group_any_more(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            who, group = replace(an_identity(), account=HERE), a_group()
            await added(store, who)
            await store.commit(all_of(group, a_member(group, who.iam_id)), an_event())
            await store.commit(removing(who), an_event())
            assert await beside.members(group.id) == ()
            await added(store, who)
            assert await beside.memberships(who.iam_id) == ()

    @in_loop
    async def test_a_name_is_that_of_one_group_whatever_its_case(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            rivals = [
                (store, beside)[number % 2].commit(putting(a_group(name)), an_event())
                for number, name in enumerate(("Payroll", "PAYROLL", "payroll", "Payroll"))
            ]
            outcomes = [type(it) for it in await asyncio.gather(*rivals, return_exceptions=True)]
            assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 3)
            other = a_group("other")
            await store.commit(all_of(other, a_group(account=AccountId("b" * 32))), an_event())
            change = Change()
            change.put(replace(other, name="pAyroll", revision=2), was=other)
            with pytest.raises(Conflict):
                await store.commit(change, an_event())

    @in_loop
    async def test_what_a_member_and_a_grant_need(self, place: Place) -> None:
        async with opened(place) as store:
            ada, group, unknown = await a_user(store), a_group(), a_group("unknown")
            stranger = replace(an_identity(), account=AccountId("b" * 32))
            service = replace(an_identity(), account=HERE, kind="service")
            await added(store, stranger, service)
            await store.commit(putting(group), an_event())
            bad = (
                a_member(unknown, ada),
                a_member(group, IamId("IBMid-nobody")),
                a_member(group, stranger.iam_id),
                replace(a_member(group, stranger.iam_id), account=stranger.account),
                a_member(group, service.iam_id, "service"),
                a_member(group, ada, "profile"),
                a_grant(unknown.id),
            )
            for record in bad:
                with pytest.raises(Conflict):
                    await store.commit(putting(record), an_event())
            assert await store.members(group.id) == ()

    @pytest.mark.parametrize("limit", ["MOST_ACCESS_GROUPS", "MOST_MEMBERS", "MOST_MEMBERSHIPS"])
    @in_loop
    async def test_the_last_one(self, place: Place, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
        async with opened(place) as store:
            people = [await a_user(store) for _ in range(3)]
            groups = [a_group(name) for name in "abc"]
            await store.commit(all_of(*groups[:2]), an_event())
            rows: dict[str, list[Record]] = {
                "MOST_ACCESS_GROUPS": [groups[2]],
                "MOST_MEMBERS": [a_member(groups[0], who) for who in people],
                "MOST_MEMBERSHIPS": [a_member(group, people[0]) for group in groups],
            }
            *fine, last = rows[limit]
            if limit == "MOST_MEMBERSHIPS":
                await store.commit(putting(groups[2]), an_event())
            monkeypatch.setattr(memberships, limit, 2)
            await store.commit(all_of(*fine), an_event())
            with pytest.raises(Conflict):
                await store.commit(putting(last), an_event())
            assert {it.iam_id for it in await store.members(groups[0].id)} <= set(people[:2])

    @in_loop
    async def test_one_of_those_who_add_or_remove_is_first(self, place: Place) -> None:
        async with opened(place) as store, opened(place) as beside:
            ada, group = await a_user(store), a_group()
            await store.commit(putting(group), an_event())
            member = a_member(group, ada)
            for change in (putting(member), removing(member)):
                rivals = [each.commit(change, an_event()) for each in (store, beside) * 2]
                outcomes = [type(it) for it in await asyncio.gather(*rivals, return_exceptions=True)]
                assert (outcomes.count(type(None)), outcomes.count(Conflict)) == (1, 3)
