"""How roles are shown. Source: ``spec/iam-and-provisioning.md`` sections 3.2 to 3.6."""

from typing import Any, Final

from keystead.domain.actions import Role
from keystead.domain.moments import moment
from keystead.domain.role_tables import ServiceName, iam_ids
from keystead.domain.roles import CustomRole, crn_of
from keystead.service.custom_roles import RoleList

_NAMES: Final[dict[tuple[Role, ServiceName], str]] = {
    (Role.KEY_PURGE, "hs-crypto"): "KMS Key Purge Role",
    (Role.KMIP_ADAPTER_MANAGER, "hs-crypto"): "Kmip Adapter Manager",
    (Role.CONFIG_READER, "kms"): "Service Configuration Reader",
    (Role.CONFIG_READER, "hs-crypto"): "Service Configuration Reader",
    (Role.KEY_MANAGER, "kms"): "Key Manager",
    (Role.KEY_MANAGER, "hs-crypto"): "Key Manager",
    (Role.VMWARE_KMIP_MANAGER, "hs-crypto"): "VMware KMIP Manager",
    (Role.VAULT_ADMINISTRATOR, "hs-crypto"): "Vault Administrator",
    (Role.KEY_CUSTODIAN_CREATOR, "hs-crypto"): "Key Custodian - Creator",
    (Role.KEY_CUSTODIAN_DEPLOYER, "hs-crypto"): "Key Custodian - Deployer",
    (Role.CERTIFICATE_MANAGER, "hs-crypto"): "Certificate Manager",
}
"""Display names that are not the tail of the CRN."""
SAYS: Final = {
    Role.READER: "Wraps and unwraps with keys, and reads their metadata.",
    Role.READER_PLUS: "As Reader, and reads standard keys.",
    Role.WRITER: "As ReaderPlus, and creates and rotates keys.",
    Role.MANAGER: "As Writer, and deletes keys and sets policies of keys.",
    Role.KEY_PURGE: "Purges destroyed keys, and nothing else.",
    Role.KMIP_ADAPTER_MANAGER: "Manages KMIP adapters.",
    Role.CONFIG_READER: "Reads the configuration for governance.",
    Role.KEY_MANAGER: "Manages the resource keys of instances, of which there are none here.",
    Role.VMWARE_KMIP_MANAGER: "Lists keys, for KMIP of VMware.",
    Role.VAULT_ADMINISTRATOR: "Manages vaults, of which there are none here.",
    Role.KEY_CUSTODIAN_CREATOR: "Creates keys in vaults, of which there are none here.",
    Role.KEY_CUSTODIAN_DEPLOYER: "Deploys keys of vaults, of which there are none here.",
    Role.CERTIFICATE_MANAGER: "Manages certificates for a second layer of TLS, which is not here.",
    Role.VIEWER: "Sees instances and policies.",
    Role.OPERATOR: "As Viewer, and changes instances.",
    Role.EDITOR: "As Operator, and makes and removes instances.",
    Role.ADMINISTRATOR: "As Editor, and decides who may do what.",
}


def shown_roles(found: RoleList) -> dict[str, Any]:
    """Return a list of roles; those of services are shown for one service."""
    service = found.service or "kms"
    return {
        "custom_roles": [shown_role(role) for role in found.customs],
        "service_roles": [_built_in(role, service) for role in found.service_roles],
        "system_roles": [_built_in(role, service) for role in found.system_roles],
    }


def supported_roles(found: RoleList) -> dict[str, Any]:
    """Return the roles of a service and of the platform as older clients know them."""
    service = found.service or "kms"
    roles = (_built_in(role, service) for role in (*found.service_roles, *found.system_roles))
    return {
        "supportedRoles": [
            {
                "crn": role["crn"],
                "id": role["crn"],
                "displayName": role["display_name"],
                "description": role["description"],
                "actions": [{"id": it, "displayName": it, "description": it} for it in role["actions"]],
            }
            for role in roles
        ]
    }


def shown_role(role: CustomRole) -> dict[str, Any]:
    """Return a role that an account made."""
    return {
        "id": role.id,
        "display_name": role.display_name,
        "name": role.name,
        "description": role.description,
        "actions": list(role.actions),
        "crn": role.crn,
        "account_id": role.account,
        "service_name": role.service,
        "created_at": moment(role.created_at),
        "created_by_id": role.created_by,
        "last_modified_at": moment(role.modified_at),
        "last_modified_by_id": role.modified_by,
        "href": f"/v2/roles/{role.id}",
    }


def _built_in(role: Role, service: ServiceName) -> dict[str, Any]:
    return {
        "display_name": _NAMES.get((role, service), str(role)),
        "description": SAYS[role],
        "actions": list(iam_ids(role, service)),
        "crn": crn_of(role),
    }
