"""Move a key to another ring. Source: ``spec/kms-api.md`` sections 1.14 and 2.6."""

from dataclasses import dataclass

from keystead.domain.access import unauthorized
from keystead.domain.ids import RingId
from keystead.domain.placing import moved
from keystead.domain.rings import no_ring
from keystead.service.case import Case, Tools
from keystead.service.contexts import require_context
from keystead.service.shown import Shown, show


@dataclass(frozen=True, slots=True)
class MoveKey:
    """The key in another ring; in its own it stays as it is."""

    ring: RingId

    async def run(self, case: Case, tools: Tools) -> Shown:
        """Move it, in the order of section 1.12: role for the target, the target, the key's state."""
        key = case.key
        case.request.update(initialValue={"keyRingId": key.ring}, newValue={"keyRingId": self.ring})
        case.response["keyId"] = key.id
        # Whoever may act on a single key may not take it to others: the grant must be on the whole ring.
        if case.access is None or not case.access.allows(case.action, self.ring, None):
            raise unauthorized()
        require_context(case, self.ring)
        if not await tools.store.has_ring(case.instance.id, self.ring):
            raise no_ring()
        key.require(case.action)
        case.response["keyRingId"] = self.ring
        if self.ring == key.ring:
            return show(case, key)
        after = moved(key, self.ring, case.now)
        case.change.need_ring(case.instance.id, self.ring)
        case.change.save(after, was=key)
        return show(case, after)
