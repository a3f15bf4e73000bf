"""The file that `keystead login` writes and every later command reads."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from keystead.client.errors import BadInput

_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MAX_FILE = 64 * 1024


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A login: where to, and with what. The API key itself is never in it."""

    url: str
    iam_url: str
    ca_file: str | None
    instance: str
    token: str
    expires_at: float  # seconds since 1970
    api_key_file: str | None  # where a new token can be had from

    # A repr would show the token.
    def __repr__(self) -> str:
        return f"<Config: {self.url}>"


def path(environment: Mapping[str, str]) -> Path:
    """Return where the file is: ``KEYSTEAD_CONFIG``, else below the XDG configuration directory."""
    if named := environment.get("KEYSTEAD_CONFIG"):
        return Path(named)
    base = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME") or "~").expanduser() / ".config"
    return Path(base) / "keystead" / "login.json"


def read(file: Path) -> Config | None:
    """Read *file*; ``None`` if there is none.

    Raises:
        BadInput: it cannot be read, is open to others, or is not what `write` wrote.
    """
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            octets = opened.read(_MAX_FILE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"cannot read {file}: {error.strerror}; check KEYSTEAD_CONFIG and its mode") from error
    if mode & _FOR_OTHERS:
        raise BadInput(f"others can read the login in {file}; run: chmod 600 {file}")
    try:
        return msgspec.json.decode(octets, type=Config)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadInput(f"{file} is damaged; run `keystead login` again") from None


def write(file: Path, config: Config) -> None:
    """Write *file*, mode 0600, over an older one.

    Raises:
        BadInput: it cannot be written; an older one is as it was.
    """
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(msgspec.json.encode(config))
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput(
            f"cannot write {file}: {error.strerror}; set KEYSTEAD_CONFIG to another place"
        ) from error
