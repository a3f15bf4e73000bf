"""What the audit log is told about a request.

Source: ``spec/iam-and-provisioning.md`` section 6.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from keystead.domain.actions import Scope
from keystead.domain.crns import of_account
from keystead.domain.errors import Conflict, Refused, Tampered, Unavailable
from keystead.domain.events import AuditEvent, Origin, severity_after
from keystead.domain.keys import Key
from keystead.domain.moments import moment
from keystead.domain.permissions import IN_ACCOUNT, OF_PEOPLE, PERMISSIONS
from keystead.domain.permissions.row import KMS, Permission
from keystead.domain.reasons import CODES, Reason
from keystead.service.case import Call, Case, Stray

_RING_CHARACTERS = 100  # of a ring's name; a header may bring more, and an event has its limits
_FORBIDDEN = {int(HTTPStatus.FORBIDDEN): int(HTTPStatus.UNAUTHORIZED)}
"""A forbidden call is recorded as one without a right to it, whatever its status was (AT-6)."""
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def succeeded(call: Call[object], case: Case, event_id: str) -> AuditEvent:
    """Return the event of a command that did what it was asked."""
    return _event(PERMISSIONS[call.action], call, case, event_id, call.code, case.failure)


def failed(call: Call[object], case: Case, event_id: str, error: Exception) -> AuditEvent:
    """Return the event of a command that was refused or failed; no text of an unexpected error is in it."""
    return _event(PERMISSIONS[call.action], call, case, event_id, code_of(error), _why(error))


def strayed(stray: Stray, case: Case, event_id: str, error: Refused) -> AuditEvent:
    """Return the event of a request that no route takes."""
    return _event(stray.row, stray, case, event_id, code_of(error), _why(error))


def further(call: Call[object], case: Case, new_id: Callable[[], str]) -> list[AuditEvent]:
    """Return what is recorded beside the event of a command."""
    events = []
    for one in case.also:
        event = _event(PERMISSIONS[one.action], call, case, new_id(), one.code, one.failure)
        event.response = one.response
        events.append(event)
    return events


def code_of(error: Exception) -> int:
    """Return the status, in the sense of HTTP, that *error* is answered with; metrics count that."""
    match error:
        case Refused():
            return CODES[error.reason]
        case Conflict():
            return CODES[Reason.TOO_EARLY]
        case Tampered():
            return CODES[Reason.RECORD_CORRUPTED]
        case Unavailable():
            return int(HTTPStatus.SERVICE_UNAVAILABLE)
        case _:
            return int(HTTPStatus.INTERNAL_SERVER_ERROR)


def key_facts(key: Key) -> dict[str, object]:
    """Return what an event's response data says of a key that was made or read."""
    facts: dict[str, object] = {
        "keyState": int(key.state),
        "keyVersionId": key.current.id,
        "keyVersionCreationDate": moment(key.current.created_at),
        "keyRingId": key.ring,
    }
    if key.expires_at is not None:
        facts["expirationDate"] = moment(key.expires_at)
    return facts


def _why(error: Exception) -> str:
    match error:
        case Refused():
            return f"{error.reason}: {error.detail}"
        case Conflict() | Tampered() | Unavailable():
            return f"{type(error).__name__}: {error}"
        case _:
            return "Internal Server Error"


def _event(
    row: Permission, call: Call[object] | Stray, case: Case, event_id: str, code: int, failure: str | None
) -> AuditEvent:
    instance, key = case.known_instance, case.known_key
    called = row.called[KMS if instance is None else instance.service]
    code = _FORBIDDEN.get(code, code)
    crn = instance.crn if instance else _account_crn(row, case)
    name = key.name if key else ""
    return AuditEvent(
        id=event_id,
        time=case.now,
        action=called.event,
        outcome="failure" if failure else "success",
        severity=severity_after(code, row.severity) if failure else row.severity,
        message=f"{called.says} {name}".rstrip(),
        caller=case.caller,
        origin=_origin(call, case),
        target_id=instance.key_crn(key.id) if instance and key else crn,
        target_name=name,
        target_type=called.target_type,
        reason_code=code,
        reason_type=_PHRASES[code],
        failure=failure,
        request=_request(call, case),
        response=case.response,
        log_source=crn,
    )


def _account_crn(row: Permission, case: Case) -> str:
    """Return the CRN of the caller's account, for an event of what no instance is asked for.

    Who asks for an instance that is not there leaves no event in his account: that another account's is there
    would be told by its absence.
    """
    account = case.caller.account
    if account is None or not (
        row.scope in IN_ACCOUNT or row.scope in OF_PEOPLE or row.scope is Scope.PUBLIC
    ):
        return ""
    return of_account(row.event.partition(".")[0], account)


def _origin(call: Call[object] | Stray, case: Case) -> Origin:
    if case.correlation_id is None:
        return call.origin
    return replace(call.origin, correlation_id=case.correlation_id)


def _request(call: Call[object] | Stray, case: Case) -> dict[str, object]:
    facts = dict(case.request)
    if case.known_instance:
        facts["instanceID"] = case.known_instance.id
    if call.ring:
        facts["keyRingId"] = call.ring[:_RING_CHARACTERS]
    return facts
