"""Events that are made durable together, and who waits for them."""

import asyncio
from time import perf_counter

from keystead.audit.events_file import RecordingFailed
from keystead.domain.errors import Unavailable
from keystead.domain.events import AuditEvent


class Group:
    """One group: it gathers, is written whole, and ends as durable or as refused.

    ``entries`` are the encoded ``events``; ``waiting`` has a future for each. ``begun`` is the time, of
    `perf_counter`, at which it stopped gathering.
    """

    __slots__ = ("begun", "entries", "events", "waiting")

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.events: list[AuditEvent] = []
        self.waiting: list[asyncio.Future[None]] = []
        self.begun = 0.0

    def __bool__(self) -> bool:
        return bool(self.entries)

    def begin(self) -> None:
        """Note that it is about to be written."""
        self.begun = perf_counter()

    def release(self) -> float:
        """Tell everybody who waits that it is durable; return the seconds that this took."""
        seconds = perf_counter() - self.begun
        for done in self.waiting:
            if not done.done():  # its caller may have gone away
                done.set_result(None)
        return seconds

    def refuse(self, trouble: RecordingFailed) -> None:
        """Tell everybody who waits why it is not recorded."""
        for done in self.waiting:
            if not done.done():
                done.set_exception(Unavailable(trouble.text))
