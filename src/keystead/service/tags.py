"""Attach, detach, list and find tags of instances. Source: ``spec`` sections 3.4 and 5.6."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from keystead.domain.access import reaching, unauthorized
from keystead.domain.actions import Role
from keystead.domain.errors import Refused
from keystead.domain.grants import Grant
from keystead.domain.ids import InstanceId
from keystead.domain.instances import Instance
from keystead.domain.tags import ALL, KINDS, Search, TagKind, tagged, tags_of, with_more
from keystead.service.case import Case, Tools
from keystead.service.pages import Page, begun, cut

Way = Literal["attach", "update", "replace", "detach"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one resource: *failure* says what did not go."""

    resource: str
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTags:
    """Attach tags to resources, or detach them."""

    way: Way
    kind: TagKind
    names: tuple[str, ...]
    resources: tuple[str, ...]

    async def run(self, case: Case, tools: Tools) -> tuple[Outcome, ...]:
        """Change those that there are; each resource has an outcome of its own, as the wire wants it."""
        able = [it for it in case.held if _may_change(it, self.kind)]
        if not able:
            raise unauthorized()
        held = [it for it in able if it.is_outside]
        there = {it.crn: it for it in await tools.store.instances() if it.state == "active"}
        outcomes = []
        for resource in dict.fromkeys(self.resources):
            it = there.get(resource)
            open_to_him = it is not None and reaching(held, it)
            outcomes.append(self._change(it, case) if it and open_to_him else Outcome(resource, _NOT_THERE))
        done = [it.resource for it in outcomes if it.failure is None]
        case.request.update(tagType=self.kind, tags=list(self.names), resources=done)
        return tuple(outcomes)

    def _change(self, was: Instance, case: Case) -> Outcome:
        try:
            new = tagged(was, self.kind, self._wanted(tags_of(was, self.kind)))
        except Refused as refused:
            return Outcome(was.crn, refused.detail)
        if new != was:
            case.change.put(new, was=was)
        return Outcome(was.crn)

    def _wanted(self, there: tuple[str, ...]) -> set[str]:
        match self.way:
            case "replace":
                return set(self.names)
            case "detach":
                return set() if ALL in self.names else set(there) - set(self.names)
            case _:
                return with_more(there, self.names, update=self.way == "update")


_NOT_THERE = "There is no resource with this CRN whose tags you may change"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTags:
    """The tags of one *kind* that anything has, or the resource *of* has."""

    kind: TagKind
    of: str | None
    descending: bool
    limit: int
    offset: int

    async def run(self, case: Case, tools: Tools) -> Page[str]:
        """Find them among the instances in which the caller holds anything."""
        mine = _visible(await tools.store.instances(), case.held)
        found = {tag for it in mine if self.of in (None, it.crn) for tag in tags_of(it, self.kind)}
        return cut(sorted(found, reverse=self.descending), self.limit, self.offset, case)


@dataclass(frozen=True, slots=True)
class DeleteTag:
    """Delete a tag of one *kind*, which nothing may have; there is nothing left of it then."""

    name: str
    kind: TagKind

    async def run(self, case: Case, tools: Tools) -> bool:
        """Tell whether nothing in the account has it."""
        if not any(_may_change(it, self.kind) for it in case.held):
            raise unauthorized()
        mine = (it for it in await tools.store.instances() if it.account == case.account)
        return not any(self.name in tags_of(it, self.kind) for it in mine if it.state != "removed")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindInstances:
    """One page of the instances that *search* finds, ordered by id."""

    search: Search
    after: InstanceId | None
    limit: int

    async def run(self, case: Case, tools: Tools) -> tuple[tuple[Instance, ...], Instance | None]:
        """Find those in which the caller holds anything, and say the last where more follow."""
        mine = _visible(await tools.store.instances(), case.held)
        found = [it for it in mine if (self.after is None or it.id > self.after) and self.search.finds(it)]
        return begun(found, self.limit, case)


def _may_change(grant: Grant, kind: TagKind) -> bool:
    """Tell whether *grant*, which allows it for user tags, does so for tags of this *kind* (3.4)."""
    return kind == KINDS[0] or grant.has((Role.ADMINISTRATOR,))


def _visible(instances: Iterable[Instance], held: tuple[Grant, ...]) -> Iterator[Instance]:
    return (it for it in instances if it.state == "active" and reaching(held, it))
