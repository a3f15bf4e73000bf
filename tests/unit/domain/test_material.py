"""Key material shows itself to nobody who does not ask by name."""

import copy
import dataclasses
import json
import logging
import pickle
import pprint
import string
import traceback
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.material import KeyMaterial

SECRET = b"a canary of 32 octets, nearly so"
MATERIAL = KeyMaterial(SECRET)


def assert_silent(text: str) -> None:
    assert "canary" not in text
    assert SECRET.hex() not in text


def ways_to_print(material: KeyMaterial) -> list[str]:
    return [
        repr(material),
        str(material),
        f"{material}",
        f"{material!r:>60}",
        f"{material!s:.20}",
        f"{material!a}",
        f"{material:^80}",
        "%s %r" % (material, material),  # noqa: UP031 - this is one of the ways
        "{0} {0!r}".format(material),  # noqa: UP032 - and this
        string.Template("$m").substitute(m=material),
        ascii(material),
        pprint.pformat({"m": [material]}),
        repr([material, {"m": material}]),
    ]


def test_it_cannot_be_printed_or_formatted() -> None:
    for text in ways_to_print(MATERIAL):
        assert_silent(text)
        assert "KeyMaterial" in text


@dataclasses.dataclass(frozen=True)
class Holder:
    material: KeyMaterial


def test_what_holds_it_cannot_be_printed_either() -> None:
    assert_silent(repr(Holder(MATERIAL)))


def test_a_log_line_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("%s %r", MATERIAL, Holder(MATERIAL))
    assert_silent(caplog.text)
    assert "KeyMaterial" in caplog.text


def test_a_traceback_with_local_variables_does_not_show_it() -> None:
    def fail(material: KeyMaterial) -> None:
        raise LookupError(material)

    with pytest.raises(LookupError) as caught:
        fail(MATERIAL)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(shown.format())
    assert "material = <KeyMaterial: 32 octets>" in text
    assert_silent(text)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_cannot_be_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="not picklable"):
        pickle.dumps(MATERIAL, protocol)
    with pytest.raises(TypeError, match="not picklable"):
        pickle.dumps(Holder(MATERIAL), protocol)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_it_cannot_be_copied(duplicate: object) -> None:
    assert callable(duplicate)
    with pytest.raises(TypeError, match="not picklable"):
        duplicate(MATERIAL)


def test_it_cannot_be_hashed() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(MATERIAL)
    with pytest.raises(TypeError, match="unhashable"):
        {MATERIAL}  # noqa: B018


def test_it_cannot_be_taken_apart_as_a_dataclass_field() -> None:
    with pytest.raises(TypeError, match="not picklable"):
        dataclasses.asdict(Holder(MATERIAL))
    with pytest.raises(TypeError, match="not picklable"):
        dataclasses.astuple(Holder(MATERIAL))


def test_it_cannot_be_read_as_octets_or_json() -> None:
    readers: list[Any] = [
        bytes,
        bytearray,
        memoryview,
        list,
        tuple,
        iter,
        json.dumps,
        msgspec.json.encode,
        vars,
    ]
    for read in readers:
        with pytest.raises(TypeError):
            read(MATERIAL)


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_equality_is_that_of_the_octets(one: bytes, other: bytes) -> None:
    assert (KeyMaterial(one) == KeyMaterial(other)) is (one == other)
    assert (KeyMaterial(one) != KeyMaterial(other)) is (one != other)
    assert KeyMaterial(one) != one
    assert len(KeyMaterial(one)) == len(one)
    assert KeyMaterial(one).reveal() == one


def test_it_keeps_its_own_octets() -> None:
    source = bytearray(b"secret")
    material = KeyMaterial(source)  # type: ignore[arg-type]
    source[0] = 0
    assert material.reveal() == b"secret"


def test_nothing_can_be_hung_on_it() -> None:
    with pytest.raises(AttributeError):
        MATERIAL.note = "x"  # type: ignore[attr-defined]
