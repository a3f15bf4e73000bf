"""Show instances to whom they are open. Source: ``spec/iam-and-provisioning.md`` section 5.1."""

from dataclasses import dataclass

from keystead.domain.access import reaching
from keystead.domain.endpoints import Endpoints
from keystead.domain.ids import InstanceId
from keystead.domain.instance_queries import InstanceQuery
from keystead.domain.instances import Instance
from keystead.service.case import Case, Tools
from keystead.service.pages import begun


@dataclass(frozen=True, slots=True)
class ShownInstance:
    """An instance, and where its keys are worked with."""

    instance: Instance
    endpoints: Endpoints


@dataclass(frozen=True, slots=True)
class InstancePage:
    """Some instances, and the last one of them where more follow."""

    items: tuple[ShownInstance, ...]
    last: InstanceId | None


@dataclass(frozen=True, slots=True)
class ListInstances:
    """The instances that fit *query* and that the caller holds a role in."""

    query: InstanceQuery

    async def run(self, case: Case, tools: Tools) -> InstancePage:
        """Find them; there are few enough to look at all."""
        found = [it for it in await tools.store.instances() if _is_open(it, case) and self.query.fits(it)]
        shown, last = begun(found, self.query.limit, case)
        items = tuple(ShownInstance(it, tools.endpoints) for it in shown)
        return InstancePage(items, None if last is None else last.id)


@dataclass(frozen=True, slots=True)
class ReadInstance:
    """The instance that the request names."""

    async def run(self, case: Case, tools: Tools) -> ShownInstance:
        """Show it."""
        return ShownInstance(case.instance, tools.endpoints)


def _is_open(it: Instance, case: Case) -> bool:
    return bool(reaching(case.held, it))
