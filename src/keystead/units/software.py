"""The crypto unit in software: as strong as the process that it runs in (``docs/threat-model.md``)."""

import asyncio
from collections.abc import Sequence
from typing import Final

from keystead.crypto import hybrid, mac, oaep, random, wrapping
from keystead.crypto.sealing import Sealer
from keystead.domain.errors import Refused, Tampered, Unavailable, bad_field
from keystead.domain.ids import InstanceId
from keystead.domain.import_tokens import ImportToken, TokenKind, TokenSecret, Upload
from keystead.domain.keys import KeyVersion
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.unit import Binding, CryptoUnit, SealedMaterial, Unwrapped, Wrapped
from keystead.domain.reasons import Reason
from keystead.units import places, uploads
from keystead.units.opened import Opened, OpenedVersions
from keystead.units.pairs import Stock

_ROOT_KEY_OCTETS: Final = 32
_DEK_OCTETS: Final = 32
_NONCE_OCTETS: Final = 12
_MOST_STANDARD_OCTETS: Final = 7500  # spec/kms-api.md, U45


class SoftwareUnit(CryptoUnit):
    """Holds a master key and the material that it opened, both in this process's memory.

    Used from one event loop. Errors are those of the port; after `close`, what needs a key is `Unavailable`.

    Args:
        master: 32 octets; every sealed blob and MAC hangs on it.
        ready_pairs: how many RSA key pairs are made ahead for import tokens; 0 makes each when it is needed.
        opened_limit: how many versions stay open, those used last.
    """

    def __init__(self, master: KeyMaterial, *, ready_pairs: int = 2, opened_limit: int = 1_000) -> None:
        self._sealer: Sealer | None = Sealer(master)
        self._opened = OpenedVersions(opened_limit)
        self._mac_keys: dict[str, KeyMaterial] = {}  # labels are constants of ours, so there are few
        self._pairs = Stock(_rsa_pair, ready_pairs)

    async def generate(self, binding: Binding) -> SealedMaterial:
        """Make 32 random octets of material."""
        return self._sealed(binding, KeyMaterial(random.octets(_ROOT_KEY_OCTETS)))

    async def take(self, binding: Binding, material: KeyMaterial) -> SealedMaterial:
        """Seal *material*: 16, 24 or 32 octets of a root key, 1 to 7500 of a standard one."""
        if not binding.extractable:
            uploads.require_aes_size(material)
        elif not 1 <= len(material) <= _MOST_STANDARD_OCTETS:
            raise bad_field("payload", f"1 to {_MOST_STANDARD_OCTETS} bytes")
        return self._sealed(binding, material)

    async def take_upload(self, binding: Binding, token: ImportToken, upload: Upload) -> SealedMaterial:
        """Open *upload*, check the nonce, and seal the material; RSA runs beside the event loop."""
        uploads.require_algorithm(upload, token.secret.kind)
        place = places.of_token(binding.instance, token.id, token.secret.kind)
        private = self._live.open(token.secret.sealed_private_key, place)
        material = await asyncio.to_thread(uploads.opened, private, token.secret, upload)
        return self._sealed(binding, material)

    async def reveal(self, binding: Binding, version: KeyVersion) -> KeyMaterial:
        """Return a standard key's material."""
        if not binding.extractable:
            raise PermissionError("a root key's material never leaves the unit")
        return self._live.open(version.sealed, places.of_material(binding))

    async def wrap(
        self, binding: Binding, version: KeyVersion, dek: KeyMaterial | None, aad: Sequence[str]
    ) -> Wrapped:
        """Wrap *dek*, or 32 fresh random octets, under *version*."""
        opened = self._open(binding, version)
        if dek is not None:
            return Wrapped(opened.key.wrap(dek, aad), None)
        made = KeyMaterial(random.octets(_DEK_OCTETS))
        return Wrapped(opened.key.wrap(made, aad), made)

    async def unwrap(
        self, bindings: Sequence[tuple[Binding, KeyVersion]], blob: bytes, aad: Sequence[str]
    ) -> Unwrapped:
        """Open *blob* with the newest version whose material wrapped it."""
        name = wrapping.named(blob)
        for binding, version in reversed(bindings):
            if version.material_id == name:
                dek = self._open(binding, version).key.unwrap(blob, aad)
                return Unwrapped(dek, version.id)
        raise Refused(
            Reason.CIPHERTEXT,
            "The provided ciphertext is invalid or corrupted: it was not wrapped by any version of this key",
        )

    async def make_token(self, instance: InstanceId, token_id: str, kind: TokenKind) -> TokenSecret:
        """Take a key pair from the stock, or make the hybrid one, and a nonce."""
        private, public = _hybrid_pair() if kind is TokenKind.HYBRID else await self._pairs.take()
        return TokenSecret(
            kind=kind,
            sealed_private_key=self._live.seal(private, places.of_token(instance, token_id, kind)),
            public_key_pem=public,
            nonce=random.octets(_NONCE_OCTETS),
        )

    def mac(self, label: str, octets: bytes) -> bytes:
        """Return 32 octets: HMAC-SHA-256 under the key for *label*."""
        key = self._mac_keys.get(label)
        if key is None:
            key = self._mac_keys[label] = self._live.mac_key(label)
        return mac.mac(key, octets)

    def seal(self, label: str, secret: KeyMaterial) -> bytes:
        """Seal a secret of the service itself under *label*."""
        return self._live.seal(secret, places.of_secret(label))

    def open(self, label: str, sealed: bytes) -> KeyMaterial:
        """Open what `seal` returned for the same label."""
        return self._live.open(sealed, places.of_secret(label))

    @property
    def versions_open(self) -> int:
        """How many root-key versions are open."""
        return len(self._opened)

    @property
    def versions_opened(self) -> int:
        """How many times one had to be opened, for it was not open."""
        return self._opened.kept

    async def close(self) -> None:
        """Forget all material and stop making key pairs; waits for the pair in hand, a second or so."""
        self._sealer = None
        self._opened.clear()
        self._mac_keys.clear()
        await self._pairs.close()

    @property
    def _live(self) -> Sealer:
        if self._sealer is None:
            raise Unavailable("the crypto unit is closed")
        return self._sealer

    def _sealed(self, binding: Binding, material: KeyMaterial) -> SealedMaterial:
        name = b"" if binding.extractable else wrapping.material_id(material)
        sealed = self._live.seal(material, places.of_material(binding))
        return SealedMaterial(sealed, name, bits=8 * len(material))

    def _open(self, binding: Binding, version: KeyVersion) -> Opened:
        """Return a root key's version in the clear; the second time costs next to nothing."""
        opened = self._opened.get(version.sealed, binding)
        if opened is None:
            opened = self._unseal(binding, version)
            self._opened.keep(version.sealed, opened)
        if opened.key.name != version.material_id:
            raise Tampered("the version's material id is not that of its material")
        return opened

    def _unseal(self, binding: Binding, version: KeyVersion) -> Opened:
        if binding.extractable:
            raise PermissionError("a standard key does not wrap")
        material = self._live.open(version.sealed, places.of_material(binding))
        return Opened(binding, wrapping.WrappingKey(material))


def _rsa_pair() -> tuple[KeyMaterial, bytes]:
    private = oaep.generate()
    return private, oaep.public_pem(private)


def _hybrid_pair() -> tuple[KeyMaterial, bytes]:
    private = hybrid.generate()
    return private, hybrid.public_pem(private)
