from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.crypto import files
from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from unit.crypto import independent
from unit.crypto.cases import Case, load, name, octets, secret, unhurried

DEK = KeyMaterial(bytes(range(32)))


def encrypt(head: bytes, chunk: int, plaintext: bytes, dek: KeyMaterial = DEK) -> bytes:
    sink = BytesIO()
    files.encrypt(dek, head, chunk, BytesIO(plaintext), sink)
    return sink.getvalue()


def decrypt(head: bytes, chunk: int, encrypted: bytes, dek: KeyMaterial = DEK) -> bytes:
    sink = BytesIO()
    files.decrypt(dek, head, chunk, BytesIO(encrypted), sink)
    return sink.getvalue()


def refused(head: bytes, chunk: int, encrypted: bytes) -> None:
    with pytest.raises(Refused) as caught:
        decrypt(head, chunk, encrypted)
    assert caught.value.reason is Reason.CIPHERTEXT


@pytest.mark.parametrize("case", load("formats.json", "files"), ids=name)
def test_vector(case: Case) -> None:
    head, dek, plaintext = octets(case, "head"), secret(case, "dek"), octets(case, "plaintext")
    middle = len(head) + 2 + len(case["key_id"]) + 4 + len(case["wrapped_dek"])
    chunks = octets(case, "file")[middle:]
    assert encrypt(head, case["chunk"], plaintext, dek) == chunks
    assert decrypt(head, case["chunk"], chunks, dek) == plaintext


@unhurried
@given(head=st.binary(max_size=60), chunk=st.integers(1, 40), plaintext=st.binary(max_size=130))
def test_round_trip_and_second_implementation(head: bytes, chunk: int, plaintext: bytes) -> None:
    encrypted = encrypt(head, chunk, plaintext)
    assert encrypted == independent.encrypt_chunks(DEK.reveal(), head, chunk, plaintext)
    assert decrypt(head, chunk, encrypted) == plaintext


@unhurried
@given(chunk=st.integers(1, 20), junk=st.binary(max_size=80))
def test_junk_is_refused_and_nothing_else(chunk: int, junk: bytes) -> None:
    refused(b"head", chunk, junk)


def test_chunks_cannot_be_dropped_repeated_swapped_or_added() -> None:
    encrypted = encrypt(b"head", 4, b"aaaabbbbcccc")
    a, b, c = (encrypted[at : at + 20] for at in (0, 20, 40))
    assert decrypt(b"head", 4, a + b + c) == b"aaaabbbbcccc"
    for wrong in (a + b, a, b"", b + c, a + c, c, b + a + c, a + b + b + c, a + b + c + c, a + b + c + b"\0"):
        refused(b"head", 4, wrong)
    refused(b"other head", 4, encrypted)
    refused(b"head", 24, encrypted)


def test_any_flipped_bit_is_refused() -> None:
    encrypted = encrypt(b"head", 4, b"aaaabb")
    for bit in range(8 * len(encrypted)):
        changed = int.from_bytes(encrypted, "big") ^ (1 << bit)
        refused(b"head", 4, changed.to_bytes(len(encrypted), "big"))
