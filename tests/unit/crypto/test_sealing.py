import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.crypto.sealing import Sealer
from keystead.domain.errors import Tampered
from keystead.domain.material import KeyMaterial
from unit.crypto import independent
from unit.crypto.cases import Case, load, name, octets, secret, unhurried

SEALER = Sealer(KeyMaterial(bytes(range(32))))
MASTERS = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("case", load("formats.json", "sealed"), ids=name)
def test_vector(case: Case) -> None:
    sealer, sealed, aad = Sealer(secret(case, "master")), octets(case, "sealed"), octets(case, "aad")
    if case["expect"] == "valid":
        assert sealer.id == octets(case, "master_key_id")
        assert sealer._seal(secret(case, "secret"), aad, octets(case, "nonce")) == sealed
        assert sealer.open(sealed, aad) == secret(case, "secret")
    else:
        with pytest.raises(Tampered):
            sealer.open(sealed, aad)


@pytest.mark.parametrize("case", load("formats.json", "mackeys"), ids=name)
def test_mac_key_vector(case: Case) -> None:
    assert Sealer(secret(case, "master")).mac_key(case["label"]) == secret(case, "key")


@unhurried
@given(master=MASTERS, plain=st.binary(max_size=100), aad=st.binary(max_size=60))
def test_round_trip_and_second_implementation(master: bytes, plain: bytes, aad: bytes) -> None:
    sealer = Sealer(KeyMaterial(master))
    sealed = sealer.seal(KeyMaterial(plain), aad)
    assert len(sealed) == len(plain) + 65
    assert sealer.open(sealed, aad).reveal() == independent.unseal(master, sealed, aad) == plain
    assert independent.seal(master, plain, aad, sealed[17:49]) == sealed


@unhurried
@given(junk=st.binary(max_size=120), aad=st.binary(max_size=20))
def test_junk_is_tampered_and_nothing_else(junk: bytes, aad: bytes) -> None:
    for sealed in (junk, b"\x01" + SEALER.id + junk):
        with pytest.raises(Tampered):
            SEALER.open(sealed, aad)


def test_any_flipped_bit_and_any_cut_shows() -> None:
    sealed = SEALER.seal(KeyMaterial(b"secret"), b"place")
    flipped = [(int.from_bytes(sealed, "big") ^ (1 << bit)) for bit in range(8 * len(sealed))]
    changed = [number.to_bytes(len(sealed), "big") for number in flipped]
    for wrong in [*changed, *(sealed[:length] for length in range(len(sealed)))]:
        with pytest.raises(Tampered):
            SEALER.open(wrong, b"place")


@unhurried
@given(place=st.binary(max_size=8), other=st.binary(max_size=8))
def test_opens_at_its_place_only(place: bytes, other: bytes) -> None:
    sealed = SEALER.seal(KeyMaterial(b"secret"), place)
    if place == other:
        assert SEALER.open(sealed, other) == KeyMaterial(b"secret")
    else:
        with pytest.raises(Tampered, match="do not open where they are"):
            SEALER.open(sealed, other)


@pytest.mark.parametrize("wrong", [b"", b"\x01" + SEALER.id + bytes(47), b"\x02" + SEALER.id + bytes(48)])
def test_another_form_is_named_as_the_reason(wrong: bytes) -> None:
    with pytest.raises(Tampered, match="not of format 1"):
        SEALER.open(wrong, b"")


def test_another_master_key_is_named_as_the_reason() -> None:
    sealed = SEALER.seal(KeyMaterial(b"secret"), b"")
    with pytest.raises(Tampered, match="another master key"):
        Sealer(KeyMaterial(b"m" * 32)).open(sealed, b"")


def test_the_library_s_error_stays_inside() -> None:
    with pytest.raises(Tampered) as caught:
        SEALER.open(SEALER.seal(KeyMaterial(b"secret"), b"here"), b"there")
    assert caught.value.__suppress_context__


def test_equal_secrets_are_sealed_differently() -> None:
    assert SEALER.seal(KeyMaterial(b"secret"), b"")[17:] != SEALER.seal(KeyMaterial(b"secret"), b"")[17:]


def test_mac_keys_differ_by_label() -> None:
    assert len({SEALER.mac_key(label).reveal() for label in ("records", "tokens", "")}) == 3


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_master_key_has_32_octets(size: int) -> None:
    with pytest.raises(ValueError, match="32 octets"):
        Sealer(KeyMaterial(bytes(size)))
