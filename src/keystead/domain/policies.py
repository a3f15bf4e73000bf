"""Policies of keys and of instances, as values. Source: ``spec/kms-api.md`` sections 2.9 and 3.4."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from keystead.domain.ids import IamId, InstanceId

INTERVALS: Final = range(1, 13)
"""Months between rotations."""
PRIVATE_ONLY: Final = "private-only"
ALLOWED_NETWORKS: Final = ("public-and-private", PRIVATE_ONLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Who set a policy first and last, and when."""

    created_at: datetime
    created_by: IamId
    updated_at: datetime
    updated_by: IamId

    @classmethod
    def following(cls, was: "Stamp | None", by: IamId, now: datetime) -> "Stamp":
        """Return the stamp of what *by* sets now, in place of what *was* stamped."""
        if was is None:
            return cls(created_at=now, created_by=by, updated_at=now, updated_by=by)
        return replace(was, updated_at=now, updated_by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationPolicy:
    """A generated root key is rotated every so many months of thirty days, counted from the first stamp."""

    id: str  # UUID, part of the policy's CRN
    enabled: bool
    interval_months: int  # 1 to 12
    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class DualAuthPolicy:
    """A key is deleted only after another person said so; once on, it stays on."""

    id: str  # UUID, part of the policy's CRN
    enabled: bool
    stamp: Stamp
    set_by: IamId | None = None  # the first approver
    set_until: datetime | None = None  # until when that approval holds

    def approver(self, now: datetime) -> IamId | None:
        """Return who approved the deletion, while that holds."""
        return self.set_by if self.set_until is not None and now < self.set_until else None


class PolicyKind(StrEnum):
    """Policies of an instance, as the wire names them."""

    ALLOWED_NETWORK = "allowedNetwork"
    DUAL_AUTH_DELETE = "dualAuthDelete"
    ALLOWED_IP = "allowedIP"
    KEY_CREATE_IMPORT_ACCESS = "keyCreateImportAccess"
    METRICS = "metrics"
    ROTATION = "rotation"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCreateImportAccess:
    """How keys may come to be in an instance."""

    create_root_key: bool = True
    create_standard_key: bool = True
    import_root_key: bool = True
    import_standard_key: bool = True
    enforce_token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InstancePolicy:
    """One policy of an instance; of the attributes, those of its kind say something."""

    kind: PolicyKind
    enabled: bool
    stamp: Stamp
    interval_months: int | None = None  # rotation
    allowed_network: str | None = None  # one of `ALLOWED_NETWORKS`
    allowed_ip: tuple[str, ...] = ()  # addresses and networks
    access: KeyCreateImportAccess = KeyCreateImportAccess()


@dataclass(frozen=True, slots=True, kw_only=True)
class InstancePolicies:
    """All policies of an instance that were ever set, one of a kind."""

    instance: InstanceId
    policies: tuple[InstancePolicy, ...] = ()
    revision: int = 1  # grows by one with each stored change

    def of(self, kind: PolicyKind) -> InstancePolicy | None:
        """Return the policy of *kind*, if it was ever set."""
        return next((policy for policy in self.policies if policy.kind is kind), None)

    def enabled(self, kind: PolicyKind) -> InstancePolicy | None:
        """Return the policy of *kind* if it is on."""
        policy = self.of(kind)
        return policy if policy is not None and policy.enabled else None

    def having(self, *policies: InstancePolicy) -> "InstancePolicies":
        """Return these with *policies* in place of those of their kinds, in the order of `PolicyKind`."""
        by_kind = {policy.kind: policy for policy in (*self.policies, *policies)}
        ordered = tuple(by_kind[kind] for kind in PolicyKind if kind in by_kind)
        return replace(self, policies=ordered, revision=self.revision + 1)
