"""A clock that can be moved forward, for tests of what time does to keys."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from keystead.domain.errors import KeysteadError, bad_field

_FURTHEST: Final = timedelta(days=365 * 100)
_SPAN = re.compile(r"\+?([0-9]{1,12})([dhms]?)\Z")
_SECONDS: Final = {"d": 86_400, "h": 3600, "m": 60, "s": 1, "": 1}


class MovableClock:
    """The time in UTC, ahead of the real one by what *file* remembers across restarts.

    Keys, import tokens and waiting times follow it. Access tokens do not: clients renew those by a clock of
    their own.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ahead = _kept(file)

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> datetime:
        """Move forward and return the time; `Refused` with ``INVALID_FIELD`` past a hundred years in all."""
        if self._ahead + by > _FURTHEST:
            raise bad_field("advance", "a span of at most a hundred years in all")
        ahead = self._ahead + by
        self._file.write_text(json.dumps({"ahead_seconds": ahead // timedelta(seconds=1)}))
        self._ahead = ahead
        return self()


def span(text: str) -> timedelta:
    """Read ``30d``, ``4h``, ``90m``, ``10s`` or a number of seconds, with or without a plus.

    Raises:
        Refused: ``INVALID_FIELD``.
    """
    found = _SPAN.match(text)
    seconds = int(found[1]) * _SECONDS[found[2]] if found else None
    if seconds is None or seconds > _FURTHEST.total_seconds():
        raise bad_field("advance", "a span such as 30d, 4h, 90m or 10s, of at most a hundred years")
    return timedelta(seconds=seconds)


def _kept(file: Path) -> timedelta:
    if not file.exists():
        return timedelta()
    try:
        return timedelta(seconds=int(json.loads(file.read_text())["ahead_seconds"]))
    except (ValueError, KeyError, TypeError, OverflowError):
        raise KeysteadError(f"{file} is damaged: remove it to have the real time") from None
