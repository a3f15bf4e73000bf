"""Policies as the wire shows them. Source: ``spec/kms-api.md`` section 2.9."""

from typing import Any, Final

from keystead.domain.errors import Refused
from keystead.domain.instances import Instance
from keystead.domain.moments import moment
from keystead.domain.policies import (
    DualAuthPolicy,
    InstancePolicy,
    KeyCreateImportAccess,
    PolicyKind,
    RotationPolicy,
    Stamp,
)
from keystead.domain.reasons import Reason
from keystead.service.key_policies import KeyPolicy

POLICY_TYPE: Final = "application/vnd.ibm.kms.policy+json"
ACCESS_FIELDS: Final = (
    "create_root_key",
    "create_standard_key",
    "import_root_key",
    "import_standard_key",
    "enforce_token",
)


def mismatch() -> Refused:
    """Return the refusal for a body of another policy than the query names."""
    return Refused(Reason.BODY_QUERY_MISMATCH, "Data in body does not match data required by query parameter")


def key_policy(policy: KeyPolicy, instance: Instance) -> dict[str, Any]:
    """Return a policy of a key."""
    return {
        "id": policy.id,
        "crn": instance.policy_crn(policy.id),
        "type": POLICY_TYPE,
        **_member(policy),
        **_stamp(policy.stamp, "lastUpdateDate"),
    }


def rotation_member(policy: RotationPolicy) -> dict[str, Any]:
    """Return what a rotation policy says."""
    return {"enabled": policy.enabled, "interval_month": policy.interval_months}


def instance_policy(policy: InstancePolicy) -> dict[str, Any]:
    """Return a policy of an instance; its update stamp is called otherwise than a key policy's."""
    data: dict[str, Any] = {"enabled": policy.enabled}
    attributes = _attributes(policy)
    if attributes:
        data["attributes"] = attributes
    return {
        **_stamp(policy.stamp, "lastUpdated"),
        "policy_type": str(policy.kind),
        "policy_data": data,
    }


def _member(policy: KeyPolicy) -> dict[str, Any]:
    match policy:
        case RotationPolicy():
            return {"rotation": rotation_member(policy)}
        case DualAuthPolicy():
            return {"dualAuthDelete": {"enabled": policy.enabled}}


def _stamp(stamp: Stamp, updated: str) -> dict[str, str]:
    return {
        "createdBy": stamp.created_by,
        "creationDate": moment(stamp.created_at),
        "updatedBy": stamp.updated_by,
        updated: moment(stamp.updated_at),
    }


def _attributes(policy: InstancePolicy) -> dict[str, Any]:
    """Return the attributes of the policy's kind; those of a policy that is off are its last ones (NET-5)."""
    match policy.kind:
        case PolicyKind.ROTATION if policy.interval_months is not None:
            return {"interval_month": policy.interval_months}
        case PolicyKind.ALLOWED_NETWORK if policy.allowed_network is not None:
            return {"allowed_network": policy.allowed_network}
        case PolicyKind.ALLOWED_IP if policy.allowed_ip:
            return {"allowed_ip": list(policy.allowed_ip)}
        case PolicyKind.KEY_CREATE_IMPORT_ACCESS:
            return _access(policy.access)
        case _:
            return {}


def _access(access: KeyCreateImportAccess) -> dict[str, bool]:
    return {name: getattr(access, name) for name in ACCESS_FIELDS}
