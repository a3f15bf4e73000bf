"""Audit events with the fields of Activity Tracker (CADF).

Source: ``spec/iam-and-provisioning.md`` section 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from keystead.domain.access import Caller
from keystead.domain.endpoints import PUBLIC, Endpoint
from keystead.domain.permissions.row import Severity

Outcome = Literal["success", "failure"]


@dataclass(slots=True, kw_only=True)  # not frozen, see `AuditEvent`
class Origin:
    """Where a request came from, as the door saw it."""

    uri: str  # path without query
    address: str | None
    agent: str | None
    correlation_id: str
    endpoint: Endpoint = PUBLIC


@dataclass(slots=True, kw_only=True)  # not frozen: that doubles the price of what every request makes
class AuditEvent:
    """One use of the service, without material, plaintext, ciphertext, AAD, nonce or token (AT-2)."""

    id: str
    time: datetime
    action: str
    outcome: Outcome
    severity: Severity
    message: str
    caller: Caller
    origin: Origin
    target_id: str  # CRN of the key, else as `log_source`
    target_name: str
    target_type: str  # kms/secrets and the like
    reason_code: int
    reason_type: str
    failure: str | None
    request: Mapping[str, object]
    response: Mapping[str, object]
    log_source: str  # CRN of the instance, else of the account, else empty


_CRITICAL_CODES = frozenset({401, 403, 500, 503, 507})
_WARNING_CODES = frozenset({400, 409, 424, 502, 504, 505})


def severity_after(code: int, own: Severity) -> Severity:
    """Return the severity of an event whose reason code is *code* (AT-5)."""
    if code in _CRITICAL_CODES:
        return "critical"
    return "warning" if code in _WARNING_CODES else own
