"""Import tokens. Source: ``spec/kms-api.md`` section 4."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.import_tokens import (
    DEFAULT_EXPIRATION_SECONDS,
    EXPIRATION_SECONDS,
    RETRIEVALS,
    TokenKind,
)
from keystead.domain.reasons import Reason
from keystead.protocols.openapi.operation import Answer, Body, Operation
from keystead.protocols.openapi.shapes import (
    COUNT,
    MOMENT,
    Schema,
    base64,
    choice,
    closed,
    opened,
    ref,
    whole,
)

_TAG: Final = "Import tokens"
_TOKEN: Final[dict[str, Schema]] = {
    "creationDate": MOMENT,
    "expirationDate": MOMENT,
    "maxAllowedRetrievals": COUNT,
    "remainingRetrievals": COUNT,
}
SCHEMAS: Final[dict[str, Schema]] = {
    "NewImportToken": opened(
        {},
        {
            "expiration": whole(
                EXPIRATION_SECONDS, default=DEFAULT_EXPIRATION_SECONDS, description="Seconds from now."
            ),
            "maxAllowedRetrievals": whole(RETRIEVALS, default=1),
            "publicKeyAlgorithm": choice(
                TokenKind, default=str(TokenKind.RSA_4096), description="What sort of public key is made."
            ),
        },
    ),
    "ImportToken": closed(_TOKEN),
    "ReadImportToken": closed(
        {
            **_TOKEN,
            "payload": base64(description="The public key, in PEM."),
            "nonce": base64(description="To be encrypted under the material."),
        },
        {"publicKeyAlgorithm": choice(kind for kind in TokenKind if kind is not TokenKind.RSA_4096)},
    ),
}
OPERATIONS: Final = {
    Action.IMPORT_TOKEN_CREATE: Operation(
        tag=_TAG,
        summary="Make an import token in place of the one before",
        body=Body(schema=ref("NewImportToken"), required=False),
        answers={200: Answer(says="The token, without its public key.", schema=ref("ImportToken"))},
        refuses=(Reason.INVALID_FIELD, Reason.TOO_EARLY),
    ),
    Action.IMPORT_TOKEN_READ: Operation(
        tag=_TAG,
        summary="Retrieve the import token",
        answers={200: Answer(says="The token.", schema=ref("ReadImportToken"))},
        refuses=(Reason.IMPORT_TOKEN_NOT_FOUND, Reason.IMPORT_TOKEN_EXPIRED, Reason.TOO_EARLY),
    ),
}
