"""Reads a PKCS #11 URI: which object, on which token, behind which module, opened with which PIN.

Source: RFC 7512 sections 2.3 and 2.4.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from keystead.client.errors import BadInput
from keystead.domain.material import KeyMaterial

_EXAMPLE = "pkcs11:token=NAME;object=LABEL?module-path=/path/module.so&pin-source=/path/pin"
_PATH = frozenset({"token", "serial", "model", "manufacturer", "object", "id", "type"})
_QUERY = frozenset({"module-path", "pin-value", "pin-source"})
_MAX_PIN = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectURI:
    """One secret key; ``None`` and empty members match anything."""

    module: str
    pin: KeyMaterial | None
    label: str | None
    id: bytes | None
    token: dict[str, str]  # any of token, serial, model, manufacturer


def read(text: str) -> ObjectURI:
    """Read *text* and the PIN file that it names.

    Raises:
        BadInput: it is no such URI, misses a part that is needed, or its PIN cannot be read.
    """
    if not text.startswith("pkcs11:"):
        raise BadInput(f"this is not a PKCS #11 URI; it has the form {_EXAMPLE}")
    path_text, _, query_text = text.removeprefix("pkcs11:").partition("?")
    path = _attributes(path_text, ";", _PATH)
    query = _attributes(query_text, "&", _QUERY)
    _require(path, query)
    return ObjectURI(
        module=unquote(query["module-path"]),
        pin=_pin(query),
        label=_text(path.get("object")),
        id=unquote_to_bytes(path["id"]) if "id" in path else None,
        token={
            name: unquote(path[name]) for name in ("token", "serial", "model", "manufacturer") if name in path
        },
    )


def _attributes(text: str, separator: str, known: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        # The value may be a PIN, so only the name is repeated.
        if not equals or name not in known:
            raise BadInput(
                f"the PKCS #11 URI has an attribute {name!r} that is not known; its form is {_EXAMPLE}"
            )
        if name in found:
            raise BadInput(f"the PKCS #11 URI has the attribute {name!r} twice; its form is {_EXAMPLE}")
        found[name] = value
    return found


def _require(path: dict[str, str], query: dict[str, str]) -> None:
    if "module-path" not in query:
        raise BadInput(f"the PKCS #11 URI names no module-path; its form is {_EXAMPLE}")
    if "object" not in path and "id" not in path:
        raise BadInput(f"the PKCS #11 URI names neither object nor id; its form is {_EXAMPLE}")
    if path.get("type", "secret-key") != "secret-key":
        raise BadInput("the PKCS #11 URI must name a secret key: leave type out or write type=secret-key")


def _pin(query: dict[str, str]) -> KeyMaterial | None:
    if "pin-value" in query:
        return KeyMaterial(unquote_to_bytes(query["pin-value"]))
    if "pin-source" not in query:
        return None
    source = Path(unquote(query["pin-source"]).removeprefix("file://").removeprefix("file:"))
    try:
        with source.open("rb") as file:
            return KeyMaterial(file.read(_MAX_PIN).rstrip(b"\r\n"))
    except OSError as error:
        raise BadInput(f"cannot read the PIN file {source}: {error.strerror}; check pin-source") from error


def _text(value: str | None) -> str | None:
    return None if value is None else unquote(value)
