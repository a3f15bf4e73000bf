"""What the owner of key material does to bring it in with an import token (kms-api.md section 4.4)."""

import base64
import os
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api import Api, envelope
from http_peer import Answer
from keystead.crypto import hybrid
from keystead.domain.material import KeyMaterial


@dataclass(frozen=True)
class Form:
    """One of the ways to encrypt material and nonce."""

    algorithm: str
    iv_octets: int  # 12: GCM, 16: CBC

    @property
    def token_body(self) -> dict[str, object]:
        return {"publicKeyAlgorithm": "X25519_MLKEM768"} if self.algorithm.startswith("HPKE") else {}


KEY_PROTECT = Form("RSAES_OAEP_SHA_256", 12)
HPCS = Form("RSAES_OAEP_SHA_1", 16)
HYBRID = Form("HPKE_MLKEM768_X25519", 12)
FORMS = (KEY_PROTECT, HPCS, HYBRID)


@dataclass(frozen=True)
class Challenge:
    """What a token hands out."""

    pem: bytes
    nonce: bytes


async def new_token(api: Api, form: Form, **limits: object) -> Challenge:
    """Make a token and read it."""
    made = await api.send("POST", "/import_token", {**form.token_body, **limits})
    assert made.status == 200, made.body
    return challenge(await api.send("GET", "/import_token"))


def challenge(answer: Answer) -> Challenge:
    assert answer.status == 200, answer.body
    octets = [base64.b64decode(answer.json[name], validate=True) for name in ("payload", "nonce")]
    return Challenge(*octets)


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def fields(to: Challenge, form: Form, material: bytes, **changes: object) -> dict[str, object]:
    """Return the four fields of a secure import; a change of ``None`` leaves a field out."""
    iv = os.urandom(form.iv_octets)
    made: dict[str, object] = {
        "payload": b64(encrypted(to.pem, form, material)),
        "encryptedNonce": b64(proof(material, iv, to.nonce)),
        "iv": b64(iv),
        "encryptionAlgorithm": form.algorithm,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def encrypted(pem: bytes, form: Form, material: bytes) -> bytes:
    if form is HYBRID:
        return hybrid.encrypt(pem, KeyMaterial(material))
    digest = hashes.SHA1() if form is HPCS else hashes.SHA256()  # noqa: S303 - what HPCS clients send
    return oaep(pem, material, digest, digest)


def oaep(pem: bytes, material: bytes, mgf: hashes.HashAlgorithm, digest: hashes.HashAlgorithm) -> bytes:
    key = serialization.load_pem_public_key(pem)
    assert isinstance(key, rsa.RSAPublicKey)
    return key.encrypt(material, rsa_padding.OAEP(rsa_padding.MGF1(mgf), digest, None))


def proof(material: bytes, iv: bytes, nonce: bytes) -> bytes:
    if len(iv) != 16:
        return AESGCM(material).encrypt(iv, nonce, None)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(nonce) + padder.finalize()
    encryptor = Cipher(algorithms.AES(material), modes.CBC(iv)).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


async def create(api: Api, given: dict[str, object], **more: object) -> Answer:
    """Create a key from *given*."""
    return await api.send(
        "POST", "/keys", envelope(name="imported", **{"extractable": False, **given, **more})
    )


async def rotate(api: Api, given: dict[str, object], **_: object) -> Answer:
    """Rotate a new imported key to *given*; the answer of success has no body."""
    key: Any = await api.create(payload=b64(bytes(32)))
    return await api.act(key["id"], "rotate", given)
