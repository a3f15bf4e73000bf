import functools

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from keystead.crypto import oaep
from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from unit.crypto.cases import Case, load, name, octets, secret, unhurried
from unit.crypto.independent_imports import oaep_decrypt, rsa_numbers

MATERIAL = KeyMaterial(bytes(range(32)))
GROUPS = load("wycheproof-rsa-oaep.json")
PUBLISHED = [(group, case) for group in GROUPS for case in group["cases"]]


@functools.cache
def made() -> KeyMaterial:
    return oaep.generate()


def refused(private: KeyMaterial, payload: bytes, sha1: bool) -> None:
    with pytest.raises(Refused) as caught:
        oaep.decrypt(private, payload, sha1)
    assert caught.value.reason is Reason.CIPHERTEXT
    assert caught.value.__suppress_context__


def pem(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("group", "case"), PUBLISHED, ids=[f"{g['sha']}-{g['mgf_sha']}-{name(c)}" for g, c in PUBLISHED]
)
def test_wycheproof(group: Case, case: Case) -> None:
    private, payload = secret(group, "private_key"), octets(case, "ct")
    for sha1 in (True, False):
        ours = group["sha"] == group["mgf_sha"] == ("SHA-1" if sha1 else "SHA-256")
        if ours and case["expect"] == "valid" and not case["label"]:
            assert oaep.decrypt(private, payload, sha1) == secret(case, "msg")
        else:
            refused(private, payload, sha1)


def test_the_published_cases_hold_mixed_hashes_and_labels() -> None:
    assert any(group["sha"] != group["mgf_sha"] for group in GROUPS)
    assert any(case["label"] and case["expect"] == "valid" for _, case in PUBLISHED)


@pytest.mark.parametrize("case", load("formats.json", "rsa"), ids=name)
def test_own_vector(case: Case) -> None:
    sha1 = case["algorithm"] == "RSAES_OAEP_SHA_1"
    private, payload = secret(case, "private_key"), octets(case, "payload")
    assert oaep.decrypt(private, payload, sha1) == secret(case, "material")
    refused(private, payload, not sha1)


@pytest.mark.parametrize("size", [0, 16, 24, 32])
@pytest.mark.parametrize("sha1", [False, True])
def test_round_trip_and_second_implementation(size: int, sha1: bool) -> None:
    material = KeyMaterial(bytes(range(size)))
    payload = oaep.encrypt(oaep.public_pem(made()), material, sha1)
    assert len(payload) == 512
    assert oaep.decrypt(made(), payload, sha1) == material
    n, _, d = rsa_numbers(made().reveal())
    assert oaep_decrypt(n, d, payload, "sha1" if sha1 else "sha256") == material.reveal()


def test_generated_key_and_its_pem() -> None:
    n, e, _ = rsa_numbers(made().reveal())
    assert (n.bit_length(), e) == (4096, 65537)
    lines = oaep.public_pem(made()).decode().split("\n")
    assert (lines[0], lines[-2], lines[-1]) == ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----", "")
    assert {len(line) for line in lines[1:-3]} == {64}


@unhurried
@given(junk=st.binary(max_size=600) | st.binary(min_size=512, max_size=512), sha1=st.booleans())
def test_junk_is_refused_and_nothing_else(junk: bytes, sha1: bool) -> None:
    refused(made(), junk, sha1)


def test_any_flipped_octet_is_refused() -> None:
    payload = oaep.encrypt(oaep.public_pem(made()), MATERIAL, sha1=False)
    for place in range(0, 512, 37):
        refused(made(), payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :], sha1=False)


def test_client_takes_rsa_of_2048_to_8192_bits_only() -> None:
    small = rsa.RSAPublicNumbers(65537, (1 << 1023) + 1).public_key()
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    huge = rsa.RSAPublicNumbers(65537, (1 << 8200) + 1).public_key()
    for key in (small, curve, huge):
        with pytest.raises(ValueError, match="RSA of 2048 to 8192 bits"):
            oaep.encrypt(pem(key), MATERIAL, sha1=False)
    enough = rsa.generate_private_key(65537, 2048).public_key()
    assert len(oaep.encrypt(pem(enough), MATERIAL, sha1=False)) == 256


@pytest.mark.parametrize(
    "wrong", [b"", b"junk", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_client_refuses_what_is_no_public_key(wrong: bytes) -> None:
    with pytest.raises(ValueError, match="not a public key in PEM"):
        oaep.encrypt(wrong, MATERIAL, sha1=False)


def test_client_refuses_an_endless_pem() -> None:
    with pytest.raises(ValueError, match="at most 8192 octets"):
        oaep.encrypt(oaep.public_pem(made()) + b"\n" * 8192, MATERIAL, sha1=False)


def test_material_too_long_for_the_key_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        oaep.encrypt(oaep.public_pem(made()), KeyMaterial(bytes(447)), sha1=False)


def test_another_sort_of_private_key_is_a_mistake() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(TypeError):
        oaep.public_pem(KeyMaterial(der))
