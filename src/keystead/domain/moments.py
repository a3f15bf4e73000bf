"""Times as they are written, all in UTC and in whole seconds.

`strftime` is not asked: it writes the year 999 as ``999``, which no reader of these forms takes for a year.
"""

from datetime import date, datetime


def moment(time: datetime) -> str:
    """Write a time, which is in UTC, as the wire does: ``2020-05-04T19:12:07Z``."""
    return f"{_seconds(time, 'T')}Z"


def spaced(time: datetime) -> str:
    """Write a time, which is in UTC, as tables and refusals do: ``2020-05-04 19:12:07 +0000 UTC``."""
    return f"{_seconds(time, ' ')} +0000 UTC"


def month_of(day: date) -> str:
    """Write the month of a day: ``2020-05``."""
    return day.isoformat()[: len("2020-05")]


def _seconds(time: datetime, between: str) -> str:
    return time.replace(tzinfo=None).isoformat(between, "seconds")
