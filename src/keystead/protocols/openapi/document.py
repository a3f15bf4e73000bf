"""Makes the document: a path for every route, an operation for every method. Source: OpenAPI 3.1.1."""

from collections.abc import Iterable
from typing import Any, Final

from keystead.domain.actions import Role, Scope
from keystead.domain.permissions import PERMISSIONS
from keystead.domain.permissions.hpcs import HPCS_ROLES
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.http.routes import Route
from keystead.protocols.openapi.operation import Answer, Header, Operation, Parameter, Section
from keystead.protocols.openapi.shapes import UUID, Schema

API_VERSION: Final = "2"  # of the API, as in its paths; which release runs here is nobody's business
ABOUT: Final = (
    "Key management with root keys that you own, on the wire of IBM Key Protect v2.\n\n"
    "Requests are read more leniently than the schemas say: names of members match in any case, null and "
    "empty strings count as absent, 600.0 is an integer, line breaks inside base64 do not count, and a "
    "Content-Type is never needed. Empty query parameters count as absent; unknown ones are ignored.\n\n"
    "What is no HTTP request at all, and a head that is too large, are answered with 400 and 431 in the form "
    "of the schema Error, an unknown path with 404, and another method with 405 and the header Allow."
)
_REACHES: Final = {
    Scope.INSTANCE: "on the whole instance",
    Scope.RING: "on the instance, or on the key ring that is named",
    Scope.KEY: "on the instance, on the key's ring, or on the key",
    Scope.LIST: "on anything in the instance; shows what the grants cover",
}
_EVERYWHERE: Final = (500, 503)  # a mistake of ours; not now
_CORRELATION: Final = Parameter(
    place="header", name="Correlation-Id", schema=UUID, says="Comes back in the answer; made up where absent."
)
_HEADERS: Final = {"Correlation-Id": Header(says="That of the request, or a new one.")}


def document(sections: Iterable[Section]) -> dict[str, Any]:
    """Return the document of all *sections*.

    Raises:
        KeyError: a route's action has no operation, or a named segment of its path no description.
    """
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Schema] = {}
    for section in sections:
        schemas |= section.schemas
        for route in section.routes:
            found = _operation(route, section.operations[route.action], section)
            paths.setdefault(route.path, {})[route.method.lower()] = found
    return {
        "openapi": "3.1.1",
        "info": {"title": "Keystead", "version": API_VERSION, "description": ABOUT},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SCHEMES},
    }


_SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token, which POST /identity/token gives for an API key.",
    },
    "client": {
        "type": "http",
        "scheme": "basic",
        "description": "The client credentials bx:bx, which older clients send and nobody needs.",
    },
}


def _operation(route: Route, operation: Operation, section: Section) -> dict[str, Any]:
    row = PERMISSIONS[route.action]
    described: dict[str, Any] = {
        "operationId": f"{route.method.lower()}{_camel(route.path)}",
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": "\n\n".join(part for part in (operation.note, _who(route)) if part),
        "security": list(section.security),
        "x-keystead-action": str(route.action),
        "x-keystead-roles": sorted(row.roles),
        "x-keystead-event": row.event,
        "parameters": [
            *_segments(route.path, section),
            *map(_parameter, (*operation.parameters, _CORRELATION)),
        ],
        "responses": _responses(route, operation, section),
    }
    if operation.deprecated:
        described["deprecated"] = True
    if operation.body is not None:
        content = {operation.body.media: {"schema": operation.body.schema}}
        described["requestBody"] = {"required": operation.body.required, "content": content}
    return described


def _who(route: Route) -> str:
    row = PERMISSIONS[route.action]
    if not row.roles:
        return "Needs no credentials."
    said = f"Needs the role {_any_of(row.roles)}, {_REACHES[row.scope]}."
    there = HPCS_ROLES.get(route.action)
    return said if there is None else f"{said} In an instance of hs-crypto it is {_any_of(there)}."


def _any_of(roles: frozenset[Role]) -> str:
    return " or ".join(sorted(roles))


def _segments(path: str, section: Section) -> list[dict[str, Any]]:
    names = (segment[1:-1] for segment in path.split("/") if segment.startswith("{"))
    return [_parameter(section.segments[name]) for name in names]


def _parameter(one: Parameter) -> dict[str, Any]:
    shown = {"in": one.place, "name": one.name, "required": one.required, "schema": one.schema}
    if one.schema.get("type") == "array":
        shown |= {"style": "form", "explode": False}
    return {**shown, "description": one.says}


def _responses(route: Route, operation: Operation, section: Section) -> dict[str, Any]:
    by_status: dict[int, list[Reason]] = {status: [] for status in _EVERYWHERE}
    for reason in dict.fromkeys(operation.refuses):
        by_status.setdefault(CODES[reason], []).append(reason)
    answers = {status: section.refusal(status, tuple(found)) for status, found in by_status.items()}
    answers |= operation.answers
    without_body = route.method == "HEAD"
    return {str(status): _answer(answers[status], without_body) for status in sorted(answers)}


def _answer(answer: Answer, without_body: bool) -> dict[str, Any]:
    headers = {
        name: {"description": header.says, "required": header.always, "schema": {"type": "string"}}
        for name, header in {**_HEADERS, **answer.headers}.items()
    }
    described: dict[str, Any] = {"description": answer.says, "headers": headers}
    if answer.schema is not None and not without_body:
        described["content"] = {answer.media: {"schema": answer.schema}}
    return described


def _camel(path: str) -> str:
    words = path.replace("{", "").replace("}", "").replace("_", "/").replace(".", "/").split("/")
    return "".join(word[:1].upper() + word[1:] for word in words)
