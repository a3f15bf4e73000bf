import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.crypto import nonces
from keystead.domain.errors import Refused, Target
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from unit.crypto import independent
from unit.crypto.cases import Case, load, name, octets, secret, unhurried

MATERIALS = st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
IVS = st.sampled_from([12, 16]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
GCM_WITHOUT_AAD = [case for case in load("wycheproof-aes-gcm.json") if not case["aad"]]


def refused(material: KeyMaterial, encrypted: bytes, iv: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        nonces.decrypt(material, encrypted, iv)
    assert caught.value.__suppress_context__ or not caught.value.__context__
    return caught.value


def check(case: Case, encrypted: bytes, nonce: str) -> None:
    material, iv = secret(case, "key" if "key" in case else "material"), octets(case, "iv")
    if case["expect"] == "valid":
        assert nonces.encrypt(material, octets(case, nonce), iv) == encrypted
        assert nonces.decrypt(material, encrypted, iv) == octets(case, nonce)
    else:
        expected = Reason.INCORRECT_NONCE_IV if len(iv) in (12, 16) else Reason.INVALID_FIELD
        assert refused(material, encrypted, iv).reason is expected


@pytest.mark.parametrize("case", load("formats.json", "nonces"), ids=name)
def test_own_vector(case: Case) -> None:
    check(case, octets(case, "encrypted"), "nonce")


def test_recipe_of_the_specification() -> None:
    # spec/kms-api.md section 4.7: K = 00..1f, N = a0..ab, iv = 10..1b.
    material, nonce, iv = KeyMaterial(bytes(range(32))), bytes(range(0xA0, 0xAC)), bytes(range(0x10, 0x1C))
    encrypted = nonces.encrypt(material, nonce, iv)
    assert len(encrypted) == 28
    assert nonces.decrypt(material, encrypted, iv) == nonce


@pytest.mark.parametrize("case", GCM_WITHOUT_AAD, ids=name)
def test_wycheproof_gcm(case: Case) -> None:
    check(case, octets(case, "ct") + octets(case, "tag"), "msg")


@pytest.mark.parametrize("case", load("wycheproof-aes-cbc.json"), ids=name)
def test_wycheproof_cbc(case: Case) -> None:
    check(case, octets(case, "ct"), "msg")


@unhurried
@given(material=MATERIALS, nonce=st.binary(max_size=40), iv=IVS)
def test_round_trip_and_second_implementation(material: bytes, nonce: bytes, iv: bytes) -> None:
    encrypted = nonces.encrypt(KeyMaterial(material), nonce, iv)
    assert encrypted == independent.encrypt_nonce(material, nonce, iv)
    assert nonces.decrypt(KeyMaterial(material), encrypted, iv) == nonce


@unhurried
@given(material=MATERIALS, junk=st.binary(max_size=64), iv=st.binary(min_size=12, max_size=12))
def test_gcm_refuses_junk(material: bytes, junk: bytes, iv: bytes) -> None:
    assert refused(KeyMaterial(material), junk, iv).reason is Reason.INCORRECT_NONCE_IV


@unhurried
@given(material=MATERIALS, junk=st.binary(max_size=64), iv=st.binary(min_size=16, max_size=16))
def test_cbc_opens_what_the_second_implementation_opens(material: bytes, junk: bytes, iv: bytes) -> None:
    try:
        expected = independent.decrypt_nonce(material, junk, iv)
    except ValueError:
        assert refused(KeyMaterial(material), junk, iv).reason is Reason.INCORRECT_NONCE_IV
    else:
        assert nonces.decrypt(KeyMaterial(material), junk, iv) == expected


@unhurried
@given(iv=st.binary(max_size=40).filter(lambda iv: len(iv) not in (12, 16)))
def test_other_iv_lengths_are_a_bad_field(iv: bytes) -> None:
    error = refused(KeyMaterial(bytes(32)), bytes(28), iv)
    assert (error.reason, error.target) == (Reason.INVALID_FIELD, Target("field", "iv"))
    with pytest.raises(Refused) as caught:
        nonces.encrypt(KeyMaterial(bytes(32)), b"nonce", iv)
    assert caught.value.target == Target("field", "iv")


@pytest.mark.parametrize("size", [0, 15, 33])
@pytest.mark.parametrize("iv", [bytes(12), bytes(16)])
def test_material_that_is_no_aes_key_opens_nothing(size: int, iv: bytes) -> None:
    assert refused(KeyMaterial(bytes(size)), bytes(32), iv).reason is Reason.INCORRECT_NONCE_IV
