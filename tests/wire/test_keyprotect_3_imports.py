"""`keyprotect` 3.0.1, unmodified: import tokens, and material that travels encrypted for one."""

import base64
import os
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from conformance.imports import HPCS, KEY_PROTECT, Challenge, Form
from conformance.imports import fields as imported_fields
from wire.generated import Generated, b64, only, refused


def challenge(sdk: Generated) -> Challenge:
    """Make an import token and read it."""
    sdk.api.post_import_token(sdk.instance, expiration=300, max_allowed_retrievals=1)
    return read(sdk)


def fields(to: Challenge, form: Form, material: bytes, **changes: Any) -> dict[str, Any]:
    """Return what the owner of *material* sends; a change of ``None`` leaves a field out."""
    return imported_fields(to, form, material, **changes)


def read(sdk: Generated) -> Challenge:
    token = sdk.api.get_import_token(sdk.instance).get_result()
    return Challenge(*[base64.b64decode(token[name], validate=True) for name in ("payload", "nonce")])


def test_a_token_is_made_and_read_until_it_is_used_up(sdk: Generated) -> None:
    made = sdk.api.post_import_token(sdk.instance, expiration=600, max_allowed_retrievals=2)
    assert made.get_status_code() == 200
    token = made.get_result()
    begins, ends = (datetime.fromisoformat(token[name]) for name in ("creationDate", "expirationDate"))
    assert ends - begins == timedelta(seconds=600)
    assert (token["maxAllowedRetrievals"], token["remainingRetrievals"]) == (2, 2)
    first, second = (sdk.api.get_import_token(sdk.instance).get_result() for _ in range(2))
    assert (first["remainingRetrievals"], second["remainingRetrievals"]) == (1, 0)
    assert (first["payload"], first["nonce"]) == (second["payload"], second["nonce"])
    assert len(base64.b64decode(first["nonce"], validate=True)) == 12
    public = load_pem_public_key(base64.b64decode(first["payload"], validate=True))
    assert isinstance(public, RSAPublicKey)
    assert (public.key_size, public.public_numbers().e) == (4096, 65537)
    with refused(409, "IMPORT_TOKEN_EXPIRED_ERR", "expired"):
        sdk.api.get_import_token(sdk.instance)


@pytest.mark.parametrize("form", [KEY_PROTECT, HPCS], ids=["Key Protect", "HPCS"])
@pytest.mark.parametrize("size", [16, 24, 32])
def test_secure_import_and_rotation(sdk: Generated, form: Form, size: int) -> None:
    to, material, new = challenge(sdk), os.urandom(size), os.urandom(size)
    key = sdk.create("secret", **fields(to, form, material))
    assert key["imported"] is True
    wrapped = sdk.act("wrap", key["id"], {"aad": ["a"]})
    # The same material, imported in the clear, opens it: the server holds what we sent.
    twin = sdk.create("twin", payload=b64(material))["id"]
    body = {"ciphertext": wrapped["ciphertext"], "aad": ["a"]}
    assert sdk.act("unwrap", twin, body)["plaintext"] == wrapped["plaintext"]
    assert sdk.act("rotate", key["id"], fields(to, form, new)) is None  # a used-up token still imports
    opened = sdk.act("unwrap", key["id"], body)
    assert opened["plaintext"] == wrapped["plaintext"]
    assert opened["rewrappedKeyVersion"] != opened["keyVersion"]
    heir = sdk.create("heir", payload=b64(new))["id"]
    again = {"ciphertext": opened["ciphertext"], "aad": ["a"]}
    assert sdk.act("unwrap", heir, again)["plaintext"] == wrapped["plaintext"]


def test_the_algorithm_is_sha_256_unless_it_is_said(sdk: Generated) -> None:
    to, material = challenge(sdk), os.urandom(32)
    key = sdk.create("secret", **fields(to, KEY_PROTECT, material, encryptionAlgorithm=None))
    assert only(sdk.on("get_key", key["id"]))["encryptedNonce"]
    with refused(422, "UNPROCESSABLE_CIPHERTEXT_ERR"):
        sdk.create("secret", **fields(to, HPCS, material, encryptionAlgorithm=None))


def test_wrong_proofs(sdk: Generated) -> None:
    to, material, iv = challenge(sdk), os.urandom(32), os.urandom(12)
    other_nonce = b64(AESGCM(material).encrypt(iv, bytes(12), None))
    with refused(400, "INCORRECT_NONCE_ERR"):
        sdk.create(**fields(to, KEY_PROTECT, material, encryptedNonce=other_nonce, iv=b64(iv)))
    with refused(400, "INCORRECT_NONCE_IV_ERR"):
        sdk.create(**fields(to, KEY_PROTECT, material, iv=b64(iv)))
    with refused(400, "INVALID_FIELD_ERR", "iv"):
        sdk.create(**fields(to, KEY_PROTECT, material, iv=b64(bytes(13))))
    with refused(400, "INVALID_FIELD_ERR"):
        sdk.create(**fields(to, KEY_PROTECT, material, iv=None))
    with refused(400, "INVALID_FIELD_ERR"):
        sdk.create(**fields(to, KEY_PROTECT, material, encryptionAlgorithm="ROT13"))


def test_a_newer_token_ends_the_older(sdk: Generated) -> None:
    old = challenge(sdk)
    new = challenge(sdk)
    assert old != new
    with refused(422, "UNPROCESSABLE_CIPHERTEXT_ERR"):
        sdk.create(**fields(old, KEY_PROTECT, bytes(range(32))))
    assert sdk.create(**fields(new, KEY_PROTECT, bytes(range(32))))["state"] == 1


@pytest.mark.parametrize(
    "wrong", [{"expiration": 299}, {"expiration": 86401}, {"max_allowed_retrievals": 501}]
)
def test_token_limits(sdk: Generated, wrong: dict[str, int]) -> None:
    with refused(400, "INVALID_FIELD_ERR"):
        sdk.api.post_import_token(sdk.instance, **wrong)
