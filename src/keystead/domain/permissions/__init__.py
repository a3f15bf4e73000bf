"""The permission table: every action, who may do it, and how its audit event is called.

A command whose action has no row cannot be dispatched; a test compares routes, commands and rows.

Source: ``spec/iam-and-provisioning.md`` sections 3.3 (roles) and 6.2 (event names and severities).
"""

from types import MappingProxyType
from typing import Final

from keystead.domain.actions import Scope
from keystead.domain.permissions.granting import OF_GRANTING
from keystead.domain.permissions.identities import OF_IDENTITIES
from keystead.domain.permissions.keys import OF_KEYS
from keystead.domain.permissions.kmip import OF_KMIP
from keystead.domain.permissions.operator import OF_OPERATOR
from keystead.domain.permissions.provisioning import OF_PROVISIONING
from keystead.domain.permissions.reference import OF_REFERENCE

IN_ACCOUNT = frozenset({Scope.HELD, Scope.WHOLE, Scope.ACCOUNT, Scope.WHOLE_ACCOUNT})
"""The scopes of what is about instances from outside, and not about what is in one."""
OF_PEOPLE = frozenset({Scope.OWN, Scope.PEOPLE, Scope.GRANTING, Scope.ROLES, Scope.CONTEXTS})
"""The scopes of what is about identities, what they were granted, and where they may ask from."""
PERMISSIONS: Final = MappingProxyType(
    {
        **OF_KEYS,
        **OF_KMIP,
        **OF_OPERATOR,
        **OF_IDENTITIES,
        **OF_GRANTING,
        **OF_PROVISIONING,
        **OF_REFERENCE,
    }
)
"""Each action's row."""
