"""Which access groups there are, and which of them somebody looks for.

Source: ``spec/iam-and-provisioning.md`` section 2; IBM's IAM Access Groups API, version 2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from keystead.domain.access_groups import AccessGroup
from keystead.service import policy_rules as rules
from keystead.service.access_groups import memberships
from keystead.service.case import Case, Tools
from keystead.service.pages import Page, cut

Part = Literal["id", "name", "description"]
Sort = Literal["id", "name", "description", "is_federated"]
_SORTS: Final[dict[Sort, Callable[[AccessGroup], str]]] = {
    "id": lambda it: it.id,
    "name": lambda it: it.name.casefold(),
    "description": lambda it: it.description.casefold(),
    "is_federated": lambda it: it.id,  # none is: there are no dynamic rules
}


@dataclass(frozen=True, slots=True)
class Search:
    """A text, and the part of a group in which it is to be; ``None`` for any of them."""

    part: Part | None
    text: str

    def finds(self, group: AccessGroup) -> bool:
        """Tell whether *group* has it; the case does not matter."""
        parts = {"id": group.id, "name": group.name, "description": group.description}
        among = parts.values() if self.part is None else (parts[self.part],)
        return any(self.text.casefold() in it.casefold() for it in among)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupQuery:
    """Which groups are asked for; what is ``None`` was not asked."""

    account: str
    member: str | None
    by_rule: bool  # those alone whose members a rule makes: there are none
    search: Search | None
    sort: Sort
    descending: bool
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class ListAccessGroups:
    """The groups that fit *query*."""

    query: GroupQuery

    async def run(self, case: Case, tools: Tools) -> Page[AccessGroup]:
        """Find them; there are few enough to look at all."""
        query = self.query
        rules.require_own(query.account, case)
        found = await tools.store.access_groups(case.account)
        if query.member is not None:
            his = () if query.by_rule else await memberships(query.member, case, tools)
            groups = {it.group for it in his}
            found = tuple(it for it in found if it.id in groups)
        fitting = [it for it in found if query.search is None or query.search.finds(it)]
        fitting.sort(key=_SORTS[query.sort], reverse=query.descending)
        return cut(fitting, query.limit, query.offset, case)
