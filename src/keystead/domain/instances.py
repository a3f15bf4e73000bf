"""One tenant's service, its cloud resource name, and what the resource controller knows of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from keystead.domain.catalog import ENTRIES, Entry, plan_of
from keystead.domain.crns import SEGMENTS
from keystead.domain.ids import AccountId, IamId, InstanceId, KeyId, is_uuid
from keystead.domain.resource_groups import default_id

InstanceState = Literal["active", "pending_reclamation", "removed"]
Operation = Literal["create", "update", "delete"]

MOST_INSTANCES: Final = 1000
"""Instances of one account that are not removed; our choice, no source names a number."""
_GUID = 7  # the segment of a CRN


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStart:
    """Since when an instance has been on a plan, which is named by its id in the catalog."""

    plan: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclamation:
    """That an instance was deleted, and until when it can be had back."""

    id: str
    at: datetime
    by: IamId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One tenant's key service; what has a default is missing in records of older versions."""

    id: InstanceId
    account: AccountId
    name: str
    service: str  # "kms" or "hs-crypto": the fifth segment of every CRN
    region: str
    created_at: datetime
    created_by: IamId | None = None
    plans: tuple[PlanStart, ...] = ()  # oldest first; empty where nobody chose one
    parameters: str = "{}"  # a JSON object: nothing but some of its members means anything to us
    allow_cleanup: bool = False
    locked: bool = False
    updated_at: datetime | None = None
    updated_by: IamId | None = None
    removed_at: datetime | None = None
    removed_by: IamId | None = None
    reclamation: Reclamation | None = None  # stays when the instance is removed at its end
    restored_at: datetime | None = None
    restored_by: IamId | None = None
    tags: tuple[str, ...] = ()  # in order, as are the next
    access_tags: tuple[str, ...] = ()
    group: str | None = None  # the id of a resource group; ``None`` for the default one

    @property
    def plan(self) -> Entry:
        """The plan in the catalog."""
        return ENTRIES[self.plans[-1].plan] if self.plans else plan_of(self.service)

    @property
    def plan_history(self) -> tuple[PlanStart, ...]:
        """The plans since the beginning, oldest first."""
        return self.plans or (PlanStart(plan=self.plan.id, at=self.created_at),)

    @property
    def group_id(self) -> str:
        """The id of the resource group that it is in."""
        return self.group or default_id(self.account)

    @property
    def state(self) -> InstanceState:
        """``removed`` for good, deleted and to be had back, or ``active``."""
        if self.removed_at is not None:
            return "removed"
        return "active" if self.reclamation is None else "pending_reclamation"

    @property
    def changed_at(self) -> datetime:
        """When it was changed last: made, at the earliest."""
        deleted_at = None if self.reclamation is None else self.reclamation.at
        return self.removed_at or deleted_at or self.updated_at or self.created_at

    @property
    def last_operation(self) -> Operation:
        """What was done with it last."""
        if self.state != "active":
            return "delete"
        return "create" if self.updated_at is None else "update"

    @property
    def crn(self) -> str:
        """The instance's cloud resource name: ten segments, the last two empty."""
        return f"{self._stem}::"

    def is_called(self, name: str) -> bool:
        """Tell whether *name* is the instance's id, in any case, or its cloud resource name."""
        return name.lower() == self.id or name == self.crn

    def key_crn(self, key: KeyId) -> str:
        """Return the cloud resource name of *key* in this instance."""
        return f"{self._stem}:key:{key}"

    def policy_crn(self, policy: str) -> str:
        """Return the cloud resource name of the key policy with the id *policy* in this instance."""
        return f"{self._stem}:policy:{policy}"

    @property
    def _stem(self) -> str:
        return f"crn:v1:bluemix:public:{self.service}:{self.region}:a/{self.account}:{self.id}"


def guid_in(name: str) -> InstanceId | None:
    """Return the id in *name*, an instance's id or CRN, or ``None`` where it is neither."""
    parts = name.split(":")
    guid = parts[_GUID] if len(parts) == SEGMENTS else name
    return InstanceId(guid.lower()) if is_uuid(guid) else None
