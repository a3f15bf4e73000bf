"""What lies under the hybrid import, against published cases; the library is on trial here, not Keystead."""

import hashlib

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from keystead.crypto import hybrid
from keystead.domain.material import KeyMaterial
from unit.crypto.cases import Case, load, name, octets
from unit.crypto.independent_imports import hpke_keys, shared_secret


@pytest.mark.parametrize("case", load("wycheproof-x25519.json"), ids=name)
def test_x25519(case: Case) -> None:
    private = X25519PrivateKey.from_private_bytes(octets(case, "private"))
    public = X25519PublicKey.from_public_bytes(octets(case, "public"))
    if "ZeroSharedSecret" in case["flags"]:
        with pytest.raises(ValueError):
            private.exchange(public)
    else:
        assert private.exchange(public) == octets(case, "shared")


@pytest.mark.parametrize("case", load("wycheproof-mlkem-768.json"), ids=name)
def test_mlkem_768(case: Case) -> None:
    if case["expect"] == "valid":
        private = MLKEM768PrivateKey.from_seed_bytes(octets(case, "seed"))
        assert private.public_key().public_bytes_raw() == octets(case, "ek")
        assert private.decapsulate(octets(case, "c")) == octets(case, "K")
    else:
        with pytest.raises(ValueError):
            MLKEM768PrivateKey.from_seed_bytes(octets(case, "seed")).decapsulate(octets(case, "c"))


@pytest.mark.parametrize("case", load("wycheproof-aes-gcm.json"), ids=name)
def test_aes_gcm(case: Case) -> None:
    key, parts = AESGCM(octets(case, "key")), (octets(case, "iv"), octets(case, "ct") + octets(case, "tag"))
    if case["expect"] == "valid":
        assert key.decrypt(*parts, octets(case, "aad")) == octets(case, "msg")
    else:
        with pytest.raises(InvalidTag):
            key.decrypt(*parts, octets(case, "aad"))


def test_hpke_with_the_hybrid_kem() -> None:
    (case,) = load("hpke-pq.json")
    private = hashlib.shake_256(octets(case, "skRm")).digest(96)
    assert hybrid._unarmour(hybrid.public_pem(KeyMaterial(private))) == octets(case, "pkRm")
    assert shared_secret(private, octets(case, "enc")) == octets(case, "shared_secret")
    key, nonce = hpke_keys(octets(case, "shared_secret"), octets(case, "info"), case["aead_id"])
    assert (key, nonce) == (octets(case, "key"), octets(case, "base_nonce"))
    (message,) = case["encryptions"]
    opened = ChaCha20Poly1305(key).decrypt(nonce, octets(message, "ct"), octets(message, "aad"))
    assert opened == octets(message, "pt")
