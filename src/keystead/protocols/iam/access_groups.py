"""Access groups. Source: ``spec/iam-and-provisioning.md`` section 2."""

from typing import Final

from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.group_bodies import GroupBody, GroupChanges, Query, group_query
from keystead.protocols.iam.group_views import paged, shown_group
from keystead.protocols.iam.identity_answers import answer, nothing
from keystead.protocols.iam.policy_answers import tagged
from keystead.protocols.iam.policy_bodies import if_match, read
from keystead.service.access_groups import (
    CreateAccessGroup,
    DeleteAccessGroup,
    ReadAccessGroup,
    UpdateAccessGroup,
)
from keystead.service.list_access_groups import ListAccessGroups

_NEW: Final = "an object with name, of up to 100 characters, and maybe description, of up to 250"
_CHANGES: Final = "an object with name or description"


async def create(visit: Visit) -> Reply:
    """``POST /v2/groups``."""
    query = Query(visit.exchange)

    def command() -> CreateAccessGroup:
        account = query.checked().account()
        body = read(visit.exchange, GroupBody, _NEW)
        return CreateAccessGroup(account=account, name=body.name, description=body.description or "")

    made = await visit.serve(command)
    return tagged(visit.exchange, 201, shown_group(made, query), made.entity_tag)


async def list_groups(visit: Visit) -> Reply:
    """``GET /v2/groups``."""
    query = Query(visit.exchange)
    page = await visit.serve(lambda: ListAccessGroups(group_query(query.checked())))
    items = [shown_group(it, query) for it in page.items]
    return answer(visit.exchange, 200, paged(visit.exchange, query, "groups", items, page))


async def read_group(visit: Visit) -> Reply:
    """``GET /v2/groups/{accessgroup}``."""
    query = Query(visit.exchange)

    def command() -> ReadAccessGroup:
        query.checked()
        return ReadAccessGroup(visit.names["accessgroup"])

    found = await visit.serve(command)
    return tagged(visit.exchange, 200, shown_group(found, query), found.entity_tag)


async def update(visit: Visit) -> Reply:
    """``PATCH /v2/groups/{accessgroup}``."""
    query = Query(visit.exchange)

    def command() -> UpdateAccessGroup:
        query.checked()
        tag, changes = if_match(visit.exchange), read(visit.exchange, GroupChanges, _CHANGES)
        return UpdateAccessGroup(
            id=visit.names["accessgroup"], tag=tag, name=changes.name, description=changes.description
        )

    done = await visit.serve(command)
    return tagged(visit.exchange, 200, shown_group(done, query), done.entity_tag)


async def delete(visit: Visit) -> Reply:
    """``DELETE /v2/groups/{accessgroup}``."""
    query = Query(visit.exchange)
    await visit.serve(
        lambda: DeleteAccessGroup(id=visit.names["accessgroup"], force=query.checked().flag("force"))
    )
    return nothing(visit.exchange)
