"""Change, lock and remove instances. Source: ``spec/iam-and-provisioning.md`` sections 5.1 and 5.2.

Each command looks at the instance again before it changes it: it may be done a second time, after a lost
race, and the request was admitted before the first one.
"""

from typing import NoReturn

import msgspec

from keystead.domain.access import unauthorized
from keystead.domain.errors import Refused, bad_field
from keystead.domain.instances import Instance
from keystead.domain.listing import KeyQuery
from keystead.domain.provisioning import (
    PLAN_CHANGERS,
    changed,
    on_plan,
    plan_called,
    require_changeable,
    require_empty,
    require_there,
)
from keystead.domain.reasons import Reason
from keystead.domain.reclaiming import deleted
from keystead.service.case import Case, Tools
from keystead.service.create_instance import Parameters
from keystead.service.resource_instances import ShownInstance


class UpdateInstance(msgspec.Struct, frozen=True, kw_only=True):
    """Change what is not ``None``."""

    name: str | None
    plan: str | None
    parameters: Parameters | None
    allow_cleanup: bool | None

    async def run(self, case: Case, tools: Tools) -> ShownInstance:
        """Change it; another plan takes more than the other changes."""
        was = await _current(case, tools)
        if self._changes_plan(was) and not any(grant.has(PLAN_CHANGERS) for grant in case.held):
            raise unauthorized()
        require_changeable(was)
        fields = self._fields(was, case)
        if not fields:
            return ShownInstance(was, tools.endpoints)
        case.request["changed"] = sorted(fields)
        return _put(changed(was, case.caller.iam_id, case.now, **fields), was, case, tools)

    def _changes_plan(self, was: Instance) -> bool:
        return self.plan is not None and self.plan != was.plan.id

    def _fields(self, was: Instance, case: Case) -> dict[str, object]:
        """Return what becomes another."""
        wanted: dict[str, object] = {"name": self.name, "allow_cleanup": self.allow_cleanup}
        if self.plan is not None and self._changes_plan(was):
            wanted["plans"] = on_plan(was, plan_called(self.plan), case.now)
        if self.parameters is not None:
            _require_same_network(self.parameters, was)
            wanted["parameters"] = self.parameters.text
        return {
            name: value for name, value in wanted.items() if value is not None and value != getattr(was, name)
        }


class LockInstance(msgspec.Struct, frozen=True):
    """Keep an instance from being changed and removed, or let it be."""

    locked: bool

    async def run(self, case: Case, tools: Tools) -> ShownInstance:
        """Lock or unlock it; whoever asks twice is told the same."""
        was = await _current(case, tools)
        require_there(was)
        case.request["locked"] = self.locked
        if was.locked is self.locked:
            return ShownInstance(was, tools.endpoints)
        new = changed(was, case.caller.iam_id, case.now, locked=self.locked)
        return _put(new, was, case, tools)


class DeleteInstance(msgspec.Struct, frozen=True):
    """Delete an instance: for good, unless there is a time in which it can be had back."""

    async def run(self, case: Case, tools: Tools) -> None:
        """Delete it unless it holds keys; the store sees to it that none comes meanwhile."""
        was = await _current(case, tools)
        require_changeable(was)
        require_empty(await tools.store.count(KeyQuery(instance=was.id, now=case.now)))
        new = deleted(was, case.caller.iam_id, case.now, tools.windows.reclaim_after, tools.new_id())
        case.change.put(new, was=was)
        case.response["instanceState"] = new.state


class CancelOperation(msgspec.Struct, frozen=True):
    """Cancel what is being done with an instance: whatever was asked is done when it is answered."""

    async def run(self, case: Case, tools: Tools) -> NoReturn:
        """Refuse it; no operation is ever under way."""
        require_there(await _current(case, tools))
        raise Refused(
            Reason.NOTHING_TO_CANCEL, "The last operation is completed: there is nothing to be cancelled"
        )


async def _current(case: Case, tools: Tools) -> Instance:
    found = await tools.store.instance(case.instance.id)
    if found is None:
        raise LookupError("an instance that the request was admitted to is gone")
    return found


def _put(new: Instance, was: Instance, case: Case, tools: Tools) -> ShownInstance:
    case.change.put(new, was=was)
    return ShownInstance(new, tools.endpoints)


def _require_same_network(wanted: Parameters, was: Instance) -> None:
    """Raise `Refused` where the parameters would say something else of the network than what was set.

    Who manages an instance changes its policy; a platform role does not reach there (section 3.4).
    """
    network = wanted.allowed_network
    if network is not None and network != msgspec.json.decode(was.parameters).get("allowed_network"):
        raise bad_field(
            "parameters", "without another allowed_network: the instance policy allowedNetwork changes it"
        )
