"""What each role allows in each service, in our words and in IAM's.

Source: ``spec/iam-and-provisioning.md`` sections 3.2 to 3.5.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from keystead.domain.actions import Action, Role, Scope
from keystead.domain.permissions import PERMISSIONS
from keystead.domain.permissions.hpcs import HPCS_ROLES
from keystead.domain.permissions.row import WHICHEVER
from keystead.domain.permissions.unserved import OF_HPCS, OF_KMS, OF_PLATFORM

ServiceName = Literal["kms", "hs-crypto"]

SERVICES: Final[tuple[ServiceName, ...]] = ("kms", "hs-crypto")
PLATFORM_ROLES: Final = (Role.VIEWER, Role.OPERATOR, Role.EDITOR, Role.ADMINISTRATOR)
ONLY_HPCS: Final = frozenset(
    {
        Role.VMWARE_KMIP_MANAGER,
        Role.VAULT_ADMINISTRATOR,
        Role.KEY_CUSTODIAN_CREATOR,
        Role.KEY_CUSTODIAN_DEPLOYER,
        Role.CERTIFICATE_MANAGER,
    }
)
"""Roles that ``kms`` does not have."""
SERVICE_ROLES: Final[Mapping[ServiceName, tuple[Role, ...]]] = MappingProxyType(
    {
        "kms": tuple(role for role in Role if role not in (*PLATFORM_ROLES, *ONLY_HPCS)),
        "hs-crypto": tuple(role for role in Role if role not in PLATFORM_ROLES),
    }
)
"""The roles of each service."""


def roles_of(action: Action, service: str) -> frozenset[Role]:
    """Return the roles that allow *action* in an instance of *service*, or around one.

    A role that *service* does not have is none there, also where any role will do.
    """
    row = PERMISSIONS[action].roles
    return HPCS_ROLES.get(action, row) if service == "hs-crypto" else row - ONLY_HPCS


def iam_ids(role: Role, service: ServiceName) -> tuple[str, ...]:
    """Return what *role* allows in *service*, and of a platform role around instances, as IAM calls it."""
    unserved = {**_UNSERVED[service], **OF_PLATFORM}
    found = {name for name, roles in unserved.items() if role in roles}
    mine = ALLOWED[service][role] - {Action.KEY_ACTION}  # which comes with all the others
    found.update(name for name, them in ACTIONS_BY_ID[service].items() if not mine.isdisjoint(them))
    if role in PLATFORM_ROLES:
        found.update(_IAM_IDS.get(it, str(it)) for it in mine - {Action.ENDPOINTS_READ})
    elif role is Role.KEY_MANAGER:
        found.add(_IAM_IDS[Action.RESOURCE_KEY_LIST])
    return tuple(sorted(found))


def _by_id(service: ServiceName) -> Mapping[str, frozenset[Action]]:
    """Return the actions inside an instance by what IAM calls them, which is not always one name for one."""
    found: defaultdict[str, set[Action]] = defaultdict(set)
    for action, row in PERMISSIONS.items():
        if row.scope in _INSIDE and action.startswith("kms."):
            found[_IAM_IDS.get(action, str(action))].add(action)
    found["kms.keyversions.list"] = found["kms.secrets.listkeyversions"]
    found.pop(Action.KEY_ACTION)
    named = {name.replace("kms.", f"{service}.", 1): them for name, them in found.items()}
    if service == "hs-crypto":
        named[str(Action.ENDPOINTS_READ)] = {Action.ENDPOINTS_READ}
    named.update((name, set()) for name in _UNSERVED[service])
    return {name: _with_the_old_form(named[name]) for name in sorted(named)}


def _with_the_old_form(actions: Iterable[Action]) -> frozenset[Action]:
    """Return *actions*, with the old form of asking for one on a key where any is on a key."""
    them = frozenset(actions)
    return them | {Action.KEY_ACTION} if any(PERMISSIONS[it].scope is Scope.KEY for it in them) else them


_INSIDE: Final = frozenset({Scope.INSTANCE, Scope.RING, Scope.KEY, Scope.LIST})
_UNSERVED: Final = {"kms": OF_KMS, "hs-crypto": OF_HPCS}
_IAM_IDS: Final[Mapping[Action, str]] = {
    Action.KEY_COUNT: "kms.secrets.list",
    Action.CERTIFICATE_CREATE: "kms.kmip-management.create",
    Action.CERTIFICATE_LIST: "kms.kmip-management.list",
    Action.CERTIFICATE_READ: "kms.kmip-management.read",
    Action.CERTIFICATE_DELETE: "kms.kmip-management.delete",
    Action.OBJECT_LIST: "kms.kmip-management.list",
    Action.OBJECT_READ: "kms.kmip-management.read",
    Action.OBJECT_DELETE: "kms.kmip-management.delete",
    Action.INSTANCE_LIST: "resource-controller.instance.retrieve",
    Action.GROUP_LIST: "resource-controller.group.retrieve",
    Action.RESOURCE_KEY_LIST: "resource-controller.key.retrieve",
    Action.RESOURCE_KEY_LIST_INSTANCE: "resource-controller.key.retrieve",
}
"""What IAM calls an action that it does not know by a name of its own."""
ALLOWED: Final[Mapping[str, Mapping[Role, frozenset[Action]]]] = MappingProxyType(
    {
        service: MappingProxyType(
            {role: frozenset(it for it in Action if role in roles_of(it, service)) for role in Role}
        )
        for service in SERVICES
    }
)
"""What each role of the tables allows in each service; nothing where the service does not have it.

Around instances it is the same in both for the roles of both.
"""
ANYBODYS: Final = frozenset(it for it, row in PERMISSIONS.items() if row.roles == WHICHEVER)
"""What whoever holds any role at all may do."""
ACTIONS_BY_ID: Final = MappingProxyType({service: _by_id(service) for service in SERVICES})
"""What a role that an account makes may allow: IAM action ids of each service, and what they are here."""
