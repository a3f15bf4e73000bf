"""What the audit log says of the uses of a key."""

from typing import Final

from keystead.domain.actions import Action
from keystead.protocols.openapi.operation import Answer, Operation
from keystead.protocols.openapi.shapes import COUNT, FLAG, MOMENT, UUID, Schema, closed, listed, ref, text
from keystead.protocols.rest.described.audit_events import TAG
from keystead.protocols.rest.described.fields import collection
from keystead.protocols.rest.described.impact import COUNTED, USE
from keystead.protocols.rest.key_uses import USES_TYPE
from keystead.service.key_uses import SHOWN_USES, SHOWN_VERSIONS

SCHEMAS: Final[dict[str, Schema]] = {
    "KeyUsage": closed(
        {
            "keyId": UUID,
            "keyName": text(),
            "keyCrn": text(),
            "versions": listed(
                closed(
                    {
                        "id": text(),
                        "lastUsed": MOMENT,
                        "lastAction": text(),
                        "lastUsedBy": text(),
                        "count": COUNT,
                        "uses": listed(USE, most=SHOWN_USES),
                    },
                    {"lastUsedAuthnId": text()},
                ),
                most=SHOWN_VERSIONS,
            ),
            "more": FLAG,
            "auditLogs": listed(COUNTED),
        }
    ),
}
OPERATIONS: Final = {
    Action.KEY_USAGE: Operation(
        tag=TAG,
        summary="Tell when each version of a key was used last, by whom and for what",
        note="Keystead's own. It is counted from the audit logs of all nodes on this database, as far as "
        "`auditLogs` says, and kept for 400 days. `more` says that not all was counted or is shown.",
        answers={200: Answer(says="Its uses.", schema=collection(USES_TYPE, ref("KeyUsage")))},
    ),
}
