"""Every metric of this server: name, kind, labels and meaning. ``docs/metrics.md`` is held to this table.

No label has a value that a caller chooses, but for the name of an instance whose owner turned its metrics on.

Source: ``spec/iam-and-provisioning.md`` section 7 for those that begin with ``ibm_``.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric; a counter is shown as its name with ``_total``."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


BUILD: Final = Family("keystead_build_info", "gauge", "Always 1; which version runs.", ("version",))
READY: Final = Family("keystead_ready", "gauge", "1 while the audit log can record, as /readyz says, else 0.")

REQUESTS: Final = Family(
    "keystead_requests",
    "counter",
    "Requests by operation and by how they ended: each has one audit event, with this code as its reason.",
    ("operation", "code"),
)
DURATIONS: Final = Family(
    "keystead_request_duration_seconds",
    "histogram",
    "Time from a request's arrival at the dispatcher until its event was durable.",
    ("operation",),
)
STRAYS_DROPPED: Final = Family(
    "keystead_requests_unrecorded",
    "counter",
    "Requests by known callers that match no operation and left no event: ten a second do, in an instance.",
)
ANSWERS: Final = Family(
    "keystead_http_answers",
    "counter",
    "HTTP answers by status, with those to what is no request, to unknown paths and to health checks.",
    ("code",),
)

OPEN: Final = Family("keystead_connections_open", "gauge", "Connections that are open.")
LIMIT: Final = Family("keystead_connections_limit", "gauge", "Connections that may be open at once.")
TURNED_AWAY: Final = Family(
    "keystead_connections_refused",
    "counter",
    "Connections that found no place: all were taken, or all that one address may have.",
    ("reason",),
)
HANDSHAKES: Final = Family(
    "keystead_tls_handshakes_failed", "counter", "TLS handshakes that failed or took too long."
)

EVENTS: Final = Family("keystead_audit_events", "counter", "Events that were made durable.")
COMMITS: Final = Family(
    "keystead_audit_commit_duration_seconds",
    "histogram",
    "Time to make a group of events durable; their number is that of the groups.",
)
AUDIT_FAILURES: Final = Family(
    "keystead_audit_failures", "counter", "Times that the audit log had to stop recording."
)
CHECKPOINTS: Final = Family("keystead_audit_checkpoints", "counter", "Checkpoints that were signed.")
UNSIGNED: Final = Family("keystead_audit_unsigned_events", "gauge", "Events that no checkpoint holds yet.")
LOG_SIZE: Final = Family("keystead_audit_log_events", "gauge", "Events in the audit log of this node.")

ROUNDS: Final = Family(
    "keystead_rounds", "counter", "Rounds over the keys that time has something to do with."
)
ROUNDS_FAILED: Final = Family("keystead_rounds_failed", "counter", "Rounds that broke off.")
ROUND_ENDED: Final = Family(
    "keystead_rounds_last_success_timestamp_seconds",
    "gauge",
    "When a round last came to its end, in seconds since 1970; 0 before the first.",
)
KEYS_DONE: Final = Family(
    "keystead_rounds_keys",
    "counter",
    "Keys that rounds expired, rotated or purged, and instances that they removed.",
    ("operation",),
)
KEYS_FAILED: Final = Family(
    "keystead_rounds_keys_failed", "counter", "Keys and instances that rounds could not work on."
)

DELIVERIES: Final = Family(
    "keystead_event_deliveries",
    "counter",
    "Tries to deliver a lifecycle event to a service, by what came of it: taken or failed.",
    ("outcome",),
)
EXPIRED: Final = Family(
    "keystead_events_expired", "counter", "Lifecycle events that no service acknowledged in time."
)

USES_FAILED: Final = Family(
    "keystead_uses_not_counted", "counter", "Times that the uses of keys could not be counted."
)
USES_COUNTED: Final = Family(
    "keystead_uses_counted_timestamp_seconds",
    "gauge",
    "When all uses of keys in this node's log had been counted last, in seconds since 1970; 0 before that.",
)

VERSIONS_OPEN: Final = Family(
    "keystead_key_versions_open", "gauge", "Root-key versions that the crypto unit holds ready for use."
)
VERSIONS_OPENED: Final = Family(
    "keystead_key_versions_opened",
    "counter",
    "Root-key versions that had to be opened: misses of that cache.",
)


def _labels(service: str) -> tuple[str, ...]:
    """Return the labels of section 7, of which two are named after the service."""
    return (
        "ibm_resource_type",
        f"ibm_{service}_response_code",
        "ibm_scope",
        "ibm_ctype",
        "ibm_location",
        "ibm_service_name",
        "ibm_resource",
        f"ibm_{service}_api",
        "ibm_resource_group_name",
        "ibm_service_instance_name",
        "ibm_service_instance",
    )


def _of_instances(service: str) -> tuple[Family, Family]:
    labels = _labels(service)
    return (
        Family(
            f"ibm_{service}_api_request_gauge", "gauge", "Requests to an instance in the last minute.", labels
        ),
        Family(
            f"ibm_{service}_api_latency_gauge",
            "gauge",
            "Average time of these requests, in milliseconds.",
            labels,
        ),
    )


OF_INSTANCES: Final = {"kms": _of_instances("kms"), "hs-crypto": _of_instances("hpcs")}
"""Requests and latency of instances with the ``metrics`` policy, by their service."""

FAMILIES: Final = (
    BUILD,
    READY,
    REQUESTS,
    DURATIONS,
    STRAYS_DROPPED,
    ANSWERS,
    OPEN,
    LIMIT,
    TURNED_AWAY,
    HANDSHAKES,
    EVENTS,
    COMMITS,
    AUDIT_FAILURES,
    CHECKPOINTS,
    UNSIGNED,
    LOG_SIZE,
    ROUNDS,
    ROUNDS_FAILED,
    ROUND_ENDED,
    KEYS_DONE,
    KEYS_FAILED,
    DELIVERIES,
    EXPIRED,
    USES_FAILED,
    USES_COUNTED,
    VERSIONS_OPEN,
    VERSIONS_OPENED,
    *OF_INSTANCES["kms"],
    *OF_INSTANCES["hs-crypto"],
)
"""All of them, in the order in which they are shown; those of the process come after."""
