"""When a grant holds: what the time of a request must be.

Every condition names its own offset from UTC, and is about whole seconds: what ends with 17:00:00 ends when
that second does. There is no daylight saving time.

Source: IBM's pages "Limiting access with time-based conditions" and "IAM condition properties".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, Literal, get_args

Key = Literal["current_time", "current_date_time", "day_of_week"]
Combination = Literal["", "and", "or"]
"""How several are put together; nothing where there is one, which stands by itself."""
Pattern = Literal[
    "time-based-conditions:once",
    "time-based-conditions:weekly",
    "time-based-conditions:weekly:all-day",
    "time-based-conditions:weekly:custom-hours",
]
MOST_PARTS: Final = 10
MOST_CONDITIONS: Final = 20
"""Conditions side by side in a rule or a part of it, and all of a rule together."""
MOST_VALUES: Final = 20
"""Values that all conditions of a rule have together: each is looked at in every second of a request."""
_COMPARISONS: Final = ("LessThan", "LessThanOrEquals", "GreaterThan", "GreaterThanOrEquals")
_OPERATORS: Final[dict[Key, frozenset[str]]] = {
    "current_time": frozenset(f"time{it}" for it in _COMPARISONS),
    "current_date_time": frozenset(f"dateTime{it}" for it in _COMPARISONS),
    "day_of_week": frozenset({"dayOfWeekEquals", "dayOfWeekAnyOf"}),
}
_PATTERNS: Final[dict[Pattern, tuple[frozenset[Key], ...]]] = {
    "time-based-conditions:once": (frozenset({"current_date_time"}),),
    "time-based-conditions:weekly": (
        frozenset({"day_of_week"}),
        frozenset({"day_of_week", "current_time"}),
    ),
    "time-based-conditions:weekly:all-day": (frozenset({"day_of_week"}),),
    "time-based-conditions:weekly:custom-hours": (frozenset({"day_of_week", "current_time"}),),
}
"""What the conditions of a rule are about, by its pattern: all of one of these sets, and nothing else."""
_FORMS: Final[dict[Key, str]] = {
    "current_time": "a time with its offset, such as 09:00:00+00:00",
    "current_date_time": "a date and time of 1970 to 9998 with its offset, such as 2026-12-01T09:00:00+00:00",
    "day_of_week": "a day with its offset, from 1+00:00, Monday, to 7+00:00",
}
_OFFSET: Final = r"(Z|[+-](?:0\d|1[0-4]):[0-5]\d)"
_CLOCK: Final = r"((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)"
_SHAPES: Final[dict[Key, re.Pattern[str]]] = {
    "current_time": re.compile(_CLOCK + _OFFSET, re.ASCII),
    "current_date_time": re.compile(r"(\d{4}-\d\d-\d\dT" + _CLOCK[1:-1] + ")" + _OFFSET, re.ASCII),
    "day_of_week": re.compile("([1-7])" + _OFFSET, re.ASCII),
}
_YEARS: Final = range(1970, 9999)  # with room on both sides for every offset
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCondition:
    """One condition.

    Raises:
        ValueError: it is none of IBM's, with what it must be.
    """

    key: Key
    operator: str
    values: tuple[str, ...]  # one, but for ``dayOfWeekAnyOf``

    def __post_init__(self) -> None:
        if self.operator not in _OPERATORS[self.key]:
            raise ValueError(f"{self.key} is compared with one of {', '.join(sorted(_OPERATORS[self.key]))}")
        if self.operator == "dayOfWeekAnyOf":
            if not self.values or len(set(self.values)) < len(self.values):
                raise ValueError("dayOfWeekAnyOf has a list of days, each once")
        elif len(self.values) != 1:
            raise ValueError(f"{self.operator} has one value")
        for value in self.values:
            if _read(self.key, value) is None:
                raise ValueError(f"{self.key} is {_FORMS[self.key]}")

    def holds(self, second: datetime) -> bool:
        """Tell whether it is met in this second."""
        return any(self._met(value, second) for value in self.values)

    def _met(self, value: str, second: datetime) -> bool:
        if self.key == "current_date_time":
            return self._compared((second - _instant(value)) // _SECOND)
        zone, wanted = _clock(self.key, value)
        local = second.astimezone(zone)
        if self.key == "day_of_week":
            return local.isoweekday() == wanted
        return self._compared(local.hour * 3600 + local.minute * 60 + local.second - wanted)

    def _compared(self, after: int) -> bool:
        """Tell whether what is so many seconds *after* the value is as the operator says."""
        if after == 0:
            return self.operator.endswith("OrEquals")
        return ("GreaterThan" in self.operator) is (after > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some conditions put together, or one by itself."""

    combination: Combination
    conditions: tuple[TimeCondition, ...]

    def holds(self, second: datetime) -> bool:
        """Tell whether it is met in this second."""
        return _together(self.combination, (it.holds(second) for it in self.conditions))


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """All conditions of a grant.

    Raises:
        ValueError: they do not fit together, with what they must be.
    """

    pattern: Pattern
    combination: Combination
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        groups = [(self.combination, len(self.parts))]
        groups += [(it.combination, len(it.conditions)) for it in self.parts]
        for combination, many in groups:
            if many < 1 or (combination == "" and many > 1):
                raise ValueError("several conditions are put together by and, or by or")
            if many > MOST_PARTS:
                raise ValueError(f"at most {MOST_PARTS} conditions stand side by side")
        if len(self.conditions) > MOST_CONDITIONS:
            raise ValueError(f"a rule has at most {MOST_CONDITIONS} conditions")
        if sum(len(it.values) for it in self.conditions) > MOST_VALUES:
            raise ValueError(f"the conditions of a rule have at most {MOST_VALUES} values together")
        if {it.key for it in self.conditions} not in _PATTERNS[self.pattern]:
            raise ValueError(f"{self.pattern} is about {' and '.join(sorted(_PATTERNS[self.pattern][-1]))}")

    @property
    def conditions(self) -> tuple[TimeCondition, ...]:
        """Every condition, wherever it stands."""
        return tuple(one for part in self.parts for one in part.conditions)

    def holds(self, now: datetime) -> bool:
        """Tell whether it is met *now*, and so until this second ends."""
        second = now.astimezone(UTC).replace(microsecond=0)
        return _together(self.combination, (it.holds(second) for it in self.parts))


PATTERNS: Final[tuple[Pattern, ...]] = get_args(Pattern)
KEYS: Final[tuple[Key, ...]] = get_args(Key)


def _together(combination: Combination, met: Iterator[bool]) -> bool:
    return any(met) if combination == "or" else all(met)


@lru_cache(4096)
def _read(key: Key, value: str) -> tuple[str, timezone] | None:
    """Return what stands before the offset, and the offset; ``None`` where *value* has another form."""
    found = _SHAPES[key].fullmatch(value)
    if found is None:
        return None
    text, offset = found[1], found[2]
    if key == "current_date_time" and not _is_date(text):
        return None
    ahead = "00:00" if offset == "Z" else offset[1:]
    span = timedelta(hours=int(ahead[:2]), minutes=int(ahead[3:]))
    return text, timezone(-span if offset[0] == "-" else span)


@lru_cache(4096)
def _instant(value: str) -> datetime:
    text, zone = _known("current_date_time", value)
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def _clock(key: Key, value: str) -> tuple[timezone, int]:
    """Return the offset, and the day, or the seconds since midnight."""
    text, zone = _known(key, value)
    if key == "day_of_week":
        return zone, int(text)
    return zone, int(text[:2]) * 3600 + int(text[3:5]) * 60 + int(text[6:])


def _known(key: Key, value: str) -> tuple[str, timezone]:
    found = _read(key, value)
    if found is None:
        raise ValueError(f"{key} is {_FORMS[key]}")
    return found


def _is_date(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).year in _YEARS
    except ValueError:
        return False
