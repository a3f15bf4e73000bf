import pytest

from keystead.crypto.mac import equal, mac
from unit.crypto.cases import Case, load, name, octets, secret


@pytest.mark.parametrize("case", load("wycheproof-hmac-sha256.json"), ids=name)
def test_wycheproof(case: Case) -> None:
    found = mac(secret(case, "key"), octets(case, "msg"))
    assert equal(found, octets(case, "tag")) == (case["expect"] == "valid")


def test_equal_compares_lengths_too() -> None:
    assert equal(b"", b"")
    assert not equal(b"a", b"")
    assert not equal(b"ab", b"a")
