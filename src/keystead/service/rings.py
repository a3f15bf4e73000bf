"""Create, list and delete key rings. Source: ``spec/kms-api.md`` section 2.12."""

from dataclasses import dataclass, replace
from typing import Final

from keystead.domain.ids import DEFAULT_RING, RingId
from keystead.domain.keys import KeyState
from keystead.domain.listing import DEFAULT_STATES, KeyQuery
from keystead.domain.placing import moved
from keystead.domain.rings import MOST_MOVED, Ring, require_empty, require_new, to_delete
from keystead.service.case import Case, Tools
from keystead.service.contexts import require_context
from keystead.service.pages import Page, cut

_DESTROYED: Final = frozenset({KeyState.DESTROYED})


@dataclass(frozen=True, slots=True)
class CreateRing:
    """A new ring of the instance, without any key."""

    ring: RingId

    async def run(self, case: Case, tools: Tools) -> None:
        """Add it."""
        case.response["keyRingId"] = self.ring
        require_new(self.ring, await tools.store.rings(case.instance.id))
        made = Ring(
            instance=case.instance.id, id=self.ring, created_at=case.now, created_by=case.caller.iam_id
        )
        case.change.put(made, was=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRings:
    """The rings of the instance."""

    limit: int
    offset: int

    async def run(self, case: Case, tools: Tools) -> Page[Ring]:
        """Show a page of them."""
        default = Ring(instance=case.instance.id, id=DEFAULT_RING)
        rings = (default, *await tools.store.rings(case.instance.id))
        return cut(rings, self.limit, self.offset, case)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRing:
    """Remove a ring that holds no key, or only destroyed ones: with *force* those move to ``default``."""

    ring: RingId
    force: bool

    async def run(self, case: Case, tools: Tools) -> None:
        """Remove it; a key that comes in meanwhile makes the change a conflict.

        Destroyed keys may be restored where they go to, so context rules hold as for moving keys.
        """
        case.response["keyRingId"] = self.ring
        require_context(case, self.ring)
        if self.force:
            require_context(case, DEFAULT_RING)
        ring = to_delete(self.ring, await tools.store.rings(case.instance.id))
        living = KeyQuery(
            instance=case.instance.id, now=case.now, rings=frozenset({ring.id}), states=DEFAULT_STATES
        )
        destroyed = replace(living, states=_DESTROYED, limit=MOST_MOVED)
        leaving = await tools.store.count(destroyed, MOST_MOVED + 1)
        require_empty(await tools.store.count(living, 1), leaving, force=self.force)
        for key in await tools.store.keys(destroyed) if leaving else ():
            case.change.save(moved(key, DEFAULT_RING, case.now), was=key)
        case.response["movedKeys"] = len(case.change.keys)
        case.change.remove(ring)
