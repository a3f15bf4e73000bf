"""Reads a person's own key material: raw octets, hexadecimal or base64 text, from a file or standard input.

A file whose whole trimmed content is hexadecimal of 16, 24 or 32 octets is read as that; else, if it is
base64 of so many octets, as that; else its octets are the material as they are, unless they are base64
text: that is of a key of another size, and refused. Text wins because people paste text: 32 hexadecimal
digits are far more often a key of 16 octets than 32 octets that happen to be digits. Who means the other
thing says so with an encoding.
"""

import base64
import binascii
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from keystead.client.errors import BadInput
from keystead.domain.material import KeyMaterial

OCTETS = (16, 24, 32)
_MAX_FILE = 4096
_READABLE_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH


class Encoding(StrEnum):
    """How material is written."""

    AUTO = "auto"
    RAW = "raw"
    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Key material, the form it was found in, and a warning about the file if there is cause."""

    material: KeyMaterial
    encoding: Encoding
    warning: str | None


def read(path: str, encoding: Encoding = Encoding.AUTO) -> KeyFile:
    """Read 16, 24 or 32 octets of material from *path*, or from standard input for ``-``.

    Raises:
        BadInput: the file cannot be read or holds something else; the text says what to do.
    """
    content, warning = _content(path)
    name = "standard input" if path == "-" else path
    if not content:
        raise BadInput(f"{name} is empty; give a file with 16, 24 or 32 octets of key material")
    material, found = parse(content, encoding, name)
    return KeyFile(material, found, warning)


def parse(content: bytes, encoding: Encoding, name: str) -> tuple[KeyMaterial, Encoding]:
    """Read material from *content* by the rule above; *name* is for the error's text."""
    for form in _forms(content, encoding):
        octets = _DECODERS[form](content)
        if octets is not None and len(octets) in OCTETS:
            return KeyMaterial(octets), form
    raise BadInput(
        f"{name} is not key material{_forced(encoding)}: it has {len(content)} octets; "
        "give 16, 24 or 32 octets, raw or as hex or base64 text (see --encoding)"
    )


def text_of(material: KeyMaterial, encoding: Encoding) -> bytes:
    """Return *material* as the content of a key file; text ends with a newline."""
    octets = material.reveal()
    if encoding is Encoding.RAW:
        return octets
    return (binascii.hexlify(octets) if encoding is Encoding.HEX else base64.b64encode(octets)) + b"\n"


def _forms(content: bytes, encoding: Encoding) -> tuple[Encoding, ...]:
    if encoding is not Encoding.AUTO:
        return (encoding,)
    text = (Encoding.HEX, Encoding.BASE64)
    return text if _base64(content) is not None else (*text, Encoding.RAW)


def _forced(encoding: Encoding) -> str:
    return "" if encoding is Encoding.AUTO else f" as {encoding.value}"


def _hex(content: bytes) -> bytes | None:
    try:
        return binascii.unhexlify(content.strip())
    except binascii.Error:
        return None


def _base64(content: bytes) -> bytes | None:
    try:
        return base64.b64decode(content.strip(), validate=True)
    except binascii.Error:
        return None


_DECODERS: dict[Encoding, Callable[[bytes], bytes | None]] = {
    Encoding.HEX: _hex,
    Encoding.BASE64: _base64,
    Encoding.RAW: lambda content: content,
}


def _content(path: str) -> tuple[bytes, str | None]:
    if path == "-":
        return sys.stdin.buffer.read(_MAX_FILE), None
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - also for /dev/fd/N of a shell
            mode = os.fstat(file.fileno()).st_mode
            return file.read(_MAX_FILE), _warning(path, mode)
    except FileNotFoundError as error:
        raise BadInput(
            f"there is no file {path}; check --key-file, or make one with `keystead byok generate`"
        ) from error
    except IsADirectoryError as error:
        raise BadInput(f"{path} is a directory; give the key file inside it") from error
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}; check its owner and mode") from error


def _warning(path: str, mode: int) -> str | None:
    if stat.S_ISREG(mode) and mode & _READABLE_BY_OTHERS:
        return f"others can read {path}; run: chmod 600 {path}"
    return None
