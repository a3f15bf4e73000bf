"""Whether a request comes from where context rules allow it, and what the audit log is told if it does not.

Source: ``spec/iam-and-provisioning.md`` section 4.2.
"""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Final

from keystead.domain.access import unauthorized
from keystead.domain.events import AuditEvent
from keystead.domain.ids import RingId
from keystead.domain.permissions import PERMISSIONS
from keystead.domain.restrictions import HERE, Restriction
from keystead.service.case import Call, Case, Tools

EVENT: Final = "context-based-restrictions.policy.eval"
"""Source: IBM's page "Monitoring context-based restrictions"."""


def require_context(case: Case, ring: RingId | None, *, every: bool = False) -> None:
    """Note which context rules a request about what is in *ring*, or in *every* ring, does not meet.

    Raises:
        Refused: ``UNAUTHORIZED`` where one of them is enforced.
    """
    if case.restrictions is None:
        return
    broken = case.restrictions.broken(case.address, case.caller, ring, every=every)
    case.broken += tuple(it for it in broken if it not in case.broken)
    if any(it.is_enforced for it in broken):
        raise unauthorized()


def untold(call: Call[object], case: Case, tools: Tools) -> Iterator[AuditEvent]:
    """Yield events about the rules that were broken since the last time this was asked."""
    new = case.broken[case.told :]
    case.told = len(case.broken)
    for is_enforced in (True, False):
        if rules := [it for it in new if it.is_enforced is is_enforced]:
            yield _denied(call, case, tools.new_id(), rules, is_enforced=is_enforced)


def _denied(
    call: Call[object], case: Case, event_id: str, rules: Sequence[Restriction], *, is_enforced: bool
) -> AuditEvent:
    status = HTTPStatus.UNAUTHORIZED if is_enforced else HTTPStatus.OK
    instance = case.instance
    return AuditEvent(
        id=event_id,
        time=case.now,
        action=EVENT,
        outcome="failure" if is_enforced else "success",
        severity="critical" if is_enforced else "warning",
        message="Context based restriction rendered a deny",
        caller=case.caller,
        origin=call.origin,
        target_id=instance.crn,
        target_name="",
        target_type="context-based-restrictions/policy",
        reason_code=status.value,
        reason_type=status.phrase,
        failure="The request does not come from where the rules allow it" if is_enforced else None,
        request={
            "instanceID": instance.id,
            "action": PERMISSIONS[call.action].called[instance.service].event,
            "environment": {"ipAddress": case.address, "networkType": HERE},
        },
        response={"decision": "Deny", "isEnforced": is_enforced, "rules": [it.rule for it in rules]},
        log_source=instance.crn,
    )
