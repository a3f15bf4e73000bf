import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode
from hypothesis import given
from hypothesis import strategies as st

from keystead.crypto import kdf
from keystead.domain.material import KeyMaterial
from unit.crypto import independent
from unit.crypto.cases import Case, load, name, octets, secret, unhurried

LABELS = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize("case", load("kdf.json"), ids=name)
def test_published_vector(case: Case) -> None:
    assert kdf.Deriver(secret(case, "key")).expand(octets(case, "fixed"), case["count"]) == octets(
        case, "result"
    )
    if "label" in case:
        label = octets(case, "label").decode()
        found = kdf.derive(secret(case, "key"), label, octets(case, "context"), case["count"])
        assert found == octets(case, "result")


@pytest.mark.parametrize("case", load("formats.json", "kdf"), ids=name)
def test_own_vector(case: Case) -> None:
    found = kdf.derive(secret(case, "key"), case["label"], octets(case, "context"), case["count"])
    assert found == octets(case, "result")


@unhurried
@given(key=st.binary(max_size=100), label=LABELS, context=st.binary(max_size=80), count=st.integers(1, 1024))
def test_library_and_second_implementation_agree(key: bytes, label: str, context: bytes, count: int) -> None:
    found = kdf.derive(KeyMaterial(key), label, context, count)
    assert found == independent.kdf(key, label.encode(), context, count)
    library = KBKDFHMAC(
        algorithm=SHA256(),
        mode=Mode.CounterMode,
        length=count,
        rlen=4,
        llen=4,
        location=CounterLocation.BeforeFixed,
        label=label.encode(),
        context=context,
        fixed=None,
    )
    assert found == library.derive(key)


@unhurried
@given(
    first=st.tuples(LABELS, st.binary(max_size=8), st.integers(16, 40)),
    second=st.tuples(LABELS, st.binary(max_size=8), st.integers(16, 40)),
)
def test_other_inputs_give_other_keys(first: tuple[str, bytes, int], second: tuple[str, bytes, int]) -> None:
    one, two = (kdf.derive(KeyMaterial(bytes(32)), *inputs)[:16] for inputs in (first, second))
    assert (one == two) == (first == second)


@pytest.mark.parametrize(("label", "count"), [("label", 0), ("label", -1), ("label", 1025), ("la\0bel", 16)])
def test_mistakes_of_ours_are_not_derived_from(label: str, count: int) -> None:
    with pytest.raises(ValueError, match="label without zero octets and a count"):
        kdf.derive(KeyMaterial(bytes(32)), label, b"", count)
