"""Shows the document as one HTML page: no script, nothing from elsewhere, and one style of its own."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

from keystead.protocols.openapi.shapes import Schema

_STYLE: Final = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1rem 4rem;
       color: #1c2024; background: #fff; }
h1, h2, h3 { line-height: 1.2; }
h2 { margin-top: 3rem; border-bottom: 1px solid #c8ccd0; }
h3 { margin-top: 2.5rem; font-size: 1.05rem; }
h3 small { font-weight: normal; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0;
         border-top: 1px solid #e4e7ea; }
td ul { margin: 0; padding-left: 1.2rem; }
a { color: #0a5bb5; }
@media (prefers-color-scheme: dark) {
  body { color: #e4e7ea; background: #15181b; }
  h2, th, td { border-color: #3a4046; }
  a { color: #7db4f5; }
}
"""
_REF: Final = "#/components/schemas/"
_LIMITS: Final = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matches <code>{}</code>",
    "format": "format {}",
    "contentEncoding": "{}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "default": "by default {}",
}


def policy() -> str:
    """Return the page's Content-Security-Policy: nothing is allowed but its one style, named by its hash."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def page(document: Mapping[str, Any]) -> str:
    """Return the page that shows *document*."""
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}: API reference"
    about = "".join(f"<p>{escape(part)}</p>" for part in info["description"].split("\n\n"))
    sections = "".join(_section(tag, found) for tag, found in _by_tag(document["paths"]).items())
    schemas = "".join(_component(name, schema) for name, schema in document["components"]["schemas"].items())
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{about}"
        f'<p>The same for machines: <a href="/openapi.json">openapi.json</a></p>'
        f"{_contents(document['paths'])}{sections}<h2>Schemas</h2>{schemas}</body></html>\n"
    )


def _by_tag(paths: Mapping[str, Any]) -> dict[str, list[tuple[str, str, Any]]]:
    found: dict[str, list[tuple[str, str, Any]]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return found


def _contents(paths: Mapping[str, Any]) -> str:
    entries = (
        f'<li><a href="#{operation["operationId"]}"><code>{method} {escape(path)}</code></a> '
        f"{escape(operation['summary'])}</li>"
        for found in _by_tag(paths).values()
        for method, path, operation in found
    )
    return f"<nav><ul>{''.join(entries)}</ul></nav>"


def _section(tag: str, operations: Iterable[tuple[str, str, Any]]) -> str:
    return f"<h2>{escape(tag)}</h2>" + "".join(_operation(*operation) for operation in operations)


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    says = escape(operation["summary"]) + (" (deprecated)" if operation.get("deprecated") else "")
    name = f"<code>{method} {escape(path)}</code> <small>{says}</small>"
    parts = [
        f'<h3 id="{operation["operationId"]}">{name}</h3>',
        *(f"<p>{escape(part)}</p>" for part in operation["description"].split("\n\n")),
        f"<p>Action <code>{escape(operation['x-keystead-action'])}</code></p>",
        _table("Parameter", "What it is", map(_parameter, operation["parameters"])),
    ]
    if "requestBody" in operation:
        needed = "" if operation["requestBody"]["required"] else ", may be left out"
        parts += [
            f"<p>Body{needed}: {_schema(schema)}</p>" for schema in _contents_of(operation["requestBody"])
        ]
    parts.append(_table("Answer", "What it holds", map(_answer, operation["responses"].items())))
    return "".join(parts)


def _parameter(one: Mapping[str, Any]) -> tuple[str, str]:
    where = f"{one['in']}, needed" if one["required"] else one["in"]
    return (
        f"<code>{escape(one['name'])}</code> ({where})",
        f"{escape(one.get('description', ''))} {_schema(one['schema'])}",
    )


def _answer(pair: tuple[str, Mapping[str, Any]]) -> tuple[str, str]:
    status, answer = pair
    held = " ".join(_schema(schema) for schema in _contents_of(answer))
    headers = ", ".join(f"<code>{escape(name)}</code>" for name in answer["headers"])
    return status, f"{escape(answer['description'])} {held} Headers: {headers}"


def _contents_of(holder: Mapping[str, Any]) -> list[Schema]:
    return [content["schema"] for content in holder.get("content", {}).values()]


def _component(name: str, schema: Schema) -> str:
    return f'<h3 id="schema-{escape(name)}">{escape(name)}</h3><div>{_schema(schema)}</div>'


def _table(left: str, right: str, rows: Iterable[tuple[str, str]]) -> str:
    body = "".join(f"<tr><td>{one}</td><td>{other}</td></tr>" for one, other in rows)
    return f"<table><thead><tr><th>{left}</th><th>{right}</th></tr></thead><tbody>{body}</tbody></table>"


def _schema(schema: Schema) -> str:
    """Return what a schema says, with the members of objects as lists inside each other."""
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(_REF))
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(map(_schema, schema["anyOf"]))
    said = [escape(schema.get("description", "")), _kind(schema), *_limits(schema)]
    words = ", ".join(part for part in said if part)
    if "items" in schema:
        words += f" of {_schema(schema['items'])}"
    return words + _members(schema)


def _kind(schema: Schema) -> str:
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return "one of " + ", ".join(f"<code>{escape(json.dumps(value))}</code>" for value in schema["enum"])
    return escape(schema.get("type", "anything"))


def _limits(schema: Schema) -> list[str]:
    return [
        says.format(escape(json.dumps(schema[word]).strip('"') if word != "pattern" else schema[word]))
        for word, says in _LIMITS.items()
        if word in schema
    ]


def _members(schema: Schema) -> str:
    properties = schema.get("properties", {})
    if not properties:
        return ""
    needed = schema.get("required", ())
    items = (
        f"<li><code>{escape(name)}</code>{'' if name in needed else ' (optional)'}: {_schema(inner)}</li>"
        for name, inner in properties.items()
    )
    return f"<ul>{''.join(items)}</ul>"
