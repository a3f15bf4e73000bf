"""What the commands of `keystead audit` are told: a log's directory and its public key."""

import base64
import binascii
from pathlib import Path
from typing import Annotated, Final

import typer

from keystead.cli.files import reading
from keystead.client.errors import BadInput

DirectoryArgument = Annotated[Path, typer.Argument(help="Directory of the log: DATA/audit/NODE.")]
PublicOption = Annotated[
    Path, typer.Option("--public-key", help="File with the log's public key: DATA/unit/audit-NODE.public.")
]
_MAX_FILE: Final = 1024 * 1024
_KEY_OCTETS: Final = 32
_ED25519: Final = b"\x01"


def require(directory: Path) -> None:
    """Raise `BadInput` unless *directory* holds a log."""
    if not (directory / "events").is_file():
        raise BadInput(f"there is no audit log in {directory}; give the directory DATA/audit/NODE")


def public_key(file: Path) -> bytes:
    """Return the 32 octets of the public key in *file*; `BadInput` when it holds none."""
    name, plus, rest = content(file).strip().partition(b"+")
    try:
        # A C2SP verifier key is name+id+base64, with an octet for the algorithm before the key.
        octets = base64.b64decode(rest.partition(b"+")[2]) if plus else _ED25519 + binascii.unhexlify(name)
    except binascii.Error:
        octets = b""
    if octets[:1] != _ED25519 or len(octets) != 1 + _KEY_OCTETS:
        raise BadInput(
            f"{file} holds no Ed25519 public key; give 64 hexadecimal digits or a C2SP verifier key"
        )
    return octets[1:]


def content(path: Path) -> bytes:
    """Return what is in *path*, up to a mebibyte; `BadInput` when it cannot be read."""
    with reading(path) as file:
        return file.read(_MAX_FILE)
