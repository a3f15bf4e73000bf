"""What would come of deleting or disabling a key, told before anybody does it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from keystead.domain.errors import Refused
from keystead.domain.ids import IamId
from keystead.domain.registrations import Registration

LOOKED_BACK: Final = timedelta(days=30)
MOST_REGISTRATIONS: Final = 1000
"""Shown of one key; that there are more is said."""
MOST_CALLERS: Final = 1000
"""As `MOST_REGISTRATIONS`, those who used the key last."""
MOST_BEHIND: Final = 10
"""Named of one caller, of those who had assumed him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One caller's use of a key for one thing, which it could not go on with."""

    caller: str  # IAM id
    action: str  # as the audit log calls it
    last: datetime
    count: int
    behind: tuple[IamId, ...] = ()  # who had assumed the caller, of each day the last one; the last first


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How far the log of one node is counted."""

    node: str
    until: datetime | None  # when the last event that is counted happened


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Who used a key, as far as the nodes have counted their logs."""

    found: tuple[Use, ...]  # the last use first
    logs: tuple[Counted, ...]
    more: bool  # whether this node has not counted all of its own log yet, or something is not shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What would come of one request of the caller who asks: all that stands in its way."""

    action: str  # ``delete`` or ``disable``
    force: bool
    refusals: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What would come of deleting or disabling a key now."""

    registrations: tuple[Registration, ...]
    more_registrations: bool
    adapters: tuple[str, ...]  # names of KMIP adapters that the key serves
    uses: Uses
    outcomes: tuple[Outcome, ...]
