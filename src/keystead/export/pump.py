"""Keeps a sink up to date with a log: batches, retries, and rest for a sink that is down."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from keystead.export import cursor as cursors
from keystead.export.batches import Batch, Source
from keystead.export.sinks import NotTaken, Sink, TooLarge

_FIRST_WAIT: Final = 1.0  # seconds
_TRIES: Final = 5  # failures in a row, after which the sink is left alone for a while
_REST: Final = 60.0  # seconds
_LOOK: Final = 1.0  # seconds between two looks at a log that has nothing new; it is signed as often


@dataclass(slots=True)
class Breaker:
    """How long to wait after how many failures in a row."""

    failures: int = 0
    jitter: Callable[[], float] = field(default=random.random)

    @property
    def is_open(self) -> bool:
        """Tell whether the sink is being left alone."""
        return self.failures >= _TRIES

    def succeeded(self) -> bool:
        """Begin anew; tells whether the sink had been left alone."""
        was_open, self.failures = self.is_open, 0
        return was_open

    def failed(self) -> float:
        """Count a failure, and return the seconds to wait: doubling, then a minute; never all at once."""
        self.failures += 1
        wait = _REST if self.is_open else _FIRST_WAIT * 2 ** (self.failures - 1)
        return wait * (0.5 + self.jitter() / 2)


@dataclass(slots=True)
class Pump:
    """One export.

    Args:
        source: the log.
        sink: where to.
        cursor_file: where it stands; written after each batch that was taken, so that after a crash the last
            batch may be sent again, and none is left out.
        most: events in a batch.
        tell: called with a line for the operator when the sink fails, rests or is back.
        sleep: waits.
    """

    source: Source
    sink: Sink
    cursor_file: Path
    most: int
    tell: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    breaker: Breaker = field(default_factory=Breaker)

    def run(self, *, once: bool) -> int:
        """Pass on what is new, and go on for ever unless *once*; returns how many events were passed on.

        Raises:
            NotTaken: with *once*, the sink failed; what it took before is noted.
            Tampered: the log is not what it was.
        """
        cursor = cursors.read(self.cursor_file)
        if cursor is None:
            cursor = self.source.start()
        self.source.require_known(cursor)
        sent = 0
        while True:
            batch = self.source.batch(cursor, self.most)
            if batch.records:
                batch = self._send(batch, cursor, patient=not once)
                sent += len(batch.records)
                cursor = batch.after
                cursors.write(self.cursor_file, cursor)
            elif once:
                return sent
            else:
                self.sleep(_LOOK)

    def _send(self, batch: Batch, cursor: cursors.Cursor, *, patient: bool) -> Batch:
        """Send *batch*, or its first half where it is too large, until it is taken; return what was."""
        while True:
            try:
                self.sink.send(batch)
            except TooLarge:
                batch = self.source.batch(cursor, max(1, len(batch.records) // 2))
            except NotTaken as error:
                if not patient:
                    raise
                self._wait(error)
            else:
                if self.breaker.succeeded():
                    self.tell("the sink takes events again")
                return batch

    def _wait(self, error: NotTaken) -> None:
        wait = self.breaker.failed()
        if self.breaker.failures == 1:
            self.tell(f"not taken, trying again: {error}")
        elif self.breaker.failures == _TRIES:
            self.tell(f"still not taken, now trying once a minute: {error}")
        self.sleep(wait)
