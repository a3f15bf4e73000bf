"""Objects that KMIP clients made: listed, shown and destroyed. Source: ``spec/kms-api.md`` section 2.15."""

from dataclasses import dataclass

from keystead.domain.kmip import ManagedObject, ObjectQuery, ObjectState, Touch
from keystead.domain.kmip_rules import can_be_named, destroyed, no_object
from keystead.service.case import Case, Tools
from keystead.service.kmip_adapters import as_kept, find_adapter
from keystead.service.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class ListObjects:
    """The objects of an adapter in some states."""

    adapter: str
    states: frozenset[ObjectState]
    limit: int
    offset: int

    async def run(self, case: Case, tools: Tools) -> Page[ManagedObject]:
        """Find them, ordered by id."""
        adapter = await find_adapter(self.adapter, case, tools)
        query = ObjectQuery(
            instance=adapter.instance,
            adapter=adapter.id,
            states=self.states,
            limit=self.limit,
            offset=self.offset,
        )
        page = await tools.store.managed_objects(query)
        case.response["totalResources"] = len(page)
        return Page(page, await tools.store.count_managed_objects(query))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadObject:
    """One object, by id."""

    adapter: str
    id: str

    async def run(self, case: Case, tools: Tools) -> ManagedObject:
        """Find it."""
        return await _find(self.adapter, self.id, case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyObject:
    """Destroy an object; an active one only with *force*."""

    adapter: str
    id: str
    force: bool

    async def run(self, case: Case, tools: Tools) -> None:
        """Destroy it; the record of it stays until its adapter goes."""
        was = await _find(self.adapter, self.id, case, tools)
        touch = Touch(at=case.now, by=case.caller.iam_id, certificate=None)
        after = destroyed(was, touch, force=self.force)
        case.response.update(initialValue={"state": int(was.state)}, newValue={"state": int(after.state)})
        case.change.put(after, was=was)


async def _find(adapter: str, object_id: str, case: Case, tools: Tools) -> ManagedObject:
    place = await find_adapter(adapter, case, tools)
    if not can_be_named(object_id):
        raise no_object()
    found = await tools.store.managed_object(place.instance, place.id, as_kept(object_id))
    if found is None:
        raise no_object()
    case.response["objectId"] = found.id
    return found
