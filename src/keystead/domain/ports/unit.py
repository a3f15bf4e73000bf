"""The crypto unit, which alone sees key material."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from keystead.domain.ids import InstanceId, KeyId, VersionId
from keystead.domain.import_tokens import ImportToken, TokenKind, TokenSecret, Upload
from keystead.domain.keys import KeyVersion
from keystead.domain.material import KeyMaterial


@dataclass(slots=True, kw_only=True)  # not frozen: that doubles the price of what every request makes
class Binding:
    """Where sealed material belongs; a unit refuses to open it anywhere else."""

    instance: InstanceId
    key: KeyId
    version: VersionId
    extractable: bool


@dataclass(frozen=True, slots=True)
class SealedMaterial:
    """What a unit returns of new material."""

    sealed: bytes
    material_id: bytes
    bits: int


@dataclass(slots=True)  # as `Binding`
class Wrapped:
    """A wrapped DEK, with the DEK itself when the unit made it."""

    blob: bytes
    made: KeyMaterial | None


@dataclass(slots=True)  # as `Binding`
class Unwrapped:
    """A DEK in the clear and the key version that opened it."""

    dek: KeyMaterial
    version: VersionId


class Binder(Protocol):
    """Keyed hashes under keys that only the unit has."""

    def mac(self, label: str, octets: bytes) -> bytes:
        """Return 32 octets: HMAC-SHA-256 of *octets* under the unit's key for *label*."""


class CryptoUnit(Binder, Protocol):
    """The only place where key material is in the clear.

    Every method may raise `Unavailable` when the unit cannot work, and `Tampered` when sealed octets do not
    open where they should.
    """

    async def generate(self, binding: Binding) -> SealedMaterial:
        """Make 32 random octets of material."""

    async def take(self, binding: Binding, material: KeyMaterial) -> SealedMaterial:
        """Seal *material*; a root key's is 16, 24 or 32 octets, else `Refused` ``INVALID_FIELD`` payload."""

    async def take_upload(self, binding: Binding, token: ImportToken, upload: Upload) -> SealedMaterial:
        """Open *upload* with the token's private key, check the nonce, and seal the material.

        Raises:
            Refused: ``INVALID_FIELD`` (algorithm does not fit the token, iv length, length of the material),
                ``CIPHERTEXT``, ``INCORRECT_NONCE_IV``, ``INCORRECT_NONCE``.
        """

    async def reveal(self, binding: Binding, version: KeyVersion) -> KeyMaterial:
        """Return a standard key's material; `PermissionError` for a root key, which is a mistake of ours."""

    async def wrap(
        self, binding: Binding, version: KeyVersion, dek: KeyMaterial | None, aad: Sequence[str]
    ) -> Wrapped:
        """Wrap *dek*, or 32 fresh random octets, under *version*."""

    async def unwrap(
        self, bindings: Sequence[tuple[Binding, KeyVersion]], blob: bytes, aad: Sequence[str]
    ) -> Unwrapped:
        """Open *blob* with whichever of the versions wrapped it.

        Raises:
            Refused: ``CIPHERTEXT``, with its own detail when no version has the blob's material id.
        """

    async def make_token(self, instance: InstanceId, token_id: str, kind: TokenKind) -> TokenSecret:
        """Make a key pair and a 12-octet nonce; the private key is sealed to *instance* and *token_id*."""

    def seal(self, label: str, secret: KeyMaterial) -> bytes:
        """Seal a secret of the service itself (a token signing key) under *label*."""

    def open(self, label: str, sealed: bytes) -> KeyMaterial:
        """Open what `seal` returned for the same label."""

    async def close(self) -> None:
        """Forget all material and stop background work."""
