"""What would come of deleting or disabling a key, told before anybody does it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from keystead.domain.errors import Refused
from keystead.domain.registrations import Registration

LOOKED_BACK: Final = timedelta(days=30)
MOST_REGISTRATIONS: Final = 1000
"""Shown of one key; that there are more is said."""
MOST_CALLERS: Final = 1000
"""As `MOST_REGISTRATIONS`, those who used the key last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One caller's use of a key for one thing, which it could not go on with."""

    caller: str  # IAM id
    action: str  # as the audit log calls it
    last: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Who used a key, as far as audit logs were read."""

    found: tuple[Use, ...]  # the last use first
    logs: tuple[str, ...]  # names of the nodes whose logs were read
    read_to: datetime  # everything since then was looked at
    more: bool  # whether something that was asked for was not looked at, or is not shown


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
