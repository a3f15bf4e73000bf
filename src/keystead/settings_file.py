"""Reads the settings of a server: one file and the environment, once at start."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from keystead.config import Settings, SettingsError

ENVIRONMENT_PREFIX: Final = "KEYSTEAD_SERVER_"


@dataclass(frozen=True, slots=True)
class _Source:
    values: dict[str, Any]
    folder: Path


def read_settings(file: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read *file* (TOML) and ``KEYSTEAD_SERVER_…`` variables, which win.

    Raises:
        SettingsError: naming the setting.
    """
    source = _from_file(file) if file else _Source({}, Path.cwd())
    values = source.values | _from_environment(environment)
    try:
        settings = msgspec.convert(values, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{file or 'environment'}: {error}") from None
    return _based(settings, source.folder)


def _from_file(file: Path) -> _Source:
    try:
        return _Source(tomllib.loads(file.read_text("utf-8")), file.absolute().parent)
    except FileNotFoundError:
        raise SettingsError(
            f"there is no settings file {file}; write one, or name yours with --config FILE"
        ) from None
    except OSError as error:
        raise SettingsError(
            f"the settings file {file} cannot be read: {error.strerror}; check --config and the file's mode"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"the settings file {file} is no TOML: {error}; correct it") from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(ENVIRONMENT_PREFIX)
    }


def _path(kind: type, value: object) -> Path:
    """Read what msgspec has no form for."""
    if kind is not Path or not isinstance(value, str):
        raise TypeError("a path, as text, is needed here")
    return Path(value)


def _based(settings: Settings, folder: Path) -> Settings:
    """Return *settings* with paths that do not depend on where the process stands."""
    paths = {
        name: folder / value
        for name in ("data", "tls_certificate", "tls_key", "seal_file", "metrics_client_authority")
        if isinstance(value := getattr(settings, name), Path)
    }
    providers = tuple(
        msgspec.structs.replace(one, ca_file=folder / one.ca_file) if one.ca_file else one
        for one in settings.identity_providers
    )
    return msgspec.structs.replace(settings, **paths, identity_providers=providers)
