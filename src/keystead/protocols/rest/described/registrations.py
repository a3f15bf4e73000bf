"""Registrations of resources with keys. Source: ``spec/kms-api.md`` section 2.14."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.crns import MAX_CHARACTERS
from keystead.domain.reasons import Reason
from keystead.protocols.openapi.operation import Answer, Body, Header, Operation
from keystead.protocols.openapi.shapes import (
    COUNT,
    FLAG,
    MOMENT,
    UUID,
    Schema,
    closed,
    listed,
    opened,
    ref,
    text,
)
from keystead.protocols.rest.described import parameters
from keystead.protocols.rest.described.fields import KEY_VERSION, STAMP, collection
from keystead.protocols.rest.registrations import MOST_DEACTIVATED, REGISTRATION_TYPE, TEXT_CHARACTERS

_TAG: Final = "Registrations"
_PART: Final = r"[^:*\u0000-\u001f\u007f-\u009f]"
SCHEMAS: Final[dict[str, Schema]] = {
    "RegistrationWish": opened(
        {},
        {
            "keyVersionId": text(description="The version of the key that the resource uses."),
            "preventKeyDeletion": FLAG,
            "description": text(maxLength=TEXT_CHARACTERS),
            "registrationMetadata": text(
                maxLength=TEXT_CHARACTERS, description="The service's own; shown to services only."
            ),
        },
    ),
    "Registration": closed(
        {
            "keyId": UUID,
            "keyName": text(),
            "resourceCrn": text(pattern="^crn:"),
            **STAMP,
            "lastUpdated": MOMENT,
            "description": text(),
            "preventKeyDeletion": FLAG,
            "keyVersion": KEY_VERSION,
        },
        {"registrationMetadata": text()},
    ),
    "ResourceNamed": opened(
        {
            "resourceCrn": text(
                pattern=f"^crn(?::{_PART}*){{3}}:{_PART}+(?::{_PART}*){{2}}:{_PART}+(?::{_PART}*){{2}}$",
                maxLength=MAX_CHARACTERS,
                description="Ten segments, down to a service instance.",
                examples=["crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:ledger"],
            )
        }
    ),
}
_SHOWN: Final = collection(REGISTRATION_TYPE, ref("Registration"))
_OWNERS: Final = (Reason.SERVICE_ONLY, Reason.RESOURCE_OWNER, Reason.INVALID_FIELD, Reason.TOO_EARLY)
_WRITTEN: Final = (*_OWNERS, Reason.KEY_STATE_REGISTRATION, Reason.KEY_ROOT_REGISTRATION)
_BODY: Final = Body(
    schema=opened({}, {"resources": listed(ref("RegistrationWish"), least=1, most=1)}), required=False
)


def _listing(summary: str) -> Operation:
    tag = {"ETag": Header(says="Of the registration, where there is only one.", always=False)}
    return Operation(
        tag=_TAG,
        summary=summary,
        parameters=parameters.REGISTERED,
        answers={
            200: Answer(
                says="A page of registrations.",
                schema=collection(REGISTRATION_TYPE, ref("Registration"), totalCount=COUNT),
                headers=tag,
            )
        },
        refuses=(Reason.INVALID_QUERY_PARAM,),
    )


def _writing(summary: str, *refuses: Reason, matching: bool = True) -> Operation:
    return Operation(
        tag=_TAG,
        summary=summary,
        parameters=(parameters.IF_MATCH,) if matching else (),
        body=_BODY,
        answers={
            200: Answer(
                says="The registration.", schema=_SHOWN, headers={"ETag": Header(says="Of the registration.")}
            )
        },
        refuses=(*_WRITTEN, *refuses),
    )


_MATCHED: Final = (Reason.REGISTRATION_NOT_FOUND, Reason.PRECONDITION_FAILED, Reason.KEY_VERSION_INVALID)
OPERATIONS: Final = {
    Action.REGISTRATION_LIST: _listing("List the registrations of an instance"),
    Action.REGISTRATION_LIST_KEY: _listing("List the registrations of a key"),
    Action.REGISTRATION_CREATE: _writing(
        "Register a resource", Reason.REGISTRATION_NOT_UNIQUE, matching=False
    ),
    Action.REGISTRATION_WRITE: _writing("Replace a registration", *_MATCHED),
    Action.REGISTRATION_MERGE: _writing("Change parts of a registration", *_MATCHED),
    Action.REGISTRATION_DELETE: Operation(
        tag=_TAG,
        summary="Remove a registration",
        answers={200: Answer(says="What was removed.", schema=_SHOWN)},
        refuses=(*_OWNERS, Reason.REGISTRATION_NOT_FOUND),
    ),
    Action.REGISTRATION_DEACTIVATE: Operation(
        tag=_TAG,
        summary="Remove several registrations",
        deprecated=True,
        parameters=(parameters.action("deactivate"),),
        body=Body(schema=opened({"resources": listed(ref("ResourceNamed"), least=1, most=MOST_DEACTIVATED)})),
        answers={200: Answer(says="What was removed.", schema=_SHOWN)},
        refuses=(*_OWNERS, Reason.INVALID_QUERY_PARAM, Reason.REGISTRATION_NOT_FOUND),
    ),
}
