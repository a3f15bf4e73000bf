"""Holds answers against the API document: each status, header and member that there is must be described."""

from http import HTTPStatus
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from http_peer import Answer
from keystead.domain.errors import Refused
from keystead.protocols.http.routes import RouteTree
from keystead.protocols.provisioning.answers import ROOTS as PROVISIONING
from keystead.protocols.routes import DESCRIBED, api_document

DOCUMENT: Final = api_document()
_TREE: Final = RouteTree(DESCRIBED)
SESSIONS: Final = ("/identity/passcode", "/identity/introspect")
_ERROR: Final = {"$ref": "#/components/schemas/Error"}
_UNDESCRIBED: Final = ("/healthz", "/readyz", "/dev/", "/oauth/", "/acms/", *SESSIONS, *PROVISIONING)
_OF_HTTP: Final = {"date", "connection", "content-type", "content-length", "cache-control"}


def check_described(method: str, target: str, answer: Answer) -> None:
    """Require that *answer* is one that the document promises for what was asked."""
    path = target.partition("?")[0]
    if answer.status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:  # refused before anything was asked for
        check_valid(_ERROR, answer.json, target)
        return
    if path.startswith(_UNDESCRIBED):
        return
    try:
        route, _ = _TREE.find(method, path)
    except Refused:
        assert ("allow" in answer.headers) is (answer.status == HTTPStatus.METHOD_NOT_ALLOWED)
        if answer.body:
            check_valid(_ERROR, answer.json, target)
        return
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    where = f"{method} {route.path} {answer.status}"
    found = operation["responses"].get(str(answer.status))
    assert found is not None, f"{where} is not described: {answer.body!r}"
    _check_headers(found["headers"], answer, where)
    _check_body(found.get("content"), answer, where)


def check_valid(schema: dict[str, Any], value: object, where: str = "") -> None:
    """Require that *value* fits a schema of the document."""
    errors = [f"{error.instance_path} {error.message}" for error in _validator(schema).iter_errors(value)]
    assert not errors, f"{where}: {errors}"


def is_valid(schema: dict[str, Any], value: object) -> bool:
    """Tell whether *value* fits a schema of the document."""
    return _validator(schema).is_valid(value)


def _check_headers(described: dict[str, Any], answer: Answer, where: str) -> None:
    known = {name.lower(): header for name, header in described.items()}
    assert set(answer.headers) <= known.keys() | _OF_HTTP, f"{where}: {answer.headers}"
    needed = {name for name, header in known.items() if header["required"]}
    assert needed <= set(answer.headers), f"{where}: {answer.headers}"


def _check_body(described: dict[str, Any] | None, answer: Answer, where: str) -> None:
    if described is None:
        assert not answer.body, where
        return
    ((media, content),) = described.items()
    assert answer.headers["content-type"].partition(";")[0] == media, where
    check_valid(
        content["schema"], answer.json if media == "application/json" else answer.body.decode(), where
    )


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    """Return the schema's validator, made once; the schema is kept with it, so that its id stays its own."""
    found = _VALIDATORS.get(id(schema))
    if found is None:
        whole = {**schema, "components": DOCUMENT["components"]}
        found = _VALIDATORS[id(schema)] = (schema, Draft202012Validator(whole, validate_formats=True))
    return found[1]


_VALIDATORS: Final[dict[int, tuple[dict[str, Any], Draft202012Validator]]] = {}
