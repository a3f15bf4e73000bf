"""KMIP adapters, certificates and objects. Source: ``spec/kms-api.md`` sections 1.8 and 2.15."""

from dataclasses import replace
from typing import Final

from keystead.domain import ids, kmip_rules
from keystead.domain.actions import Action
from keystead.domain.kmip import ObjectState
from keystead.domain.reasons import Reason
from keystead.protocols.openapi.operation import Answer, Body, Operation, Parameter
from keystead.protocols.openapi.shapes import (
    COUNT,
    MOMENT,
    UUID,
    Schema,
    closed,
    ecma,
    listed,
    only,
    opened,
    ref,
    text,
)
from keystead.protocols.rest.described import parameters
from keystead.protocols.rest.described.fields import collection, one_of
from keystead.protocols.rest.kmip_adapters import (
    ADAPTER_TYPE,
    DEFAULT_LIMIT,
    DESCRIPTION_CHARACTERS,
    LIMITS,
    PROFILE,
)
from keystead.protocols.rest.kmip_certificates import CERTIFICATE_CHARACTERS, CERTIFICATE_TYPE
from keystead.protocols.rest.kmip_objects import OBJECT_TYPE

_TAG: Final = "KMIP"
_NAME: Final[Schema] = {**text(pattern=kmip_rules.NAME), "not": {"pattern": ecma(ids.UUID)}}
_STATE: Final[Schema] = {"type": "integer", "enum": [int(state) for state in ObjectState]}
_MADE: Final = {"id": UUID, "name": text(), "created_at": MOMENT, "created_by": text()}
_TOUCHED: Final = {
    f"{verb}_{what}": schema
    for verb in ("created", "updated", "destroyed")
    for what, schema in (("at", MOMENT), ("by", text()), ("by_kmip_client_cert_id", UUID))
}
SCHEMAS: Final[dict[str, Schema]] = {
    "NewKmipAdapter": opened(
        {
            "profile": only(PROFILE),
            "profile_data": opened(
                {"crk_id": text(minLength=1, description="The id or an alias of an active root key.")}
            ),
        },
        {"name": _NAME, "description": text(maxLength=DESCRIPTION_CHARACTERS)},
    ),
    "KmipAdapter": closed(
        {
            **_MADE,
            "description": text(),
            "profile": only(PROFILE),
            "profile_data": closed({"crk_id": UUID}),
            "updated_at": MOMENT,
            "updated_by": text(),
        }
    ),
    "NewKmipCertificate": opened(
        {
            "certificate": text(
                minLength=1, maxLength=CERTIFICATE_CHARACTERS, description="One X.509 certificate in PEM."
            )
        },
        {"name": _NAME},
    ),
    "KmipCertificate": closed(_MADE, {"certificate": text()}),
    "KmipObject": closed({"id": UUID, "kmip_object_type": {"const": 2}, "state": _STATE}, _TOUCHED),
}
_ADAPTERS: Final = collection(ADAPTER_TYPE, ref("KmipAdapter"), totalCount=COUNT)
_CERTIFICATES: Final = collection(CERTIFICATE_TYPE, ref("KmipCertificate"), totalCount=COUNT)
_OBJECTS: Final = collection(OBJECT_TYPE, ref("KmipObject"), totalCount=COUNT)
_CRK: Final = Parameter(
    place="query",
    name="crk_id",
    schema=text(),
    says="Only adapters that this root key serves, by id or alias.",
)
_STATES: Final = Parameter(
    place="query",
    name="state",
    schema=listed(_STATE, least=1),
    says="The states that are listed; given more than once, they add up. By default all but destroyed ones.",
)
_EXPIRING: Final = Parameter(
    place="query",
    name=kmip_rules.ALLOW_EXPIRING,
    schema=parameters.FORCE.schema,
    says="Whether a root key with an expiration date will do.",
)
_FORCE: Final = replace(parameters.FORCE, says="Whether an active object is destroyed.")


def _page(most: int) -> tuple[Parameter, ...]:
    limit, offset = parameters.PAGE
    schema = {**limit.schema, "maximum": most, "default": DEFAULT_LIMIT}
    return replace(limit, schema=schema), offset, parameters.TOTAL


def _operation(
    summary: str, answer: Answer, *refuses: Reason, status: int = 200, **more: object
) -> Operation:
    return Operation(tag=_TAG, summary=summary, answers={status: answer}, refuses=refuses, **more)  # type: ignore[arg-type]


_A: Final = Reason.ADAPTER_NOT_FOUND
_C: Final = Reason.CERTIFICATE_NOT_FOUND
_O: Final = Reason.OBJECT_NOT_FOUND
_GONE: Final = Answer(says="Deleted.")
OPERATIONS: Final = {
    Action.ADAPTER_CREATE: _operation(
        "Make a KMIP adapter",
        Answer(says="The adapter.", schema=_ADAPTERS),
        Reason.INVALID_FIELD,
        Reason.CRK_NOT_FOUND,
        Reason.CRK_INVALID,
        Reason.ADAPTER_NOT_UNIQUE,
        Reason.ADAPTER_QUOTA,
        Reason.TOO_EARLY,
        Reason.INVALID_QUERY_PARAM,
        status=201,
        parameters=(_EXPIRING,),
        body=Body(schema=one_of(ref("NewKmipAdapter"))),
    ),
    Action.ADAPTER_LIST: _operation(
        "List KMIP adapters",
        Answer(says="A page of adapters.", schema=_ADAPTERS),
        Reason.INVALID_QUERY_PARAM,
        parameters=(*_page(LIMITS.stop - 1), _CRK),
    ),
    Action.ADAPTER_READ: _operation("Show a KMIP adapter", Answer(says="The adapter.", schema=_ADAPTERS), _A),
    Action.ADAPTER_DELETE: _operation(
        "Delete a KMIP adapter whose objects are all destroyed, with its certificates",
        _GONE,
        _A,
        Reason.KEY_STATE,
        Reason.TOO_EARLY,
        status=204,
    ),
    Action.CERTIFICATE_CREATE: _operation(
        "Give a KMIP adapter a client",
        Answer(says="The certificate.", schema=_CERTIFICATES),
        Reason.INVALID_FIELD,
        _A,
        Reason.CERTIFICATE_NOT_UNIQUE,
        Reason.CERTIFICATE_NAME_NOT_UNIQUE,
        Reason.CERTIFICATE_QUOTA,
        Reason.TOO_EARLY,
        status=201,
        body=Body(schema=one_of(ref("NewKmipCertificate"))),
    ),
    Action.CERTIFICATE_LIST: _operation(
        "List the certificates of a KMIP adapter",
        Answer(says="A page of certificates, without their texts.", schema=_CERTIFICATES),
        Reason.INVALID_QUERY_PARAM,
        _A,
        parameters=_page(LIMITS.stop - 1),
    ),
    Action.CERTIFICATE_READ: _operation(
        "Show a certificate of a KMIP adapter",
        Answer(says="The certificate.", schema=_CERTIFICATES),
        _A,
        _C,
    ),
    Action.CERTIFICATE_DELETE: _operation(
        "Take a client from a KMIP adapter", _GONE, _A, _C, Reason.TOO_EARLY, status=204
    ),
    Action.OBJECT_LIST: _operation(
        "List the objects of a KMIP adapter",
        Answer(says="A page of objects.", schema=_OBJECTS),
        Reason.INVALID_QUERY_PARAM,
        _A,
        parameters=(*_page(parameters.PAGE[0].schema["maximum"]), _STATES),
    ),
    Action.OBJECT_READ: _operation(
        "Show an object of a KMIP adapter", Answer(says="The object.", schema=_OBJECTS), _A, _O
    ),
    Action.OBJECT_DELETE: _operation(
        "Destroy an object of a KMIP adapter",
        Answer(says="Destroyed."),
        Reason.INVALID_QUERY_PARAM,
        _A,
        _O,
        Reason.KEY_STATE,
        Reason.OBJECT_DESTROYED,
        Reason.TOO_EARLY,
        status=204,
        parameters=(_FORCE,),
    ),
}
