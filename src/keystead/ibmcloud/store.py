"""The file that `login` writes. Source: ``spec/cli.md`` 1.7.

Its members are those of IBM's own tool. What else is in it stays as it was, since it may be that tool's.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from keystead.client.errors import BadInput

_MAX_FILE: Final = 1 << 20
_FOR_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def folder(environment: Mapping[str, str]) -> Path:
    """Return where the file is: as the environment says, or in the home folder."""
    if named := environment.get("IBMCLOUD_CONFIG_HOME"):
        return Path(named)
    home = environment.get("IBMCLOUD_HOME") or environment.get("BLUEMIX_HOME") or environment.get("HOME")
    base = Path(home or "~").expanduser()
    newer = base / ".ibmcloud"
    return newer if newer.is_dir() else base / ".bluemix"


def read(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what is stored, which may be nothing; `BadInput` when it cannot be read."""
    file = folder(environment) / "config.json"
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            octets = opened.read(_MAX_FILE)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadInput(f"Cannot read {file}: {error.strerror}.") from error
    if mode & _FOR_OTHERS:
        raise BadInput(f"Others can read the login in {file}. Run: chmod 600 {file}")
    try:
        return msgspec.json.decode(octets, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadInput(f"{file} is damaged. Remove it and log in again.") from None


def write(environment: Mapping[str, str], changes: Mapping[str, Any]) -> None:
    """Store *changes*, mode 0600, over what was there; `BadInput` when that cannot be."""
    kept = read(environment) | dict(changes)
    file = folder(environment) / "config.json"
    partial = file.with_name(f".config.json.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(msgspec.json.format(msgspec.json.encode(kept), indent=2))
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput(f"Cannot write {file}: {error.strerror}.") from error
