"""What the readers make of a body before they look at it: the leniency that the API document tells of.

Source: ``spec/kms-api.md`` section 1.6.
"""

from typing import Any

from conformance.edges import followed
from described import is_valid

Schema = dict[str, Any]


def accepts(schema: Schema, body: object) -> bool:
    """Tell whether *body*, read leniently, is one that *schema* describes."""
    return any(is_valid(one, as_read(one, body)) for one in _kinds(followed(schema)))


def as_read(schema: Schema, value: object) -> Any:
    """Return *value* as a strict reader would have wanted it."""
    schema = followed(schema)
    if isinstance(value, dict) and "properties" in schema:
        return _members(schema, value)
    if isinstance(value, list) and "items" in schema:
        return [_item(schema["items"], item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and "contentEncoding" in schema:
        return value.replace("\r", "").replace("\n", "")
    return value


def _members(schema: Schema, value: dict[str, Any]) -> dict[str, Any]:
    spelled = {name.lower(): name for name in schema["properties"]}
    given = {spelled.get(name.lower(), name): inner for name, inner in value.items()}
    return {
        name: as_read(schema["properties"].get(name, {}), _stripped(name, inner))
        for name, inner in given.items()
        if inner is not None and inner != ""
    }


def _stripped(name: str, value: object) -> object:
    """Return a key's name without the spaces around it, and anything else as it is."""
    return value.strip() if name == "name" and isinstance(value, str) else value


def _item(schema: Schema, item: object) -> Any:
    """Return an item as read; ``null`` in a list of strings stands for an empty one."""
    schema = followed(schema)
    if item is None and schema.get("type") == "string":
        return ""
    fitting = [read for one in _kinds(schema) if is_valid(one, read := as_read(one, item))]
    return fitting[0] if fitting else item


def _kinds(schema: Schema) -> list[Schema]:
    return [followed(one) for one in schema.get("anyOf", [schema])]
