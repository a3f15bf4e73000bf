"""An audit event as the CADF object of Activity Tracker, in JSON.

This is on the path of every request: one literal, one encoder call, and what many events share kept encoded.

Source: ``spec/iam-and-provisioning.md`` section 6.1.
"""

from datetime import UTC, date
from functools import lru_cache
from types import MappingProxyType

import msgspec

from keystead.domain.access import Caller
from keystead.domain.events import AuditEvent

_json = msgspec.json.Encoder()
_OBSERVER = msgspec.Raw(_json.encode({"name": "ActivityTracker"}))
_TYPES = MappingProxyType(
    {
        "user": "user",
        "external": "user",  # of an identity provider
        "serviceid": "serviceid",
        "profile": "serviceid",  # who assumed it stands beside it
        "service": "clientid",
        "clientid": "clientid",
        "anonymous": "clientid",  # its id says that nobody is known
    }
)
"""What a caller is in the three words that Activity Tracker has for it (AT-1)."""
_KEPT = 1024
_INSTANCE = 7  # field of a CRN


def encode(event: AuditEvent, host: str) -> bytes:
    """Return the JSON object of *event*; *host* is the address of this server.

    Raises:
        ValueError: the event's time has no zone.
    """
    return _json.encode(cadf(event, host))


def cadf(event: AuditEvent, host: str) -> dict[str, object]:
    """Return the object that `encode` writes."""
    caller, origin, time = event.caller, event.origin, event.time
    if time.tzinfo is not UTC:
        if time.tzinfo is None:
            raise ValueError("an audit event needs a time with a zone")
        time = time.astimezone(UTC)
    reason: dict[str, object] = {"reasonCode": event.reason_code, "reasonType": event.reason_type}
    if event.outcome == "failure":
        reason["reasonForFailure"] = event.failure or event.reason_type
    return {
        "eventTime": (
            f"{_minute(time.date(), time.hour, time.minute)}{time.second:02}"
            f".{time.microsecond // 10_000:02}+0000"
        ),
        "action": event.action,
        "outcome": event.outcome,
        "severity": event.severity,
        "message": event.message,
        "initiator": _initiator(caller, origin.address, origin.agent),
        "target": _target(event.target_id, event.target_name, event.target_type, host),
        "observer": _OBSERVER,
        "reason": reason,
        "requestData": {
            "requestURI": origin.uri,
            "instanceID": instance_of(event.log_source),
            **event.request,
        },
        "responseData": event.response,
        "dataEvent": False,
        "saveServiceCopy": True,
        "correlationId": origin.correlation_id,
        "logSourceCRN": event.log_source,
    }


@lru_cache(maxsize=8)
def _minute(day: date, hour: int, minute: int, /) -> str:
    return f"{day.isoformat()}T{hour:02}:{minute:02}:"


@lru_cache(maxsize=_KEPT)
def _initiator(caller: Caller, address: str | None, agent: str | None, /) -> msgspec.Raw:
    host: dict[str, str] = {}
    if address is not None:
        host["address"] = address
    if agent is not None:
        host["agent"] = agent
    initiator: dict[str, object] = {
        "id": caller.iam_id,
        "name": caller.name,
        "typeURI": f"service/security/account/{_TYPES[caller.kind]}",
        **({} if caller.credential == "none" else {"credential": {"type": caller.credential}}),
        "host": host,
    }
    if caller.behind is not None:
        initiator.update(authnId=caller.behind.iam_id, authnName=caller.behind.name)
    return msgspec.Raw(_json.encode(initiator))


@lru_cache(maxsize=_KEPT)
def _target(target_id: str, name: str, kind: str, host: str, /) -> msgspec.Raw:
    target = {"id": target_id, "name": name, "typeURI": kind, "host": {"address": host}}
    return msgspec.Raw(_json.encode(target))


@lru_cache(maxsize=_KEPT)  # a server has few instances, and reads this for every event
def instance_of(crn: str) -> str:
    """Return the instance id in *crn*; nothing for an event that belongs to no instance."""
    fields = crn.split(":")
    return fields[_INSTANCE] if len(fields) > _INSTANCE else ""
