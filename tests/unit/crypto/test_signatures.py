import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.crypto.signatures import Signer, verify
from keystead.domain.material import KeyMaterial
from unit.crypto.cases import Case, load, name, octets, unhurried

SIGNER = Signer.from_seed(KeyMaterial(bytes(range(32))))


@pytest.mark.parametrize("case", load("wycheproof-ed25519.json"), ids=name)
def test_wycheproof(case: Case) -> None:
    found = verify(octets(case, "public"), octets(case, "msg"), octets(case, "sig"))
    assert found == (case["expect"] == "valid")


def test_rfc_8032_section_7_1_test_2() -> None:
    seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    signer = Signer.from_seed(KeyMaterial(bytes.fromhex(seed)))
    assert signer.public.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert signer.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


@unhurried
@given(message=st.binary(max_size=100), other=st.binary(max_size=100))
def test_a_signature_is_of_one_message(message: bytes, other: bytes) -> None:
    assert verify(SIGNER.public, other, SIGNER.sign(message)) == (message == other)


@unhurried
@given(public=st.binary(max_size=40), signature=st.binary(max_size=80))
def test_junk_verifies_nothing(public: bytes, signature: bytes) -> None:
    assert not verify(SIGNER.public, b"message", signature)
    assert not verify(public, b"message", SIGNER.sign(b"message"))


def test_a_signer_comes_back_from_its_seed() -> None:
    made = Signer.generate()
    again = Signer.from_seed(made.seed)
    assert again.public == made.public != SIGNER.public
    assert verify(made.public, b"message", again.sign(b"message"))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_has_32_octets(size: int) -> None:
    with pytest.raises(ValueError):
        Signer.from_seed(KeyMaterial(bytes(size)))
