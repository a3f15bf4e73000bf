"""Which instances a list shows. Source: ``spec/iam-and-provisioning.md`` section 5.1."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from keystead.domain.ids import InstanceId
from keystead.domain.instances import Instance

LIMITS: Final = range(1, 101)
TYPE: Final = "service_instance"
_STATE: Final = "active"
"""The state that is asked for where none is: what was removed is shown to who asks for it (RC-11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceQuery:
    """One page of the instances, ordered by id, that have all of this; ``None`` stands for anything."""

    limit: int
    after: InstanceId | None = None  # the last one of the page before
    guid: str | None = None
    name: str | None = None
    group: str | None = None
    service: str | None = None  # these two by their ids in the catalog
    plan: str | None = None
    type: str | None = None
    sub_type: str | None = None
    state: str | None = None
    updated_from: date = date.min  # these two belong to the span
    updated_to: date = date.max

    def fits(self, it: Instance) -> bool:
        """Tell whether *it* has all that was asked for, and comes after the page before."""
        asked = (
            (self.guid and self.guid.lower(), it.id),
            (self.name, it.name),
            (self.group, it.group_id),
            (self.service, it.plan.parent),
            (self.plan, it.plan.id),
            (self.type, TYPE),
            (self.sub_type, sub_type(it)),
            (self.state or _STATE, it.state),
        )
        return (
            (self.after is None or it.id > self.after)
            and self.updated_from <= it.changed_at.date() <= self.updated_to
            and all(wanted in (None, found) for wanted, found in asked)
        )


def sub_type(it: Instance) -> str:
    """Return what an instance's type leaves open: that it is one of Key Protect."""
    return "kms" if it.service == "kms" else ""
