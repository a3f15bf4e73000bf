"""Opening a log: a crash is mended, what somebody did is refused, and nothing begins anew quietly."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystead.audit import recovery
from keystead.audit.edge import Edge
from keystead.audit.merkle import leaf_hash, root
from keystead.audit.note import Checkpoint, open_checkpoint, sign_checkpoint
from keystead.audit.records import lines_of, parse
from keystead.audit.tiles import write_tiles
from keystead.audit.verify import verify
from keystead.domain.errors import Tampered, Unavailable
from unit.audit.sample import ORIGIN, SIGNER, append, event, event_id, lines, opened, put, written

_GROUP = re.compile(rb'"index":\d+,"group":\d+')


def reopen(directory: Path, *, anchor: bytes | None = None) -> int:
    """Open, close, verify; return how many events there were."""

    async def run() -> int:
        log = await opened(directory, anchor=anchor)
        size = log.size
        await log.close()
        return size

    size = asyncio.run(run())
    report = verify(directory, SIGNER.public)
    assert report.good
    assert (report.size, report.events) == (size, size)
    return size


def refusal(directory: Path, *, anchor: bytes | None = None) -> str:
    """Return why the log is not opened; nothing in it changes by that, and it is not left locked."""
    before = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    with pytest.raises(Tampered):
        asyncio.run(opened(directory, anchor=anchor))
    with pytest.raises(Tampered) as caught:
        asyncio.run(opened(directory, anchor=anchor))
    assert {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()} == before
    text = str(caught.value)
    assert "restore" in text  # it says what to do
    return text


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 511, 512, 513, 600])
def test_what_was_unsigned_is_signed_at_the_next_open(tmp_path: Path, count: int) -> None:
    written(tmp_path, count, unsigned=3)
    assert reopen(tmp_path) == count + 3
    leaves = [leaf_hash(parse(line).commitment) for line in lines(tmp_path)]
    note = open_checkpoint((tmp_path / "checkpoint").read_bytes(), SIGNER.public)
    assert note == Checkpoint(ORIGIN, count + 3, root(leaves))
    assert [parse(line).id for line in lines(tmp_path)] == [event_id(n) for n in range(count + 3)]


def test_goes_on_from_any_size(tmp_path: Path) -> None:
    async def run() -> None:
        for start, end in ((0, 100), (100, 256), (256, 257), (257, 800), (800, 801)):
            log = await opened(tmp_path)
            assert log.size == start
            await append(log, range(start, end))
            await log.close()

    asyncio.run(run())
    assert reopen(tmp_path) == 801
    assert root([leaf_hash(parse(line).commitment) for line in lines(tmp_path)]) == (
        open_checkpoint((tmp_path / "checkpoint").read_bytes(), SIGNER.public).root
    )


@pytest.mark.parametrize("kept", [1, 20, 300, -1])
def test_a_torn_last_record_is_cut(tmp_path: Path, kept: int) -> None:
    written(tmp_path, 2, unsigned=2)
    records = lines(tmp_path)
    put(tmp_path, [*records[:3], records[3][:kept]])
    assert reopen(tmp_path) == 3


@pytest.mark.parametrize("junk", [b"\n" * 4096, bytes(4096), b"\x00\n\x00\n", b"{}\n", b"x" * 3_000_000])
def test_what_a_crash_left_behind_the_last_group_is_cut(tmp_path: Path, junk: bytes) -> None:
    written(tmp_path, 2, unsigned=2)
    put(tmp_path, [*lines(tmp_path), junk])
    assert reopen(tmp_path) == 4


def test_a_group_that_reached_the_disk_in_disorder_is_cut_at_its_first_hole(tmp_path: Path) -> None:
    written(tmp_path, 2)
    group, _ = lines_of([b'{"id":"%d","event":{}}' % n for n in range(4)], 2)
    put(tmp_path, [*lines(tmp_path), group[0], bytes(len(group[1])), group[2], group[3]])
    assert reopen(tmp_path) == 3


def test_a_hole_before_a_later_group_is_no_crash(tmp_path: Path) -> None:
    written(tmp_path, 2, unsigned=3)

    async def another_group() -> None:
        log = await opened(tmp_path)
        await log.append(event(5))
        await log.close()

    note = (tmp_path / "checkpoint").read_bytes()
    asyncio.run(another_group())
    (tmp_path / "checkpoint").write_bytes(note)  # as if the process had died before signing
    records = lines(tmp_path)
    put(tmp_path, [*records[:3], records[3].replace(b"my-key", b"my-kez"), *records[4:]])
    assert "event 3" in refusal(tmp_path)
    put(tmp_path, [*records[:3], *records[4:]])
    assert "event 3" in refusal(tmp_path)


@settings(max_examples=40)
@given(st.integers(0, 5000))
def test_any_cut_of_the_unsigned_part_opens(tmp_path_factory: pytest.TempPathFactory, octets: int) -> None:
    directory = tmp_path_factory.mktemp("log")
    written(directory, 2, unsigned=3)
    records = lines(directory)
    whole = b"".join(records)
    signed = len(b"".join(records[:2]))
    cut = max(signed, len(whole) - octets)
    (directory / "events").write_bytes(whole[:cut])
    assert reopen(directory) == whole[:cut].count(b"\n")


@pytest.mark.parametrize("count", [1, 3, 256, 300])
def test_fewer_events_than_signed(tmp_path: Path, count: int) -> None:
    written(tmp_path, count)
    records = lines(tmp_path)
    put(tmp_path, records[:-1])
    assert "fewer events" in refusal(tmp_path)
    put(tmp_path, [*records[:-1], records[-1][:-5]])
    assert "fewer events" in refusal(tmp_path)
    put(tmp_path, [])
    assert "fewer events" in refusal(tmp_path)


def test_events_under_the_last_tile_are_compared_with_it(tmp_path: Path) -> None:
    written(tmp_path, 300)
    records = lines(tmp_path)
    put(tmp_path, [*records[:298], records[298].replace(b"my-key", b"my-kez"), records[299]])
    assert "event 298" in refusal(tmp_path)
    put(tmp_path, [*records[:298], records[299], records[298]])
    assert "event 298" in refusal(tmp_path)
    forged, _ = lines_of([parse(records[298]).entry.replace(b"my-key", b"my-kez")], 298)
    put(tmp_path, [*records[:298], *forged, records[299]])
    assert "event 298 of" in refusal(tmp_path)


@pytest.mark.parametrize("way", ["events", "tree"])
@pytest.mark.parametrize("first", [0, 100, 250, 256, 270])
def test_groups_in_another_order_than_the_tree_s(tmp_path: Path, first: int, way: str) -> None:
    """Two groups changed places, in the file or in the tree that is signed: each is whole by itself.

    What is under the last leaf tile is compared at the start, what is older is found by `verify` alone.
    """
    written(tmp_path, 300)
    if way == "events":
        put(tmp_path, swapped(lines(tmp_path), first))
    else:
        sign_again(tmp_path, swapped(lines(tmp_path), first))
    report = verify(tmp_path, SIGNER.public)
    assert report.first_bad == first
    if first >= 256:
        assert f"event {first} of" in refusal(tmp_path)
        return
    asyncio.run(_open_and_close(tmp_path))
    assert verify(tmp_path, SIGNER.public).first_bad == first


def swapped(records: list[bytes], first: int) -> list[bytes]:
    """Return the log with the group of three at *first* behind the next group, of two; indexes follow."""
    groups = [*range(first + 3, first + 5), *range(first, first + 3)]
    moved = [
        _GROUP.sub(b'"index":%d,"group":%d' % (at, first), records[was], count=1)
        for at, was in enumerate(groups, first)
    ]
    return [*records[:first], *moved, *records[first + 5 :]]


def sign_again(directory: Path, records: list[bytes]) -> None:
    """Write tiles and checkpoint of a log of *records*, beside the events that are there."""
    edge = Edge()
    edge.add([parse(record).commitment for record in records])
    write_tiles(directory, edge.snapshot().files)
    checkpoint = Checkpoint(ORIGIN, edge.size, edge.root())
    (directory / "checkpoint").write_bytes(sign_checkpoint(checkpoint, SIGNER))


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda note: note[:-30] + b"\n", "checkpoint"),
        (lambda note: note.replace(b"\n3\n", b"\n2\n"), "checkpoint"),
        (lambda _: b"", "checkpoint"),
        (lambda _: sign_checkpoint(Checkpoint(ORIGIN, 3, bytes(32)), SIGNER), "neither the tiles nor"),
        (lambda _: sign_checkpoint(Checkpoint(ORIGIN, 4, bytes(32)), SIGNER), "fewer events"),
    ],
    ids=["signature cut", "size changed", "empty", "other root", "more events"],
)
def test_checkpoint_that_is_not_of_this_log(tmp_path: Path, harm: object, says: str) -> None:
    note = written(tmp_path, 3)
    assert callable(harm)
    (tmp_path / "checkpoint").write_bytes(harm(note))
    assert says in refusal(tmp_path)


# Not of an empty log's checkpoint: an empty file of events alone is what a crash while beginning leaves.
@pytest.mark.parametrize(("name", "count"), [("events", 0), ("events", 3), ("checkpoint", 3)])
def test_no_fresh_log_when_a_file_is_gone(tmp_path: Path, name: str, count: int) -> None:
    written(tmp_path, count)
    (tmp_path / name).unlink()
    assert "lost" in refusal(tmp_path)


def test_no_fresh_log_around_events_that_are_left(tmp_path: Path) -> None:
    written(tmp_path, 3)
    shutil.rmtree(tmp_path / "tile")
    (tmp_path / "checkpoint").unlink()
    assert "lost its checkpoint" in refusal(tmp_path)


def test_no_fresh_log_when_only_tiles_are_left(tmp_path: Path) -> None:
    written(tmp_path, 3)
    (tmp_path / "events").unlink()
    (tmp_path / "checkpoint").unlink()
    assert "lost" in refusal(tmp_path)


@pytest.mark.parametrize("left", [[], ["events"], ["checkpoint.new", "events"]])
def test_a_crash_while_beginning(tmp_path: Path, left: list[str]) -> None:
    for name in left:
        (tmp_path / name).touch()
    assert reopen(tmp_path) == 0


def test_an_anchor_shows_that_the_whole_directory_is_gone(tmp_path: Path) -> None:
    kept = written(tmp_path / "log", 3)
    shutil.rmtree(tmp_path / "log")
    assert "is gone" in refusal(tmp_path / "log", anchor=kept)
    new = written(tmp_path / "log", 0)
    shutil.rmtree(tmp_path / "log")
    assert "is gone" in refusal(tmp_path / "log", anchor=new)  # one of an empty log says that there was one


def test_an_anchor_shows_that_the_log_was_set_back(tmp_path: Path) -> None:
    written(tmp_path / "log", 3)
    shutil.copytree(tmp_path / "log", tmp_path / "old")

    async def more() -> bytes:
        log = await opened(tmp_path / "log")
        await append(log, range(3, 6))
        await log.close()
        return log.checkpoint

    kept = asyncio.run(more())
    shutil.rmtree(tmp_path / "log")
    (tmp_path / "old").rename(tmp_path / "log")
    assert "set back to 3 events, 6 are known" in refusal(tmp_path / "log", anchor=kept)


@pytest.mark.parametrize("count", [2, 300])
def test_an_anchor_shows_another_log_of_the_same_name(tmp_path: Path, count: int) -> None:
    kept = written(tmp_path / "log", count)
    shutil.rmtree(tmp_path / "log")
    written(tmp_path / "log", count + 300)
    assert "not the one of the kept checkpoint" in refusal(tmp_path / "log", anchor=kept)


@pytest.mark.parametrize("count", [0, 1, 3, 255, 256, 300, 512])
def test_an_anchor_of_the_past_is_fine(tmp_path: Path, count: int) -> None:
    kept = written(tmp_path, count)

    async def more() -> None:
        log = await opened(tmp_path)
        await append(log, range(count, count + 300))
        await log.close()

    asyncio.run(more())
    assert reopen(tmp_path, anchor=kept) == count + 300


def test_an_anchor_must_be_ours(tmp_path: Path) -> None:
    note = written(tmp_path, 3)
    for anchor in (
        note.replace(b"\n3\n", b"\n2\n"),
        sign_checkpoint(Checkpoint("other", 0, bytes(32)), SIGNER),
    ):
        with pytest.raises(Tampered):
            asyncio.run(opened(tmp_path, anchor=anchor))


@pytest.mark.parametrize(
    "name", ["tile/0/002.p/88", "tile/entries/002.p/88", "tile/1/000.p/2", "tile/0/001", "tile"]
)
def test_tiles_are_made_again_from_events_that_lead_to_the_signed_root(tmp_path: Path, name: str) -> None:
    kept = written(tmp_path, 600)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    if name == "tile":
        shutil.rmtree(tmp_path / name)
    else:
        (tmp_path / name).write_bytes(b"")
    if name == "tile/0/001":  # a full tile is not looked at; `verify` finds it
        assert not verify(tmp_path, SIGNER.public).good
        return
    assert reopen(tmp_path, anchor=kept) == 600
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_wrong_tile_and_a_wrong_event_are_refused(tmp_path: Path) -> None:
    written(tmp_path, 600)
    (tmp_path / "tile/0/002.p/88").write_bytes(bytes(88 * 32))
    records = lines(tmp_path)
    forged, _ = lines_of([b'{"id":"x","event":{}}'], 7)
    put(tmp_path, [*records[:7], *forged, *records[8:]])
    assert "match its checkpoint" in refusal(tmp_path)


def test_opening_hashes_only_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, 2000, unsigned=5)
    seen: list[int] = []

    def counted(line: bytes) -> object:
        record = parse(line)
        seen.append(record.index)
        return record

    monkeypatch.setattr(recovery, "parse", counted)
    asyncio.run(_open_and_close(tmp_path))
    assert seen == list(range(1792, 2005))  # from the start of the last tile


async def _open_and_close(directory: Path) -> None:
    await (await opened(directory)).close()


def test_what_a_crash_left_unsynced_is_synced_before_it_is_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, 2, unsigned=2)

    def fails(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(Unavailable):
        asyncio.run(opened(tmp_path))
    monkeypatch.undo()
    assert open_checkpoint((tmp_path / "checkpoint").read_bytes(), SIGNER.public).size == 2
    assert reopen(tmp_path) == 4
