"""Verification: everything hashed again, compared with what was signed.

`verify`, `prove`, `check_proof`, `tail` and `follow` read only; they work beside a running service.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from keystead.audit.layout import CHECKPOINT, EVENTS
from keystead.audit.merkle import EMPTY_ROOT, Frontier, leaf_hash, root
from keystead.audit.note import MAX_NOTE, Checkpoint, open_checkpoint
from keystead.audit.proof import Proof, check_proof, prove
from keystead.audit.records import Record, lines_from, parse
from keystead.audit.tail import follow, tail
from keystead.audit.tiles import WIDTH, Tiles
from keystead.domain.errors import Tampered

__all__ = ["Finding", "Proof", "Report", "check_proof", "follow", "prove", "tail", "verify"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; ``index`` is the first event that it touches, if that can be told."""

    index: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What `verify` found."""

    origin: str | None  # of the checkpoint on disk, if that is good
    size: int  # events that it signs
    events: int  # good events read from the start, signed or not
    findings: tuple[Finding, ...]
    torn: bool  # the last line is incomplete: being written right now, or cut off at the next start

    @property
    def good(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.findings

    @property
    def first_bad(self) -> int | None:
        """The index of the first event that is not what was recorded, if that can be told."""
        return min((f.index for f in self.findings if f.index is not None), default=None)


@dataclass(slots=True)
class _Run:
    """What is known so far."""

    findings: list[Finding] = field(default_factory=list)
    frontier: Frontier = field(default_factory=Frontier)
    roots: dict[int, bytes] = field(default_factory=dict)
    torn: bool = False

    def say(self, index: int | None, text: str) -> None:
        self.findings.append(Finding(index, text))


def verify(directory: Path, public: bytes, checkpoint: bytes | None = None) -> Report:
    """Hash every event again and compare with tiles, checkpoint, and an older checkpoint.

    Args:
        directory: of the log; only read.
        public: the log's Ed25519 public key, 32 octets, from somewhere else than this directory.
        checkpoint: a checkpoint of this log that somebody trusted kept: what it covers must still be there.

    Raises:
        Tampered: *checkpoint* itself is not signed by *public*.
        OSError: something cannot be read.
    """
    trusted = None if checkpoint is None else open_checkpoint(checkpoint, public)
    run = _Run()
    signed = _signed(run, directory, public)
    _require_same_log(run, signed, trusted)
    wanted = {known.size: known for known in (trusted, signed) if known is not None}
    tiles = None if signed is None else _good_tiles(run, directory, signed)
    _read_events(run, directory, tiles, max(wanted, default=0), frozenset(wanted))
    for known in (trusted, signed):
        _compare(run, known, "kept" if known is trusted else "newest")
    origin, size = (None, 0) if signed is None else (signed.origin, signed.size)
    return Report(origin, size, run.frontier.size, tuple(run.findings), run.torn)


def _signed(run: _Run, directory: Path, public: bytes) -> Checkpoint | None:
    try:
        with (directory / CHECKPOINT).open("rb") as file:
            return open_checkpoint(file.read(MAX_NOTE + 1), public)
    except FileNotFoundError:
        run.say(None, "the checkpoint is missing")
    except Tampered as error:
        run.say(None, f"the checkpoint on disk is not good: {error}")
    return None


def _require_same_log(run: _Run, signed: Checkpoint | None, trusted: Checkpoint | None) -> None:
    if signed is None or trusted is None:
        return
    if signed.origin != trusted.origin:
        run.say(None, f"this is the log of {signed.origin}, the kept checkpoint is of {trusted.origin}")
    if signed.size < trusted.size:
        run.say(signed.size, f"set back: {signed.size} events are signed, {trusted.size} were before")


def _good_tiles(run: _Run, directory: Path, signed: Checkpoint) -> Iterator[bytes] | None:
    """Return the commitments of the bundles if all tiles lead to the signed root; else say which do not."""
    tiles = Tiles(directory)
    try:
        _require_leaf_tiles(tiles, signed)
        _require_upper_tiles(tiles, signed.size)
    except Tampered as error:
        run.say(None, f"tiles: {error}")
        return None
    return (entry for number, width in _tiles_of(signed.size) for entry in tiles.entries(number, width))


def _require_leaf_tiles(tiles: Tiles, signed: Checkpoint) -> None:
    """Check bundles against leaf tiles, and those against the signed root; `Tampered`."""
    frontier = Frontier()
    for number, width in _tiles_of(signed.size):
        leaves = tiles.hashes(0, number, width)
        if [leaf_hash(entry) for entry in tiles.entries(number, width)] != leaves:
            raise Tampered(f"entry bundle {number} does not match its leaf tile")
        for leaf in leaves:
            frontier.add(leaf)
    if frontier.root() != signed.root:
        raise Tampered("the leaf tiles do not lead to the signed root")


def _require_upper_tiles(tiles: Tiles, size: int) -> None:
    """Check that each hash above the leaf tiles is that of the full tile below it; `Tampered`."""
    level, width = 1, size // WIDTH
    while width:
        for number, part in _tiles_of(width):
            for position, found in enumerate(tiles.hashes(level, number, part), number * WIDTH):
                if root(tiles.hashes(level - 1, position, WIDTH)) != found:
                    raise Tampered(f"tile {number} of level {level} does not match the tiles below it")
        level, width = level + 1, width // WIDTH


def _tiles_of(size: int) -> list[tuple[int, int]]:
    """Return number and width of the tiles that *size* hashes fill."""
    return [(start // WIDTH, min(WIDTH, size - start)) for start in range(0, size, WIDTH)]


def _read_events(
    run: _Run, directory: Path, commitments: Iterator[bytes] | None, needed: int, sizes: frozenset[int]
) -> None:
    """Hash the file of events up to the first bad one."""
    try:
        file = (directory / EVENTS).open("rb")
    except FileNotFoundError:
        run.say(0, "the file of events is missing")
        return
    with file:
        for _, line in lines_from(file, 0):
            index = run.frontier.size
            record = _record(run, line, index, needed)
            if record is None:
                return
            known = None if commitments is None else next(commitments, None)
            if known is not None and known != record.commitment:
                run.say(index, f"event {index} is not the one that was signed")
                return
            run.frontier.add(leaf_hash(record.commitment))
            if index + 1 in sizes:
                run.roots[index + 1] = run.frontier.root()
    if run.frontier.size < needed:
        run.say(run.frontier.size, f"cut off: {needed} events were signed, {run.frontier.size} are left")


def _record(run: _Run, line: bytes, index: int, needed: int) -> Record | None:
    """Return the record in *line*, or say what is wrong with it."""
    try:
        record = parse(line)
    except ValueError as error:
        if index >= needed and not line.endswith(b"\n"):
            run.torn = True
        else:
            run.say(index, f"event {index} {error}")
        return None
    if record.index != index:
        run.say(index, f"event {index} is missing: event {record.index} stands in its place")
        return None
    return record


def _compare(run: _Run, known: Checkpoint | None, which: str) -> None:
    """Compare the events' root with a checkpoint's, unless they ended before."""
    if known is None:
        return
    found = run.roots.get(known.size) if known.size else EMPTY_ROOT
    if found is not None and found != known.root:
        run.say(None, f"the first {known.size} events are not those of the {which} checkpoint")
