import base64
import functools

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from keystead.crypto import hybrid
from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from unit.crypto.cases import Case, load, name, octets, secret, unhurried
from unit.crypto.independent_imports import hybrid_decrypt, hybrid_encrypt

MATERIAL = KeyMaterial(bytes(range(32)))
BEGIN = b"-----BEGIN KEYSTEAD MLKEM768-X25519 PUBLIC KEY-----\n"
END = b"-----END KEYSTEAD MLKEM768-X25519 PUBLIC KEY-----\n"


@functools.cache
def made() -> KeyMaterial:
    return hybrid.generate()


def refused(payload: bytes) -> None:
    with pytest.raises(Refused) as caught:
        hybrid.decrypt(made(), payload)
    assert caught.value.reason is Reason.CIPHERTEXT
    assert caught.value.__suppress_context__


def armoured(raw: bytes) -> bytes:
    return BEGIN + base64.b64encode(raw) + b"\n" + END


def raw_public() -> bytes:
    lattice = MLKEM768PrivateKey.from_seed_bytes(made().reveal()[:64]).public_key()
    curve = X25519PrivateKey.from_private_bytes(made().reveal()[64:]).public_key()
    return lattice.public_bytes_raw() + curve.public_bytes_raw()


@pytest.mark.parametrize("case", load("formats.json", "hybrid"), ids=name)
def test_own_vector(case: Case) -> None:
    private, payload = secret(case, "private_key"), octets(case, "payload")
    assert hybrid.decrypt(private, payload) == secret(case, "material")
    assert hybrid_decrypt(private.reveal(), payload) == octets(case, "material")
    pem = hybrid.public_pem(private)
    assert base64.b64decode(b"".join(pem.splitlines()[1:-1])) == octets(case, "public_key")


@pytest.mark.parametrize("size", [0, 16, 24, 32])
def test_round_trip_and_second_implementation(size: int) -> None:
    material = KeyMaterial(bytes(range(size)))
    payload = hybrid.encrypt(hybrid.public_pem(made()), material)
    assert len(payload) == 1136 + size
    assert hybrid.decrypt(made(), payload) == material
    assert hybrid_decrypt(made().reveal(), payload) == material.reveal()
    _, theirs = hybrid_encrypt(made().reveal(), material.reveal())
    assert hybrid.decrypt(made(), theirs) == material


def test_the_pem_is_the_raw_public_key() -> None:
    pem = hybrid.public_pem(made())
    assert pem.startswith(BEGIN)
    assert pem.endswith(b"\n" + END)
    assert base64.b64decode(b"".join(pem.splitlines()[1:-1])) == raw_public()
    assert max(len(line) for line in pem.splitlines()[1:-1]) == 64


def test_a_pem_with_other_line_ends_is_read() -> None:
    for pem in (hybrid.public_pem(made()).replace(b"\n", b"\r\n"), armoured(raw_public())):
        assert hybrid.decrypt(made(), hybrid.encrypt(pem, MATERIAL)) == MATERIAL


@unhurried
@given(junk=st.binary(max_size=80) | st.binary(min_size=1100, max_size=1200))
def test_junk_is_refused_and_nothing_else(junk: bytes) -> None:
    refused(junk)


def test_any_flipped_octet_and_any_cut_is_refused() -> None:
    payload = hybrid.encrypt(hybrid.public_pem(made()), MATERIAL)
    # X25519 ignores the top bit of a public key, but the combiner hashes it: so it must show as well.
    places = [*range(0, len(payload), 23), 1088, 1119, 1120, len(payload) - 1]
    for place in places:
        for bit in (0x01, 0x80):
            refused(payload[:place] + bytes([payload[place] ^ bit]) + payload[place + 1 :])
    for length in (0, 1, 1087, 1088, 1119, 1120, 1135, len(payload) - 1):
        refused(payload[:length])
    refused(payload + b"\0")


@pytest.mark.parametrize("low_order", [bytes(32), b"\x01" + bytes(31)])
def test_points_of_low_order_are_refused(low_order: bytes) -> None:
    payload = hybrid.encrypt(hybrid.public_pem(made()), MATERIAL)
    refused(payload[:1088] + low_order + payload[1120:])
    with pytest.raises(ValueError):
        hybrid.encrypt(armoured(raw_public()[:1184] + low_order), MATERIAL)


def test_another_private_key_is_refused() -> None:
    payload = hybrid.encrypt(hybrid.public_pem(hybrid.generate()), MATERIAL)
    refused(payload)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (b"", "in PEM"),
        (b"\xff" * 100, "in PEM"),
        (BEGIN + b"AAAA\n", "in PEM"),
        (BEGIN.replace(b"MLKEM768-X25519 ", b"") + b"AAAA\n" + END, "in PEM"),
        (armoured(bytes(1216)) + b" " * 4096, "in PEM"),
        (BEGIN + b"AA*A\n" + END, "not base64"),
        (BEGIN + b"AA*AA\n" + END, "not base64"),
        (BEGIN + b"AAA\n" + END, "not base64"),
        (armoured(b""), "has 0 octets, not 1216"),
        (armoured(bytes(1217)), "has 1217 octets, not 1216"),
        (armoured(b"\xff" * 1216), "1184"),
    ],
)
def test_client_refuses_what_is_no_public_key(wrong: bytes, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        hybrid.encrypt(wrong, MATERIAL)
