"""Opening a log: what is there, whether it is what was signed, and what of its end is still good.

Only the right edge of the tree and the events under its last leaf tile are hashed; the rest is what
`keystead.audit.verify` is for.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from keystead.audit.edge import Edge
from keystead.audit.layout import EVENTS, RESTORE, begin, is_new, read_checkpoint
from keystead.audit.merkle import leaf_hash
from keystead.audit.note import Checkpoint, open_checkpoint
from keystead.audit.records import Record, lines_from, offset_of, parse
from keystead.audit.tiles import WIDTH, Tiles, write_tiles
from keystead.crypto.signatures import Signer
from keystead.domain.errors import Tampered


@dataclass(frozen=True, slots=True)
class Recovered:
    """A log that may be appended to."""

    edge: Edge
    octets: int  # length of the file of events
    note: bytes  # the newest checkpoint
    signed: int  # its size


def recover(directory: Path, signer: Signer, origin: str, anchor: bytes | None) -> Recovered:
    """Return the log in *directory*, which this process has locked, or a new one where nothing is.

    Args:
        directory: exists.
        signer: the key of this log's checkpoints.
        origin: the log's name.
        anchor: a checkpoint of this log that was kept elsewhere; with one, nothing new is begun and a log
            that lost or changed what the checkpoint covers is refused.

    Raises:
        Tampered: the log is not what was signed; the text says what the operator can do.
        OSError: it cannot be read or written.
    """
    known = None if anchor is None else _kept(anchor, signer.public, origin)
    if is_new(directory):
        if known is not None:
            raise Tampered(
                f"the audit log {directory} is gone, although one of {known.size} events is known; {RESTORE}"
            )
        begin(directory, signer, origin)
    checkpoint, note = read_checkpoint(directory, signer.public, origin)
    with (directory / EVENTS).open("r+b") as file:
        edge = _edge(directory, file, checkpoint)
        if known is not None and not _contains(directory, checkpoint.size, known):
            edge = _rebuilt(directory, file, checkpoint)  # unless it is only a tile that is wrong, this fails
            _require_known(directory, checkpoint.size, known)
        octets = _read_on(file, directory, edge)
        file.truncate(octets)
        os.fsync(file.fileno())  # what a crash left unsynced is about to be signed
    return Recovered(edge, octets, note, checkpoint.size)


def _kept(anchor: bytes, public: bytes, origin: str) -> Checkpoint:
    known = open_checkpoint(anchor, public)
    if known.origin != origin:
        raise Tampered(f"the kept checkpoint is of {known.origin}, not of {origin}; keep one for each log")
    return known


def _contains(directory: Path, size: int, known: Checkpoint) -> bool:
    """Tell whether the tiles of *size* leaves begin with the tree of *known*."""
    if not known.size:
        return True
    try:
        return known.size <= size and Tiles(directory).subtree(0, known.size) == known.root
    except Tampered:
        return False


def _require_known(directory: Path, size: int, known: Checkpoint) -> None:
    if known.size > size:
        raise Tampered(
            f"the audit log {directory} was set back to {size} events, {known.size} are known; {RESTORE}"
        )
    if not _contains(directory, size, known):
        raise Tampered(f"the audit log {directory} is not the one of the kept checkpoint; {RESTORE}")


def _edge(directory: Path, file: BinaryIO, checkpoint: Checkpoint) -> Edge:
    """Return the tree's right edge at *checkpoint*, with the file positioned behind its events."""
    edge = _stored_edge(directory, checkpoint)
    if edge is None:
        return _rebuilt(directory, file, checkpoint)
    _require_last_tile(directory, file, checkpoint.size)
    return edge


def _stored_edge(directory: Path, checkpoint: Checkpoint) -> Edge | None:
    """Return the edge as tiles have it, if that leads to the signed root."""
    try:
        edge = Edge.load(Tiles(directory), checkpoint.size)
    except Tampered:
        return None
    return edge if edge.root() == checkpoint.root else None


def _require_last_tile(directory: Path, file: BinaryIO, size: int) -> None:
    """Compare the events under the last leaf tile with it, and leave the file behind them."""
    file.seek(0)
    if not size:
        return
    number = (size - 1) // WIDTH
    leaves = Tiles(directory).hashes(0, number, size - number * WIDTH)
    offset = offset_of(file, number * WIDTH)
    if offset is None:
        raise _too_few(directory, size)
    commitments = _commitments(directory, file, offset, number * WIDTH, size)
    for index, (commitment, leaf) in enumerate(zip(commitments, leaves, strict=True), number * WIDTH):
        if leaf_hash(commitment) != leaf:
            raise Tampered(f"event {index} of the audit log {directory} is not the signed one; {RESTORE}")


def _rebuilt(directory: Path, file: BinaryIO, checkpoint: Checkpoint) -> Edge:
    """Hash every event again, as tiles are missing or wrong; the signed root says whether that is right."""
    edge = Edge()
    edge.add(_commitments(directory, file, 0, 0, checkpoint.size))
    if edge.root() != checkpoint.root:
        raise Tampered(
            f"neither the tiles nor the events of the audit log {directory} match its checkpoint; {RESTORE}"
        )
    shutil.rmtree(directory / "tile", ignore_errors=True)
    snapshot = edge.snapshot()
    write_tiles(directory, snapshot.files)
    edge.written(snapshot)
    return edge


def _commitments(directory: Path, file: BinaryIO, offset: int, first: int, size: int) -> Sequence[bytes]:
    """Return the commitments of the events *first* to *size*, and leave the file behind the last one."""
    found: list[bytes] = []
    for at, line in lines_from(file, offset):
        index = first + len(found)
        if index == size:
            break
        try:
            record = parse(line)
        except ValueError as error:
            if not line.endswith(b"\n"):
                raise _too_few(directory, size) from None
            raise Tampered(f"event {index} of the audit log {directory} {error}; {RESTORE}") from None
        if record.index != index:
            raise Tampered(f"event {index} of the audit log {directory} is missing; {RESTORE}")
        found.append(record.commitment)
        offset = at + len(line)
    if first + len(found) < size:
        raise _too_few(directory, size)
    file.seek(offset)
    return found


def _too_few(directory: Path, size: int) -> Tampered:
    return Tampered(
        f"the audit log {directory} holds fewer events than the {size} of its signed checkpoint; {RESTORE}"
    )


def _read_on(file: BinaryIO, directory: Path, edge: Edge) -> int:
    """Add the events behind the checkpoint and return where the good ones end.

    A group is written only after the one before it was synced. So what cannot be read may be cut off as never
    acknowledged, unless a record of a later group follows: then it was durable once, and somebody damaged it.
    """
    offset = file.tell()
    bad: int | None = None
    for at, line in lines_from(file, offset):
        record = _well_formed(line)
        if bad is None and record is not None and record.index == edge.size:
            edge.add([record.commitment])
            offset = at + len(line)
        else:
            bad = edge.size if bad is None else bad
            if record is not None and record.group > bad:
                raise Tampered(
                    f"event {bad} of the audit log {directory} is damaged, and event {record.index} was "
                    f"recorded after it; {RESTORE}"
                )
    return offset


def _well_formed(line: bytes) -> Record | None:
    try:
        return parse(line)
    except ValueError:
        return None
