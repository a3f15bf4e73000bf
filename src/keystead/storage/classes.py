"""Classes of keys: all that lists are narrowed and sorted by and that has few values, as one number.

Keys are counted by their class, which says how many any such list has, and how many come before a page.
"""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import ColumnElement, case

from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import KeyDate, KeyFact
from keystead.storage.schema import KEYS

UNSET: Final = (KeyDate.ROTATED, KeyDate.DELETED, KeyDate.EXPIRES)
"""The dates that a key need not have."""

_STATES: Final = 8  # more than there are; a class is a state, and one bit for each flag above it
_FLAGS: Final = (KeyFact.EXTRACTABLE, KeyFact.IMPORTED, *UNSET)
_BIT: Final = {flag: _STATES << number for number, flag in enumerate(_FLAGS)}

ALL: Final = frozenset(
    state + flags for state in KeyState for flags in range(0, _STATES << len(_FLAGS), _STATES)
)


def class_of(key: Key) -> int:
    """Return the class of *key*, in the state that is stored."""
    return (
        key.state
        + key.extractable * _BIT[KeyFact.EXTRACTABLE]
        + key.imported * _BIT[KeyFact.IMPORTED]
        + (key.rotated_at is not None) * _BIT[KeyDate.ROTATED]
        + (key.deleted_at is not None) * _BIT[KeyDate.DELETED]
        + (key.expires_at is not None) * _BIT[KeyDate.EXPIRES]
    )


def in_states(states: Collection[KeyState]) -> frozenset[int]:
    """Return the classes of keys in one of *states*."""
    return frozenset(it for it in ALL if it % _STATES in states)


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
    for flag in _FLAGS:
        column = KEYS.c[flag]
        holds = column.is_not(None) if flag in UNSET else column
        number += case((holds, _BIT[flag]), else_=0)
    return number
