"""Files that only their owner may read, written whole or not at all."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from keystead.domain.errors import KeysteadError

_FORBIDDEN = stat.S_IRWXG | stat.S_IRWXO


class UnsafeFile(KeysteadError):
    """A file that should be private is not, or cannot be read or written; the text says what to do."""


def read_private(path: Path, limit: int) -> bytes:
    """Return what *path* holds, once it is certain that nobody else could read or put it there.

    Args:
        path: a regular file, no symbolic link, owned by this process's user, mode 0600 or less.
        limit: most octets that it may hold.

    Raises:
        UnsafeFile: it is not such a file.
        FileNotFoundError: there is nothing of that name, not even a dangling link.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnsafeFile(f"{path} cannot be opened as a plain file: {error.strerror}") from error
    try:
        _require_private(path, os.fstat(descriptor))
        if os.fstat(descriptor).st_size > limit:  # asked first, so that no error holds what the file holds
            raise UnsafeFile(f"{path} is longer than {limit} octets: it is not a file of Keystead")
        return os.read(descriptor, limit)
    except OSError as error:
        raise UnsafeFile(f"{path} cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)


def write_private(path: Path, octets: bytes) -> None:
    """Make *path* with mode 0600 and *octets*; after a crash it is there whole or not at all.

    Raises:
        FileExistsError: something of that name is there already, or came while this wrote.
        UnsafeFile: its folder is missing or not writable.
    """
    # unlike a rename, a link never replaces what is there
    _place(path, octets, os.link)


def replace_private(path: Path, octets: bytes) -> None:
    """Put *octets* in place of what *path* holds, mode 0600; a reader sees the old or the new, never half.

    Raises:
        UnsafeFile: its folder is missing or not writable.
    """
    _place(path, octets, os.replace)


def _place(path: Path, octets: bytes, into: Callable[[Path, Path], None]) -> None:
    draft = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        try:
            _write_draft(draft, octets)
            into(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        raise
    except FileNotFoundError as error:
        raise UnsafeFile(f"{path.parent} does not exist: is its file system mounted?") from error
    except OSError as error:
        raise UnsafeFile(f"{path} cannot be written: {error.strerror}") from error


def _require_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnsafeFile(f"{path} is not a plain file")
    if status.st_uid != os.geteuid():
        raise UnsafeFile(f"{path} belongs to user {status.st_uid}: run `chown {os.geteuid()} {path}` as root")
    if status.st_mode & _FORBIDDEN:
        raise UnsafeFile(
            f"{path} has mode {stat.S_IMODE(status.st_mode):04o}, so others may use it: "
            f"run `chmod 600 {path}`, and replace the key if somebody may have read it"
        )


def _write_draft(draft: Path, octets: bytes) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)  # whatever the umask took away
        file.write(octets)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
