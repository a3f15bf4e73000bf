"""This door's section of the document: what its files say, and what is so of all its operations."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.reasons import Reason
from keystead.protocols.http.routes import Route
from keystead.protocols.openapi.operation import Answer, Body, Operation, Section
from keystead.protocols.openapi.shapes import any_of
from keystead.protocols.rest.action_routes import BY_QUERY
from keystead.protocols.rest.described import (
    acknowledgements,
    actions,
    audit_events,
    impact,
    import_tokens,
    key_reports,
    key_schemas,
    key_uses,
    keys,
    kmip,
    parameters,
    placing,
    policies,
    registrations,
)
from keystead.protocols.rest.described.fields import ERROR, refusal
from keystead.protocols.rest.routes import ROUTES
from keystead.service.limits import NEVER_LIMITED

_ROWS: Final = (
    keys,
    impact,
    audit_events,
    key_uses,
    key_reports,
    actions,
    placing,
    policies,
    registrations,
    acknowledgements,
    import_tokens,
    kmip,
)
_SCHEMAS: Final = (
    key_schemas,
    impact,
    audit_events,
    key_uses,
    key_reports,
    actions,
    placing,
    policies,
    registrations,
    acknowledgements,
    import_tokens,
    kmip,
)
_ALWAYS: Final = (
    Reason.UNAUTHORIZED,
    Reason.BEARER_SUB_EXTRACTION,
    Reason.BAD_INSTANCE,
    Reason.BAD_BODY,  # one that is too large, whether or not it would be read
    Reason.RECORD_CORRUPTED,
)
_RINGED: Final = (Action.KEY_CREATE, Action.KEY_CREATE_WITH_OVERRIDES, Action.KEY_LIST, Action.KEY_COUNT)


def section() -> Section:
    """Return the section."""
    rows = {action: operation for part in _ROWS for action, operation in part.OPERATIONS.items()}
    rows[Action.KEY_ACTION] = _by_query(rows[route.action] for route in BY_QUERY.values())
    return Section(
        routes=ROUTES,
        operations={route.action: _whole(route, rows[route.action]) for route in ROUTES},
        schemas={"Error": ERROR, **{name: one for part in _SCHEMAS for name, one in part.SCHEMAS.items()}},
        refusal=refusal,
        security=({"bearer": []},),
        segments={one.name: one for one in parameters.SEGMENTS},
    )


def _whole(route: Route, row: Operation) -> Operation:
    """Return *row* with what every operation on this path takes and may be refused with."""
    about_key = "{key}" in route.path
    is_deed = route.method not in ("GET", "HEAD")
    headers = (parameters.RING_OF_KEY,) if about_key or route.action in _RINGED else ()
    return replace(
        row,
        parameters=(*row.parameters, parameters.INSTANCE, *headers),
        refuses=(
            *_ALWAYS,
            *((Reason.KEY_NOT_FOUND,) if about_key else ()),
            *((Reason.TOO_MANY,) if route.action not in NEVER_LIMITED else ()),
            *((Reason.INVALID_QUERY_PARAM,) if is_deed else ()),  # at least for a dry run that there is not
            *row.refuses,
        ),
    )


def _by_query(rows: Iterable[Operation]) -> Operation:
    """Return the older form of all actions: whatever one of them takes, gives or refuses."""
    found = tuple(rows)
    bodies = [row.body.schema for row in found if row.body is not None]
    by_status: dict[int, list[Answer]] = {}
    for row in found:
        for status, answer in row.answers.items():
            by_status.setdefault(status, []).append(answer)
    return Operation(
        tag=found[0].tag,
        summary="Do what the query names",
        note="Each action as under its own path: who may, what it takes (`disable` takes `dryRun`) "
        "and how it is recorded.",
        deprecated=True,
        parameters=(parameters.action(*BY_QUERY), parameters.PREFER),
        body=Body(schema=any_of(*bodies), required=False),
        answers={status: _either(answers) for status, answers in by_status.items()},
        refuses=(Reason.INVALID_QUERY_PARAM, *(reason for row in found for reason in row.refuses)),
    )


def _either(answers: list[Answer]) -> Answer:
    schemas = [answer.schema for answer in answers if answer.schema is not None]
    return Answer(says="What the action answers.", schema=any_of(*schemas) if schemas else None)
