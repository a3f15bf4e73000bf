"""What the audit log says of an instance, of a key, and of all its keys in a month."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.event_queries import OUTCOMES
from keystead.domain.reasons import Reason
from keystead.protocols.http import event_questions
from keystead.protocols.http.event_questions import EVENT_TYPE
from keystead.protocols.openapi.operation import Answer, Operation, Parameter
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
from keystead.protocols.rest import key_reports
from keystead.protocols.rest.described.fields import collection
from keystead.protocols.rest.described.impact import COUNTED, USE
from keystead.protocols.rest.key_uses import USES_TYPE
from keystead.protocols.rest.queries import WHOLE
from keystead.service import key_reports as reported
from keystead.service.key_uses import SHOWN_USES, SHOWN_VERSIONS

_TAG: Final = "Audit"
_PERSON: Final = opened({"id": text(), "name": text(), "typeURI": text()})
_PLACE: Final = opened({"id": text(), "name": text(), "typeURI": text()})
_USED_KEY: Final = closed(
    {
        "type": choice(("crk", "standard_key")),
        "state_name": text(),
        "name": text(),
        "id": UUID,
        "has_migration_intent": FLAG,
        "found_by_kms_key_listing": FLAG,
        "found_by_resource_scan": FLAG,
        "version_count": COUNT,
        "operations": {"type": "object", "additionalProperties": COUNT},
        "caller_count": COUNT,
    },
    {
        "associations": listed(closed({"resource_crn": text(), "prevent_key_deletion": FLAG})),
        "service_usage": {
            "type": "object",
            "additionalProperties": listed(closed({"encrypted_resource": text()})),
        },
        "more_service_usage": FLAG,
        "last_used": MOMENT,
        "last_used_by": text(),
        "last_used_authn_id": text(),
    },
)
_STATS: Final = (
    "active_crk_count",
    "suspended_crk_count",
    "deactivated_crk_count",
    "destroyed_crk_count",
    "active_standard_key_count",
    "destroyed_standard_key_count",
)
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
    "KeyReport": closed(
        {
            "metadata": closed(
                {
                    "tool_version": text(),
                    "service": text(),
                    "account_id": text(),
                    "month": text(pattern=key_reports.MONTH),
                    "total_keys": COUNT,
                    "whole": FLAG,
                    "audit_logs": listed(COUNTED),
                }
            ),
            "result": closed(
                {
                    "kms_instances": listed(
                        closed(
                            {
                                "name": text(),
                                "service": text(),
                                "type": text(),
                                "crn": text(),
                                "state": text(),
                                "allowed_network": text(),
                                "public_endpoint": text(),
                                "private_endpoint": text(),
                                "found_by_kms_instance_listing": FLAG,
                                "found_by_resource_scan": FLAG,
                                "registrations": COUNT,
                                "instance_stats": closed(dict.fromkeys(_STATS, COUNT)),
                                "keys": listed(_USED_KEY, most=reported.LIMITS.stop - 1),
                            }
                        ),
                        least=1,
                        most=1,
                    ),
                    "crns": listed(text(), most=0),
                    "unknowns": listed(text(), most=0),
                }
            ),
        }
    ),
}


def _query(name: str, schema: Schema, says: str) -> Parameter:
    return Parameter(place="query", name=name, schema=schema, says=says)


_FILTERS: Final = (
    _query("key", UUID, "The id of the key that events are about."),
    _query("caller", text(pattern=event_questions.CALLER), "The IAM id or the name of who called."),
    _query(
        "action",
        text(pattern=event_questions.ACTION, examples=["secrets.wrap", "kms.secrets.*"]),
        "What was done, with or without the service before it; * and ? stand for anything. Old names too.",
    ),
    _query("outcome", choice(OUTCOMES), "How it ended."),
    _query("from", MOMENT, "The first time that events may have."),
    _query("to", MOMENT, "The time before which events are."),
    _query("cursor", text(pattern=event_questions.CURSOR), "What `next` said: where the page before ended."),
    _query(
        "limit",
        whole(event_questions.LIMITS, default=event_questions.DEFAULT_LIMIT),
        "How many are shown at most.",
    ),
)
_OF_REPORT: Final = (
    _query("month", text(pattern=key_reports.MONTH), "The month whose operations are counted; this one."),
    _query("limit", whole(reported.LIMITS, default=reported.DEFAULT_LIMIT), "How many keys are shown."),
    _query("offset", whole(WHOLE, default=0), "How many are left out before the first."),
)
_EVENTS: Final = closed(
    {
        "metadata": closed({"collectionType": only(EVENT_TYPE), "collectionTotal": COUNT}, {"next": text()}),
        "resources": listed(ref("AuditEvent"), most=event_questions.LIMITS.stop - 1),
    }
)
_REPORT_NOTE: Final = (
    "Keystead's own, in the form of IBM's Key Usage Reporter for one instance, with the operations of a "
    "month beside it. Operations are those that nodes on this database have counted in their audit logs."
)
OPERATIONS: Final = {
    Action.AUDIT_QUERY: Operation(
        tag=_TAG,
        summary="Find events of an instance in the audit log",
        note="Keystead's own. The newest come first, from the logs of all nodes on the machine that is "
        "asked. One answer looks at a few megabytes of them: `next` says that there is more to look at, also "
        "where nothing was found so far. Asking is recorded.",
        parameters=_FILTERS,
        answers={200: Answer(says="Events as they were recorded, and where.", schema=_EVENTS)},
        refuses=(Reason.INVALID_QUERY_PARAM, Reason.TOO_MANY),
    ),
    Action.KEY_USAGE: Operation(
        tag=_TAG,
        summary="Tell when each version of a key was used last, by whom and for what",
        note="Keystead's own. It is counted from the audit logs of all nodes on this database, as far as "
        "`auditLogs` says, and kept for 400 days. `more` says that not all was counted or is shown.",
        answers={200: Answer(says="Its uses.", schema=collection(USES_TYPE, ref("KeyUsage")))},
    ),
    Action.KEY_REPORT: Operation(
        tag=_TAG,
        summary="Report what keys protect and were used for",
        note=_REPORT_NOTE,
        parameters=_OF_REPORT,
        answers={200: Answer(says="A page of keys.", schema=ref("KeyReport"))},
        refuses=(Reason.INVALID_QUERY_PARAM,),
    ),
    Action.KEY_REPORT_TABLE: Operation(
        tag=_TAG,
        summary="Report what keys were used for, as a table",
        note=_REPORT_NOTE,
        parameters=_OF_REPORT,
        answers={200: Answer(says="A line for each key.", schema=text(), media=key_reports.CSV)},
        refuses=(Reason.INVALID_QUERY_PARAM,),
    ),
}
