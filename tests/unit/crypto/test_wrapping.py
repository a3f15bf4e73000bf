import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keystead.crypto import wrapping
from keystead.domain.errors import Refused, Target
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from unit.crypto import independent
from unit.crypto.cases import Case, load, name, octets, secret, unhurried
from unit.crypto.independent_aes import gcm_encrypt

MATERIAL = KeyMaterial(bytes(range(32)))
KEY = wrapping.WrappingKey(MATERIAL)
DEK = KeyMaterial(b"d" * 32)
TEXTS = st.lists(st.text(max_size=12), max_size=4)
MATERIALS = st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


def refused(material: KeyMaterial, blob: bytes, aad: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        wrapping.WrappingKey(material).unwrap(blob, aad)
    assert caught.value.reason is Reason.CIPHERTEXT
    assert caught.value.detail == "The provided ciphertext is invalid or corrupted"
    assert not caught.value.__context__ or caught.value.__suppress_context__


@pytest.mark.parametrize("case", load("formats.json", "wrapped"), ids=name)
def test_vector(case: Case) -> None:
    material, blob = secret(case, "material"), octets(case, "blob")
    if case["expect"] == "valid":
        key = wrapping.WrappingKey(material)
        assert (
            wrapping.material_id(material) == key.name == wrapping.named(blob) == octets(case, "material_id")
        )
        parts = (secret(case, "dek"), case["aad"], octets(case, "salt"))
        assert key.wrap_salted(*parts) == blob
        assert key.unwrap(blob, case["aad"]) == secret(case, "dek")
    else:
        refused(material, blob, case["aad"])


@unhurried
@given(material=MATERIALS, dek=st.binary(max_size=100), aad=TEXTS)
def test_round_trip_and_second_implementation(material: bytes, dek: bytes, aad: list[str]) -> None:
    root = KeyMaterial(material)
    blob = wrapping.WrappingKey(root).wrap(KeyMaterial(dek), aad)
    assert len(blob) == len(dek) + 97
    assert wrapping.WrappingKey(root).unwrap(blob, aad).reveal() == dek
    assert independent.unwrap(material, blob, aad) == dek
    assert independent.wrap(material, dek, aad, blob[17:49]) == blob


def test_equal_wraps_differ_in_salt_commitment_and_ciphertext() -> None:
    one, two = (KEY.wrap(DEK, []) for _ in range(2))
    assert one[:17] == two[:17]
    assert all(one[part] != two[part] for part in (slice(17, 49), slice(49, 81), slice(81, 113)))


def test_a_machine_resumed_twice_draws_the_same_octets_and_still_makes_other_salts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wrapping, "fresh_salt", lambda: b"r" * 32)
    messages = [(b"d" * 32, ()), (b"e" * 32, ()), (b"d" * 32, ("x",)), (b"xd", ()), (b"d", ("x",))]
    salts = [KEY.wrap(KeyMaterial(dek), aad)[17:49] for dek, aad in messages]
    assert len({*salts, b"r" * 32}) == len(messages) + 1
    assert KEY.wrap(DEK, []) == KEY.wrap(DEK, [])  # the very same message is the very same blob


def test_the_salt_is_the_one_that_the_formats_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapping, "fresh_salt", lambda: b"r" * 32)
    salt = KEY.wrap(DEK, ["ab"])[17:49]
    context = b"r" * 32 + bytes((0, 0, 0, 1, 0, 0, 0, 2)) + b"ab" + b"d" * 32
    assert salt == independent.kdf(bytes(range(32)), b"keystead/salt/1", context, 32)


@unhurried
@given(junk=st.binary(max_size=200), aad=TEXTS)
def test_junk_is_refused_and_nothing_else(junk: bytes, aad: list[str]) -> None:
    refused(MATERIAL, junk, aad)


@unhurried
@given(junk=st.binary(min_size=80, max_size=200))
def test_junk_after_the_right_name_is_refused(junk: bytes) -> None:
    refused(MATERIAL, b"\x01" + KEY.name + junk, [])


def test_any_flipped_bit_is_refused() -> None:
    blob = KEY.wrap(DEK, ["aad"])
    for bit in range(8 * len(blob)):
        changed = int.from_bytes(blob, "big") ^ (1 << bit)
        refused(MATERIAL, changed.to_bytes(len(blob), "big"), ["aad"])


def test_any_shorter_or_longer_blob_is_refused() -> None:
    blob = KEY.wrap(DEK, [])
    for length in range(len(blob)):
        refused(MATERIAL, blob[:length], [])
    refused(MATERIAL, blob + b"\0", [])


def test_the_commitment_is_checked_though_the_ciphertext_is_sound() -> None:
    # As if someone had found a ciphertext that opens under two keys: GCM agrees, the commitment does not.
    derived = independent.kdf(MATERIAL.reveal(), b"keystead/wrap/1", KEY.name + bytes(32), 64)
    head = b"\x01" + KEY.name + bytes(32) + bytes(32)
    sound = gcm_encrypt(derived[:32], bytes(12), b"dek", head + bytes(4))
    refused(MATERIAL, head + sound, [])


@unhurried
@given(first=TEXTS, second=TEXTS)
def test_aad_lists_do_not_collide(first: list[str], second: list[str]) -> None:
    assert (wrapping._encode(first) == wrapping._encode(second)) == (first == second)


@unhurried
@given(texts=st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=4), data=st.data())
def test_the_same_letters_in_another_list_do_not_open(texts: list[str], data: st.DataObject) -> None:
    joined = "".join(texts)
    cut = data.draw(st.integers(0, len(joined)))
    other = [joined[:cut], joined[cut:]]
    blob = KEY.wrap(DEK, texts)
    if other == texts:
        assert KEY.unwrap(blob, other) == DEK
    else:
        refused(MATERIAL, blob, other)


def test_other_material_is_refused() -> None:
    blob = KEY.wrap(DEK, [])
    refused(KeyMaterial(bytes(32)), blob, [])
    other = wrapping.material_id(KeyMaterial(bytes(32)))
    with_other_name = blob[:1] + other + blob[17:]
    refused(KeyMaterial(bytes(32)), with_other_name, [])


def test_aad_that_utf_8_cannot_carry_is_a_bad_field() -> None:
    for attempt in (
        lambda: KEY.wrap(DEK, ["\ud800"]),
        lambda: KEY.unwrap(KEY.wrap(DEK, []), ["\ud800"]),
    ):
        with pytest.raises(Refused) as caught:
            attempt()
        assert (caught.value.reason, caught.value.target) == (Reason.INVALID_FIELD, Target("field", "aad"))


@unhurried
@example(b"\x01" + bytes(95))
@example(b"\x00" + bytes(96))
@example(b"\x02" + bytes(96))
@given(junk=st.binary(max_size=200).filter(lambda junk: junk[:1] != b"\x01" or len(junk) < 97))
def test_no_name_in_another_form(junk: bytes) -> None:
    with pytest.raises(Refused) as caught:
        wrapping.named(junk)
    assert caught.value.reason is Reason.CIPHERTEXT
