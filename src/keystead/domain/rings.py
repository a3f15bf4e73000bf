"""Key rings: what access is granted on. Source: ``spec/kms-api.md`` sections 2.12, 3.6 and 7 (U6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from keystead.domain.errors import Refused, bad_field
from keystead.domain.ids import DEFAULT_RING, IamId, InstanceId, RingId
from keystead.domain.reasons import Reason

MOST_RINGS: Final = 50
"""Of one instance, besides ``default``."""
MOST_MOVED: Final = 1000
"""Destroyed keys that leave a ring with its deletion: one change moves them all, and others wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A key ring that somebody made; ``default`` is always there and no record."""

    instance: InstanceId
    id: RingId
    created_at: datetime | None = None  # unknown of rings that were made before this was kept
    created_by: IamId | None = None


def require_new(ring: RingId, there: Sequence[Ring]) -> None:
    """Raise `Refused` unless *ring* can be made beside the rings that are *there*.

    Raises:
        Refused: ``INVALID_FIELD``, ``KEY_RING_NOT_UNIQUE`` or ``KEY_RING_QUOTA``.
    """
    _require_other_than_default(ring)
    if any(one.id == ring for one in there):
        raise Refused(Reason.KEY_RING_NOT_UNIQUE, "A key ring of this name exists already")
    if len(there) >= MOST_RINGS:
        raise Refused(
            Reason.KEY_RING_QUOTA, f"An instance can have at most {MOST_RINGS} key rings besides default"
        )


def to_delete(ring: RingId, there: Sequence[Ring]) -> Ring:
    """Return the record of *ring*, which is to be deleted, from those that are *there*.

    Raises:
        Refused: ``INVALID_FIELD`` or ``KEY_RING_NOT_FOUND``.
    """
    _require_other_than_default(ring)
    for one in there:
        if one.id == ring:
            return one
    raise no_ring()


def require_empty(living: int, destroyed: int, *, force: bool) -> None:
    """Raise `Refused` with ``KEY_RING_NOT_EMPTY`` where keys are in the way of their ring's deletion."""
    if living:
        raise _not_empty("The key ring holds keys: Move or delete them first")
    if destroyed and not force:
        raise _not_empty("The key ring holds destroyed keys: Purge them, or move them to default with force")
    if destroyed > MOST_MOVED:
        raise _not_empty(
            f"The key ring holds more than {MOST_MOVED} destroyed keys, which are too many to be moved: "
            "Purge some of them first"
        )


def no_ring() -> Refused:
    """Return the refusal for a ring that is not there."""
    return Refused(Reason.KEY_RING_NOT_FOUND, "Key ring does not exist")


def _require_other_than_default(ring: RingId) -> None:
    if ring == DEFAULT_RING:
        raise bad_field("keyRingID", "another than default, which is always there")


def _not_empty(detail: str) -> Refused:
    return Refused(Reason.KEY_RING_NOT_EMPTY, detail)
