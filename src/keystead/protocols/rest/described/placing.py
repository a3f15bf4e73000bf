"""Key rings, aliases, and a key's ring. Source: ``spec/kms-api.md`` sections 2.6, 2.11 and 2.12."""

from dataclasses import replace
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.ids import RING, RING_MUST_BE
from keystead.domain.reasons import Reason
from keystead.protocols.openapi.operation import Answer, Body, Operation
from keystead.protocols.openapi.shapes import COUNT, MOMENT, UUID, Schema, closed, opened, ref, text
from keystead.protocols.rest.aliases import ALIAS_TYPE
from keystead.protocols.rest.described import parameters
from keystead.protocols.rest.described.fields import collection
from keystead.protocols.rest.key_rings import DEFAULT_LIMIT, RING_TYPE
from keystead.protocols.rest.views import KEY_TYPE

_RINGS: Final = "Key rings"
_ALIASES: Final = "Aliases"
SCHEMAS: Final[dict[str, Schema]] = {
    "KeyRing": closed({"id": text(pattern=RING)}, {"creationDate": MOMENT, "createdBy": text()}),
    "Alias": closed({"keyId": UUID, "alias": text(), "createdBy": text(), "creationDate": MOMENT}),
}
_PAGE: Final = tuple(
    replace(one, schema={**one.schema, "default": DEFAULT_LIMIT}) if one.name == "limit" else one
    for one in parameters.PAGE
)
OPERATIONS: Final = {
    Action.RING_LIST: Operation(
        tag=_RINGS,
        summary="List key rings",
        parameters=(*_PAGE, parameters.TOTAL),
        answers={
            200: Answer(
                says="A page of key rings, default before all others.",
                schema=collection(RING_TYPE, ref("KeyRing"), totalCount=COUNT),
            )
        },
        refuses=(Reason.INVALID_QUERY_PARAM,),
    ),
    Action.RING_CREATE: Operation(
        tag=_RINGS,
        summary="Make a key ring",
        answers={201: Answer(says="Made.")},
        refuses=(
            Reason.INVALID_FIELD,
            Reason.KEY_RING_NOT_UNIQUE,
            Reason.KEY_RING_QUOTA,
            Reason.TOO_EARLY,
        ),
    ),
    Action.RING_DELETE: Operation(
        tag=_RINGS,
        summary="Delete a key ring without keys",
        parameters=(parameters.FORCE_RING,),
        answers={204: Answer(says="Deleted.")},
        refuses=(
            Reason.INVALID_QUERY_PARAM,
            Reason.INVALID_FIELD,
            Reason.KEY_RING_NOT_FOUND,
            Reason.KEY_RING_NOT_EMPTY,
            Reason.TOO_EARLY,
        ),
    ),
    Action.KEY_PATCH: Operation(
        tag="Keys",
        summary="Move a key to another ring",
        body=Body(schema=opened({"keyRingID": text(pattern=RING, description=RING_MUST_BE.capitalize())})),
        answers={200: Answer(says="The key.", schema=collection(KEY_TYPE, ref("Key")))},
        refuses=(Reason.INVALID_FIELD, Reason.KEY_RING_NOT_FOUND, Reason.KEY_DELETED, Reason.TOO_EARLY),
    ),
    Action.ALIAS_CREATE: Operation(
        tag=_ALIASES,
        summary="Give a key an alias",
        answers={201: Answer(says="The alias.", schema=collection(ALIAS_TYPE, ref("Alias")))},
        refuses=(
            Reason.INVALID_FIELD,
            Reason.ALIAS_NOT_UNIQUE,
            Reason.ALIAS_QUOTA,
            Reason.KEY_DELETED,
            Reason.TOO_EARLY,
        ),
    ),
    Action.ALIAS_DELETE: Operation(
        tag=_ALIASES,
        summary="Take an alias from a key",
        answers={204: Answer(says="Taken.")},
        refuses=(Reason.INVALID_FIELD, Reason.ALIAS_NOT_FOUND, Reason.KEY_DELETED, Reason.TOO_EARLY),
    ),
}
