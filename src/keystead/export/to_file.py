"""Events into a file, one JSON object a line."""

import os
from contextlib import suppress
from pathlib import Path

from keystead.export.batches import Batch
from keystead.export.sinks import NotTaken, line_of


class FileSink:
    """Appends to a file, mode 0600; it is opened for each batch, so that it may be moved away meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, batch: Batch) -> None:
        """Append *batch* durably; what of it was written before an error is cut off again."""
        octets = b"".join(line_of(batch.origin, record) + b"\n" for record in batch.records)
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                self._append(file.fileno(), octets)
        except OSError as error:
            raise NotTaken(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Nothing is open."""

    @staticmethod
    def _append(descriptor: int, octets: bytes) -> None:
        size = os.fstat(descriptor).st_size
        try:
            rest = memoryview(octets)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        except OSError:
            with suppress(OSError):  # not a file that can be cut
                os.ftruncate(descriptor, size)
            raise
