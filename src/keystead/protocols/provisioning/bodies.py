"""Reading JSON bodies: what is null counts as absent, what is unknown is left alone."""

from typing import Any, Final

import msgspec

from keystead.domain.errors import Refused, bad_field
from keystead.domain.reasons import Reason

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Body:
    """The object that a request brings; of a member that is there twice the last one counts.

    Raises:
        Refused: ``BAD_BODY`` when it is none; ``INVALID_FIELD`` from each reader.
    """

    def __init__(self, content: bytes) -> None:
        try:
            self._members = _decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Refused(Reason.BAD_BODY, "The body must be: a JSON object") from None

    def text(self, name: str) -> str | None:
        """Return a string."""
        value = self._members.get(name)
        if value is not None and not isinstance(value, str):
            raise bad_field(name, "a string")
        return value

    def required(self, name: str, old_name: str | None = None) -> str:
        """Return a string that must be there, by the name that older clients have for it if need be."""
        found = self.text(name)
        if found is None and old_name is not None:
            found = self.text(old_name)
        if found is None:
            raise bad_field(name, "given")
        return found

    def flag(self, name: str) -> bool | None:
        """Return a boolean."""
        value = self._members.get(name)
        if value is not None and not isinstance(value, bool):
            raise bad_field(name, "true or false")
        return value

    def object(self, name: str, *, levels: int, octets: int) -> dict[str, Any] | None:
        """Return an object with so many *levels* at most, and in so many *octets* as JSON."""
        value = self._members.get(name)
        if value is None:
            return None
        if not isinstance(value, dict) or not _is_within(value, levels):
            raise bad_field(name, f"an object, with {levels} levels at most")
        if len(msgspec.json.encode(value)) > octets:
            raise bad_field(name, f"an object, in {octets} octets at most")
        return value

    def texts(self, name: str, *, most: int, longest: int) -> tuple[str, ...]:
        """Return a list of strings; an absent one is empty."""
        value = self._members.get(name)
        given = [] if value is None else value
        if (
            not isinstance(given, list)
            or len(given) > most
            or not all(isinstance(it, str) and len(it) <= longest for it in given)
        ):
            raise bad_field(name, f"a list of at most {most} strings of at most {longest} characters")
        return tuple(given)

    def objects(self, name: str, *, most: int) -> tuple[dict[str, Any], ...]:
        """Return a list of objects; an absent one is empty."""
        value = self._members.get(name)
        given = [] if value is None else value
        if not isinstance(given, list) or len(given) > most or not all(isinstance(it, dict) for it in given):
            raise bad_field(name, f"a list of at most {most} objects")
        return tuple(given)


def _is_within(value: dict[str, Any], levels: int) -> bool:
    level: list[Any] = [value]
    for _ in range(levels):
        level = [inner for outer in level for inner in _inside(outer)]
    return not any(isinstance(inner, dict | list) for inner in level)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
