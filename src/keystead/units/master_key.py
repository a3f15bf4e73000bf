"""The master key at rest: one private file, opened by a seal.

```
file   = header ‖ sealed
header = 0x01 ‖ [kind of seal]8 ‖ [length of parameters]16 ‖ parameters       big-endian
sealed = sealed blob (docs/formats.md) of the 32-octet master key under the seal's key,
         AAD = "keystead/master-key/1" ‖ 0x00 ‖ header
kind 1, key file:   no parameters
kind 2, passphrase: parameters = [memory in KiB]32 ‖ [passes]32 ‖ [lanes]32 ‖ salt(16); key by Argon2id
```
"""

import struct
from pathlib import Path
from typing import Final

from keystead.crypto import random
from keystead.crypto.sealing import Sealer
from keystead.domain.errors import Tampered
from keystead.domain.material import KeyMaterial
from keystead.units.private_files import read_private, write_private
from keystead.units.seals import Seal, SealError

_FORMAT: Final = 1
_HEADER = struct.Struct(">BBH")
_LABEL: Final = b"keystead/master-key/1\x00"
_LIMIT: Final = 1024
_OCTETS: Final = 32


def load_or_create(path: Path, seal: Seal) -> KeyMaterial:
    """Return the master key in *path*, making it only where there is nothing of that name.

    Errors as `load` and `create`.
    """
    try:
        return load(path, seal)
    except FileNotFoundError:
        return create(path, seal)


def create(path: Path, seal: Seal) -> KeyMaterial:
    """Make a master key and write it, sealed, to *path*; it is on the disk when this returns.

    Raises:
        SealError: somebody else made one meanwhile, or the seal refuses.
        UnsafeFile: the folder is missing or not writable, or the key file is not private.
    """
    parameters, key = seal.begin()
    header = _HEADER.pack(_FORMAT, seal.kind, len(parameters)) + parameters
    master = KeyMaterial(random.octets(_OCTETS))
    try:
        write_private(path, header + Sealer(key).seal(master, _LABEL + header))
    except FileExistsError as error:
        raise SealError(f"{path} exists already: start again to use it") from error
    return master


def load(path: Path, seal: Seal) -> KeyMaterial:
    """Return the master key that *path* holds.

    Raises:
        FileNotFoundError: there is nothing of that name.
        SealError: another seal or passphrase, or a file that was changed or cut short.
        UnsafeFile: others may read or write the file, or it is none of ours.
    """
    octets = read_private(path, _LIMIT)
    header, sealed = _split(path, octets, seal)
    key = seal.resume(header[_HEADER.size :])
    try:
        return Sealer(key).open(sealed, _LABEL + header)
    except Tampered:
        raise SealError(
            f"{path} does not open: this is not the {seal.name} that it was sealed with, "
            "or the file was changed; correct the one or restore the other, no new master key was made"
        ) from None


def _split(path: Path, octets: bytes, seal: Seal) -> tuple[bytes, bytes]:
    damaged = SealError(f"{path} is no sealed master key of Keystead, or was cut short: restore it")
    if len(octets) < _HEADER.size:
        raise damaged
    number, kind, length = _HEADER.unpack_from(octets)
    end = _HEADER.size + length
    if number != _FORMAT or len(octets) <= end:
        raise damaged
    if kind != seal.kind:
        raise SealError(f"{path} was sealed by another kind of seal (number {kind}), not by a {seal.name}")
    return octets[:end], octets[end:]
