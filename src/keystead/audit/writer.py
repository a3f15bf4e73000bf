"""The thread that makes groups of events durable, one after the other."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

from keystead.audit.events_file import EventsFile

Finished = Callable[[BaseException | None], None]
"""Is called in the event loop with what went wrong, or with ``None`` when the group is durable."""


class Writer:
    """Appends to *file* beside the event loop *loop*.

    A bare thread and queue: an executor's futures cost more than the write of a small group, and more turns
    of Python's lock.
    """

    def __init__(self, file: EventsFile, loop: asyncio.AbstractEventLoop) -> None:
        self._file = file
        self._loop = loop
        self._groups: SimpleQueue[tuple[bytes, Finished] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="audit-writer", daemon=True)
        self._thread.start()

    def put(self, octets: bytes, finished: Finished) -> None:
        """Append *octets*, then call *finished*."""
        self._groups.put((octets, finished))

    def close(self) -> None:
        """Wait for the thread to end; nothing may be put any more."""
        self._groups.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (group := self._groups.get()) is not None:
            octets, finished = group
            error: BaseException | None = None
            try:
                self._file.append(octets)
            except BaseException as caught:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
                error = caught
            with suppress(RuntimeError):  # a loop that was closed has nobody who waits
                self._loop.call_soon_threadsafe(finished, error)
