"""Checkpoints: signed notes that say how many events a log has and what its root is.

Source: C2SP signed-note and tlog-checkpoint; RFC 8032 for the signature.
"""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from keystead.crypto.signatures import Signer, verify
from keystead.domain.errors import Tampered

MAX_NOTE = 65_536  # octets; sixteen post-quantum signatures, the most a verifier must take, still fit
_ED25519 = b"\x01"
_DASH = "\u2014 "
_KEY_ID = 4
_HASH = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: ``size`` events whose Merkle root is ``root``, 32 octets."""

    origin: str
    size: int
    root: bytes


def key_id(name: str, public: bytes) -> bytes:
    """Return the 4 octets that name an Ed25519 key in a signature line."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_ID]


def verifier_key(name: str, public: bytes) -> str:
    """Return the key as other C2SP tools take it: ``name+id+key``."""
    return f"{name}+{key_id(name, public).hex()}+{b64encode(_ED25519 + public).decode()}"


def sign_note(text: str, name: str, signer: Signer) -> bytes:
    """Return *text*, which ends in a newline, with one Ed25519 signature line of *name*."""
    octets = text.encode()
    signature = b64encode(key_id(name, signer.public) + signer.sign(octets)).decode()
    return octets + f"\n{_DASH}{name} {signature}\n".encode()


def open_note(note: bytes, name: str, public: bytes) -> str:
    """Return the text of *note* if *public* signed it as *name*; signatures of others are ignored.

    Raises:
        Tampered: it is no signed note, or has no good signature of this key, or also a bad one.
    """
    if len(note) > MAX_NOTE:
        raise Tampered("the signed note is too long")
    try:
        text, lines = note.decode().rsplit("\n\n", 1)
    except ValueError:
        raise Tampered("this is no signed note") from None
    text += "\n"
    expected = key_id(name, public)
    found = [blob for blob in map(_signature, lines.splitlines(), [name] * lines.count("\n")) if blob]
    ours = [blob[_KEY_ID:] for blob in found if blob[:_KEY_ID] == expected]
    if not ours or not all(verify(public, text.encode(), signature) for signature in ours):
        raise Tampered(f"the note has no good signature of {name} by the expected key")
    return text


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Return the signed note of *checkpoint*; the key's name is the log's origin."""
    text = f"{checkpoint.origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"
    return sign_note(text, checkpoint.origin, signer)


def open_checkpoint(note: bytes, public: bytes) -> Checkpoint:
    """Return the checkpoint in *note*, signed by *public* under the name of its own origin.

    Raises:
        Tampered: the form or the signature is wrong.
    """
    origin = note[:MAX_NOTE].split(b"\n", 1)[0].decode(errors="replace")
    lines = open_note(note, origin, public).split("\n")
    try:
        size, root = int(lines[1]), b64decode(lines[2], validate=True)
    except (IndexError, ValueError, binascii.Error):
        raise Tampered("the checkpoint has no size or root") from None
    if size < 0 or lines[1] != str(size) or len(root) != _HASH:
        raise Tampered("the checkpoint's size or root is malformed")
    return Checkpoint(origin, size, root)


def require_origin(origin: str) -> None:
    """Raise `ValueError` unless *origin* can name a log and its key."""
    if not origin or not origin.isprintable() or any(c.isspace() or c == "+" for c in origin):
        raise ValueError("the log's origin must be printable, without spaces and plus signs")


def _signature(line: str, name: str) -> bytes | None:
    """Return key id and signature of a line of *name*."""
    if not line.startswith(f"{_DASH}{name} "):
        return None
    try:
        return b64decode(line.rsplit(" ", 1)[1], validate=True)
    except (ValueError, binascii.Error):
        return None
