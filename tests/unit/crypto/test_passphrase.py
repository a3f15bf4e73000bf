import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from keystead.crypto import passphrase
from keystead.domain.material import KeyMaterial
from unit.crypto.cases import Case, load, octets, secret

CASES = load("argon2id.json")
SECRET = KeyMaterial(b"correct horse battery staple")
SALT = b"saltsalt"


@pytest.mark.parametrize(
    "case", [case for case in CASES if "secret" not in case], ids=lambda case: case["id"]
)
def test_vector(case: Case) -> None:
    costs = {name: case[name] for name in ("memory_kib", "passes", "lanes")}
    found = passphrase.derive(secret(case, "passphrase"), octets(case, "salt"), **costs)
    assert found == secret(case, "result")


def library(case: Case) -> bytes:
    function = Argon2id(
        salt=octets(case, "salt"),
        length=32,
        iterations=case["passes"],
        lanes=case["lanes"],
        memory_cost=case["memory_kib"],
        secret=octets(case, "secret") if "secret" in case else None,
        ad=octets(case, "ad") if "ad" in case else None,
    )
    return function.derive(octets(case, "passphrase"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_second_library_agrees_with_the_rfc(case: Case) -> None:
    assert library(case) == octets(case, "result")


@pytest.mark.parametrize(("memory_kib", "passes", "lanes"), [(8, 1, 1), (64, 2, 3), (100, 1, 12)])
def test_a_second_library_agrees_with_us(memory_kib: int, passes: int, lanes: int) -> None:
    found = passphrase.derive(SECRET, SALT, memory_kib=memory_kib, passes=passes, lanes=lanes)
    other = Argon2id(salt=SALT, length=32, iterations=passes, lanes=lanes, memory_cost=memory_kib)
    assert found.reveal() == other.derive(SECRET.reveal())


@pytest.mark.parametrize("salt", [b"", b"7octets", bytes(65)])
def test_salts_out_of_range(salt: bytes) -> None:
    with pytest.raises(ValueError, match="salt of 8 to 64"):
        passphrase.derive(SECRET, salt, memory_kib=8, passes=1, lanes=1)


@pytest.mark.parametrize(
    ("memory_kib", "passes", "lanes"),
    [(7, 1, 1), (15, 1, 2), (1 << 23, 1, 1), (8, 0, 1), (8, 101, 1), (8, 1, 0), (1 << 16, 1, 65)],
)
def test_costs_out_of_range(memory_kib: int, passes: int, lanes: int) -> None:
    with pytest.raises(ValueError, match="Argon2id takes"):
        passphrase.derive(SECRET, SALT, memory_kib=memory_kib, passes=passes, lanes=lanes)
