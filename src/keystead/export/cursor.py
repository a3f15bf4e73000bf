"""Where an export stands, in a small file of its own."""

import os
from pathlib import Path
from typing import Final

import msgspec

from keystead.client.errors import BadInput

_MAX_FILE: Final = 4096


class Cursor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was passed on: all events before *index*."""

    origin: str  # of the log
    index: int  # of the next event
    offset: int  # of its line in the file of events
    last: int  # offset of the line before
    commitment: str  # of the event before, in hexadecimal digits; empty at the beginning


def read(file: Path) -> Cursor | None:
    """Read *file*; ``None`` if there is none, `BadInput` when it cannot be read or is no cursor."""
    try:
        with file.open("rb") as opened:
            return msgspec.json.decode(opened.read(_MAX_FILE), type=Cursor)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"cannot read the cursor {file}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadInput(f"{file} is no cursor of an export; remove it to begin at the first event") from None


def write(file: Path, cursor: Cursor) -> None:
    """Write *file* durably over an older one; `BadInput` when that cannot be."""
    partial = file.with_name(f".{file.name}.part")
    try:
        with partial.open("wb") as opened:
            opened.write(msgspec.json.encode(cursor))
            opened.flush()
            os.fsync(opened.fileno())
        partial.replace(file)
    except OSError as error:
        raise BadInput(f"cannot write the cursor {file}: {error.strerror}") from error
