"""What other roles than in ``kms`` may do in an instance of ``hs-crypto``.

Source: ``spec/iam-and-provisioning.md`` section 3.5.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keystead.domain.actions import Action, Role
from keystead.domain.permissions.row import MANAGERS, READERS

_CONFIG: Final = frozenset({Role.CONFIG_READER})
_LISTERS: Final = READERS | _CONFIG | {Role.VMWARE_KMIP_MANAGER}

HPCS_ROLES: Final[Mapping[Action, frozenset[Role]]] = MappingProxyType(
    {
        Action.KEY_LIST: _LISTERS,
        Action.KEY_COUNT: _LISTERS,
        Action.RING_LIST: READERS,
        Action.KEY_POLICIES_READ: MANAGERS | _CONFIG,
        Action.INSTANCE_POLICIES_READ: MANAGERS | _CONFIG,
        Action.REGISTRATION_LIST: READERS | _CONFIG,
    }
)
"""The roles of these actions there; all other actions have those of the permission table."""
