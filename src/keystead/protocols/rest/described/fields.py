"""Parts of bodies that several operations share. Source: ``spec/kms-api.md`` 1.5, 1.6, 1.11 and 4."""

from typing import Final

from keystead.domain import ids
from keystead.domain.import_tokens import ImportAlgorithm
from keystead.domain.policies import INTERVALS, PolicyKind
from keystead.domain.reasons import Reason
from keystead.protocols.openapi.operation import Answer, Header
from keystead.protocols.openapi.shapes import (
    COUNT,
    FLAG,
    MOMENT,
    UUID,
    Schema,
    base64,
    choice,
    closed,
    ecma,
    listed,
    only,
    opened,
    ref,
    text,
    whole,
)
from keystead.protocols.rest.bodies import AAD_CHARACTERS, AAD_ITEMS
from keystead.protocols.rest.errors import WITHOUT_REASONS
from keystead.protocols.rest.views import ERROR_TYPE

AAD: Final = listed(
    text(maxLength=AAD_CHARACTERS),
    most=AAD_ITEMS,
    description="Strings that must come again, in order, to unwrap.",
)
SOURCE: Final[dict[str, Schema]] = {
    "payload": base64(
        description="Key material: 16, 24 or 32 octets for a root key, 1 to 7500 for a standard key; or such "
        "material, encrypted to the import token. Without any, it is made here.",
        examples=["AAECAwQFBgcICQoLDA0ODw=="],
    ),
    "encryptedNonce": base64(description="The import token's nonce, encrypted under the material."),
    "iv": base64(description="What the nonce was encrypted with."),
    "encryptionAlgorithm": choice(
        ImportAlgorithm,
        default=str(ImportAlgorithm.OAEP_SHA_256),
        description="How the material is encrypted to the import token.",
    ),
}
TOGETHER: Final[Schema] = {
    "dependentRequired": {"encryptedNonce": ["payload", "iv"], "iv": ["payload", "encryptedNonce"]}
}
"""What comes with an encrypted payload comes whole."""

NEW_ALIAS: Final[Schema] = {
    **text(pattern=ids.ALIAS, examples=["payroll-2031"]),
    "not": {"anyOf": [{"enum": sorted(ids.RESERVED_ALIASES)}, {"pattern": ecma(ids.UUID)}]},
}
MONTHS: Final = whole(INTERVALS, description="Months between rotations.")
KEY_VERSION: Final = closed({"id": UUID, "creationDate": MOMENT})
VERSION_NAMED: Final = closed({"id": UUID})
STAMP: Final = {"createdBy": text(), "creationDate": MOMENT, "updatedBy": text()}
ROTATION: Final = closed({"enabled": FLAG, "interval_month": MONTHS})
WISHED: Final[dict[str, Schema]] = {
    str(PolicyKind.ROTATION): opened({}, {"enabled": FLAG, "interval_month": MONTHS}),
    str(PolicyKind.DUAL_AUTH_DELETE): opened({"enabled": FLAG}),
}
"""What is said of a key's policies."""


IMPORT_REFUSED: Final = (
    Reason.INVALID_FIELD,
    Reason.INCORRECT_NONCE,
    Reason.INCORRECT_NONCE_IV,
    Reason.IMPORT_TOKEN_EXPIRED,
    Reason.IMPORT_ACCESS,
    Reason.CIPHERTEXT,
)
"""What is wrong with material, or with how it is brought."""


def one_of(resource: Schema) -> Schema:
    """Return the envelope of a request that brings one resource; its metadata are not looked at."""
    return opened({"metadata": opened({}), "resources": listed(resource, least=1, most=1)})


def some_of(resource: Schema, most: int) -> Schema:
    """Return the envelope of a request that brings one resource or more, as many as its metadata say."""
    metadata = opened({}, {"collectionTotal": {**COUNT, "description": "How many resources there are."}})
    return opened({"metadata": metadata, "resources": listed(resource, least=1, most=most)})


def collection(kind: str, resource: Schema, **facts: Schema) -> Schema:
    """Return the envelope of what an answer brings; *facts* are metadata that are there at times."""
    metadata = closed({"collectionType": only(kind), "collectionTotal": COUNT}, facts)
    return closed({"metadata": metadata, "resources": listed(resource)})


_REASON: Final = closed(
    {
        "code": choice(Reason),
        "message": text(),
        "status": whole(range(400, 600)),
        "moreInfo": text(format="uri"),
    },
    {"target": closed({"type": choice(("field", "query_param")), "name": text()})},
)
ERROR: Final = collection(
    ERROR_TYPE, closed({"errorMsg": text()}, {"reasons": listed(_REASON, least=1, most=1)})
)
_HEADERS: Final = {
    401: {"WWW-Authenticate": Header(says="Bearer.")},
    429: {"Retry-After": Header(says="Seconds to wait.")},
    503: {"Retry-After": Header(says="Seconds to wait.")},
}


def refusal(status: int, reasons: tuple[Reason, ...]) -> Answer:
    """Describe an error answer, with the codes of the reasons that it may give."""
    codes = sorted(str(reason) for reason in reasons if reason not in WITHOUT_REASONS)
    schema: Schema = {**ref("Error")}
    if codes:
        reason = {"properties": {"code": {"enum": codes}}}
        resource = {"properties": {"reasons": {"items": reason}}}
        schema["properties"] = {"resources": {"items": resource}}
    says = ", ".join(sorted(reasons)) or _WITHOUT[status]
    return Answer(says=says, schema=schema, headers=_HEADERS.get(status, {}))


_WITHOUT: Final = {500: "A mistake of the server's.", 503: "The service cannot do this now."}
