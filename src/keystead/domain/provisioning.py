"""What an instance can be asked to be: names, plans, places and parameters, judged before anything is made.

Source: ``spec/iam-and-provisioning.md`` section 5.1 (RC-2 to RC-7).
"""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from keystead.domain.actions import Role
from keystead.domain.catalog import PLANS, Entry, children
from keystead.domain.errors import Refused, bad_field
from keystead.domain.ids import IamId
from keystead.domain.instances import Instance, PlanStart
from keystead.domain.reasons import Reason

PLAN_CHANGERS: Final = frozenset({Role.EDITOR, Role.ADMINISTRATOR})
"""Who may move an instance to another plan, whatever else others may change (section 3.4)."""
MOST_PLANS: Final = 100  # in an instance's history; the oldest go first
_NAME: Final = re.compile(r"(?:[A-Za-z0-9._: -]|[^\x00-\x7f]){1,180}\Z")
_TARGET: Final = re.compile(r"crn:v1:bluemix:public:globalcatalog::::deployment:([0-9a-f-]{36})%3[Aa](.+)\Z")


def instance_name(text: str) -> str:
    """Read an instance's name; `Refused` with ``INVALID_FIELD``."""
    if _NAME.match(text) is None or not text.isprintable():
        raise bad_field("name", "1 to 180 characters: letters, digits, spaces and . _ : -")
    return text


def plan_called(plan_id: str) -> Entry:
    """Return the plan with this id in the catalog; `Refused` with ``INVALID_FIELD``."""
    found = next((plan for plan in PLANS if plan.id == plan_id), None)
    if found is None:
        raise bad_field("resource_plan_id", "the id of a plan in the catalog")
    return found


def region_of(target: str, plan: Entry, own: Collection[str]) -> str:
    """Return the region that *target* names: by itself, or as a deployment of *plan*.

    Args:
        target: what the caller sent.
        plan: the plan that was chosen.
        own: regions that this server's instances are in, which need not be in the catalog.

    Raises:
        Refused: ``INVALID_FIELD``.
    """
    named = _TARGET.match(target)
    if named is not None and named[1] != plan.id:
        raise bad_field("target", "a deployment of the plan that `resource_plan_id` names")
    region = target if named is None else named[2]
    offered = regions_of(plan)
    if region not in offered and region not in own:
        raise bad_field("target", f"a region that the plan is to be had in: {', '.join(offered)}")
    return region


def regions_of(plan: Entry) -> tuple[str, ...]:
    """Return the regions of the catalog that *plan* is to be had in."""
    return tuple(it.location for it in children(plan, "deployment") if it.location is not None)


def require_changeable(it: Instance) -> None:
    """Raise `Refused` with ``INSTANCE_REMOVED`` or ``INSTANCE_LOCKED`` where nobody may change *it*."""
    require_there(it)
    if it.locked:
        raise Refused(Reason.INSTANCE_LOCKED, "The instance is locked: unlock it first")


def require_there(it: Instance) -> None:
    """Raise `Refused` with ``INSTANCE_REMOVED`` where *it* was deleted, even if it can be had back."""
    if it.state == "removed":
        raise Refused(Reason.INSTANCE_REMOVED, "The instance has been removed")
    if it.state == "pending_reclamation":
        raise Refused(Reason.INSTANCE_REMOVED, "The instance was deleted: restore its reclamation first")


def changed(it: Instance, by: IamId, now: datetime, **fields: object) -> Instance:
    """Return *it* with other *fields*, as *by* left it."""
    return replace(it, updated_at=now, updated_by=by, **fields)  # type: ignore[arg-type]  # names are ours


def on_plan(it: Instance, plan: Entry, now: datetime) -> tuple[PlanStart, ...]:
    """Return the history of *it* once it is on *plan*; `Refused` with ``INVALID_FIELD``."""
    if plan.parent != it.plan.parent:
        raise bad_field("resource_plan_id", "a plan of the same service")
    if it.region in regions_of(it.plan) and it.region not in regions_of(plan):
        raise bad_field("resource_plan_id", f"a plan that is to be had in {it.region}")
    return (*it.plan_history, PlanStart(plan=plan.id, at=now))[-MOST_PLANS:]


def require_empty(keys: int) -> None:
    """Raise `Refused` with ``INSTANCE_NOT_EMPTY`` where there are *keys* that are not destroyed (RC-14)."""
    if keys:
        what = "1 active key" if keys == 1 else f"{keys} active keys"
        raise Refused(
            Reason.INSTANCE_NOT_EMPTY,
            f"The instance still has {what}: delete all of its keys, then try again",
        )
