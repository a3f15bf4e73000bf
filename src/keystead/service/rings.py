"""Create a key ring."""

from dataclasses import dataclass

from keystead.domain.ids import RingId
from keystead.domain.rings import Ring
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True)
class CreateRing:
    """A ring of the instance; one that is there already stays as it is."""

    ring: RingId

    async def run(self, case: Case, tools: Tools) -> None:
        """Add it."""
        if not await tools.store.has_ring(case.instance.id, self.ring):
            made = Ring(
                instance=case.instance.id, id=self.ring, created_at=case.now, created_by=case.caller.iam_id
            )
            case.change.put(made, was=None)
