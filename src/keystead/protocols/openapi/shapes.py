"""Schemas of JSON values, in the words of JSON Schema 2020-12.

What a request may hold names the limits of the reader that holds it to them. What an answer holds is closed:
a member that is not described here fails the tests.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

Schema = dict[str, Any]

MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
UUID: Final[Schema] = {"type": "string", "format": "uuid"}
FLAG: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_BASE64: Final = "(?:[A-Za-z0-9+/]{4})"
_BASE64_END: Final = "(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)"


def text(
    lengths: range | None = None, pattern: "str | re.Pattern[str] | None" = None, **more: object
) -> Schema:
    """Return a string of one of *lengths* that *pattern* matches."""
    schema: Schema = {"type": "string", **more}
    if lengths is not None:
        schema |= {"minLength": lengths.start, "maxLength": lengths.stop - 1}
    if pattern is not None:
        schema["pattern"] = pattern if isinstance(pattern, str) else ecma(pattern)
    return schema


def base64(longest: int | None = None, **more: object) -> Schema:
    """Return standard, padded base64 of one octet or more, and of at most *longest* characters."""
    pattern = f"^(?:{_BASE64}+{_BASE64_END}?|{_BASE64_END})$"
    schema = text(pattern=pattern, contentEncoding="base64")
    limit = {} if longest is None else {"maxLength": longest}
    return {**schema, **limit, **more}


def choice(of: Iterable[str], **more: object) -> Schema:
    """Return one of several strings."""
    return {"type": "string", "enum": [str(one) for one in of], **more}


def only(value: str) -> Schema:
    """Return the one string that it can be."""
    return {"type": "string", "const": str(value)}


def whole(within: range, **more: object) -> Schema:
    """Return an integer within a range."""
    return {"type": "integer", "minimum": within.start, "maximum": within.stop - 1, **more}


def listed(of: Schema, *, least: int | None = None, most: int | None = None, **more: object) -> Schema:
    """Return an array."""
    schema: Schema = {"type": "array", "items": of, **more}
    if least is not None:
        schema["minItems"] = least
    if most is not None:
        schema["maxItems"] = most
    return schema


def closed(needed: Mapping[str, Schema], more: Mapping[str, Schema] | None = None) -> Schema:
    """Return an object with members that are always there, members that may be, and no others."""
    return {**opened(needed, more), "additionalProperties": False}


def opened(needed: Mapping[str, Schema], more: Mapping[str, Schema] | None = None) -> Schema:
    """Return an object as `closed` does, whose other members are not looked at."""
    schema: Schema = {"type": "object", "properties": {**needed, **(more or {})}}
    if needed:
        schema["required"] = list(needed)
    return schema


def any_of(*schemas: Schema) -> Schema:
    """Return what fits one of *schemas*; where all are the same, that one."""
    different = [schema for at, schema in enumerate(schemas) if schema not in schemas[:at]]
    return different[0] if len(different) == 1 else {"anyOf": different}


def ref(name: str) -> Schema:
    """Refer to a schema of the document by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def ecma(pattern: "re.Pattern[str]") -> str:
    """Return the pattern as JSON Schema writes it; ours are matched from the start."""
    return "^" + pattern.pattern.removesuffix(r"\Z") + "$"
