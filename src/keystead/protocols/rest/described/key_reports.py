"""What the audit log says of all keys of an instance in a month."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.reasons import Reason
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
    whole,
)
from keystead.protocols.rest import key_reports
from keystead.protocols.rest.described.audit_events import TAG
from keystead.protocols.rest.described.impact import COUNTED
from keystead.protocols.rest.described.parameters import query
from keystead.protocols.rest.queries import WHOLE
from keystead.service import key_reports as reported

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
_OF_REPORT: Final = (
    query("month", text(pattern=key_reports.MONTH), "The month whose operations are counted; this one."),
    query("limit", whole(reported.LIMITS, default=reported.DEFAULT_LIMIT), "How many keys are shown."),
    query("offset", whole(WHOLE, default=0), "How many are left out before the first."),
)
_REPORT_NOTE: Final = (
    "Keystead's own, in the form of IBM's Key Usage Reporter for one instance, with the operations of a "
    "month beside it. Operations are those that nodes on this database have counted in their audit logs."
)
OPERATIONS: Final = {
    Action.KEY_REPORT: Operation(
        tag=TAG,
        summary="Report what keys protect and were used for",
        note=_REPORT_NOTE,
        parameters=_OF_REPORT,
        answers={200: Answer(says="A page of keys.", schema=ref("KeyReport"))},
        refuses=(Reason.INVALID_QUERY_PARAM,),
    ),
    Action.KEY_REPORT_TABLE: Operation(
        tag=TAG,
        summary="Report what keys were used for, as a table",
        note=_REPORT_NOTE,
        parameters=_OF_REPORT,
        answers={200: Answer(says="A line for each key.", schema=text(), media=key_reports.CSV)},
        refuses=(Reason.INVALID_QUERY_PARAM,),
    ),
}
