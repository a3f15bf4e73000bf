"""Groups of events on their way to the disk: written at once, synced by the kernel beside the event loop."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from caio.abstract import AbstractOperation
from caio.linux_aio import Context, Operation

from keystead.audit.events_file import EventsFile, failed_sync, refused_sync

Finished = Callable[[Exception | None], None]
"""Is called in the event loop with what went wrong, or with ``None`` when the group is durable."""

_REFUSED: Final = (SystemError, ValueError, OverflowError)  # what caio makes of the kernel's error numbers
_AT_ONCE: Final = 1  # a group is written only after the one before it was synced


class Writer:
    """Makes one group after the other durable in *file*, without a thread.

    Linux syncs asynchronously (``io_submit`` with ``FDSYNC``) and tells the event loop through a descriptor.
    A thread of ours would have to get Python's lock back from the event loop's after each sync.
    """

    def __init__(self, file: EventsFile, loop: asyncio.AbstractEventLoop) -> None:
        """Begin; `OSError` where the kernel has no asynchronous input and output, or no room for more."""
        self._file = file
        self._loop = loop
        try:
            self._context = Context(_AT_ONCE)
        except SystemError as error:
            raise OSError(f"the kernel refuses asynchronous input and output (io_setup: {error})") from error
        self._synced: Callable[[], None]
        loop.add_reader(self._context.fileno, self._told)

    def put(self, octets: bytes, finished: Finished) -> None:
        """Write *octets* and have them synced, then call *finished*.

        Raises:
            RecordingFailed: nothing of them will be durable; *finished* is not called.
        """
        self._file.write(octets)
        sync = Operation.fdsync(self._file.descriptor)
        self._synced = partial(self._end, sync, finished)
        try:
            self._context.submit(sync)
        except _REFUSED as error:
            self._file.take_back()
            raise refused_sync(error) from error

    def close(self) -> None:
        """Listen no more; nothing may be put any more."""
        self._loop.remove_reader(self._context.fileno)

    def _told(self) -> None:
        with suppress(BlockingIOError):  # told of nothing: the sync goes on
            self._context.poll()
        if self._context.process_events(_AT_ONCE):
            self._synced()

    def _end(self, sync: AbstractOperation, finished: Finished) -> None:
        try:
            self._require_synced(sync)
            self._file.confirm()
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            finished(error)
        else:
            finished(None)

    def _require_synced(self, sync: AbstractOperation) -> None:
        try:
            outcome(sync)
        except SystemError as error:
            self._file.take_back()
            raise failed_sync(error) from error


def outcome(sync: AbstractOperation) -> None:
    """Raise `SystemError` if *sync* has failed."""
    sync.get_value()
