import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.client import envelope, offline
from keystead.client.envelope import Header
from keystead.client.errors import RemoteError
from keystead.client.key_protect import KeyProtect, NewKey
from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial

MATERIAL = KeyMaterial(b"k" * 32)
DEK = KeyMaterial(b"d" * 32)
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "formats.json").read_text())["files"]


def unwrap(header: Header) -> KeyMaterial:
    return offline.unwrap([MATERIAL], header.wrapped_dek, envelope.AAD)


def sealed(kms: KeyProtect, plain: bytes) -> bytes:
    key = kms.create(NewKey(name="n"), payload=MATERIAL)["id"]
    sink = io.BytesIO()
    envelope.encrypt(kms, key, io.BytesIO(plain), sink)
    return sink.getvalue()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_server_and_owner_open_what_was_encrypted(kms: KeyProtect, size: int) -> None:
    plain = bytes(i * 7 % 251 for i in range(size))
    octets = sealed(kms, plain)
    by_owner, by_server = io.BytesIO(), io.BytesIO()
    envelope.decrypt(unwrap, io.BytesIO(octets), by_owner)
    envelope.decrypt(
        lambda header: kms.unwrap(header.key_id, header.wrapped_dek, envelope.AAD).dek,
        io.BytesIO(octets),
        by_server,
    )
    assert by_owner.getvalue() == by_server.getvalue() == plain


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: str(case["id"]))
def test_vector(case: dict[str, str]) -> None:
    sink = io.BytesIO()
    dek = KeyMaterial(bytes.fromhex(case["dek"]))
    header = envelope.decrypt(lambda _: dek, io.BytesIO(bytes.fromhex(case["file"])), sink)
    assert sink.getvalue().hex() == case["plaintext"]
    assert header.head.hex() == case["head"]
    assert (header.key_id, header.wrapped_dek) == (case["key_id"], case["wrapped_dek"])


def test_two_files_share_nothing(kms: KeyProtect) -> None:
    first, second = sealed(kms, bytes(100)), sealed(kms, bytes(100))
    assert first[-116:] != second[-116:]
    assert first[18:50] != second[18:50]  # the salts


def test_the_header_is_what_the_format_says() -> None:
    header = Header(chunk=65_536, salt=bytes(range(32)), key_id="key-1", wrapped_dek="AbC=")
    expected = "01" + b"keystead file".hex() + "00010000" + bytes(range(32)).hex()
    assert header.head.hex() == expected
    assert header.encode().hex() == expected + "0005" + b"key-1".hex() + "00000004" + b"AbC=".hex()
    assert envelope.read_header(io.BytesIO(header.encode())) == header


def test_a_dek_can_be_rewrapped_in_place(kms: KeyProtect) -> None:
    octets = sealed(kms, b"plain text")
    source = io.BytesIO(octets)
    old = envelope.read_header(source)
    chunks = source.read()
    wrapped = offline.wrap(MATERIAL, unwrap(old), envelope.AAD)
    new = Header(chunk=old.chunk, salt=old.salt, key_id="another", wrapped_dek=wrapped)
    sink = io.BytesIO()
    envelope.decrypt(unwrap, io.BytesIO(new.encode() + chunks), sink)
    assert sink.getvalue() == b"plain text"


def test_the_head_is_bound(kms: KeyProtect) -> None:
    octets = sealed(kms, b"plain text")
    for place in range(50):
        changed = bytearray(octets)
        changed[place] ^= 1
        with pytest.raises(Refused):
            envelope.decrypt(unwrap, io.BytesIO(bytes(changed)), io.BytesIO())


@given(junk=st.binary(max_size=200))
def test_junk_is_refused(junk: bytes) -> None:
    start = b"\x01keystead file"
    for octets in (junk, start + junk):
        with pytest.raises(Refused):
            envelope.decrypt(lambda _: DEK, io.BytesIO(octets), io.BytesIO())


@pytest.mark.parametrize("chunk", [0, 16 * 1024 * 1024 + 1, 2**32 - 1])
def test_a_header_cannot_ask_for_much_memory(chunk: int) -> None:
    header = Header(chunk=chunk, salt=bytes(32), key_id="k", wrapped_dek="w")
    with pytest.raises(Refused):
        envelope.read_header(io.BytesIO(header.encode()))


def test_nothing_is_written_without_a_wrapped_dek(kms: KeyProtect) -> None:
    sink = io.BytesIO()
    with pytest.raises(RemoteError):
        envelope.encrypt(kms, "unknown", io.BytesIO(b"plain"), sink)
    assert sink.getvalue() == b""
