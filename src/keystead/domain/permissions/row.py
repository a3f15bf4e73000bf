"""A row of the permission table, and the sets of roles that rows name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from keystead.domain.actions import Role, Scope
from keystead.domain.catalog import SERVICES

Severity = Literal["normal", "warning", "critical"]
KMS: Final = "kms"
"""The service that rows name, and that is meant where no instance is known."""
_TITLES: Final = {it.name: it.title for it in SERVICES}


@dataclass(frozen=True, slots=True)
class Called:
    """What events say of an action that was done in an instance of one service."""

    event: str
    target_type: str  # ``target.typeURI``: kms/secrets for kms.secrets.wrap (AT-3)
    says: str  # the beginning of the message


@dataclass(frozen=True, slots=True)
class Permission:
    """One row: who may, where the grant must reach, and what the audit log calls it."""

    roles: frozenset[Role]
    scope: Scope
    event: str  # in an instance of Key Protect
    severity: Severity
    says: str  # the audit message's words
    services_only: bool = False  # whether it is refused to users and service ids, whatever their roles
    called: Mapping[str, Called] = field(init=False)  # by the service of the instance

    def __post_init__(self) -> None:
        called = {service: _called(self.event, self.says, service) for service in _TITLES}
        object.__setattr__(self, "called", MappingProxyType(called))


def names_of(event: str) -> Iterator[str]:
    """Yield what *event*, as a row has it, is called in instances of each service."""
    first, _, rest = event.partition(".")
    if first != KMS:
        yield event
        return
    for service in _TITLES:
        yield f"{service}.{rest}"


def _called(event: str, says: str, service: str) -> Called:
    first, _, rest = event.partition(".")
    owner = service if first == KMS else first
    thing, _, _ = rest.rpartition(".")
    return Called(f"{owner}.{rest}", f"{owner}/{thing}", f"{_TITLES.get(owner, _TITLES[service])}: {says}")


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
