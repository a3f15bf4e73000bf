"""Values just inside and just outside of what a schema of the API document allows."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from described import DOCUMENT

Schema = dict[str, Any]
Spot = tuple[str | int, ...]  # the way to a member of a body

_OTHERS: Final[tuple[Any, ...]] = (True, 7, 1.5, "?!", ["?!"], {"?": 1})
_TEXT: Final = "x"


def followed(schema: Schema) -> Schema:
    """Return the schema that a reference leads to."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def alternatives(schema: Schema) -> list[Schema]:
    """Return the body's schema once for each kind of resource that it may hold."""
    schema = followed(schema)
    properties = schema.get("properties", {})
    if "resources" not in properties:
        return [schema]
    items = followed(properties["resources"]["items"])
    return [
        {**schema, "properties": {**properties, "resources": {**properties["resources"], "items": one}}}
        for one in items.get("anyOf", [items])
    ]


def sample(schema: Schema) -> Any:
    """Return a value that fits, with nothing in it that may be absent."""
    schema = followed(schema)
    if "examples" in schema:
        return deepcopy(schema["examples"][0])
    if "const" in schema or "enum" in schema:
        return schema.get("const") or schema["enum"][0]
    if schema["type"] == "object":
        return {name: sample(schema["properties"][name]) for name in schema.get("required", ())}
    if schema["type"] == "array":
        return [sample(schema["items"]) for _ in range(schema.get("minItems", 0))]
    text = "AAAA" if "contentEncoding" in schema else _TEXT * max(1, schema.get("minLength", 1))
    return {"string": text, "boolean": False, "integer": schema.get("minimum", 0)}[schema["type"]]


def spots(schema: Schema, way: Spot = ()) -> Iterator[tuple[Spot, Schema]]:
    """Yield the body, every member that it may have, and the items of lists."""
    schema = followed(schema)
    yield way, schema
    for name, inner in schema.get("properties", {}).items():
        yield from spots(inner, (*way, name))
    if "items" in schema:
        yield from spots(schema["items"], (*way, 0))


def placed(schema: Schema, way: Spot, value: object) -> Any:
    """Return a sample of *schema* with *value* at a spot, and with what must come with it."""
    if not way:
        return value
    schema, (step, *rest) = followed(schema), way
    whole = sample(schema)
    if isinstance(step, int):
        return [placed(schema["items"], tuple(rest), value), *whole[1:]]
    whole[step] = placed(schema["properties"][step], tuple(rest), value)
    for other in schema.get("dependentRequired", {}).get(step, ()):
        whole.setdefault(other, sample(schema["properties"][other]))
    return whole


def within(schema: Schema) -> list[Any]:
    """Return values on the edge of what is allowed."""
    schema = followed(schema)
    found = [*schema.get("examples", ()), *schema.get("enum", ())]
    found += [schema[word] for word in ("const", "minimum", "maximum") if word in schema]
    if schema.get("type") == "boolean":
        found += [True, False]
    if schema.get("type") == "string":
        found += [_TEXT * schema[word] for word in ("minLength", "maxLength") if word in schema]
        found += ["A" * schema.get("maxLength", 400)] if "contentEncoding" in schema else []
    if "maxItems" in schema and schema["maxItems"] < 400 and schema["items"].get("type") == "string":
        found.append([f"{_TEXT}{number}" for number in range(schema["maxItems"])])
    return found


def beyond(schema: Schema) -> list[Any]:
    """Return values just over the edge, and values of every other type."""
    schema = followed(schema)
    found = [*_OTHERS]
    found += [schema[word] + step for word, step in (("minimum", -1), ("maximum", 1)) if word in schema]
    if schema.get("type") == "string":
        longest = schema.get("maxLength")
        found += [] if longest is None else [_TEXT * (longest + 1), "A" * (longest // 4 * 4 + 4)]
        found += [_TEXT * (schema["minLength"] - 1)] if schema.get("minLength", 0) > 1 else []
        found += ["AAA", "A\u00e9=="] if "contentEncoding" in schema else []
    if "items" in schema:
        one = sample(schema["items"])
        found += [[one] * (schema["maxItems"] + 1)] if "maxItems" in schema else []
        found += [[]] if schema.get("minItems") else []
    if schema.get("additionalProperties") is False:
        found.append({**sample(schema), "unknown": 1})
    for needed in schema.get("required", ()):
        found.append({name: value for name, value in sample(schema).items() if name != needed})
    return found
