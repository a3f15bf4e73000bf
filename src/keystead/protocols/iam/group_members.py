"""Who is in an access group. Source: ``spec/iam-and-provisioning.md`` section 2."""

from typing import Final

from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.group_bodies import (
    MOST_AT_ONCE,
    GoneBody,
    GroupsBody,
    MemberBodies,
    Query,
    member_query,
)
from keystead.protocols.iam.group_views import (
    paged,
    shown_addition,
    shown_in_group,
    shown_member,
    shown_removal,
)
from keystead.protocols.iam.identity_answers import answer, nothing
from keystead.protocols.iam.policy_bodies import read
from keystead.service.access_group_members import ListMembers, ReadMember
from keystead.service.access_groups import ReadAccessGroup
from keystead.service.add_members import AddMembers, AddToGroups, Wanted
from keystead.service.remove_members import RemoveFromGroups, RemoveMember, RemoveMembers

_KINDS: Final = "user, service or profile"
_MEMBERS: Final = f"an object with members, up to {MOST_AT_ONCE} objects with iam_id and type: {_KINDS}"
_GONE: Final = f"an object with members, a list of up to {MOST_AT_ONCE} iam_ids"
_GROUPS: Final = f"an object with type, {_KINDS}, and groups, a list of up to {MOST_AT_ONCE} ids"
_ADDED: Final = 200
_REMOVED: Final = 204


async def add(visit: Visit) -> Reply:
    """``PUT /v2/groups/{accessgroup}/members``."""
    kinds: dict[str, str] = {}

    def command() -> AddMembers:
        wanted = tuple(it.wanted() for it in read(visit.exchange, MemberBodies, _MEMBERS).members)
        kinds.update((it.iam_id, it.kind) for it in wanted)
        return AddMembers(visit.names["accessgroup"], wanted)

    done = await visit.serve(command)
    items = [shown_addition(it, visit.exchange, kinds[it.what]) for it in done]
    return answer(visit.exchange, 207, {"members": items})


async def add_everywhere(visit: Visit) -> Reply:
    """``PUT /v2/groups/_allgroups/members/{member}``."""
    done = await visit.serve(lambda: _additions(visit))
    return _in_groups(visit, [shown_in_group(it, visit.exchange, _ADDED) for it in done])


async def list_members(visit: Visit) -> Reply:
    """``GET /v2/groups/{accessgroup}/members``."""
    query = Query(visit.exchange)
    page = await visit.serve(lambda: ListMembers(visit.names["accessgroup"], member_query(query.checked())))
    items = [shown_member(it, verbose=query.flag("verbose")) for it in page.items]
    return answer(visit.exchange, 200, paged(visit.exchange, query, "members", items, page))


async def check(visit: Visit) -> Reply:
    """``HEAD /v2/groups/{accessgroup}/members/{member}``."""
    await visit.serve(lambda: ReadMember(*_place(visit)))
    return nothing(visit.exchange)


async def remove(visit: Visit) -> Reply:
    """``DELETE /v2/groups/{accessgroup}/members/{member}``."""
    await visit.serve(lambda: RemoveMember(*_place(visit)))
    return nothing(visit.exchange)


async def remove_several(visit: Visit) -> Reply:
    """``POST /v2/groups/{accessgroup}/members/delete``."""
    done = await visit.serve(
        lambda: RemoveMembers(visit.names["accessgroup"], read(visit.exchange, GoneBody, _GONE).members)
    )
    items = [shown_removal(it, visit.exchange) for it in done]
    return answer(visit.exchange, 207, {"access_group_id": visit.names["accessgroup"], "members": items})


async def remove_everywhere(visit: Visit) -> Reply:
    """``DELETE /v2/groups/_allgroups/members/{member}``."""
    query = Query(visit.exchange)
    done = await visit.serve(lambda: RemoveFromGroups(query.checked().account(), visit.names["member"]))
    return _in_groups(visit, [shown_in_group(it, visit.exchange, _REMOVED) for it in done])


async def list_rules(visit: Visit) -> Reply:
    """``GET /v2/groups/{accessgroup}/rules``: none, but Terraform fails where they cannot be listed."""
    await visit.serve(lambda: ReadAccessGroup(visit.names["accessgroup"]))
    return answer(visit.exchange, 200, {"rules": []})


def _place(visit: Visit) -> tuple[str, str]:
    return visit.names["accessgroup"], visit.names["member"]


def _additions(visit: Visit) -> AddToGroups:
    account = Query(visit.exchange).checked().account()
    body = read(visit.exchange, GroupsBody, _GROUPS)
    return AddToGroups(account, Wanted(visit.names["member"], body.type), body.groups)


def _in_groups(visit: Visit, items: list[dict[str, object]]) -> Reply:
    return answer(visit.exchange, 207, {"iam_id": visit.names["member"], "groups": items})
