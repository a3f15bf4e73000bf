"""What can go wrong, as machines (`Reason`) and people (the detail) read it.

KeysteadError
├── Refused      the caller asked for something it may not have
│   └── TooMany      or for too much of it in a while
├── Conflict     somebody else was faster; the same command may be tried again
├── Tampered     a stored record is not what this service wrote
└── Unavailable  not now
    └── Unrecorded   it was done, and will be recorded before anything else is

Anything else that is raised is a mistake of ours.
"""

from dataclasses import dataclass
from typing import Literal

from keystead.domain.reasons import Reason


class KeysteadError(Exception):
    """Base of every error that Keystead raises on purpose."""


@dataclass(frozen=True, slots=True)
class Target:
    """The part of a request that was wrong, as the wire names it."""

    type: Literal["field", "query_param"]
    name: str


class Refused(KeysteadError):
    """The caller asked for something it may not have; it is told why.

    ``detail`` travels to the caller: no key material, SQL, path or stack in it. ``context`` is the short
    remark that the wire puts before the operation (``Key is not in active state``).
    """

    def __init__(
        self, reason: Reason, detail: str, *, target: Target | None = None, context: str | None = None
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.target = target
        self.context = context


class TooMany(Refused):
    """The caller asked too often; one more is welcome in so many *seconds*."""

    def __init__(self, reason: Reason, detail: str, seconds: int) -> None:
        super().__init__(reason, detail)
        self.seconds = seconds


class Conflict(KeysteadError):
    """The record changed between reading and writing; nothing was written."""


class Tampered(KeysteadError):
    """A stored record does not carry the MAC of this service; it is not used."""


class Unavailable(KeysteadError):
    """The service cannot do this now (audit log, store or unit out of reach); try later."""


class Unrecorded(Unavailable):
    """The command was carried out, but the audit log broke before it could be recorded there."""


def bad_field(name: str, must_be: str) -> Refused:
    """Return the refusal for a body field that fails validation."""
    return Refused(
        Reason.INVALID_FIELD, f"The field `{name}` must be: {must_be}", target=Target("field", name)
    )


def bad_query(name: str, must_be: str) -> Refused:
    """Return the refusal for a query parameter that fails validation."""
    return Refused(
        Reason.INVALID_QUERY_PARAM,
        f"The query_param `{name}` must be: {must_be}",
        target=Target("query_param", name),
    )
