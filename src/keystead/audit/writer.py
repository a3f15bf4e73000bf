"""Makes groups of events durable, one after the other: in a thread, or in the event loop on a quick disk."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from time import perf_counter
from typing import Final

from keystead.audit.events_file import EventsFile

Finished = Callable[[BaseException | None], None]
"""Is called in the event loop with what went wrong, or with ``None`` when the group is durable."""

QUICK_SECONDS: Final = 0.001
QUICK_IN_A_ROW: Final = 64


class Writer:
    """Appends to *file*, for the event loop *loop*.

    A thread keeps a slow disk from stopping the loop. On a quick one it costs more than the write itself: it
    gets Python's lock twice for each group, and the loop loses it as often. So once `QUICK_IN_A_ROW` writes
    took less than `QUICK_SECONDS` each, the loop writes; the first that takes longer ends that.
    """

    def __init__(self, file: EventsFile, loop: asyncio.AbstractEventLoop) -> None:
        self._file = file
        self._loop = loop
        self._quick = 0  # quick writes in a row
        self._groups: SimpleQueue[tuple[bytes, Finished] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="audit-writer", daemon=True)
        self._thread.start()

    def put(self, octets: bytes, finished: Finished) -> None:
        """Append *octets*, then call *finished*; nothing more may be put before that.

        It is never called from in here, whoever writes: what puts a group from within the *finished* of the
        one before is done with that one first.
        """
        if self._quick >= QUICK_IN_A_ROW:
            self._loop.call_soon(finished, self._append(octets))
        else:
            self._groups.put((octets, finished))

    def close(self) -> None:
        """Wait for the thread to end; nothing may be put any more."""
        self._groups.put(None)
        self._thread.join()

    def _append(self, octets: bytes) -> BaseException | None:
        """Append and return what went wrong: whoever waits must hear of it, whatever it is."""
        began, error = perf_counter(), None
        try:
            self._file.append(octets)
        except BaseException as caught:  # noqa: BLE001 - see above
            error = caught
        quick = error is None and perf_counter() - began < QUICK_SECONDS
        self._quick = self._quick + 1 if quick else 0
        return error

    def _work(self) -> None:
        while (group := self._groups.get()) is not None:
            octets, finished = group
            error = self._append(octets)
            with suppress(RuntimeError):  # a loop that was closed has nobody who waits
                self._loop.call_soon_threadsafe(finished, error)
