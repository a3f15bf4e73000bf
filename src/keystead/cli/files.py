"""`keystead encrypt` and `keystead decrypt`: envelope encryption of a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from keystead.cli.output import Output, OutputOption, show
from keystead.cli.session import session
from keystead.client import envelope
from keystead.client.envelope import Header
from keystead.client.errors import BadInput
from keystead.client.new_file import new_file

InOption = Annotated[Path, typer.Option("--in", help="File to read.")]
OutOption = Annotated[Path, typer.Option("--out", help="New file; nothing is overwritten.")]
FIELDS = {"File": "file", "Key": "key"}


def encrypt(
    key: Annotated[str, typer.Argument(help="Id or alias of the root key.")],
    source: InOption,
    target: OutOption,
    output: OutputOption = Output.TEXT,
) -> None:
    """Encrypt a file under a new DEK, which the root key wraps and the new file carries."""
    with reading(source) as plain, session() as kms, new_file(target) as sealed:
        envelope.encrypt(kms, key, plain, sealed)
    show({"file": str(target), "key": key}, FIELDS, output)


def decrypt(
    source: InOption,
    target: OutOption,
    key: Annotated[str | None, typer.Option(help="Root key, if not the one that the file names.")] = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Decrypt a file; the new file appears only if all of it is genuine."""
    with reading(source) as sealed, session() as kms, new_file(target) as plain:
        header = envelope.decrypt(
            lambda header: kms.unwrap(_named(key, header), header.wrapped_dek, envelope.AAD).dek,
            sealed,
            plain,
        )
    show({"file": str(target), "key": _named(key, header)}, FIELDS, output)


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """Open *path*; `BadInput` when that cannot be."""
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise BadInput(f"there is no file {path}; check --in") from error
    except IsADirectoryError as error:
        raise BadInput(f"{path} is a directory; give a file inside it") from error
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}; check its owner and mode") from error
    with file:
        yield file


def _named(key: str | None, header: Header) -> str:
    return key if key is not None else header.key_id
