"""Each kind of tampering is found, and the first event that it touches is named."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystead.audit.merkle import leaf_hash, root
from keystead.audit.note import Checkpoint, sign_checkpoint
from keystead.audit.records import commitment_of, parse
from keystead.audit.tiles import bundle
from keystead.audit.verify import Report, verify
from keystead.crypto.signatures import Signer
from keystead.domain.errors import Tampered
from unit.audit.sample import ORIGIN, SIGNER, append, lines, opened, put, written

COUNT = 600
BAD = 300
Lines = list[bytes]


def flip(records: Lines) -> Lines:
    return [*records[:BAD], records[BAD].replace(b"my-key", b"my-kez"), *records[BAD + 1 :]]


def forge(records: Lines) -> Lines:
    """Change an event and its commitment, so that the record agrees with itself."""
    old = parse(records[BAD])
    entry = old.entry.replace(b"my-key", b"my-kez")
    line = records[BAD].replace(old.entry, entry)
    new = commitment_of(old.salt, entry).hex().encode()
    return [*records[:BAD], line.replace(old.commitment.hex().encode(), new), *records[BAD + 1 :]]


def salt(records: Lines) -> Lines:
    old = parse(records[BAD])
    other = records[BAD].replace(old.salt.hex().encode(), bytes(32).hex().encode())
    return [*records[:BAD], other, *records[BAD + 1 :]]


def salt_and_commitment(records: Lines) -> Lines:
    old = parse(records[BAD])
    line = salt(records)[BAD]
    new = commitment_of(bytes(32), old.entry).hex().encode()
    return [*records[:BAD], line.replace(old.commitment.hex().encode(), new), *records[BAD + 1 :]]


def truncate(records: Lines) -> Lines:
    return [*records[:BAD], records[BAD][:-100]]


def cut_tail(records: Lines) -> Lines:
    return records[:BAD]


def swap(records: Lines) -> Lines:
    return [*records[:BAD], records[BAD + 5], *records[BAD + 1 : BAD + 5], records[BAD], *records[BAD + 6 :]]


def renumber(records: Lines) -> Lines:
    """Give each record the index of its place."""
    return [b'{"index":%d,%b' % (index, line.split(b",", 1)[1]) for index, line in enumerate(records)]


def swap_and_renumber(records: Lines) -> Lines:
    return renumber(swap(records))


def remove(records: Lines) -> Lines:
    return [*records[:BAD], *records[BAD + 1 :]]


def remove_and_renumber(records: Lines) -> Lines:
    return renumber(remove(records))


def insert(records: Lines) -> Lines:
    return renumber([*records[:BAD], records[0], *records[BAD:]])


def newline(records: Lines) -> Lines:
    return [*records[:BAD], b"\n", *records[BAD:]]


EVERY = [
    flip, forge, salt, salt_and_commitment, truncate, cut_tail, swap, swap_and_renumber,
    remove, remove_and_renumber, insert, newline,
]  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("good") / "log"
    written(directory, COUNT, unsigned=4)
    return directory


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "log"))


def test_a_good_log(good: Path) -> None:
    report = verify(good, SIGNER.public)
    assert report == Report(ORIGIN, COUNT, COUNT + 4, (), torn=False)
    assert report.good
    assert report.first_bad is None
    assert verify(good, SIGNER.public, (good / "checkpoint").read_bytes()) == report


def test_an_empty_log(tmp_path: Path) -> None:
    note = written(tmp_path, 0)
    assert verify(tmp_path, SIGNER.public, note) == Report(ORIGIN, 0, 0, (), torn=False)


@pytest.mark.parametrize("harm", EVERY)
def test_the_first_bad_event_is_named(copy: Path, harm: Callable[[Lines], Lines]) -> None:
    put(copy, harm(lines(copy)))
    report = verify(copy, SIGNER.public)
    assert (report.good, report.first_bad, report.events) == (False, BAD, BAD)
    assert len(report.findings) == 1


@pytest.mark.parametrize("harm", EVERY)
def test_without_tiles_it_is_seen_all_the_same(copy: Path, harm: Callable[[Lines], Lines]) -> None:
    shutil.rmtree(copy / "tile")
    put(copy, harm(lines(copy)))
    assert len(verify(copy, SIGNER.public).findings) == 2  # the tiles, and what is wrong with the events


@settings(max_examples=60)
@given(st.data())
def test_any_octet(good: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    directory = Path(shutil.copytree(good, tmp_path_factory.mktemp("bad") / "log"))
    records = lines(directory)
    index = data.draw(st.integers(0, COUNT + 3))
    position = data.draw(st.integers(0, len(records[index]) - 1))
    change = data.draw(st.integers(1, 255))
    line = bytearray(records[index])
    line[position] ^= change
    put(directory, [*records[:index], bytes(line), *records[index + 1 :]])
    report = verify(directory, SIGNER.public)
    if position < records[index].index(b',"salt"') and position >= records[index].index(b'"group":') + 8:
        return  # the group's number says how it was written, not what was recorded
    assert report.torn or report.first_bad == index


@pytest.mark.parametrize(
    "name", ["tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/88"]
)
@pytest.mark.parametrize("how", ["flip", "short", "gone"])
def test_bad_tiles(copy: Path, name: str, how: str) -> None:
    path, octets = copy / name, (copy / name).read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]) if how == "flip" else octets[:-1])
    report = verify(copy, SIGNER.public)
    assert [finding.index for finding in report.findings] == [None]
    assert "tile" in report.findings[0].text
    assert report.events == COUNT + 4  # the events themselves lead to the signed root


def test_a_bundle_of_other_entries(copy: Path) -> None:
    path = copy / "tile/entries/001"
    path.write_bytes(b"\x00\x21" + path.read_bytes()[2:])
    assert "is no bundle" in verify(copy, SIGNER.public).findings[0].text


def test_tiles_and_events_changed_together_do_not_lead_to_the_root(copy: Path) -> None:
    put(copy, forge(lines(copy)))
    commitments = [parse(line).commitment for line in lines(copy)]
    leaves = [leaf_hash(commitment) for commitment in commitments]
    (copy / "tile/0/001").write_bytes(b"".join(leaves[256:512]))
    (copy / "tile/entries/001").write_bytes(bundle(commitments[256:512]))
    (copy / "tile/1/000.p/2").write_bytes(root(leaves[:256]) + root(leaves[256:512]))
    findings = verify(copy, SIGNER.public).findings
    assert len(findings) == 2
    assert "signed root" in findings[0].text
    assert "newest checkpoint" in findings[1].text


def test_checkpoint_gone_or_forged(copy: Path) -> None:
    other = Signer.generate()
    assert not verify(copy, other.public).good
    (copy / "checkpoint").write_bytes(sign_checkpoint(Checkpoint(ORIGIN, 1, bytes(32)), other))
    assert not verify(copy, SIGNER.public).good
    (copy / "checkpoint").unlink()
    report = verify(copy, SIGNER.public)
    assert (report.good, report.origin, report.size) == (False, None, 0)


def test_file_of_events_gone(copy: Path) -> None:
    (copy / "events").unlink()
    assert verify(copy, SIGNER.public).first_bad == 0


def test_the_unsigned_end(copy: Path) -> None:
    records = lines(copy)
    put(copy, [*records[:-1], records[-1][:50]])
    report = verify(copy, SIGNER.public)
    assert (report.good, report.torn, report.events) == (True, True, COUNT + 3)
    put(copy, [*records[:-2], records[-2].replace(b"my-key", b"my-kez"), records[-1]])
    assert verify(copy, SIGNER.public).first_bad == COUNT + 2


def resigned(directory: Path, records: Lines) -> None:
    """Rewrite the whole log as somebody could who has the signing key."""
    shutil.rmtree(directory)
    written(directory, 0)
    put(directory, records)

    async def run() -> None:
        await (await opened(directory)).close()

    asyncio.run(run())


def test_a_kept_checkpoint_shows_a_history_that_was_signed_anew(copy: Path) -> None:
    kept = (copy / "checkpoint").read_bytes()
    records = lines(copy)
    resigned(copy, forge(records))
    assert verify(copy, SIGNER.public).good
    report = verify(copy, SIGNER.public, kept)
    assert [finding.text for finding in report.findings] == [
        f"the first {COUNT} events are not those of the kept checkpoint"
    ]
    resigned(copy, records[:BAD])
    assert verify(copy, SIGNER.public).good
    assert verify(copy, SIGNER.public, kept).first_bad == BAD


def test_a_kept_checkpoint_of_the_past(tmp_path: Path) -> None:
    kept = written(tmp_path, 300)

    async def more() -> None:
        log = await opened(tmp_path)
        await append(log, range(300, 700))
        await log.close()

    asyncio.run(more())
    assert verify(tmp_path, SIGNER.public, kept).good
    assert verify(tmp_path, SIGNER.public, kept).size == 700


def test_a_kept_checkpoint_of_another_log(good: Path) -> None:
    other = sign_checkpoint(Checkpoint("other.example", 0, root([])), SIGNER)
    assert not verify(good, SIGNER.public, other).good
    with pytest.raises(Tampered):
        verify(good, SIGNER.public, sign_checkpoint(Checkpoint(ORIGIN, 0, root([])), Signer.generate()))
