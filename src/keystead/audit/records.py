"""Records: how one event rests in the file ``events``.

A record is one line, a JSON object whose members come in one order and without spaces:
``{"index":12,"group":10,"salt":"…","commitment":"…","entry":{"id":"…","event":{…}}}``.
The commitment, SHA-256 over salt and entry, is what the Merkle tree holds.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final

import msgspec

from keystead.audit.encoding import cadf
from keystead.crypto.random import salt as fresh_salt
from keystead.domain.errors import Tampered
from keystead.domain.events import AuditEvent

MAX_LINE: Final = 1 << 20  # octets; an event is about a thousand
_BLOCK: Final = 1 << 20
_json = msgspec.json.Encoder()
_NUMBER = rb"(0|[1-9][0-9]{0,17})"
_LINE = re.compile(
    rb'\{"index":%b,"group":%b,"salt":"([0-9a-f]{64})","commitment":"([0-9a-f]{64})","entry":(\{[^\n]*\})\}\n'
    % (_NUMBER, _NUMBER)
)


class _Entry(msgspec.Struct):
    id: str
    event: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Record:
    """One event of the log, as it was read."""

    index: int
    group: int  # index of the first event that was synced together with this one
    salt: bytes
    commitment: bytes
    entry: bytes  # JSON object of the event's id and the event

    @property
    def id(self) -> str:
        """The event's id."""
        return msgspec.json.decode(self.entry, type=_Entry).id

    @property
    def event(self) -> bytes:
        """The event, a CADF object in JSON."""
        return bytes(msgspec.json.decode(self.entry, type=_Entry).event)


def entry_of(event: AuditEvent, host: str) -> bytes:
    """Return what the log commits to for *event*; `ValueError` if it cannot be encoded or is too long."""
    entry = _json.encode({"id": event.id, "event": cadf(event, host)})
    if len(entry) > MAX_LINE - 512:
        raise ValueError(f"an audit event of {len(entry)} octets is too long")
    return entry


def commitment_of(salt: bytes, entry: bytes) -> bytes:
    """Return the 32 octets that the Merkle tree holds for an event, and that show nothing of it."""
    return sha256(salt + entry).digest()


def lines_of(entries: Sequence[bytes], first: int) -> tuple[list[bytes], list[bytes]]:
    """Return lines and commitments of one group, whose first event has the index *first*."""
    lines, commitments = [], []
    for index, entry in enumerate(entries, first):
        salt = fresh_salt()
        commitment = sha256(salt + entry)
        commitments.append(commitment.digest())
        lines.append(
            b'{"index":%d,"group":%d,"salt":"%b","commitment":"%b","entry":%b}\n'
            % (index, first, salt.hex().encode(), commitment.hexdigest().encode(), entry)
        )
    return lines, commitments


def parse(line: bytes) -> Record:
    """Read one line; `ValueError` says in which way it is not a record that this service wrote."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError("is cut off" if not line.endswith(b"\n") else "is malformed")
    salt, commitment, entry = bytes.fromhex(found[3].decode()), bytes.fromhex(found[4].decode()), found[5]
    if commitment_of(salt, entry) != commitment:
        raise ValueError("does not match its own commitment")
    return Record(int(found[1]), int(found[2]), salt, commitment, entry)


def lines_from(file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield offset and octets of each line from *offset* on; the last may lack its newline."""
    file.seek(offset)
    while line := file.readline(MAX_LINE):
        yield offset, line
        offset += len(line)


def index_of(line: bytes) -> int:
    """Return the index of the record that a whole line holds; `Tampered` when it is damaged."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise Tampered("a record of the audit log is malformed; verify the log")
    return int(found[1])


def offset_where(file: BinaryIO, late: Callable[[bytes], bool]) -> int:
    """Find, by halving, where the first line begins of which *late* is true, as of all that follow it."""
    low, high = 0, file.seek(0, 2)
    while low < high:
        middle = (low + high) // 2
        start, line = _line_at(file, middle)
        if not line.endswith(b"\n") or late(line):
            high = middle
        else:
            low = start + len(line)
    return low


def offset_of(file: BinaryIO, index: int) -> int | None:
    """Find where the record *index* begins, by halving; ``None`` if lines say that it is not there."""

    def is_later(line: bytes) -> bool:
        found = _LINE.fullmatch(line)
        return found is None or int(found[1]) >= index

    low = offset_where(file, is_later)
    file.seek(low)
    found = _LINE.fullmatch(file.readline(MAX_LINE))
    return low if found is not None and int(found[1]) == index else None


def _line_at(file: BinaryIO, position: int) -> tuple[int, bytes]:
    """Return the first line that begins at *position* or later."""
    file.seek(max(position - 1, 0))
    if position:
        file.readline(MAX_LINE)
    return file.tell(), file.readline(MAX_LINE)


def blocks_backwards(file: BinaryIO, end: int | None = None, block_octets: int = 0) -> Iterator[bytes]:
    """Yield the file's whole lines from its end, or from *end*, a megabyte or so at a time."""
    position, rest = file.seek(0, 2) if end is None else end, b""
    while position:
        size = min(block_octets or _BLOCK, position)
        position -= size
        file.seek(position)
        block = file.read(size) + rest
        cut = block.find(b"\n") + 1 if position else 0  # what stands before may be the end of a line
        if position and not cut:
            rest = block
            continue
        rest = block[:cut]
        yield block[cut:]


def holding(file: BinaryIO, event_ids: Sequence[str]) -> frozenset[str]:
    """Return those of *event_ids* that the file has, looking from its end and no further than needed."""
    wanted = {_beginning(name): name for name in event_ids}
    held: set[str] = set()
    for block in blocks_backwards(file):
        for needle in [needle for needle in wanted if needle in block]:
            held.add(wanted.pop(needle))
        if not wanted:
            break
    return frozenset(held)


def index_of_entry(file: BinaryIO, entry: str) -> int | None:
    """Find the index of the record whose entry has this id; `Tampered` where its line is damaged."""
    needle = _beginning(entry)
    for block in blocks_backwards(file):
        at = block.find(needle)
        if at >= 0:
            begin, end = block.rfind(b"\n", 0, at) + 1, block.find(b"\n", at) + 1
            return index_of(block[begin : end or None])
    return None


def _beginning(entry: str) -> bytes:
    """Return how the entry with this id begins, and nothing else in a line.

    Quotes inside strings are escaped and the objects around an event's are ours, so octets can be compared.
    """
    return b'"entry":{"id":%b,"event":{"eventTime":' % _json.encode(entry)
