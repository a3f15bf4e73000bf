"""What is done with a key. Source: ``spec/kms-api.md`` sections 2.6 and 2.8."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.reasons import Reason
from keystead.protocols.openapi.operation import Answer, Body, Operation
from keystead.protocols.openapi.shapes import Schema, base64, closed, opened, ref
from keystead.protocols.rest.described import parameters
from keystead.protocols.rest.described.fields import AAD, IMPORT_REFUSED, SOURCE, TOGETHER, VERSION_NAMED
from keystead.protocols.rest.described.impact import IMPACT
from keystead.protocols.rest.wrap import CIPHERTEXT_CHARACTERS, PLAINTEXT_CHARACTERS

_TAG: Final = "Actions on keys"
_ROOT: Final = (Reason.KEY_ROOT_REQUIRED, Reason.KEY_STATE, Reason.KEY_DELETED)
_PLAIN: Final = base64(description="The data key.")
_CIPHER: Final = base64(description="The wrapped data key.")
SCHEMAS: Final[dict[str, Schema]] = {
    "Wrap": opened(
        {},
        {
            "plaintext": base64(
                PLAINTEXT_CHARACTERS, description="The data key; without one, a fresh one is made."
            ),
            "aad": AAD,
        },
    ),
    "Unwrap": opened(
        {
            "ciphertext": base64(
                CIPHERTEXT_CHARACTERS, description="What a wrap answered with.", examples=["AQIDBAUGBwg="]
            )
        },
        {"aad": AAD},
    ),
    "Rotate": {**opened({}, SOURCE), **TOGETHER},
    "Wrapped": closed({"ciphertext": _CIPHER, "keyVersion": VERSION_NAMED}, {"plaintext": _PLAIN}),
    "Unwrapped": closed(
        {"plaintext": _PLAIN, "keyVersion": VERSION_NAMED},
        {"ciphertext": _CIPHER, "rewrappedKeyVersion": VERSION_NAMED},
    ),
    "Rewrapped": closed(
        {"ciphertext": _CIPHER, "keyVersion": VERSION_NAMED, "rewrappedKeyVersion": VERSION_NAMED}
    ),
}


def _opening(summary: str, answer: str, says: str, *refuses: Reason) -> Operation:
    return Operation(
        tag=_TAG,
        summary=summary,
        body=Body(schema=ref("Unwrap")),
        answers={200: Answer(says=says, schema=ref(answer))},
        refuses=(*_ROOT, Reason.INVALID_FIELD, Reason.NO_BODY, Reason.CIPHERTEXT, *refuses),
    )


def _acting(summary: str, *refuses: Reason, body: Body | None = None) -> Operation:
    return Operation(
        tag=_TAG,
        summary=summary,
        body=body,
        answers={204: Answer(says="Done.")},
        refuses=(*refuses, Reason.TOO_EARLY),
    )


OPERATIONS: Final = {
    Action.KEY_WRAP: Operation(
        tag=_TAG,
        summary="Wrap a data key",
        body=Body(schema=ref("Wrap"), required=False),
        answers={
            200: Answer(says="The wrapped data key, and a fresh one in the clear.", schema=ref("Wrapped"))
        },
        refuses=(*_ROOT, Reason.INVALID_FIELD),
    ),
    Action.KEY_UNWRAP: _opening(
        "Unwrap a data key",
        "Unwrapped",
        "The data key; wrapped anew where the key was rotated since.",
    ),
    Action.KEY_REWRAP: _opening(
        "Wrap a data key anew", "Rewrapped", "The data key, wrapped by the newest version."
    ),
    Action.KEY_ROTATE: _acting(
        "Rotate a root key",
        *_ROOT,
        *IMPORT_REFUSED,
        Reason.INVALID_QUERY_PARAM,
        Reason.KEY_PAYLOAD_REQUIRED,
        Reason.ROTATION_NOT_PERMITTED,
        body=Body(schema=ref("Rotate"), required=False),
    ),
    Action.KEY_DISABLE: Operation(
        tag=_TAG,
        summary="Disable a root key",
        parameters=(parameters.DRY_RUN,),
        answers={
            200: Answer(says="Of a dry run, what would come of it.", schema=IMPACT),
            204: Answer(says="Done."),
        },
        refuses=(*_ROOT, Reason.INVALID_QUERY_PARAM, Reason.TOO_EARLY),
    ),
    Action.KEY_ENABLE: _acting("Enable a disabled root key", *_ROOT),
    Action.KEY_SET_FOR_DELETION: _acting(
        "Agree to the deletion of a key", Reason.KEY_DELETED, Reason.NOT_DUAL_AUTH
    ),
    Action.KEY_UNSET_FOR_DELETION: _acting(
        "Take back what agreed to the deletion of a key", Reason.KEY_DELETED, Reason.NOT_DUAL_AUTH
    ),
    Action.KEY_SYNC: _acting("Tell the resources of a key of its state"),
}
