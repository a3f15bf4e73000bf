"""The search finds what is planted: the control of the canary run."""

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from canary.forms import MARK, canary, found_below, found_in, marked

PLANTS: dict[str, Callable[[bytes], bytes]] = {
    "raw": lambda secret: b"\x00\x01" + secret + b"\xff",
    "hex": lambda secret: b"key=" + secret.hex().encode(),
    "upper hex": lambda secret: b"key=" + secret.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64 after one octet": lambda secret: base64.b64encode(b"x" + secret + b"tail"),
    "base64 after two octets": lambda secret: base64.b64encode(b"xy" + secret + b"t"),
    "base64url": lambda secret: base64.urlsafe_b64encode(secret).rstrip(b"="),
    "base64url in a token": lambda secret: base64.urlsafe_b64encode(b'{"k":"' + secret + b'"}'),
}


@pytest.mark.parametrize("how", PLANTS)
def test_a_planted_copy_is_found(tmp_path: Path, how: str) -> None:
    mark = os.urandom(MARK)
    material = canary("material", mark)
    (tmp_path / "deep").mkdir()
    plant = tmp_path / "deep" / "file"
    plant.write_bytes(os.urandom(5000) + PLANTS[how](marked(mark, 32)) + os.urandom(5000))
    assert found_below(tmp_path, [material])
    assert not found_below(tmp_path, [material], but=[plant])


def test_nothing_is_found_where_nothing_is() -> None:
    assert not found_in(os.urandom(1_000_000), [canary("material", os.urandom(MARK))])


def test_a_name_counts(tmp_path: Path) -> None:
    mark = os.urandom(MARK)
    (tmp_path / f"key-{mark.hex()}").touch()
    assert found_below(tmp_path, [canary("material", mark)])
