"""A row of the permission table, and the sets of roles that rows name."""

from dataclasses import dataclass, field
from typing import Literal

from keystead.domain.actions import Role, Scope

Severity = Literal["normal", "warning", "critical"]


@dataclass(frozen=True, slots=True)
class Permission:
    """One row: who may, where the grant must reach, and what the audit log calls it."""

    roles: frozenset[Role]
    scope: Scope
    event: str
    severity: Severity
    says: str  # the audit message's words
    services_only: bool = False  # whether it is refused to users and service ids, whatever their roles
    target_type: str = field(init=False)  # ``target.typeURI``: kms/secrets for kms.secrets.wrap (AT-3)

    def __post_init__(self) -> None:
        service, thing, _ = self.event.rsplit(".", 2)
        object.__setattr__(self, "target_type", f"{service}/{thing}")


MANAGERS = frozenset({Role.MANAGER})
WRITERS = MANAGERS | {Role.WRITER}
READERS_PLUS = WRITERS | {Role.READER_PLUS}
READERS = READERS_PLUS | {Role.READER}
LISTERS = READERS | {Role.KMIP_ADAPTER_MANAGER}
KMIP_MANAGERS = MANAGERS | {Role.KMIP_ADAPTER_MANAGER}
EDITORS = frozenset({Role.EDITOR, Role.ADMINISTRATOR})
OPERATORS = EDITORS | {Role.OPERATOR}
ANYBODY: frozenset[Role] = frozenset()  # no role is asked for
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
WHICHEVER = frozenset(Role)  # one is, no matter which
VIEWERS = OPERATORS | {Role.VIEWER}
