"""Where a page of events ended, in octets that say nothing to who carries them.

Read, they would say how many events the logs have, also those of other tenants, and how many come in a while.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final, Protocol

from keystead.domain.errors import Tampered
from keystead.domain.event_queries import LOG_OCTETS, Position, no_position
from keystead.domain.material import KeyMaterial

_LABEL: Final = "keystead/audit-position/1/"
_NAME_OCTETS: Final = 8


class Sealer(Protocol):
    """The part of a crypto unit that positions need."""

    def seal(self, label: str, secret: KeyMaterial) -> bytes:
        """Seal *secret* under *label*."""

    def open(self, label: str, sealed: bytes) -> KeyMaterial:
        """Open what `seal` returned for the same label; `Tampered`, `Unavailable`."""


class Positions:
    """Writes positions and reads them, in every process of the same *unit*."""

    def __init__(self, unit: Sealer) -> None:
        self._unit = unit

    def write(self, ends: Mapping[str, int], whose: str | None) -> Position:
        """Return how far the log of each node was read from its end, for `EventQuery.whose`."""
        parts = (_name(node) + index.to_bytes(LOG_OCTETS - _NAME_OCTETS) for node, index in ends.items())
        return Position(self._unit.seal(_label(whose), KeyMaterial(b"".join(parts))))

    def read(self, position: Position, whose: str | None) -> "Ends":
        """Return what was written; `Refused` where *position* is of no answer about *whose* events."""
        try:
            octets = self._unit.open(_label(whose), position).reveal()
        except Tampered:
            raise no_position() from None
        parts = (octets[at : at + LOG_OCTETS] for at in range(0, len(octets), LOG_OCTETS))
        return Ends({part[:_NAME_OCTETS]: int.from_bytes(part[_NAME_OCTETS:]) for part in parts})


class Ends:
    """How far each log was read: events before this index are left."""

    def __init__(self, ends: Mapping[bytes, int]) -> None:
        self._ends = ends

    def of(self, node: str) -> int:
        """Return the index for the log of *node*; nothing is left of one that was not there."""
        return self._ends.get(_name(node), 0)


def _name(node: str) -> bytes:
    return sha256(node.encode()).digest()[:_NAME_OCTETS]


def _label(whose: str | None) -> str:
    return _LABEL + (whose or "")
