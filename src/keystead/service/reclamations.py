"""List and end reclamations. Source: ``spec/iam-and-provisioning.md`` sections 5.1 and 5.2 (RC-13)."""

from dataclasses import dataclass
from typing import Literal

from keystead.domain.access import reaching
from keystead.domain.instances import Instance
from keystead.domain.reclaiming import not_found, removed, restored
from keystead.service.case import Case, Tools

Way = Literal["reclaim", "restore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReclamations:
    """The instances that can be had back; what is ``None`` may be any."""

    account: str | None
    instance: str | None
    group: str | None

    async def run(self, case: Case, tools: Tools) -> tuple[Instance, ...]:
        """Find those in which the caller holds anything."""
        found = tuple(it for it in await _pending(tools) if reaching(case.held, it) and self._fits(it))
        case.response["totalResources"] = len(found)
        return found

    def _fits(self, it: Instance) -> bool:
        return (
            self.account in (None, it.account)
            and (self.instance is None or it.is_called(self.instance))
            and self.group in (None, it.group_id)
        )


@dataclass(frozen=True, slots=True)
class EndReclamation:
    """Remove the instance of a reclamation for good, or give it back as it was."""

    id: str
    way: Way

    async def run(self, case: Case, tools: Tools) -> Instance:
        """End it; only whose grant covers all of the instance knows of it."""
        was = await self._found(case, tools)
        case.is_in(was)
        new = (removed if self.way == "reclaim" else restored)(was, case.caller.iam_id, case.now)
        case.change.put(new, was=was)
        case.response["instanceState"] = new.state
        return was

    async def _found(self, case: Case, tools: Tools) -> Instance:
        held = tuple(it for it in case.held if it.is_outside)
        for it in await _pending(tools):
            if it.reclamation is not None and it.reclamation.id == self.id and reaching(held, it):
                return it
        raise not_found()


async def _pending(tools: Tools) -> tuple[Instance, ...]:
    return tuple(it for it in await tools.store.instances() if it.state == "pending_reclamation")
