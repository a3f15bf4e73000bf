"""Keys as requests bring them and answers show them. Source: ``spec/kms-api.md`` sections 2.2 and 2.4."""

from typing import Final

from keystead.domain.describing import DESCRIPTION_LENGTHS, NAME_LENGTHS
from keystead.domain.keys import KeyState
from keystead.domain.placing import MOST_ALIASES_OF_KEY
from keystead.protocols.openapi.shapes import (
    COUNT,
    FLAG,
    MOMENT,
    UUID,
    Schema,
    base64,
    closed,
    listed,
    only,
    opened,
    text,
)
from keystead.protocols.rest import create_key
from keystead.protocols.rest.described.fields import (
    KEY_VERSION,
    MONTHS,
    NEW_ALIAS,
    ROTATION,
    SOURCE,
    TOGETHER,
    WISHED,
)
from keystead.protocols.rest.views import KEY_TYPE

_PRINTED: Final = r"[^\u0000-\u001f\u007f-\u009f]"
_INK: Final = r"[^\s\u0000-\u001f\u007f-\u009f]"
_NEW_KEY: Final[dict[str, Schema]] = {
    "name": text(
        NAME_LENGTHS,
        f"^{_INK}{_PRINTED}*{_INK}$",
        description="Printable characters; spaces around them do not count.",
        examples=["payroll"],
    ),
    "description": text(DESCRIPTION_LENGTHS),
    "tags": listed(
        text(
            pattern=f"^[^{''.join(sorted(create_key.FORBIDDEN_IN_TAGS))}]*$",
            maxLength=create_key.TAG_CHARACTERS,
        ),
        most=create_key.MOST_TAGS,
    ),
    "aliases": listed(
        {
            **NEW_ALIAS,
            "description": "No UUID and no reserved word; no other key of the instance has it.",
        },
        most=MOST_ALIASES_OF_KEY,
        uniqueItems=True,
    ),
    "expirationDate": {**MOMENT, "description": "In the future.", "examples": ["2099-01-01T00:00:00Z"]},
    "extractable": {
        "type": "boolean",
        "default": True,
        "description": "True makes a standard key, false a root key.",
    },
    **SOURCE,
}
_ROTATION_WISH: Final = opened({"interval_month": MONTHS}, {"enabled": FLAG})
_STATE: Final[Schema] = {
    "type": "integer",
    "enum": [int(state) for state in KeyState],
    "description": ", ".join(f"{int(state)} {state.name.lower().replace('_', '-')}" for state in KeyState),
}
_BRIEF: Final[dict[str, Schema]] = {
    "type": only(KEY_TYPE),
    "id": UUID,
    "name": text(),
    "state": _STATE,
    "extractable": FLAG,
    "crn": text(pattern="^crn:v1:"),
    "imported": FLAG,
    "keyRingID": text(),
    "creationDate": MOMENT,
    "createdBy": text(),
    "deleted": FLAG,
}
_AT_TIMES: Final[dict[str, Schema]] = {
    "aliases": listed(text()),
    "description": text(),
    "tags": listed(text()),
    "expirationDate": MOMENT,
    "keyVersion": KEY_VERSION,
}
_ALWAYS_IN_FULL: Final[dict[str, Schema]] = {
    "algorithmType": only("Deprecated"),
    "algorithmMetadata": closed({"bitLength": text(pattern="^[0-9]+$"), "mode": only("Deprecated")}),
    "algorithmBitSize": COUNT,
    "algorithmMode": only("Deprecated"),
    "lastUpdateDate": MOMENT,
}
_AT_TIMES_IN_FULL: Final[dict[str, Schema]] = {
    "lastRotateDate": MOMENT,
    "rotationAllowed": FLAG,
    "rotationAllowedFrom": MOMENT,
    "rotation": ROTATION,
    "dualAuthDelete": closed({"enabled": FLAG}, {"keySetForDeletion": FLAG, "authExpiration": MOMENT}),
    "deletionDate": MOMENT,
    "deletedBy": text(),
    "restoreAllowed": FLAG,
    "restoreExpirationDate": MOMENT,
    "purgeAllowed": FLAG,
    "purgeAllowedFrom": MOMENT,
    "purgeScheduledOn": MOMENT,
}
_PROOF: Final = {"encryptedNonce": base64(), "iv": base64()}
_PAYLOAD: Final = {"payload": base64(description="The material of a standard key.")}
_WHOLE: Final = {**_BRIEF, **_ALWAYS_IN_FULL}
_WHOLE_AT_TIMES: Final = {**_AT_TIMES, **_AT_TIMES_IN_FULL}
SCHEMAS: Final[dict[str, Schema]] = {
    "NewKey": {**opened({"name": _NEW_KEY["name"]}, _NEW_KEY), **TOGETHER},
    "NewKeyWithPolicies": {
        **opened({"name": _NEW_KEY["name"]}, {**_NEW_KEY, **WISHED, "rotation": _ROTATION_WISH}),
        **TOGETHER,
    },
    "KeyId": closed({"id": UUID}),
    "BriefKey": closed(_BRIEF, {**_AT_TIMES, **_PROOF}),
    "Key": closed(_WHOLE, _WHOLE_AT_TIMES),
    "KeyMetadata": closed(_WHOLE, {**_WHOLE_AT_TIMES, **_PROOF}),
    "KeyWithMaterial": closed(_WHOLE, {**_WHOLE_AT_TIMES, **_PROOF, **_PAYLOAD}),
}
