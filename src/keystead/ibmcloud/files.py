"""`--file`: the whole of what is sent, as the API takes it."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from keystead.ibmcloud.call import Resource
from keystead.ibmcloud.words import Line, WrongUsage

_MOST_OCTETS: Final = 1 << 20
_ALWAYS: Final = frozenset({"file", "output", "quiet"})


def from_file(line: Line, beside: Collection[str] = ()) -> Resource | None:
    """Return what the file says that is named, if one is; IBM's examples write it as ``@FILE``, too.

    Args:
        line: the command line.
        beside: options that may stand beside `--file`.

    Raises:
        WrongUsage: another option stands there, too, or the file is no JSON object.
        OSError: the file cannot be read.
    """
    name = line.text("file")
    if name is None:
        return None
    given = {*line.values, *(name for name, on in line.switches.items() if on)}
    if others := given - _ALWAYS - {*beside}:
        raise WrongUsage(f"'--file' cannot be used with '--{min(others)}'.")
    with Path(name.removeprefix("@")).open("rb") as file:
        octets = file.read(_MOST_OCTETS)
    try:
        return msgspec.json.decode(octets, type=Resource)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WrongUsage("The file of '--file' is no JSON object.") from None
