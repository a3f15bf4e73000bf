"""How the key that seals the master key comes about: from a key file, or from a passphrase."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Protocol

from keystead.crypto import passphrase as argon2
from keystead.crypto import random
from keystead.domain.errors import KeysteadError
from keystead.domain.material import KeyMaterial
from keystead.units.private_files import read_private, write_private

_KEY_OCTETS: Final = 32
_SALT_OCTETS: Final = 16
_PARAMETERS = struct.Struct(f">III{_SALT_OCTETS}s")
_KEY_FILE_LIMIT: Final = 128


class SealError(KeysteadError):
    """The master key cannot be opened with this seal; nothing was changed. The text says what to do."""


class Seal(Protocol):
    """Makes the 32 octets under which a master key rests.

    ``kind`` names the sort of seal in the stored form, ``name`` in messages.
    """

    kind: ClassVar[int]
    name: ClassVar[str]

    def begin(self) -> tuple[bytes, KeyMaterial]:
        """Return the parameters to store beside a new master key, at most 255 octets, and the key."""

    def resume(self, parameters: bytes) -> KeyMaterial:
        """Return the key that belongs to stored parameters; `SealError` where that cannot be."""


@dataclass(frozen=True, slots=True)
class FileSeal:
    """A key file: 64 hexadecimal digits and a newline, mode 0600, ours. It is made at first use only.

    Keep the file away from the database and its backups: the two together open everything.
    """

    kind: ClassVar[int] = 1
    name: ClassVar[str] = "key file"

    path: Path

    def begin(self) -> tuple[bytes, KeyMaterial]:
        """Read the key file, or make it.

        Raises:
            UnsafeFile: others may use the file, or it cannot be written.
            SealError: it does not hold a key.
        """
        try:
            return b"", self._read()
        except FileNotFoundError:
            key = KeyMaterial(random.octets(_KEY_OCTETS))
        write_private(self.path, f"{key.reveal().hex()}\n".encode("ascii"))
        return b"", key

    def resume(self, parameters: bytes) -> KeyMaterial:
        """Read the key file; it is never made anew, for that could open nothing.

        Raises:
            UnsafeFile: others may use the file.
            SealError: it is missing or does not hold a key.
        """
        if parameters:
            raise SealError("the sealed master key was changed: a key file has no parameters")
        try:
            return self._read()
        except FileNotFoundError as error:
            raise SealError(
                f"the key file {self.path} is missing: put it back from where you keep its copy"
            ) from error

    def _read(self) -> KeyMaterial:
        digits = KeyMaterial(read_private(self.path, _KEY_FILE_LIMIT).rstrip())
        try:
            key = KeyMaterial(bytes.fromhex(digits.reveal().decode("ascii")))
        except ValueError:  # its text would show the digits
            key = KeyMaterial(b"")
        if len(key) != _KEY_OCTETS or len(digits) != 2 * _KEY_OCTETS:
            raise SealError(f"{self.path} does not hold 64 hexadecimal digits: put the original file back")
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Argon2Cost:
    """What one guess of a passphrase costs.

    The default is four times the memory of RFC 9106's second recommendation (section 4) and far above the
    minimum of the OWASP password storage guidance (46 MiB, one pass): it is paid once per start.
    """

    memory_kib: int = 262_144
    passes: int = 3
    lanes: int = 4


DEFAULT_COST: Final = Argon2Cost()


@dataclass(frozen=True, slots=True)
class PassphraseSeal:
    """A passphrase, stretched with Argon2id; its cost and salt are stored beside the sealed master key.

    Args:
        passphrase: its octets as typed, without the line's end; twelve or more for a new master key.
        cost: for a new master key; an old one is opened with the cost that it was sealed with.
    """

    kind: ClassVar[int] = 2
    name: ClassVar[str] = "passphrase"
    least_octets: ClassVar[int] = 12

    passphrase: KeyMaterial
    cost: Argon2Cost = DEFAULT_COST

    def begin(self) -> tuple[bytes, KeyMaterial]:
        """Choose a salt and derive.

        Raises:
            SealError: the passphrase is too short.
        """
        if len(self.passphrase) < self.least_octets:
            raise SealError(f"the passphrase is too short: use {self.least_octets} octets or more")
        salt = random.octets(_SALT_OCTETS)
        cost = self.cost
        return _PARAMETERS.pack(cost.memory_kib, cost.passes, cost.lanes, salt), self._derive(salt, cost)

    def resume(self, parameters: bytes) -> KeyMaterial:
        """Derive with the stored cost and salt.

        Raises:
            SealError: the parameters are none that `begin` writes.
        """
        try:
            memory_kib, passes, lanes, salt = _PARAMETERS.unpack(parameters)
            return self._derive(salt, Argon2Cost(memory_kib=memory_kib, passes=passes, lanes=lanes))
        except (struct.error, ValueError) as error:  # a cost beyond all limits is a ValueError too
            raise SealError(f"the sealed master key was changed: {error}") from error

    def _derive(self, salt: bytes, cost: Argon2Cost) -> KeyMaterial:
        return argon2.derive(
            self.passphrase, salt, memory_kib=cost.memory_kib, passes=cost.passes, lanes=cost.lanes
        )
