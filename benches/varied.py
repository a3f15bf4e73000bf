"""Keys that differ in everything that a list is sorted or narrowed by."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from keystead.domain.ids import DEFAULT_RING, RingId
from keystead.domain.keys import Key, KeyState

_SCATTER: Final = 7_919  # a prime: updates are in another order than creations
_MONTHS: Final = timedelta(days=90)
_ONE_MOMENT: Final = datetime(2050, 1, 1, tzinfo=UTC)
PAYROLL: Final = RingId("payroll")
RARE: Final = RingId("rare")


def varied(key: Key, number: int) -> Key:
    """Return *key* with a state, ring and dates that its number decides.

    Of twenty keys one is destroyed, five are in a ring, and two expire at one moment; of a thousand, one is
    in another ring.
    """
    changed = key.created_at + _MONTHS + timedelta(seconds=number * _SCATTER % 1_000_003)
    state = {3: KeyState.SUSPENDED, 9: KeyState.SUSPENDED, 17: KeyState.DESTROYED}.get(
        number % 20, KeyState.ACTIVE
    )
    return replace(
        key,
        state=state,
        imported=number % 4 == 1,
        updated_at=changed,
        rotated_at=_where(number % 3 == 0, changed),
        deleted_at=_where(state is KeyState.DESTROYED, changed),
        expires_at=_where(number % 5 == 0, changed + 40 * _MONTHS if number % 2 else _ONE_MOMENT),
        ring={500: RARE}.get(number % 1000) or {2: PAYROLL}.get(number % 4, DEFAULT_RING),
    )


def _where(condition: bool, time: datetime) -> datetime | None:
    return time if condition else None
