"""Acknowledgement of events by services. Source: ``spec/kms-api.md`` section 2.16."""

import re
from typing import Final

from keystead.domain.errors import bad_field
from keystead.domain.ids import is_uuid
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.rest.envelopes import read_collection
from keystead.protocols.rest.lenient import Fields, bad_body
from keystead.service.acknowledgements import Acknowledge

ADOPTER_STATE: Final = re.compile(r"DEK_[A-Z_]{1,60}\Z")  # which there are is not known: spec section 8.3
IN_USE: Final = "DEK_ENABLED"
REWRAPPED: Final = "rewrappedKeyVersion"
VERSIONS: Final = ("keyVersion", REWRAPPED)


async def acknowledge(visit: Visit) -> Reply:
    """``POST /event_ack``."""
    await visit.serve(lambda: _acknowledgement(visit.exchange.content()))
    return Reply(204)


def _acknowledgement(content: bytes) -> Acknowledge:
    resources = read_collection(content)
    if len(resources) != 1:
        raise bad_body("Only one acknowledgement per request is supported")
    (fields,) = resources
    at = fields.moment("timestamp")
    if at is None:
        raise bad_field("timestamp", "a timestamp in the form of RFC 3339")
    state = _state(fields)
    versions = _versions(fields, required=state == IN_USE)
    return Acknowledge(
        event_id=_uuid(fields, "eventId"),
        adopter_key_state=state,
        at=at,
        rewrapped_version=versions.get(REWRAPPED),
        delete_registration=fields.flag("deleteRegistration", default=False),
    )


def _state(fields: Fields) -> str:
    must_be = "DEK_ and capital letters, as in DEK_ENABLED"
    state = fields.text("adopterKeyState", must_be)
    if state is None or not ADOPTER_STATE.match(state):
        raise bad_field("adopterKeyState", must_be)
    return state


def _versions(fields: Fields, *, required: bool) -> dict[str, str]:
    """Return the ids of the versions that are named."""
    data = fields.part("keyStateData")
    if data is None and required:
        raise bad_field("keyStateData", f"given with {IN_USE}")
    parts = {name: data.part(name) for name in VERSIONS} if data is not None else {}
    return {name: _uuid(part, "id") for name, part in parts.items() if part is not None}


def _uuid(fields: Fields, name: str) -> str:
    given = fields.text(name, "a UUID")
    if given is None or not is_uuid(given):
        raise bad_field(name, "a UUID")
    return given.lower()
