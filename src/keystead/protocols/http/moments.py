"""Times as clients write them."""

from datetime import UTC, datetime
from typing import Final

import msgspec

_FAR: Final = datetime.fromisoformat("9999-01-01T00:00:00+00:00")


def read_moment(text: str) -> datetime | None:
    """Return an RFC 3339 time, in UTC to the second, or ``None`` where *text* is none."""
    try:
        given = msgspec.convert(text, datetime)
        time = given.astimezone(UTC).replace(microsecond=0)
    except (msgspec.ValidationError, OverflowError):
        return None
    return time if given.tzinfo is not None and time < _FAR else None
