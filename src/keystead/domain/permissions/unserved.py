"""Actions that IAM knows and no request of ours performs, with the roles that allow them.

They are shown with their roles, and a role that an account makes may name them, so that what was written for
IBM's services is taken as it is. Nothing is done by them here.

Source: ``spec/iam-and-provisioning.md`` sections 3.2 to 3.5. Left out are the internal and the vault actions
of ``hs-crypto``, whose names the section does not give.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keystead.domain.actions import Role
from keystead.domain.permissions.row import ADMINISTRATORS, EDITORS, MANAGERS, OPERATORS, READERS, WRITERS

_Named = Mapping[str, frozenset[Role]]
_CONFIG: Final = frozenset({Role.CONFIG_READER})
_VMWARE: Final = frozenset({Role.VMWARE_KMIP_MANAGER})
_CERTIFICATES: Final = frozenset({Role.CERTIFICATE_MANAGER})


def _each(stem: str, names: str, roles: frozenset[Role]) -> dict[str, frozenset[Role]]:
    return {f"{stem}.{name}": roles for name in names.split()}


OF_KMS: Final[_Named] = MappingProxyType(
    {
        "kms.instance.readipwhitelistport": MANAGERS,
        "kms.governance.configread": _CONFIG,
        "kms.secrets-migration-intent.read": READERS,
        **_each("kms.secrets-migration-intent", "create delete", MANAGERS),
        **_each("kms.crypto-unit", "read send list claim zeroize", MANAGERS),
        **_each("kms.lockers", "read create list", WRITERS),
    }
)
OF_HPCS: Final[_Named] = MappingProxyType(
    {
        "hs-crypto.config.read": _CONFIG,
        **_each("hs-crypto.secrets-migration-intent", "read create delete", READERS),
        "hs-crypto.instances.manage": MANAGERS,
        "hs-crypto.ep11.use": READERS | EDITORS | {Role.VIEWER},
        **_each(
            "hs-crypto.crypto",
            "decrypt encrypt sign verify wrapkey unwrapkey derivekey digest digestkey generaterandom "
            "getattributevalue setattributevalue getmechanisminfo getmechanismlist rewrapkeyblob "
            "login logout",
            READERS,
        ),
        **_each("hs-crypto.crypto", "generatekey generatekeypair", WRITERS),
        **_each("hs-crypto.keystore", "listkeysbyattributes listkeysbyids", READERS),
        **_each("hs-crypto.keystore", "storenewkey updatekey deletekey", WRITERS),
        **_each(
            "hs-crypto.keystore",
            "createkeystore deletekeystore listkeystoresbyattributes listkeystoresbyids",
            MANAGERS,
        ),
        **_each("hs-crypto.kmip", "activate deactivate status certadd certdel", _VMWARE),
        **_each("hs-crypto.mtlscert-admin-key", "create update delete read", _CERTIFICATES),
        **_each("hs-crypto.mtlscert-cert", "set list read delete", _CERTIFICATES),
        "hs-crypto.dashboard.view": OPERATORS,
    }
)
OF_PLATFORM: Final[_Named] = MappingProxyType(
    {
        # Whoever changes an instance asks for the plan in the same request, and is judged there.
        "resource-controller.instance.update_plan": EDITORS,
        **_each("resource-controller.key", "create update delete", OPERATORS | {Role.KEY_MANAGER}),
        "resource-controller.credential.retrieve_all": ADMINISTRATORS,
        # Whoever makes a policy assigns its roles.
        "iam.role.assign": ADMINISTRATORS,
    }
)
