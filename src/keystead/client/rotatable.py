"""Looks whether a root key takes new material of its owner's, before an import token is made for it.

A new import token replaces the one that is there, and that may be a colleague's who is about to use it.
"""

from datetime import UTC, datetime
from typing import Final

from keystead.client.answers import KeyBody
from keystead.client.errors import BadInput
from keystead.domain.keys import KeyState, Windows
from keystead.domain.moments import moment

_ADVICE: Final = {
    KeyState.PRE_ACTIVE: "is not active yet; wait until it is",
    KeyState.SUSPENDED: "is suspended; `keystead key enable` makes it active again",
    KeyState.DESTROYED: "is destroyed; `keystead key restore` brings it back within 30 days",
}


def require_rotatable(key: str, body: KeyBody, now: datetime) -> None:
    """Raise `BadInput` where a server that says *body* of *key* would refuse new material.

    What the body does not say is left to the server.
    """
    if body.get("extractable") is True:
        raise BadInput(f"{key} is a standard key, and only root keys are rotated; see `keystead key list`")
    if body.get("imported") is False:
        raise BadInput(f"the server made the material of {key}; rotate it with `keystead key rotate {key}`")
    if (advice := _ADVICE.get(body.get("state", -1))) is not None:
        raise BadInput(f"key {key} {advice}")
    due = _due(body, now)
    if due is not None:
        raise BadInput(f"key {key} was rotated a short while ago; rotate it again from {moment(due)} on")


def _due(body: KeyBody, now: datetime) -> datetime | None:
    """Return when the key may be rotated, if that is yet to come.

    Keystead's servers say whether it may be, by their own clocks and settings. What others do is what the
    service that all are compatible with does: once within an hour.
    """
    if body.get("rotationAllowed") is True:
        return None
    due = _time(body.get("rotationAllowedFrom"))
    if body.get("rotationAllowed") is False and due is not None:
        return due
    last = _time(body.get("lastRotateDate"))
    due = None if last is None else last + Windows().rotate_every
    return due if due is not None and now < due else None


def _time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if time is None or time.tzinfo is None else time.astimezone(UTC)
