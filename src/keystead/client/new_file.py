"""Makes a file whole or not at all, for its owner only, and never over another."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from keystead.client.errors import BadInput

_MODE = 0o600


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears at *path*, mode 0600, when the block ends well.

    Raises:
        BadInput: *path* exists or cannot be made. Whatever the block raises passes through, and nothing is
            left behind.
    """
    _reserve(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        for leftover in (partial, path):
            with suppress(OSError):  # one that has too long a name was never made
                leftover.unlink()
        raise
    _sync(path.parent)


def _reserve(path: Path) -> None:
    # The empty file keeps the name, so that nobody else's file can come to stand there in the meantime.
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE))
    except FileExistsError as error:
        raise BadInput(
            f"{path} exists and is not overwritten; give another name or remove it first"
        ) from error
    except OSError as error:
        raise BadInput(f"cannot make {path}: {error.strerror}; check the directory and its mode") from error


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
