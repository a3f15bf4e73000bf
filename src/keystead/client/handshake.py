"""Secure import in five steps: the owner's key material reaches the server, and nobody between can read it.

Source: ``spec/kms-api.md`` section 4.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from keystead.client.answers import Challenge, KeyBody
from keystead.client.errors import unreadable
from keystead.client.key_protect import KeyProtect, NewKey
from keystead.crypto import hybrid, nonces, oaep, random
from keystead.domain.import_tokens import ImportAlgorithm, Upload
from keystead.domain.material import KeyMaterial

_NONCE_OCTETS = range(8, 65)  # the API says 12; a server far off that is not one


class Holder(Protocol):
    """Who holds the key material: a process that read a key file, or an HSM."""

    def require(self, algorithm: ImportAlgorithm) -> None:
        """Raise `BadInput` where `encrypt_material` or `encrypt_nonce` cannot be done for *algorithm*."""

    def encrypt_material(self, public_pem: bytes, algorithm: ImportAlgorithm) -> bytes:
        """Encrypt the material to *public_pem*; `ValueError` when that is no fitting key."""

    def encrypt_nonce(self, nonce: bytes, iv: bytes) -> bytes:
        """Encrypt *nonce* with the material: AES-GCM for an iv of 12 octets, AES-CBC for 16."""


@dataclass(frozen=True, slots=True)
class InMemory:
    """Material in this process."""

    material: KeyMaterial

    def require(self, algorithm: ImportAlgorithm) -> None:
        """See `Holder`; this process can do all of it."""

    def encrypt_material(self, public_pem: bytes, algorithm: ImportAlgorithm) -> bytes:
        """See `Holder`."""
        if algorithm is ImportAlgorithm.HYBRID:
            return hybrid.encrypt(public_pem, self.material)
        return oaep.encrypt(public_pem, self.material, algorithm is ImportAlgorithm.OAEP_SHA_1)

    def encrypt_nonce(self, nonce: bytes, iv: bytes) -> bytes:
        """See `Holder`."""
        return nonces.encrypt(self.material, nonce, iv)


@dataclass(frozen=True, slots=True)
class Step:
    """One step that is done; *number* is 1 to 5."""

    number: int
    says: str


Report = Callable[[Step], None]


def create(
    kms: KeyProtect, holder: Holder, algorithm: ImportAlgorithm, new: NewKey, report: Report
) -> KeyBody:
    """Create a root key from the holder's material; *report* hears of each step once it is done.

    Raises:
        BadInput: the holder cannot do its part; no import token was made.
        RemoteError: a step was refused; no key was created.
    """
    upload = _upload(kms, holder, algorithm, report)
    key = kms.create(new, upload=upload)
    report(Step(5, f"uploaded; the server created key {key['id']}"))
    return key


def rotate(kms: KeyProtect, holder: Holder, algorithm: ImportAlgorithm, key: str, report: Report) -> None:
    """Make the holder's material the current version of root key *key*; errors as `create`."""
    upload = _upload(kms, holder, algorithm, report)
    kms.rotate(key, upload=upload)
    report(Step(5, f"uploaded; the server rotated key {key}"))


def new_iv(algorithm: ImportAlgorithm) -> bytes:
    """Return an iv of the length that says how the nonce is encrypted beside *algorithm*."""
    return random.octets(
        nonces.CBC_IV_OCTETS if algorithm is ImportAlgorithm.OAEP_SHA_1 else nonces.GCM_IV_OCTETS
    )


def _upload(kms: KeyProtect, holder: Holder, algorithm: ImportAlgorithm, report: Report) -> Upload:
    holder.require(algorithm)
    kms.make_import_token(algorithm.kind)
    report(Step(1, f"the server made an import token ({algorithm.kind.value})"))
    challenge = kms.import_token()
    report(Step(2, f"fetched its public key and its nonce of {len(challenge.nonce)} octets"))
    payload = _encrypted_material(holder, challenge, algorithm)
    report(Step(3, f"encrypted the key material: {algorithm.value}, {len(payload)} octets"))
    iv = new_iv(algorithm)
    proof = holder.encrypt_nonce(challenge.nonce, iv)
    report(Step(4, f"encrypted the nonce with the key material: {_mode(iv)}"))
    return Upload(payload=payload, encrypted_nonce=proof, iv=iv, algorithm=algorithm)


def _encrypted_material(holder: Holder, challenge: Challenge, algorithm: ImportAlgorithm) -> bytes:
    if len(challenge.nonce) not in _NONCE_OCTETS:
        raise unreadable(f"the import token's nonce has {len(challenge.nonce)} octets, not 12")
    try:
        return holder.encrypt_material(challenge.public_key_pem, algorithm)
    except ValueError as error:
        raise unreadable(f"the import token's public key does not fit {algorithm.value}: {error}") from error


def _mode(iv: bytes) -> str:
    return "AES-GCM" if len(iv) == nonces.GCM_IV_OCTETS else "AES-CBC"
