"""What happens to the file while the log is open: every append is refused, nothing acknowledged is lost."""

import asyncio
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from caio.abstract import AbstractOperation
from caio.linux_aio import Operation

from keystead.audit.events_file import RecordingFailed
from keystead.audit.log import MerkleLog
from keystead.audit.records import parse
from keystead.audit.verify import verify
from keystead.domain.errors import Unavailable
from unit.audit.sample import SIGNER, abandon, append, event, event_id, lines, opened, written


async def refused(log: MerkleLog, number: int) -> str:
    with pytest.raises(Unavailable) as caught:
        await log.append(event(number))
    with pytest.raises(Unavailable):
        log.require_ready()
    return str(caught.value)


def after(directory: Path, count: int) -> None:
    """Open again, add one event, and find exactly *count* events and that one."""

    async def run() -> None:
        log = await opened(directory)
        assert log.size == count
        await log.append(event(1000))
        await log.close()

    asyncio.run(run())
    report = verify(directory, SIGNER.public)
    assert (report.good, report.events, report.size) == (True, count + 1, count + 1)


async def resumes(log: MerkleLog) -> None:
    """Expect one tick to mend the log, and close it after one more event."""
    await log.tick()
    await log.append(event(4))
    await log.close()


def delete(path: Path) -> None:
    path.unlink()


def rename(path: Path) -> None:
    path.rename(path.with_name("moved"))


def replace(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def shorten(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 10)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def lengthen(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


@pytest.mark.parametrize("harm", [delete, rename, replace, shorten, empty, lengthen])
@pytest.mark.parametrize("first", ["append", "tick"])
def test_file_changed_underneath(tmp_path: Path, harm: Callable[[Path], None], first: str) -> None:
    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        log.require_ready()
        harm(tmp_path / "events")
        if first == "tick":
            await log.tick()  # an idle log notices as well
            with pytest.raises(Unavailable, match="restart"):
                log.require_ready()
        assert "while in use" in await refused(log, 3)
        await log.tick()
        assert "while in use" in await refused(log, 4)  # it does not heal
        await log.close()

    asyncio.run(run())


def test_all_that_wait_are_refused(tmp_path: Path) -> None:
    async def run() -> None:
        log = await opened(tmp_path)
        (tmp_path / "events").unlink()
        early = [asyncio.create_task(log.append(event(number))) for number in range(3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the group is being written
        late = [asyncio.create_task(log.append(event(number))) for number in range(3, 6)]
        found = await asyncio.gather(*early, *late, return_exceptions=True)
        assert [type(error) for error in found] == [Unavailable] * 6
        await log.close()

    asyncio.run(run())


def test_a_failed_sync_is_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(_: object) -> None:
        raise SystemError("Input/output error")

    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        monkeypatch.setattr("keystead.audit.writer.outcome", failed)
        why = await refused(log, 3)
        assert "cannot be synced (Input/output error)" in why
        assert "restart" in why
        assert len(lines(tmp_path)) == 3  # taken back, as far as anybody can
        monkeypatch.undo()
        await log.tick()
        await refused(log, 4)
        await log.close()

    asyncio.run(run())
    after(tmp_path, 3)


def test_a_sync_that_the_kernel_does_not_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class OfPipe:
        """Has the kernel sync a pipe, which it refuses."""

        @staticmethod
        def fdsync(_: int) -> AbstractOperation:
            return Operation.fdsync(writing)

    reading, writing = os.pipe()

    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        monkeypatch.setattr("keystead.audit.writer.Operation", OfPipe)
        assert "does not take the audit log's sync" in await refused(log, 3)
        assert len(lines(tmp_path)) == 3
        monkeypatch.undo()
        await resumes(log)

    asyncio.run(run())
    os.close(reading)
    os.close(writing)
    after(tmp_path, 4)


def test_a_kernel_without_asynchronous_syncs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keystead.audit.writer._AT_ONCE", 2**31)  # more than any kernel gives
    with pytest.raises(Unavailable, match="io_setup"):
        asyncio.run(opened(tmp_path))
    monkeypatch.undo()
    after(tmp_path, 0)  # nothing was begun, and nothing stays locked


def test_a_write_that_fails_heals_when_writing_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "keystead")
    real = os.write

    def half(descriptor: int, octets: bytes) -> int:
        if len(octets) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, octets[: len(octets) // 2])

    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        monkeypatch.setattr(os, "write", half)
        assert "free some space" in await refused(log, 3)
        assert len(lines(tmp_path)) == 3
        await log.tick()
        await refused(log, 4)  # still full
        assert [record.getMessage() for record in caplog.records] == ["audit_log_stopped"]
        assert "free some space" in caplog.records[0].__dict__["facts"]["why"]
        monkeypatch.undo()
        await log.tick()
        log.require_ready()
        await log.append(event(5))
        assert [record.getMessage() for record in caplog.records[1:]] == ["audit_log_resumed"]
        assert log.numbers.failures == 1
        await log.close()

    asyncio.run(run())
    assert [parse(line).id for line in lines(tmp_path)] == [event_id(n) for n in (0, 1, 2, 5)]
    after(tmp_path, 4)


@pytest.mark.parametrize("when", ["cutting", "healing"])
def test_no_healing_after_a_failed_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    def full(_: int, __: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fails(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def half(descriptor: int, octets: bytes) -> int:
        monkeypatch.setattr(os, "write", full)
        return real(descriptor, octets[: len(octets) // 2])

    real = os.write

    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        monkeypatch.setattr(os, "write", half)
        if when == "cutting":
            monkeypatch.setattr(os, "fdatasync", fails)
        await refused(log, 3)
        monkeypatch.setattr(os, "write", real)
        monkeypatch.setattr(os, "fdatasync", fails)
        if when == "healing":
            await log.tick()
        monkeypatch.undo()
        await log.tick()
        assert "synced" in await refused(log, 4)
        await log.close()

    asyncio.run(run())
    after(tmp_path, 3)


@pytest.mark.parametrize("harm", [delete, replace, empty, shorten])
def test_no_healing_when_the_file_is_not_intact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None]
) -> None:
    def full(_: int, __: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        monkeypatch.setattr(os, "write", full)
        await refused(log, 3)
        monkeypatch.undo()
        harm(tmp_path / "events")
        await log.tick()
        assert "while in use" in await refused(log, 4)
        await log.close()

    asyncio.run(run())


def test_no_healing_when_the_end_was_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int, __: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        monkeypatch.setattr(os, "write", full)
        await refused(log, 3)
        monkeypatch.undo()
        with (tmp_path / "events").open("r+b") as file:
            file.seek(-20, os.SEEK_END)
            file.write(b"#")
        await log.tick()
        assert "while in use" in await refused(log, 4)
        await log.close()

    asyncio.run(run())


def test_what_could_not_be_cut_is_cut_at_the_next_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write

    def half(descriptor: int, octets: bytes) -> int:
        if len(octets) < 100:
            raise OSError(errno.EROFS, "Read-only file system")
        return real(descriptor, octets[: len(octets) // 2])

    def cannot(_: int, __: int) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        monkeypatch.setattr(os, "write", half)
        monkeypatch.setattr(os, "ftruncate", cannot)
        await refused(log, 3)
        monkeypatch.undo()
        await abandon(log)

    asyncio.run(run())
    assert not lines(tmp_path)[-1].endswith(b"\n")
    after(tmp_path, 3)


def test_a_log_that_cannot_be_signed_refuses_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("keystead.audit.checkpoints.replace_durably", full)
        await log.tick()
        await refused(log, 3)
        monkeypatch.undo()
        await resumes(log)

    asyncio.run(run())
    after(tmp_path, 4)


@pytest.mark.parametrize("which", [0, 1])
def test_healing_that_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    """Cutting the file fails, before the trial write or after it."""

    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        log._stop(RecordingFailed("for now", may_heal=True))
        real, calls = os.ftruncate, iter(range(10))

        def read_only(descriptor: int, length: int) -> None:
            if next(calls) == which:
                raise OSError(errno.EROFS, "Read-only file system")
            real(descriptor, length)

        monkeypatch.setattr(os, "ftruncate", read_only)
        await log.tick()
        assert "make it writable again" in await refused(log, 3)
        monkeypatch.undo()
        await resumes(log)

    asyncio.run(run())
    after(tmp_path, 4)


def test_a_tile_of_which_only_a_part_could_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        real = os.write
        monkeypatch.setattr(os, "write", lambda descriptor, octets: real(descriptor, octets[:10]))
        await log.tick()
        monkeypatch.undo()
        assert "free some space" in await refused(log, 3)
        await resumes(log)

    asyncio.run(run())
    after(tmp_path, 4)


def test_a_group_that_cannot_be_put_together_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))

        def broken(*_: object) -> None:
            raise MemoryError

        monkeypatch.setattr("keystead.audit.log.lines_of", broken)
        assert "restart the service" in await asyncio.wait_for(refused(log, 3), 10)
        monkeypatch.undo()
        await log.close()

    asyncio.run(run())
    after(tmp_path, 3)


def test_checkpoints_that_wait_for_a_descriptor_are_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def told() -> int:
        return [record.message for record in caplog.records].count("audit_checkpoint_overdue")

    def no_descriptor(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    async def run() -> None:
        log = await opened(tmp_path)
        for times in (1, 2):
            await append(log, range(3 * times, 3 * times + 3))
            with monkeypatch.context() as without:
                without.setattr("keystead.audit.checkpoints.replace_durably", no_descriptor)
                await log.tick()
                await log.tick()
            log.require_ready()
            assert told() == times
            await log.tick()  # there are descriptors again
        await log.close()

    asyncio.run(run())
    after(tmp_path, 6)


@pytest.mark.parametrize("outcome", ["signing fails", "healing works"])
def test_a_failure_for_good_is_not_forgotten_over_a_lesser_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    """A group's sync fails in one thread while the other signs, or heals."""

    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))

        def meanwhile(*_: object) -> None:
            log._loop.call_soon_threadsafe(log._stop, RecordingFailed("for good", may_heal=False))
            if outcome == "signing fails":
                raise OSError(errno.ENOSPC, "No space left on device")

        if outcome == "signing fails":
            monkeypatch.setattr("keystead.audit.checkpoints.replace_durably", meanwhile)
        else:
            log._stop(RecordingFailed("for now", may_heal=True))
            monkeypatch.setattr(log._file, "heal", meanwhile)
        await log.tick()
        monkeypatch.undo()
        await log.tick()
        assert await refused(log, 3) == "for good"
        await log.close()

    asyncio.run(run())
    after(tmp_path, 3)


def test_descriptor_that_cannot_be_written(tmp_path: Path) -> None:
    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        read_only = os.open(tmp_path / "events", os.O_RDONLY)
        os.dup2(read_only, log._file.descriptor)
        os.close(read_only)
        assert "cannot be written" in await refused(log, 3)
        await log.close()

    asyncio.run(run())
    after(tmp_path, 3)


@pytest.fixture
def immutable(tmp_path: Path) -> Iterator[Callable[[bool], None]]:
    """Make the file of events immutable, or no longer; skips where the file system or the user cannot."""

    def change(on: bool) -> None:
        subprocess.run(["chattr", "+i" if on else "-i", tmp_path / "events"], check=True, capture_output=True)

    (tmp_path / "probe").touch()
    probed = shutil.which("chattr") and subprocess.run(
        ["chattr", "+i", tmp_path / "probe"], capture_output=True, check=False
    )
    if not probed or probed.returncode:
        pytest.skip("needs root and a file system with the immutable flag")
    subprocess.run(["chattr", "-i", tmp_path / "probe"], check=True)
    (tmp_path / "probe").unlink()
    yield change
    change(False)


def test_file_made_read_only(tmp_path: Path, immutable: Callable[[bool], None]) -> None:
    async def run() -> None:
        log = await opened(tmp_path)
        await append(log, range(3))
        immutable(True)
        assert "make it writable again" in await refused(log, 3)
        await log.tick()
        await refused(log, 4)
        immutable(False)
        await log.tick()
        await log.append(event(5))
        await log.close()

    asyncio.run(run())
    after(tmp_path, 4)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB; skips without the right to mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("needs the right to mount a file system")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)  # a failed test may still have it open


def grow(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=512k", disk], check=True)


def test_disk_full_in_the_middle_of_a_group(small_disk: Path) -> None:
    directory, acknowledged = small_disk / "log", set[str]()

    async def note(log: MerkleLog, number: int) -> None:
        await log.append(event(number))
        acknowledged.add(event_id(number))

    async def run() -> None:
        log = await opened(directory)
        full = False
        for group in range(20):
            numbers = range(group * 10, group * 10 + 10)
            found = await asyncio.gather(*(note(log, n) for n in numbers), return_exceptions=True)
            full = full or any(isinstance(error, Unavailable) for error in found)
            if full:
                break
        assert full
        assert "free some space" in await refused(log, 999)
        assert {parse(line).id for line in lines(directory)} == acknowledged  # no half line, no hole
        await asyncio.to_thread(grow, small_disk)
        await log.tick()
        await note(log, 500)
        await log.close()

    asyncio.run(run())
    assert {parse(line).id for line in lines(directory)} == acknowledged
    after(directory, len(acknowledged))


_LIMITED = """
import asyncio, resource, signal, sys
from pathlib import Path
from unit.audit.sample import append, opened, event
from keystead.domain.errors import Unavailable

async def run():
    log = await opened(Path(sys.argv[1]))
    number = 0
    try:
        while True:
            await append(log, range(number, number + 5))
            number += 5
    except Unavailable:
        print(number)

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
asyncio.run(run())
"""


def test_file_size_limit_in_the_middle_of_a_group(tmp_path: Path) -> None:
    """The same without root: the kernel writes a part, then refuses."""
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        check=True,
    )
    count = int(done.stdout)
    assert 0 < count < 50
    assert len(lines(tmp_path)) == count
    after(tmp_path, count)


def test_a_ticker_that_ends_stops_the_recording(tmp_path: Path) -> None:
    async def run() -> None:
        log = await opened(tmp_path)
        await log.append(event(0))
        log._ticker.cancel()
        await asyncio.wait([log._ticker])
        await asyncio.sleep(0)
        assert "no longer signed" in await refused(log, 1)
        await log.close()

    asyncio.run(run())


def test_open_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        asyncio.run(opened(tmp_path / "file" / "log"))
    written(tmp_path / "log", 1)
