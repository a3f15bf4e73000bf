"""What the audit log says of an instance."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.event_queries import OUTCOMES
from keystead.domain.reasons import Reason
from keystead.protocols.http import event_questions
from keystead.protocols.http.event_questions import EVENT_TYPE
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
    only,
    opened,
    ref,
    text,
    whole,
)
from keystead.protocols.rest.described.parameters import query

TAG: Final = "Audit"
"""Of all that is known from the audit log."""
_PERSON: Final = opened({"id": text(), "name": text(), "typeURI": text()})
_PLACE: Final = opened({"id": text(), "name": text(), "typeURI": text()})
SCHEMAS: Final[dict[str, Schema]] = {
    "AuditEvent": closed(
        {
            "logNode": text(),
            "logEntry": text(),
            "eventTime": text(),
            "action": text(),
            "outcome": choice(OUTCOMES),
            "severity": choice(("normal", "warning", "critical")),
            "message": text(),
            "initiator": _PERSON,
            "target": _PLACE,
            "observer": closed({"name": text()}),
            "reason": closed({"reasonCode": COUNT, "reasonType": text()}, {"reasonForFailure": text()}),
            "requestData": opened({}),
            "responseData": opened({}),
            "dataEvent": FLAG,
            "saveServiceCopy": FLAG,
            "correlationId": text(),
            "logSourceCRN": text(),
        }
    ),
}
_FILTERS: Final = (
    query("key", UUID, "The id of the key that events are about."),
    query("caller", text(pattern=event_questions.CALLER), "The IAM id or the name of who called."),
    query(
        "action",
        text(pattern=event_questions.ACTION, examples=["secrets.wrap", "kms.secrets.*"]),
        "What was done, with or without the service before it; * and ? stand for anything. Old names too.",
    ),
    query("outcome", choice(OUTCOMES), "How it ended."),
    query("from", MOMENT, "The first time that events may have."),
    query("to", MOMENT, "The time before which events are."),
    query("cursor", text(pattern=event_questions.CURSOR), "What `next` said: where the page before ended."),
    query(
        "limit",
        whole(event_questions.LIMITS, default=event_questions.DEFAULT_LIMIT),
        "How many are shown at most.",
    ),
)
_EVENTS: Final = closed(
    {
        "metadata": closed({"collectionType": only(EVENT_TYPE), "collectionTotal": COUNT}, {"next": text()}),
        "resources": listed(ref("AuditEvent"), most=event_questions.LIMITS.stop - 1),
    }
)
OPERATIONS: Final = {
    Action.AUDIT_QUERY: Operation(
        tag=TAG,
        summary="Find events of an instance in the audit log",
        note="Keystead's own. The newest come first, from the logs of all nodes on the machine that is "
        "asked. One answer looks at a few megabytes of them: `next` says that there is more to look at, also "
        "where nothing was found so far. Asking is recorded.",
        parameters=_FILTERS,
        answers={200: Answer(says="Events as they were recorded, and where.", schema=_EVENTS)},
        refuses=(Reason.INVALID_QUERY_PARAM,),
    ),
}
