"""The time, which the service is given and never looks up by itself."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, as an argument."""

    def __call__(self) -> datetime:
        """Return the time now, in UTC."""
