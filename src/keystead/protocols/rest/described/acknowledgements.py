"""Acknowledgement of events by services. Source: ``spec/kms-api.md`` section 2.16."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.reasons import Reason
from keystead.protocols.openapi.operation import Answer, Body, Operation
from keystead.protocols.openapi.shapes import FLAG, MOMENT, UUID, Schema, opened, ref, text
from keystead.protocols.rest.acknowledgements import ADOPTER_STATE, IN_USE, VERSIONS
from keystead.protocols.rest.described.fields import some_of

_ID: Final[Schema] = {**UUID, "examples": ["b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"]}
SCHEMAS: Final[dict[str, Schema]] = {
    "Acknowledgement": opened(
        {
            "eventId": _ID,
            "adopterKeyState": text(pattern=ADOPTER_STATE, examples=["DEK_DISABLED"]),
            "timestamp": {**MOMENT, "examples": ["2031-05-04T09:08:07Z"]},
        },
        {
            "keyStateData": opened({}, {name: opened({"id": _ID}) for name in VERSIONS}),
            "deleteRegistration": FLAG,
        },
    )
    | {
        "if": {"properties": {"adopterKeyState": {"const": IN_USE}}},
        "then": {"required": ["keyStateData"]},
    }
}
OPERATIONS: Final = {
    Action.EVENT_ACK: Operation(
        tag="Registrations",
        summary="Acknowledge an event of a key that protects a resource",
        note="For services, of events that their receiver was told. With `rewrappedKeyVersion` the "
        "registrations of the event's resources move to that version, never back. An event that was "
        "acknowledged may be acknowledged with the same state again. `deleteRegistration` takes the event's "
        "resources off the key.",
        body=Body(schema=some_of(ref("Acknowledgement"), 1)),
        answers={204: Answer(says="Acknowledged.")},
        refuses=(
            Reason.COLLECTION_TOTAL,
            Reason.INVALID_FIELD,
            Reason.SERVICE_ONLY,
            Reason.RESOURCE_OWNER,
            Reason.EVENT_NOT_FOUND,
            Reason.EVENT_CONFLICT,
        ),
    )
}
