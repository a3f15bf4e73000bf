"""The policies that a caller may see. Source: ``spec/iam-and-provisioning.md`` section 3.6."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from keystead.domain.attributes import SERVICE, SERVICE_TYPE
from keystead.domain.grant_rules import bad_policy
from keystead.domain.grants import Grant
from keystead.service import policy_rules as rules
from keystead.service.case import Case, Tools
from keystead.service.pages import begun
from keystead.service.policy_rules import ShownGrant

Sort = Literal[
    "id", "type", "href", "created_at", "created_by_id", "last_modified_at", "last_modified_by_id", "state"
]
_SORTS: Final[dict[Sort, Callable[[Grant], str]]] = {
    "id": lambda it: it.id,
    "href": lambda it: it.id,
    "type": lambda it: "authorization" if it.is_for_services else "access",
    "created_at": lambda it: "" if it.created_at is None else it.created_at.isoformat(),
    "created_by_id": lambda it: it.created_by or "",
    "last_modified_at": lambda it: "" if it.modified_at is None else it.modified_at.isoformat(),
    "last_modified_by_id": lambda it: it.modified_by or "",
    "state": lambda it: it.state,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyQuery:
    """Which policies are asked for; what is ``None`` was not asked."""

    account: str
    subject: str | None
    for_services: bool | None
    state: Literal["active", "deleted"]
    service: str | None
    service_type: str | None
    nothing: bool  # it asks for what no policy here has, such as tags
    sort: Sort
    descending: bool
    after: str | None  # id of the last one of the page before
    limit: int

    def fits(self, grant: Grant) -> bool:
        """Tell whether *grant* is asked for."""
        return (
            not self.nothing
            and grant.state == self.state
            and self.subject in (None, grant.subject)
            and self.for_services in (None, grant.is_for_services)
            and _is(self.service, grant, SERVICE)
            and _is(self.service_type, grant, SERVICE_TYPE)
        )


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """Some policies, and the id of the last one where more follow."""

    items: tuple[ShownGrant, ...]
    last: str | None


@dataclass(frozen=True, slots=True)
class ListPolicies:
    """The policies that fit *query*, on what the caller's own grants cover; nothing for who has none."""

    query: PolicyQuery

    async def run(self, case: Case, tools: Tools) -> PolicyPage:
        """Find them; there are few enough to look at all."""
        query = self.query
        rules.require_own(query.account, case)
        every = await tools.store.account_grants(case.account)
        found = [it for it in every if query.fits(it) and rules.is_covered(it.resource, case)]
        found.sort(key=_SORTS[query.sort], reverse=query.descending)
        ids = [it.id for it in found]
        if query.after is not None and query.after not in ids:
            raise bad_policy("start must be what the `next` of the page before names")
        following = found if query.after is None else found[ids.index(query.after) + 1 :]
        shown, last = begun(following, query.limit, case)
        customs = await rules.customs(case, tools)
        return PolicyPage(tuple(ShownGrant(it, customs) for it in shown), None if last is None else last.id)


def _is(wanted: str | None, grant: Grant, name: str) -> bool:
    condition = grant.condition(name)
    return wanted is None or (condition is not None and condition.value == wanted)
