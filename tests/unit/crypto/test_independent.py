"""The second implementation against published cases and the vector file; the page against that file."""

import json
import re
from pathlib import Path

import pytest

from unit.crypto import independent, independent_aes
from unit.crypto.cases import VECTORS, Case, load, name, octets
from vectors import make_vectors

FOLDER = Path(__file__).parent


@pytest.mark.parametrize("case", load("wycheproof-aes-gcm.json"), ids=name)
def test_gcm(case: Case) -> None:
    key, iv, aad = octets(case, "key"), octets(case, "iv"), octets(case, "aad")
    encrypted = octets(case, "ct") + octets(case, "tag")
    if case["expect"] == "valid":
        assert independent_aes.gcm_encrypt(key, iv, octets(case, "msg"), aad) == encrypted
        assert independent_aes.gcm_decrypt(key, iv, encrypted, aad) == octets(case, "msg")
    else:
        with pytest.raises(ValueError):
            independent_aes.gcm_decrypt(key, iv, encrypted, aad)


@pytest.mark.parametrize("case", load("wycheproof-aes-cbc.json"), ids=name)
def test_cbc(case: Case) -> None:
    key, iv = octets(case, "key"), octets(case, "iv")
    if case["expect"] == "valid":
        assert independent_aes.cbc_encrypt(key, iv, octets(case, "msg")) == octets(case, "ct")
        assert independent_aes.cbc_decrypt(key, iv, octets(case, "ct")) == octets(case, "msg")
    else:
        with pytest.raises(ValueError):
            independent_aes.cbc_decrypt(key, iv, octets(case, "ct"))


def test_kdf() -> None:
    *_, case = load("kdf.json")
    label = octets(case, "label")
    found = independent.kdf(octets(case, "key"), label, octets(case, "context"), case["count"])
    assert found == octets(case, "result")


@pytest.mark.parametrize("case", load("formats.json", "wrapped"), ids=name)
def test_wrapped(case: Case) -> None:
    material, blob = octets(case, "material"), octets(case, "blob")
    if case["expect"] == "valid":
        assert independent.unwrap(material, blob, case["aad"]) == octets(case, "dek")
    else:
        with pytest.raises(ValueError):
            independent.unwrap(material, blob, case["aad"])


@pytest.mark.parametrize("case", load("formats.json", "sealed"), ids=name)
def test_sealed(case: Case) -> None:
    master, sealed, aad = octets(case, "master"), octets(case, "sealed"), octets(case, "aad")
    if case["expect"] == "valid":
        assert independent.unseal(master, sealed, aad) == octets(case, "secret")
    else:
        with pytest.raises(ValueError):
            independent.unseal(master, sealed, aad)


@pytest.mark.parametrize("case", load("formats.json", "nonces"), ids=name)
def test_nonces(case: Case) -> None:
    material, encrypted, iv = octets(case, "material"), octets(case, "encrypted"), octets(case, "iv")
    if case["expect"] == "valid":
        assert independent.decrypt_nonce(material, encrypted, iv) == octets(case, "nonce")
    else:
        with pytest.raises(ValueError):
            independent.decrypt_nonce(material, encrypted, iv)


def test_the_vector_file_is_what_the_script_makes() -> None:
    written = json.loads((VECTORS / "formats.json").read_text())
    assert make_vectors.build(written) == written


def test_the_page_shows_what_the_vector_file_says() -> None:
    written = json.loads((VECTORS / "formats.json").read_text())
    page = make_vectors.DOCUMENT.read_text()
    assert make_vectors.fill(page, written) == page
    shown = set(re.findall(r"<!-- vector ([a-z]+)/\d+ -->\n```text\n", page))
    assert shown == set(written) - {"source", "checked"}


def test_it_is_independent() -> None:
    for file in ("independent.py", "independent_aes.py"):
        imports = re.findall(r"^\s*(?:from|import) (\w+)", (FOLDER / file).read_text(), re.MULTILINE)
        assert not {"keystead", "cryptography"} & set(imports)
