"""Proofs that one event is in the log, for somebody who sees no other event."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

import msgspec

from keystead.audit.layout import CHECKPOINT, EVENTS
from keystead.audit.merkle import inclusion_proof, leaf_hash, verify_inclusion
from keystead.audit.note import MAX_NOTE, open_checkpoint
from keystead.audit.records import MAX_LINE, Record, commitment_of, index_of_entry, offset_of, parse
from keystead.audit.tiles import Tiles
from keystead.domain.errors import Tampered

_MAX_PROOF = 4 * MAX_LINE


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One event and the way from it to a signed checkpoint; `encode` and `decode` are its JSON form."""

    index: int
    salt: str  # hexadecimal
    entry: str  # the committed octets: as text, so that pretty-printing the proof leaves them alone
    path: list[str]  # base64, from the leaf's sibling up
    checkpoint: str

    def encode(self) -> bytes:
        """Return the proof as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, octets: bytes) -> "Proof":
        """Read what `encode` wrote; `Tampered` for anything else."""
        if len(octets) > _MAX_PROOF:
            raise Tampered("the proof is too long")
        try:
            return msgspec.json.decode(octets, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Tampered(f"this is no proof: {error}") from None


@dataclass(frozen=True, slots=True)
class Proven:
    """What a good proof shows."""

    origin: str
    size: int  # events of the checkpoint
    record: Record


def prove(directory: Path, event: int | str) -> Proof:
    """Return the proof of an event under the newest checkpoint.

    Args:
        directory: the log's.
        event: its index, or the id of its entry, as answers to `GET /audit_events` have it.

    Raises:
        ValueError: the checkpoint does not cover such an event (yet).
        Tampered: what the log holds does not lead to its checkpoint; verify it.
        OSError: something cannot be read.
    """
    with (directory / CHECKPOINT).open("rb") as file:
        note = file.read(MAX_NOTE + 1)
    size = _size(note)
    index = _find(directory, event) if isinstance(event, str) else event
    if not 0 <= index < size:
        raise ValueError(
            f"the checkpoint covers events 0 to {size - 1}" if size else "no event is signed yet"
        )
    record = _read(directory, index)
    path = inclusion_proof(index, size, Tiles(directory).subtree)
    return Proof(
        index=index,
        salt=record.salt.hex(),
        entry=record.entry.decode(),
        path=[b64encode(node).decode() for node in path],
        checkpoint=note.decode(),
    )


def _find(directory: Path, entry: str) -> int:
    with (directory / EVENTS).open("rb") as file:
        index = index_of_entry(file, entry)
    if index is None:
        raise ValueError("the log has no entry with this id")
    return index


def check_proof(proof: Proof, public: bytes) -> Proven:
    """Return what *proof* shows, if *public* is the key of the log.

    Raises:
        Tampered: the checkpoint is not signed by *public*, or the event is not under its root.
    """
    checkpoint = open_checkpoint(proof.checkpoint.encode(), public)
    try:
        salt, path = bytes.fromhex(proof.salt), [b64decode(node, validate=True) for node in proof.path]
    except ValueError:
        raise Tampered("the proof's salt or path is malformed") from None
    entry = proof.entry.encode()
    commitment = commitment_of(salt, entry)
    leaf = leaf_hash(commitment)
    if not verify_inclusion(proof.index, checkpoint.size, leaf, path, checkpoint.root):
        raise Tampered(f"event {proof.index} is not what the log {checkpoint.origin} signed")
    return Proven(checkpoint.origin, checkpoint.size, Record(proof.index, 0, salt, commitment, entry))


def _size(note: bytes) -> int:
    """Return the size in a checkpoint whose signature `check_proof` will verify."""
    try:
        return int(note.split(b"\n", 2)[1])
    except (IndexError, ValueError):
        raise Tampered("the checkpoint is malformed; verify the log") from None


def _read(directory: Path, index: int) -> Record:
    with (directory / EVENTS).open("rb") as file:
        offset = offset_of(file, index)
        if offset is None:
            raise Tampered(f"event {index} is not where it should be; verify the log")
        file.seek(offset)
        try:
            return parse(file.readline(MAX_LINE))
        except ValueError as error:
            raise Tampered(f"event {index} {error}; verify the log") from None
