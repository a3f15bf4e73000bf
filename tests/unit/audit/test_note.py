from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.audit.note import (
    MAX_NOTE,
    Checkpoint,
    key_id,
    open_checkpoint,
    open_note,
    require_origin,
    sign_checkpoint,
    sign_note,
    verifier_key,
)
from keystead.crypto.signatures import Signer
from keystead.domain.errors import Tampered
from keystead.domain.material import KeyMaterial
from unit.audit.sample import ORIGIN, SIGNER

CHECKPOINT = Checkpoint(ORIGIN, 20_852_163, bytes(range(32)))
NOTE = sign_checkpoint(CHECKPOINT, SIGNER)

# Source: golang.org/x/mod/sumdb/note, the example and the tests of that package (checked 2026-11-23).
PETER = Signer.from_seed(KeyMaterial(b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]))
PETERS_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
PETERS_LINE = (
    "\n\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_vector() -> None:
    assert verifier_key("PeterNeumann", PETER.public) == PETERS_KEY
    note = sign_note(PETERS_TEXT, "PeterNeumann", PETER)
    assert note.decode() == PETERS_TEXT + PETERS_LINE
    assert open_note(note, "PeterNeumann", PETER.public) == PETERS_TEXT


def test_form_of_a_checkpoint() -> None:
    origin, size, root, blank, line, end = NOTE.decode().split("\n")
    assert (origin, size, blank, end) == (ORIGIN, "20852163", "", "")
    assert b64decode(root) == CHECKPOINT.root
    dash, name, blob = line.split(" ")
    assert (dash, name) == ("\u2014", ORIGIN)
    assert b64decode(blob)[:4] == key_id(ORIGIN, SIGNER.public)
    assert len(b64decode(blob)) == 4 + 64


def test_opens_what_was_signed() -> None:
    assert open_checkpoint(NOTE, SIGNER.public) == CHECKPOINT


def test_signatures_of_witnesses_are_ignored() -> None:
    witness = sign_note(NOTE.decode().rsplit("\n\n", 1)[0] + "\n", "witness.example", PETER)
    line = witness.decode().rsplit("\n\n", 1)[1].encode()
    assert open_checkpoint(NOTE + line, SIGNER.public) == CHECKPOINT
    with pytest.raises(Tampered):
        open_note(NOTE.replace(b"20852163", b"20852164") + line, ORIGIN, SIGNER.public)


def test_one_bad_signature_of_ours_spoils_the_note() -> None:
    bad = b64encode(key_id(ORIGIN, SIGNER.public) + bytes(64)).decode()
    with pytest.raises(Tampered):
        open_checkpoint(NOTE + f"\u2014 {ORIGIN} {bad}\n".encode(), SIGNER.public)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n\n",
        NOTE[:-30],
        NOTE.replace(b"20852163", b"20852162"),
        NOTE.replace(b"node-1\n2", b"node-2\n2"),
        NOTE + b" " * MAX_NOTE,
        b"\xff" + NOTE,
        sign_note(f"{ORIGIN}\n-1\n{b64encode(bytes(32)).decode()}\n", ORIGIN, SIGNER),
        sign_note(f"{ORIGIN}\n007\n{b64encode(bytes(32)).decode()}\n", ORIGIN, SIGNER),
        sign_note(f"{ORIGIN}\n7\n{b64encode(bytes(31)).decode()}\n", ORIGIN, SIGNER),
        sign_note(f"{ORIGIN}\n7\n", ORIGIN, SIGNER),
    ],
)
def test_refused(note: bytes) -> None:
    with pytest.raises(Tampered):
        open_checkpoint(note, SIGNER.public)


def test_another_key_is_refused() -> None:
    with pytest.raises(Tampered):
        open_checkpoint(NOTE, PETER.public)


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_no_octet_can_be_changed(position: int, change: int) -> None:
    note = NOTE[:position] + bytes([NOTE[position] ^ change]) + NOTE[position + 1 :]
    try:
        opened = open_checkpoint(note, SIGNER.public)
    except Tampered:
        return
    assert opened == CHECKPOINT  # a changed line end or padding bit says the same


@given(st.binary(max_size=300))
def test_junk_is_refused_and_nothing_else(junk: bytes) -> None:
    with pytest.raises(Tampered):
        open_checkpoint(junk, SIGNER.public)


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\x00b"])
def test_bad_origin(origin: str) -> None:
    with pytest.raises(ValueError):
        require_origin(origin)
