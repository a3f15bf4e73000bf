"""Classes of keys: all that lists are narrowed and sorted by and that has few values, as one number.

Keys are counted by their class, which says how many any such list has, and how many come before a page.
"""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, case

from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import KeyDate, KeyFact
from keystead.storage.schema import KEYS

UNSET: Final = (KeyDate.ROTATED, KeyDate.DELETED, KeyDate.EXPIRES)
"""The dates that a key need not have."""

_STATES: Final = 8  # more than there are; a class is a state, and one bit for each flag above it
_EXTRACTABLE, _IMPORTED, _ROTATED, _DELETED, _EXPIRES = (_STATES << number for number in range(5))
_BIT: Final[dict[KeyFact | KeyDate, int]] = {
    KeyFact.EXTRACTABLE: _EXTRACTABLE,
    KeyFact.IMPORTED: _IMPORTED,
    KeyDate.ROTATED: _ROTATED,
    KeyDate.DELETED: _DELETED,
    KeyDate.EXPIRES: _EXPIRES,
}

ALL: Final = frozenset(state + flags for state in KeyState for flags in range(0, 2 * _EXPIRES, _STATES))

counts_of: Final = msgspec.msgpack.Decoder(dict[int, int]).decode
"""Decodes how many keys there are of each class, as tallies have it; `UNREADABLE`."""

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError)
"""What is raised for octets that no encoder wrote."""


def class_of(key: Key) -> int:
    """Return the class of *key*, in the state that is stored."""
    return (
        key.state
        + key.extractable * _EXTRACTABLE
        + key.imported * _IMPORTED
        + (key.rotated_at is not None) * _ROTATED
        + (key.deleted_at is not None) * _DELETED
        + (key.expires_at is not None) * _EXPIRES
    )


def state_of(number: int) -> int:
    """Return the state that keys of a class are stored in."""
    return number % _STATES


def in_states(states: Collection[KeyState]) -> frozenset[int]:
    """Return the classes of keys in one of *states*."""
    return frozenset(it for it in ALL if state_of(it) in states)


def flagged(flag: KeyFact | KeyDate, value: bool) -> frozenset[int]:
    """Return the classes of keys whose *flag* is *value*; of a date, whether the key has it."""
    return frozenset(it for it in ALL if bool(it & _BIT[flag]) is value)


def having(date: KeyDate) -> frozenset[int]:
    """Return the classes of keys that have *date*."""
    return flagged(date, value=True) if date in UNSET else ALL


def counted(counts: Mapping[int, int], classes: frozenset[int]) -> int:
    """Return how many keys of *classes* there are among *counts*."""
    return sum([count for it, count in counts.items() if it in classes])


def class_in_sql() -> ColumnElement[int]:
    """Return what `class_of` says of a row."""
    number: ColumnElement[int] = KEYS.c.state
    for flag, bit in _BIT.items():
        column = KEYS.c[flag]
        holds = column.is_not(None) if flag in UNSET else column
        number += case((holds, bit), else_=0)
    return number
