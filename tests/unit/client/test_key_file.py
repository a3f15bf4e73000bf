import base64
import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.client import key_file
from keystead.client.errors import BadInput
from keystead.client.key_file import Encoding
from keystead.domain.material import KeyMaterial

RAW = bytes(range(0x80, 0xA0))
DIGITS = b"00112233445566778899aabbccddeeff"  # 32 octets, 16 octets in hex, 24 octets in base64
BASE64_16 = b"AAECAwQFBgcICQoLDA0ODw=="  # 24 octets, or 16 in base64

RULE = {
    "raw 16": (RAW[:16], "raw", RAW[:16]),
    "raw 24": (RAW[:24], "raw", RAW[:24]),
    "raw 32": (RAW, "raw", RAW),
    "raw 32 that end in a newline": (RAW[:31] + b"\n", "raw", RAW[:31] + b"\n"),
    "hex": (RAW.hex().encode(), "hex", RAW),
    "hex, capitals, newline": (RAW.hex().upper().encode() + b"\r\n", "hex", RAW),
    "base64": (base64.b64encode(RAW), "base64", RAW),
    "base64, newline": (base64.b64encode(RAW) + b"\n", "base64", RAW),
    "32 digits are hex of 16 octets": (DIGITS, "hex", bytes.fromhex(DIGITS.decode())),
    "24 characters of base64 are 16 octets": (BASE64_16, "base64", bytes(range(16))),
    "48 digits are hex of 24 octets": (
        DIGITS + DIGITS[:16],
        "hex",
        bytes.fromhex((DIGITS + DIGITS[:16]).decode()),
    ),
}


@pytest.mark.parametrize("case", RULE.values(), ids=RULE)
def test_the_rule(case: tuple[bytes, str, bytes]) -> None:
    content, form, octets = case
    material, found = key_file.parse(content, Encoding.AUTO, "x")
    assert (found.value, material) == (form, KeyMaterial(octets))


@pytest.mark.parametrize(
    ("content", "encoding", "octets"),
    [
        (DIGITS, Encoding.RAW, DIGITS),
        (DIGITS, Encoding.BASE64, base64.b64decode(DIGITS)),
        (BASE64_16, Encoding.RAW, BASE64_16),
    ],
)
def test_an_encoding_overrules_it(content: bytes, encoding: Encoding, octets: bytes) -> None:
    assert key_file.parse(content, encoding, "x")[0] == KeyMaterial(octets)


@pytest.mark.parametrize("size", [1, 15, 17, 23, 25, 31, 33, 64])
def test_other_sizes_are_refused_in_every_form(size: int) -> None:
    octets = bytes(range(0x80, 0x80 + size))
    for content in (octets, octets.hex().encode(), base64.b64encode(octets)):
        with pytest.raises(BadInput, match="16, 24 or 32"):
            key_file.parse(content, Encoding.AUTO, "x")


def test_base64_of_another_size_is_not_taken_for_raw_octets() -> None:
    for size in (17, 18, 23):  # 24, 24 and 32 characters
        with pytest.raises(BadInput):
            key_file.parse(base64.b64encode(RAW[:size]), Encoding.AUTO, "x")


def test_a_forced_form_does_not_fall_back() -> None:
    for encoding in (Encoding.HEX, Encoding.BASE64):
        with pytest.raises(BadInput, match=encoding.value):
            key_file.parse(RAW, encoding, "x")


@given(octets=st.binary(min_size=16, max_size=32), encoding=st.sampled_from(list(Encoding)[1:]))
def test_what_is_written_is_read(octets: bytes, encoding: Encoding) -> None:
    octets = octets[: len(octets) // 8 * 8]
    text = key_file.text_of(KeyMaterial(octets), encoding)
    assert key_file.parse(text, encoding, "x") == (KeyMaterial(octets), encoding)


@given(content=st.binary(min_size=33, max_size=100))
def test_an_error_never_shows_the_content(content: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        key_file.parse(content, Encoding.RAW, "x")
    shown = repr(caught.value)
    assert not any(form in shown for form in (repr(content)[2:-1], content.hex(), str(content)))


def test_a_file_that_others_can_read_has_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(RAW)
    file.chmod(0o640)
    assert f"chmod 600 {file}" in str(key_file.read(str(file)).warning)
    file.chmod(0o600)
    assert key_file.read(str(file)).warning is None


def test_a_pipe_of_the_shell_is_a_file() -> None:
    reading, writing = os.pipe()
    os.write(writing, RAW)
    os.close(writing)
    try:
        found = key_file.read(f"/dev/fd/{reading}")
    finally:
        os.close(reading)
    assert (found.material, found.warning) == (KeyMaterial(RAW), None)


def test_standard_input_and_nothing_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(RAW)))
    assert key_file.read("-").material == KeyMaterial(RAW)
    with pytest.raises(BadInput, match="standard input is empty"):
        key_file.read("-")


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file"):
        key_file.read(str(tmp_path / "missing"))
    with pytest.raises(BadInput, match="is a directory"):
        key_file.read(str(tmp_path))
