"""Where a key is found: the ring that it is in, and the other names that it goes by.

Neither is a lifecycle action, so no waiting time begins.

Source: ``spec/kms-api.md`` sections 2.6, 2.11, 2.12 and 3.6.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from keystead.domain.errors import Refused
from keystead.domain.ids import RingId
from keystead.domain.keys import Key
from keystead.domain.reasons import Reason

MOST_ALIASES_OF_KEY: Final = 5
MOST_ALIASES: Final = 1000
"""Of all keys of one instance; destroyed keys keep theirs until they are purged."""


def moved(key: Key, ring: RingId, now: datetime) -> Key:
    """Return *key* in *ring*."""
    return replace(key, ring=ring, updated_at=now, revision=key.revision + 1)


def with_alias(key: Key, alias: str, now: datetime) -> Key:
    """Return *key* with one more alias.

    Raises:
        Refused: ``ALIAS_QUOTA`` where it has as many as a key may have.
    """
    if len(key.aliases) >= MOST_ALIASES_OF_KEY:
        raise Refused(Reason.ALIAS_QUOTA, f"A key can have at most {MOST_ALIASES_OF_KEY} aliases")
    return _with_aliases(key, (*key.aliases, alias), now)


def without_alias(key: Key, alias: str, now: datetime) -> Key:
    """Return *key* without *alias*.

    Raises:
        Refused: ``ALIAS_NOT_FOUND`` where it has no such alias.
    """
    if alias not in key.aliases:
        raise Refused(Reason.ALIAS_NOT_FOUND, "The key has no such alias")
    return _with_aliases(key, tuple(one for one in key.aliases if one != alias), now)


def require_room(there: int, more: int) -> None:
    """Raise `Refused` with ``ALIAS_QUOTA`` where an instance with *there* aliases cannot have *more*."""
    if there + more > MOST_ALIASES:
        raise Refused(Reason.ALIAS_QUOTA, f"An instance can have at most {MOST_ALIASES} aliases")


def alias_taken(alias: str) -> Refused:
    """Return the refusal for an alias that a key of the instance has."""
    return Refused(Reason.ALIAS_NOT_UNIQUE, f"The alias `{alias}` is already in use in this instance")


def _with_aliases(key: Key, aliases: tuple[str, ...], now: datetime) -> Key:
    return replace(key, aliases=aliases, updated_at=now, revision=key.revision + 1)
