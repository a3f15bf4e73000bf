import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from caio.abstract import AbstractOperation
from caio.linux_aio import Operation

from keystead.audit.encoding import encode
from keystead.audit.log import MerkleLog
from keystead.audit.merkle import EMPTY_ROOT, leaf_hash, root
from keystead.audit.note import open_checkpoint
from keystead.audit.records import commitment_of, parse
from keystead.audit.tiles import Tiles, tile_path, unbundle
from keystead.audit.verify import verify
from keystead.crypto.signatures import Signer
from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.ports.audit import AuditLog
from unit.audit.sample import (
    HOST,
    ORIGIN,
    SIGNER,
    append,
    event,
    event_id,
    lines,
    opened,
    with_log,
    written,
)


def test_it_is_an_audit_log(tmp_path: Path) -> None:
    async def work(log: MerkleLog) -> None:
        port: AuditLog = log
        port.require_ready()
        await port.append(event(0))
        assert await port.holds([event_id(0)]) == {event_id(0)}

    with_log(tmp_path / "log", work)


def test_an_event_is_in_the_file_when_append_returns(tmp_path: Path) -> None:
    async def work(log: MerkleLog) -> None:
        for number in range(3):
            await log.append(event(number))
            assert len(lines(tmp_path)) == number + 1 == log.size

    with_log(tmp_path, work)


def test_the_tree_has_the_order_of_the_file_while_groups_gather(tmp_path: Path) -> None:
    async def work(log: MerkleLog) -> None:
        with unheard(log):
            first = asyncio.create_task(append(log, range(2)))
            await _turns()
            second = asyncio.create_task(append(log, range(2, 5)))
            await _turns()
        await asyncio.gather(first, second)

    with_log(tmp_path, work)
    report = verify(tmp_path, SIGNER.public)
    assert (report.size, report.events, report.findings) == (5, 5, ())


@contextmanager
def unheard(log: MerkleLog) -> Iterator[None]:
    """Do not hear the kernel tell of the end of a sync."""
    loop, descriptor = asyncio.get_running_loop(), log._writer._context.fileno
    loop.remove_reader(descriptor)
    yield
    loop.add_reader(descriptor, log._writer._told)


async def _turns() -> None:
    """Let the loop do what is ready, and what that makes ready."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_form_of_a_record(tmp_path: Path) -> None:
    written(tmp_path, 2)
    for number, line in enumerate(lines(tmp_path)):
        members = json.loads(line)
        assert list(members) == ["index", "group", "salt", "commitment", "entry"]
        assert (members["index"], members["group"]) == (number, 0)
        assert members["entry"]["id"] == event_id(number)
        record = parse(line)
        assert record.event == encode(event(number), HOST)
        assert record.id == event_id(number)
        assert commitment_of(record.salt, record.entry) == record.commitment
    assert len({json.loads(line)["salt"] for line in lines(tmp_path)}) == 2


def test_events_of_one_turn_share_one_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs: list[int] = []

    class Counted:
        @staticmethod
        def fdsync(descriptor: int) -> AbstractOperation:
            syncs.append(descriptor)
            return Operation.fdsync(descriptor)

    async def work(log: MerkleLog) -> None:
        monkeypatch.setattr("keystead.audit.writer.Operation", Counted)
        await append(log, range(100))
        monkeypatch.undo()
        assert syncs == [log._file.descriptor]

    with_log(tmp_path, work)
    assert {parse(line).group for line in lines(tmp_path)} == {0}


def test_what_comes_during_a_sync_is_the_next_group(tmp_path: Path) -> None:
    async def work(log: MerkleLog) -> None:
        with unheard(log):
            first = asyncio.create_task(log.append(event(0)))
            await _turns()
            others = asyncio.gather(log.append(event(1)), log.append(event(2)))
            await asyncio.sleep(0.1)  # synced, surely, and nobody was told
            assert not first.done()
        await asyncio.gather(first, others)

    with_log(tmp_path, work)
    assert [parse(line).group for line in lines(tmp_path)] == [0, 1, 1]


def test_a_caller_that_goes_away_takes_nobody_along(tmp_path: Path) -> None:
    async def work(log: MerkleLog) -> None:
        tasks = [asyncio.create_task(log.append(event(number))) for number in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.gather(tasks[0], tasks[2])
        assert tasks[1].cancelled()
        assert log.size == 3

    with_log(tmp_path, work)
    assert verify(tmp_path, SIGNER.public).good


def test_checkpoint_covers_what_was_durable(tmp_path: Path) -> None:
    async def work(log: MerkleLog) -> None:
        empty = open_checkpoint(log.checkpoint, SIGNER.public)
        assert (empty.origin, empty.size, empty.root) == (ORIGIN, 0, EMPTY_ROOT)
        await append(log, range(5))
        assert open_checkpoint(log.checkpoint, SIGNER.public).size == 0
        await log.tick()
        assert (tmp_path / "checkpoint").read_bytes() == log.checkpoint
        leaves = [leaf_hash(parse(line).commitment) for line in lines(tmp_path)]
        assert open_checkpoint(log.checkpoint, SIGNER.public).root == root(leaves)
        before = (tmp_path / "checkpoint").stat().st_ino
        await log.tick()  # nothing new, nothing signed
        assert (tmp_path / "checkpoint").stat().st_ino == before

    with_log(tmp_path, work)


def test_signs_by_itself_and_at_close(tmp_path: Path) -> None:
    async def run() -> None:
        log = await MerkleLog.open(tmp_path, SIGNER, ORIGIN, host=HOST, interval=0.001)
        await log.append(event(0))
        async with asyncio.timeout(30):
            while open_checkpoint(log.checkpoint, SIGNER.public).size != 1:  # noqa: ASYNC110 - the log's own task
                await asyncio.sleep(0.001)
        await log.close()
        log = await opened(tmp_path)
        await log.append(event(1))
        await log.close()
        await log.close()
        assert open_checkpoint(log.checkpoint, SIGNER.public).size == 2
        with pytest.raises(Unavailable):
            log.require_ready()
        with pytest.raises(Unavailable):
            await log.append(event(2))

    asyncio.run(run())


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (3, 1_234_067, 256, "tile/3/x001/x234/067"),  # C2SP tlog-tiles, "Merkle Tree"
        ("entries", 999, 7, "tile/entries/999.p/7"),
        ("entries", 1000, 256, "tile/entries/x001/000"),
    ],
)
def test_tile_path(level: int, number: int, width: int, path: str) -> None:
    assert tile_path(level, number, width) == path


def test_layout_of_tiles(tmp_path: Path) -> None:
    # C2SP tlog-tiles: a tree of s leaves has a partial tile of floor(s / 256**l) mod 256 hashes at level l.
    written(tmp_path, 600)
    files = {str(p.relative_to(tmp_path)) for p in (tmp_path / "tile").rglob("*") if p.is_file()}
    assert files == {
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/88",
    }
    commitments = [parse(line).commitment for line in lines(tmp_path)]
    leaves = [leaf_hash(commitment) for commitment in commitments]
    assert (tmp_path / "tile/0/001").read_bytes() == b"".join(leaves[256:512])
    assert (tmp_path / "tile/1/000.p/2").read_bytes() == root(leaves[:256]) + root(leaves[256:512])
    assert unbundle((tmp_path / "tile/entries/002.p/88").read_bytes()) == commitments[512:]
    tiles = Tiles(tmp_path)
    for start, end in ((0, 600), (512, 600), (0, 256), (512, 576), (598, 600), (599, 600), (0, 1)):
        assert tiles.subtree(start, end) == root(leaves[start:end])


def test_partial_tiles_go_when_the_full_one_is_there(tmp_path: Path) -> None:
    async def work(log: MerkleLog) -> None:
        for numbers in (range(100), range(100, 200)):
            await append(log, numbers)
            await log.tick()
        kept = {path.name for path in (tmp_path / "tile/0/000.p").iterdir()}
        assert kept == {"100", "200"}  # one for each checkpoint that was signed
        await append(log, range(200, 256))
        await log.tick()
        assert not (tmp_path / "tile/0/000.p").exists()
        assert (tmp_path / "tile/1/000.p/1").exists()
        assert log._checkpoints._edge.snapshot().full == 0  # what is on disk is not kept in memory

    with_log(tmp_path, work)


def test_tiles_show_nothing_of_an_event(tmp_path: Path) -> None:
    written(tmp_path, 3)
    public = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and p.name != "events")
    assert b"user@example.com" not in public
    for line in lines(tmp_path):
        assert parse(line).salt not in public


def test_files_are_private(tmp_path: Path) -> None:
    written(tmp_path / "log", 1)
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0
    assert (tmp_path / "log/events").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("block", [300, 1500])  # records of some 1,200 octets lie across blocks
def test_holds_looks_at_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr("keystead.audit.records._BLOCK", block)

    async def work(log: MerkleLog) -> None:
        assert await log.holds([event_id(0)]) == frozenset()
        await append(log, range(50))
        for number in range(50):
            assert await log.holds([event_id(number), event_id(99)]) == {event_id(number)}
        assert await log.holds([event_id(n) for n in range(40, 60)]) == {event_id(n) for n in range(40, 50)}
        assert await log.holds([]) == frozenset()
        # An id inside an event is not the id of an event.
        assert await log.holds(["correlation-1", 'x"}', event_id(1)[:-1]]) == frozenset()

    with_log(tmp_path, work)


def test_one_log_for_each_directory_in_one_process(tmp_path: Path) -> None:
    async def work(_: MerkleLog) -> None:
        with pytest.raises(Unavailable, match="another process"):
            await opened(tmp_path)

    with_log(tmp_path, work)
    with_log(tmp_path, lambda log: log.append(event(0)))  # and it was let go of


def test_one_process_for_each_directory(tmp_path: Path) -> None:
    code = (
        "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX); "
        "print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Unavailable, match="another process"):
            asyncio.run(opened(tmp_path))
        other.communicate(b"\n")


def test_an_event_too_long_for_the_log_is_a_mistake(tmp_path: Path) -> None:
    async def work(log: MerkleLog) -> None:
        from dataclasses import replace  # noqa: PLC0415

        with pytest.raises(ValueError):
            await log.append(replace(event(0), message="x" * (1 << 20)))
        await log.append(event(1))

    with_log(tmp_path, work)
    assert verify(tmp_path, SIGNER.public).events == 1


def test_another_signer_or_origin_is_refused(tmp_path: Path) -> None:
    written(tmp_path, 3)

    async def run() -> None:
        with pytest.raises(Tampered, match="checkpoint"):
            await MerkleLog.open(tmp_path, Signer.generate(), ORIGIN, host=HOST)
        with pytest.raises(Tampered, match="belongs to"):
            await MerkleLog.open(tmp_path, SIGNER, "other.example", host=HOST)

    asyncio.run(run())


def test_the_log_counts_what_it_does(tmp_path: Path) -> None:
    async def work(log: MerkleLog) -> None:
        assert (log.numbers.events, sum(log.numbers.commits.buckets), log.unsigned) == (0, 0, 0)
        await append(log, range(5))  # one group
        await log.append(event(5))
        assert (log.numbers.events, sum(log.numbers.commits.buckets)) == (6, 2)
        assert log.numbers.commits.seconds > 0
        assert (log.numbers.checkpoints, log.unsigned) == (0, 6)
        await log.tick()
        assert (log.numbers.checkpoints, log.unsigned, log.numbers.failures) == (1, 0, 0)
        await log.tick()  # nothing is new
        assert log.numbers.checkpoints == 1

    with_log(tmp_path, work)
