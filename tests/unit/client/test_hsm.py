import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pkcs11
import pytest

from keystead.client import handshake, hsm, pkcs11_uri
from keystead.client.errors import BadInput
from keystead.client.handshake import InMemory
from keystead.client.hsm import InHSM
from keystead.client.key_protect import KeyProtect, NewKey
from keystead.crypto import nonces, oaep
from keystead.domain.import_tokens import ImportAlgorithm
from unit.client import softhsm
from unit.client.fake_key_protect import NONCE, FakeKeyProtect, hybrid_pem, rsa_key, rsa_pem


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pkcs11.Token]:
    with softhsm.fresh_token(tmp_path_factory.mktemp("softhsm")) as made:
        yield made


def sensitive(token: pkcs11.Token) -> str:
    return softhsm.store(token, "sensitive", sensitive=True, extractable=True)


def test_a_key_that_may_be_read_is_read(token: pkcs11.Token) -> None:
    text = softhsm.store(token, "plain", sensitive=False, extractable=True)
    with hsm.opened(pkcs11_uri.read(text)) as holder:
        assert holder == InMemory(softhsm.MATERIAL)


def test_a_sensitive_key_is_encrypted_inside(token: pkcs11.Token) -> None:
    with hsm.opened(pkcs11_uri.read(sensitive(token))) as holder:
        assert isinstance(holder, InHSM)
        payload = holder.encrypt_material(rsa_pem(), ImportAlgorithm.OAEP_SHA_1)
        proofs = [(iv, holder.encrypt_nonce(NONCE, iv)) for iv in (os.urandom(16), os.urandom(12))]
    assert oaep.decrypt(rsa_key(), payload, sha1=True) == softhsm.MATERIAL
    for iv, proof in proofs:
        assert nonces.decrypt(softhsm.MATERIAL, proof, iv) == NONCE


def test_the_handshake_works_from_inside(token: pkcs11.Token, fake: FakeKeyProtect, kms: KeyProtect) -> None:
    with hsm.opened(pkcs11_uri.read(sensitive(token))) as holder:
        key = handshake.create(kms, holder, ImportAlgorithm.OAEP_SHA_1, NewKey(name="mine"), lambda _: None)
    assert fake.keys[key["id"]].materials == [softhsm.MATERIAL]


def test_what_the_hsm_cannot_do_is_said(token: pkcs11.Token) -> None:
    with hsm.opened(pkcs11_uri.read(sensitive(token))) as holder:
        with pytest.raises(BadInput, match="--hpcs"):
            holder.encrypt_material(rsa_pem(), ImportAlgorithm.OAEP_SHA_256)
        with pytest.raises(BadInput, match="--post-quantum"):
            holder.encrypt_material(hybrid_pem(), ImportAlgorithm.HYBRID)
        with pytest.raises(ValueError, match="public key"):
            holder.encrypt_material(b"nothing", ImportAlgorithm.OAEP_SHA_1)


def test_a_key_that_never_leaves_is_refused(token: pkcs11.Token) -> None:
    text = softhsm.store(token, "never", sensitive=True, extractable=False)
    with pytest.raises(BadInput, match="CKA_EXTRACTABLE"), hsm.opened(pkcs11_uri.read(text)):
        pytest.fail("the block must not run")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"pin": "0000"}, "refused the PIN"),
        ({"name": "another"}, "0 tokens fit"),
        ({"label": "another"}, "0 secret keys fit"),
    ],
)
def test_what_does_not_fit_is_named(token: pkcs11.Token, wrong: dict[str, str], says: str) -> None:
    sensitive(token)
    text = softhsm.uri(**({"label": "sensitive"} | wrong))
    with pytest.raises(BadInput, match=says), hsm.opened(pkcs11_uri.read(text)):
        pytest.fail("the block must not run")


def test_a_module_that_is_not_there_is_refused(token: pkcs11.Token, tmp_path: Path) -> None:
    found = replace(pkcs11_uri.read(sensitive(token)), module=str(tmp_path / "none.so"))
    with pytest.raises(BadInput, match="check the PKCS #11 URI"), hsm.opened(found):
        pytest.fail("the block must not run")
