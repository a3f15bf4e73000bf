"""The audit log as the service writes it: synced in groups, signed every second, refusing when it must."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from os import close as close_descriptor
from pathlib import Path
from typing import Self

from keystead.audit.checkpoints import Checkpoints
from keystead.audit.events_file import EventsFile, RecordingFailed
from keystead.audit.group import Group
from keystead.audit.layout import EVENTS, lock
from keystead.audit.note import require_origin
from keystead.audit.numbers import Numbers
from keystead.audit.records import entry_of, holding, lines_of
from keystead.audit.recovery import Recovered, recover
from keystead.audit.writer import Writer
from keystead.crypto.signatures import Signer
from keystead.domain.errors import Unavailable
from keystead.domain.events import AuditEvent

_journal = logging.getLogger(__name__)


class MerkleLog:
    """An `AuditLog` in one directory, for one process and one event loop; made by `open`."""

    _ticker: asyncio.Task[None]

    def __init__(
        self, directory: Path, signer: Signer, origin: str, host: str, recovered: Recovered, held: int
    ) -> None:
        self._directory, self._host = directory, host
        self._held = held  # descriptor that holds the directory's lock
        self._size = recovered.edge.size  # events that are durable; the tree follows
        self._checkpoints = Checkpoints(directory, signer, origin, recovered)
        self._file = EventsFile(directory / EVENTS, recovered.octets)
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(self._file, self._loop)
        self._gathering = Group()
        self._busy = False  # a group is being written, or about to be
        self._trouble: RecordingFailed | None = None
        self._one_tick = asyncio.Lock()
        self._closing = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.numbers = Numbers()
        self.followers: list[Callable[[list[AuditEvent]], None]] = []
        """Each is called with the events of a group when they are durable, groups in their order."""

    @classmethod
    async def open(
        cls,
        directory: Path,
        signer: Signer,
        origin: str,
        *,
        host: str,
        anchor: bytes | None = None,
        interval: float = 1.0,
    ) -> Self:
        """Open the log in *directory*, or begin one where nothing is.

        Args:
            directory: made if it is missing; this process alone may have it open.
            signer: the key of the checkpoints.
            origin: the log's name in checkpoints, like ``keystead.example/audit/node-1``.
            host: this server's address, for the events' ``target.host``.
            anchor: a `checkpoint` that the caller kept elsewhere. With one, nothing new is begun, and a log
                that lost or changed any event of it is refused.
            interval: seconds between checkpoints, and between attempts to resume after a failure.

        Raises:
            Tampered: the log is not what was signed.
            Unavailable: another process has it, or it cannot be read or written.
        """
        require_origin(origin)
        try:
            held, recovered = await asyncio.to_thread(_take, directory, signer, origin, anchor)
            with ExitStack() as on_error:
                on_error.callback(close_descriptor, held)
                log = cls(directory, signer, origin, host, recovered, held)
                on_error.pop_all()
        except OSError as error:
            raise Unavailable(f"the audit log {directory} cannot be opened: {error}") from error
        await log.tick()
        log._ticker = asyncio.create_task(log._tick_until_closed(interval))
        log._ticker.add_done_callback(log._ticker_ended)
        return log

    @property
    def checkpoint(self) -> bytes:
        """The newest signed checkpoint; kept elsewhere, it is an anchor for `open` and for `verify`."""
        return self._checkpoints.note

    @property
    def size(self) -> int:
        """How many events are durable."""
        return self._size

    @property
    def unsigned(self) -> int:
        """How many events no checkpoint holds yet."""
        return self._size - self._checkpoints.signed

    def require_ready(self) -> None:
        """Raise `Unavailable`, and say what to do, when the log is known to be unable to record."""
        if self._trouble is not None:
            raise Unavailable(self._trouble.text)
        if self._closing.is_set():
            raise Unavailable("the audit log is closed; the service is stopping")

    async def append(self, event: AuditEvent) -> None:
        """Make *event* durable.

        Raises:
            Unavailable: that cannot be done; the log holds nothing of it, or what a restart decides.
            ValueError: the event cannot be encoded.
        """
        if self._trouble is not None or self._closing.is_set():
            self.require_ready()
        group = self._gathering
        group.entries.append(entry_of(event, self._host))
        group.events.append(event)
        done = self._loop.create_future()
        group.waiting.append(done)
        if not self._busy:
            self._busy = True
            self._idle.clear()
            self._loop.call_soon(self._start)  # so that everything of this turn of the loop comes along
        await done

    async def holds(self, event_ids: Sequence[str]) -> frozenset[str]:
        """Return those of *event_ids* that the log has; `Unavailable` if it cannot be read."""
        return await asyncio.to_thread(self._holding, tuple(event_ids))

    async def close(self) -> None:
        """Wait for what is being written, sign it, and let go of the directory."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._checkpoints.in_haste = True
        await asyncio.wait([self._ticker])
        await self._idle.wait()
        await self.tick()
        self._checkpoints.close()
        self._writer.close()
        self._file.close()
        close_descriptor(self._held)

    async def tick(self) -> None:
        """Sign what is new, or try to resume after a failure; done every interval by itself."""
        async with self._one_tick:
            try:
                await self._heal_or_sign()
            except RecordingFailed as failed:
                self._stop(failed)

    def _start(self) -> None:
        """Write the gathered group and have it synced."""
        group, self._gathering = self._gathering, Group()
        group.begin()
        try:
            lines, commitments = lines_of(group.entries, self._size)
            self._writer.put(b"".join(lines), partial(self._finished, group, commitments))
        except Exception as error:  # noqa: BLE001 - nobody may wait for a group that is never written
            self._finished(group, [], error)

    def _finished(self, group: Group, commitments: list[bytes], error: Exception | None) -> None:
        if error is None:
            self._size += len(commitments)
            self.numbers.events += len(commitments)
            self.numbers.commits.add(group.release())
        else:
            self._refuse(group, error)
        if self._gathering:
            self._start()
        else:
            self._busy = False
            self._idle.set()
        if error is None:
            self._checkpoints.add(commitments)  # while the next group is being synced
            for follow in self.followers:
                follow(group.events)

    def _refuse(self, group: Group, error: Exception) -> None:
        """Refuse *group* and the one that gathered meanwhile."""
        trouble = error if isinstance(error, RecordingFailed) else _unexpected(error)
        self._stop(trouble)
        late, self._gathering = self._gathering, Group()
        group.refuse(trouble)
        late.refuse(trouble)

    async def _heal_or_sign(self) -> None:
        trouble = self._trouble
        if trouble is not None and not trouble.may_heal:
            return
        if trouble is None:
            self._file.require_intact()
        else:
            await self._idle.wait()  # a group that was written before is synced before
            await self._checkpoints.in_thread(self._file.heal)
        if await self._checkpoints.sign():
            self.numbers.checkpoints += 1
        if self._trouble is trouble:  # a group that failed meanwhile brought a trouble of its own
            self._resume()

    def _holding(self, event_ids: Sequence[str]) -> frozenset[str]:
        try:
            with (self._directory / EVENTS).open("rb") as file:
                return holding(file, event_ids)
        except OSError as error:
            raise Unavailable(f"the audit log cannot be read ({error.strerror})") from error

    async def _tick_until_closed(self, interval: float) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), interval)
            await self.tick()

    def _ticker_ended(self, ticker: asyncio.Task[None]) -> None:
        """Stop recording when nothing would be signed any more, by a mistake of ours or a loop that ends."""
        if ticker.cancelled() or ticker.exception() is not None:
            self._stop(
                RecordingFailed("the audit log is no longer signed; restart the service", may_heal=False)
            )

    def _stop(self, trouble: RecordingFailed) -> None:
        """Refuse from now on; what is for good stays when something less comes after it."""
        if self._trouble is None:
            self.numbers.failures += 1
            _journal.error("audit_log_stopped", extra={"facts": {"why": trouble.text}})
        if self._trouble is None or self._trouble.may_heal:
            self._trouble = trouble

    def _resume(self) -> None:
        if self._trouble is not None:
            _journal.info("audit_log_resumed", extra={"facts": {"recorded": self._size}})
        self._trouble = None


def _take(directory: Path, signer: Signer, origin: str, anchor: bytes | None) -> tuple[int, Recovered]:
    """Lock and recover the log in *directory*; nothing stays locked after an error."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = lock(directory)
    try:
        return held, recover(directory, signer, origin, anchor)
    except BaseException:
        close_descriptor(held)
        raise


def _unexpected(error: Exception) -> RecordingFailed:
    return RecordingFailed(
        f"the audit log failed ({type(error).__name__}); restart the service", may_heal=False
    )
