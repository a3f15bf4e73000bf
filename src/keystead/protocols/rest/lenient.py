"""Reading JSON bodies the way the clients expect: as Go's decoder does.

Field names match in any case, ``null`` and empty strings count as absent, whole-number floats are integers,
line breaks inside base64 are ignored. Source: ``spec/kms-api.md`` section 1.6.
"""

import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from keystead.domain.errors import Refused, bad_field
from keystead.domain.reasons import Reason
from keystead.protocols.http.moments import read_moment

_BAD_BODY: Final = (
    "Invalid body data was passed. "
    "Please ensure the data passed had valid formatting with no invalid characters: "
)
_FORBIDDEN_IN_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")
_FIELD_NAME = re.compile(r"[A-Za-z_]{1,30}\Z")
_decode = msgspec.json.Decoder().decode


def bad_body(detail: str) -> Refused:
    """Return the refusal for a body that cannot be read."""
    return Refused(Reason.BAD_BODY, _BAD_BODY + detail)


class Fields:
    """One JSON object of a body; every reader refuses what is not of its type."""

    __slots__ = ("_given", "_spelled")

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._spelled = given
        self._given = {name.lower(): value for name, value in given.items()}  # the last spelling wins

    def __getitem__(self, name: str) -> Any:
        """Return the value of *name* in any case; ``None`` when absent, null or an empty string."""
        value = self._given.get(name.lower())
        return None if value == "" else value

    def only(self, *names: str) -> None:
        """Raise `Refused` with ``BAD_BODY`` when there is any field but *names*, unless it is null."""
        known = {name.lower() for name in names}
        for name, value in self._spelled.items():
            if value is not None and name.lower() not in known:
                raise bad_body(f"json: unknown field {_shown(name)}".rstrip())

    def part(self, name: str) -> "Fields | None":
        """Return an object inside this one; ``BAD_BODY`` when it is something else."""
        value = self[name]
        if value is not None and not isinstance(value, dict):
            raise bad_body(f"json: {name} must be an object")
        return None if value is None else Fields(value)

    def text(self, name: str, what: str = "a string") -> str | None:
        """Return a string."""
        value = self[name]
        if value is not None and not isinstance(value, str):
            raise bad_field(name, what)
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a boolean."""
        value = self[name]
        if value is None:
            return default
        if not isinstance(value, bool):
            raise bad_field(name, "a boolean")
        return value

    def whole(self, name: str) -> int | None:
        """Return an integer, also one written as ``600.0``."""
        value = self[name]
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise bad_field(name, "an integer")
        return int(value)

    def octets(self, name: str, what: str) -> bytes | None:
        """Return the octets that a base64 string stands for."""
        value = self.text(name, f"a base64 encoded {what}")
        return None if value is None else decode_base64(name, value, what)

    def texts(self, name: str, *, most: int, longest: int) -> tuple[str, ...]:
        """Return a list of strings; ``null`` inside it stands for the empty string."""
        value = self[name]
        if value is None:
            return ()
        must_be = f"a list of at most {most} strings of at most {longest} characters"
        if not isinstance(value, list) or len(value) > most:
            raise bad_field(name, must_be)
        texts = tuple("" if item is None else item for item in value)
        if not all(isinstance(text, str) and len(text) <= longest for text in texts):
            raise bad_field(name, must_be)
        return texts

    def moment(self, name: str) -> datetime | None:
        """Return an RFC 3339 time, in UTC to the second."""
        value = self.text(name)
        if value is None:
            return None
        time = read_moment(value)
        if time is None:
            raise bad_field(name, "a timestamp in the form of RFC 3339")
        return time


def read_object(content: bytes) -> Fields:
    """Read a flat body; an empty one or ``null`` is an object without fields.

    Raises:
        Refused: ``BAD_BODY``.
    """
    if not content or content.isspace():
        return Fields({})
    value = _read(content)
    if value is None:
        return Fields({})
    if not isinstance(value, dict):
        raise bad_body("json: an object is needed here")
    return Fields(value)


def read_single(content: bytes, what: str = "key") -> Fields:
    """Read a collection that must hold exactly one resource, *what* it brings.

    Raises:
        Refused: ``BAD_BODY``.
    """
    body = read_object(content)
    if not isinstance(body["metadata"], dict):
        raise bad_body("CollectionMetadata is empty")
    resources = body["resources"]
    if not isinstance(resources, list) or not resources:
        raise bad_body("resources is empty")
    if len(resources) > 1:
        raise bad_body(f"Only creation of one {what} per request is supported")
    if not isinstance(resources[0], dict):
        raise bad_body("json: a resource must be an object")
    return Fields(resources[0])


def decode_base64(name: str, text: str, what: str) -> bytes:
    """Decode standard, padded base64; line breaks are ignored.

    Raises:
        Refused: ``INVALID_FIELD`` with the text that clients look for.
    """
    plain = text.replace("\r", "").replace("\n", "")
    octets = _base64(plain)
    if octets is None:
        where = _first_illegal(plain)
        raise bad_field(name, f"a base64 encoded {what}: illegal base64 data at input byte {where}")
    return octets


def _shown(name: str) -> str:
    """Return the name of a field for an error text, and nothing of what could be material in its place."""
    return f'"{name}"' if _FIELD_NAME.match(name) else ""


def _base64(plain: str) -> bytes | None:
    if len(plain) % 4 or plain.endswith("==="):  # a2b_base64 lets padding pass that nothing asks for
        return None
    try:
        return binascii.a2b_base64(plain, strict_mode=True)
    except ValueError:
        return None


def _first_illegal(plain: str) -> int:
    """Return where Go's decoder would stop."""
    found = _FORBIDDEN_IN_BASE64.search(plain)
    padding = plain.find("=")
    places = [found.start()] if found else []
    if (padding >= 0 and plain[padding:] not in ("=", "==")) or (padding >= 0 and len(plain) % 4):
        places.append(padding)
    return min(places, default=len(plain))


def _read(content: bytes) -> Any:
    try:
        return _decode(content)
    except msgspec.DecodeError as error:
        raise bad_body(str(error)) from None
    except (RecursionError, UnicodeDecodeError):
        raise bad_body("json: nested too deeply or not UTF-8") from None
