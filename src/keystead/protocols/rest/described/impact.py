"""What would come of deleting or disabling a key."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.impact import MOST_BEHIND, MOST_CALLERS, MOST_REGISTRATIONS
from keystead.protocols.openapi.operation import Answer, Operation
from keystead.protocols.openapi.shapes import (
    COUNT,
    FLAG,
    MOMENT,
    UUID,
    Schema,
    choice,
    closed,
    listed,
    ref,
    text,
)
from keystead.protocols.rest.described.fields import collection
from keystead.protocols.rest.impact import IMPACT_TYPE

USE: Final = closed(
    {"iamId": text(), "action": text(), "lastUsed": MOMENT, "count": COUNT},
    {"authnIds": listed(text(), least=1, most=MOST_BEHIND)},
)
COUNTED: Final = closed({"node": text()}, {"countedTo": MOMENT})
SCHEMAS: Final[dict[str, Schema]] = {
    "Impact": closed(
        {
            "keyId": UUID,
            "keyName": text(),
            "keyCrn": text(),
            "state": COUNT,
            "registrations": listed(
                closed({"resourceCrn": text(), "preventKeyDeletion": FLAG}), most=MOST_REGISTRATIONS
            ),
            "moreRegistrations": FLAG,
            "kmipAdapters": listed(text()),
            "callers": listed(USE, most=MOST_CALLERS),
            "moreCallers": FLAG,
            "daysAskedFor": COUNT,
            "auditLogs": listed(COUNTED),
            "outcomes": listed(
                closed(
                    {
                        "action": choice(("delete", "disable")),
                        "force": FLAG,
                        "refused": FLAG,
                        "reasons": listed(closed({"code": text(), "message": text()})),
                    }
                )
            ),
        }
    )
}
IMPACT: Final = collection(IMPACT_TYPE, ref("Impact"))
OPERATIONS: Final = {
    Action.KEY_IMPACT: Operation(
        tag="Keys",
        summary="Foresee what deleting or disabling a key would do",
        note="Keystead's own; nothing is changed by it. It names registered resources, who wrapped and "
        "unwrapped with the key in the last 30 days as far as every node on this database has counted its "
        "audit log, and what would be refused to the caller and why. `moreCallers` says that not all was "
        "counted or shown.",
        answers={200: Answer(says="What would come of it.", schema=IMPACT)},
    )
}
