"""How access groups and their members are shown. Source: ``spec/iam-and-provisioning.md`` section 2."""

from typing import Any, Final
from urllib.parse import quote, urlencode

from keystead.domain.access_groups import AccessGroup, Member
from keystead.domain.moments import moment
from keystead.domain.reasons import CODES
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.iam.group_bodies import Query
from keystead.service.access_group_members import Shown
from keystead.service.member_outcomes import Outcome
from keystead.service.pages import Page

_GROUPS: Final = "/v2/groups"
_DONE: Final = 200


def shown_group(group: AccessGroup, query: Query) -> dict[str, Any]:
    """Return a group, with what *query* asks for beside what is always shown."""
    view: dict[str, Any] = {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "account_id": group.account,
        "created_at": moment(group.created_at),
        "created_by_id": group.created_by,
        "last_modified_at": moment(group.modified_at),
        "last_modified_by_id": group.modified_by,
        "href": f"{_GROUPS}/{group.id}",
    }
    if query.flag("show_federated"):
        view["is_federated"] = False
    if query.flag("show_crn"):
        view["crn"] = group.crn
    return view


def shown_member(it: Shown, *, verbose: bool) -> dict[str, Any]:
    """Return a member; a *verbose* one with who it is."""
    member, who = it.member, it.who
    view = {
        **_member(member),
        "membership_type": "static",
        "href": f"{_GROUPS}/{member.group}/members/{quote(member.iam_id, safe='')}",
    }
    if not verbose or who is None:
        return view
    if member.kind == "user":
        return {**view, "name": who.display_name, "email": who.name}
    return {**view, "name": who.display_name, "description": who.description}


def shown_addition(it: Outcome, exchange: Exchange, kind: str) -> dict[str, Any]:
    """Return what came of somebody who was to be a member."""
    view = {"iam_id": it.what, "type": kind} if it.member is None else _member(it.member)
    return {**view, **_outcome(it, _DONE, exchange)}


def shown_in_group(it: Outcome, exchange: Exchange, code: int) -> dict[str, Any]:
    """Return what came of one group; *code* is that of what was done."""
    return {"access_group_id": it.what, **_outcome(it, code, exchange)}


def shown_removal(it: Outcome, exchange: Exchange) -> dict[str, Any]:
    """Return what came of somebody who was to be a member no more."""
    return {"iam_id": it.what, **_outcome(it, 204, exchange)}


def paged(exchange: Exchange, query: Query, name: str, items: list[dict[str, Any]], page: Page[Any]) -> Any:
    """Return a page of *items*, and where those around it are."""
    limit, offset, total = query.limit(), query.offset(), page.total

    def to(start: int) -> dict[str, str]:
        fields = {**query.fields, "limit": limit, "offset": start}
        return {"href": f"{exchange.path}?{urlencode(fields)}"}

    view: dict[str, Any] = {"limit": limit, "offset": offset, "total_count": total, "first": to(0)}
    if limit:
        view["last"] = to(max(0, (total - 1) // limit * limit))
    if limit and offset > 0:
        view["previous"] = to(max(0, offset - limit))
    if limit and offset + limit < total:
        view["next"] = to(offset + limit)
    return {**view, name: items}


def _member(member: Member) -> dict[str, Any]:
    return {
        "iam_id": member.iam_id,
        "type": member.kind,
        "created_at": moment(member.created_at),
        "created_by_id": member.created_by,
    }


def _outcome(it: Outcome, code: int, exchange: Exchange) -> dict[str, Any]:
    if it.refused is None:
        return {"status_code": code}
    return {
        "status_code": CODES[it.refused.reason],
        "trace": exchange.correlation_id,
        "errors": [{"code": str(it.refused.reason), "message": it.refused.detail}],
    }
