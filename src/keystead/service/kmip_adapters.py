"""KMIP adapters: made, listed, shown and deleted. Source: ``spec/kms-api.md`` section 2.15."""

from dataclasses import dataclass, replace
from typing import Final

from keystead.domain.ids import is_uuid
from keystead.domain.keys import Key
from keystead.domain.kmip import THERE, Adapter, ObjectQuery
from keystead.domain.kmip_rules import (
    can_be_named,
    no_adapter,
    require_abandoned,
    require_place_for_adapter,
    require_serving,
)
from keystead.service.case import Case, Tools
from keystead.service.contexts import require_context
from keystead.service.find_key import find_key
from keystead.service.pages import Page, cut

_RANDOM_DIGITS: Final = 16  # of a name that nobody chose


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAdapter:
    """A new adapter whose objects the root key *crk*, an id or alias, protects."""

    name: str | None
    description: str
    crk: str
    may_expire: bool  # whether a key with an expiration date will do

    async def run(self, case: Case, tools: Tools) -> Adapter:
        """Make it; the key's revision moves along, so that no deletion of the key passes by unseen."""
        found = await _root_key(self.crk, case, tools)
        key = require_serving(None if found is None else found.at(case.now), may_expire=self.may_expire)
        name = self.name or made_up("kmip_adapter", tools)
        require_place_for_adapter(name, await tools.store.adapters(case.instance.id, None))
        made = Adapter(
            instance=case.instance.id,
            id=tools.new_id(),
            name=name,
            description=self.description,
            key=key.id,
            created_at=case.now,
            created_by=case.caller.iam_id,
            updated_at=case.now,
            updated_by=case.caller.iam_id,
        )
        case.response.update(adapterId=made.id, adapterName=name, keyId=key.id)
        case.change.put(made, was=None)
        case.change.save(replace(key, revision=key.revision + 1), was=key)
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAdapters:
    """The adapters of the instance, or those that the root key *crk*, an id or alias, serves."""

    crk: str | None
    limit: int
    offset: int

    async def run(self, case: Case, tools: Tools) -> Page[Adapter]:
        """Find them, ordered by id."""
        return cut(await self._found(case, tools), self.limit, self.offset, case)

    async def _found(self, case: Case, tools: Tools) -> tuple[Adapter, ...]:
        if self.crk is None:
            require_context(case, None, every=True)
            return await tools.store.adapters(case.instance.id, None)
        key = await _root_key(self.crk, case, tools)
        return () if key is None else await tools.store.adapters(case.instance.id, key.id)


@dataclass(frozen=True, slots=True)
class ReadAdapter:
    """One adapter, by id or name."""

    name: str

    async def run(self, case: Case, tools: Tools) -> Adapter:
        """Find it."""
        return await find_adapter(self.name, case, tools)


@dataclass(frozen=True, slots=True)
class DeleteAdapter:
    """Remove an adapter whose objects are all destroyed, with them and its certificates."""

    name: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Remove it; an object that is made meanwhile makes the change a conflict."""
        adapter = await find_adapter(self.name, case, tools)
        query = ObjectQuery(instance=case.instance.id, adapter=adapter.id, states=THERE)
        require_abandoned(await tools.store.count_managed_objects(query))
        case.change.remove(adapter)


async def find_adapter(name: str, case: Case, tools: Tools) -> Adapter:
    """Return the adapter with this id or name, and note it.

    Raises:
        Refused: ``ADAPTER_NOT_FOUND``, or ``UNAUTHORIZED`` where context rules keep its root key.
    """
    named = can_be_named(name)
    found = await tools.store.adapter(case.instance.id, as_kept(name)) if named else None
    if case.restrictions is not None:
        await _root_key("" if found is None else found.key, case, tools)
    if found is None:
        raise no_adapter()
    case.response.update(adapterId=found.id, adapterName=found.name)
    return found


async def _root_key(name: str, case: Case, tools: Tools) -> Key | None:
    """Return the key with this id or alias; `Refused` where context rules keep it, or any if it is none."""
    found = await find_key(tools.store, case.instance.id, name)
    require_context(case, None if found is None else found.ring, every=found is None)
    return found


def as_kept(name: str) -> str:
    """Return *name* as it is stored: ids are in lower case, names in the case that they were given."""
    return name.lower() if is_uuid(name) else name


def made_up(kind: str, tools: Tools) -> str:
    """Return a name for what nobody named."""
    return f"{kind}_{tools.new_id().replace('-', '')[:_RANDOM_DIGITS]}"
