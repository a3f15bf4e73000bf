"""Questions about many keys at once."""

from dataclasses import dataclass
from datetime import datetime

from keystead.domain.ids import InstanceId, RingId
from keystead.domain.keys import KeyState

DEFAULT_STATES = frozenset({KeyState.PRE_ACTIVE, KeyState.ACTIVE, KeyState.SUSPENDED, KeyState.DEACTIVATED})
LIMITS = range(1, 5001)
DEFAULT_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyQuery:
    """Which keys of an instance, in which page; ordered by id."""

    instance: InstanceId
    now: datetime  # keys past their expiration count as Deactivated
    rings: frozenset[RingId] | None = None  # None: every ring
    states: frozenset[KeyState] = DEFAULT_STATES
    extractable: bool | None = None
    limit: int = DEFAULT_LIMIT
    offset: int = 0
