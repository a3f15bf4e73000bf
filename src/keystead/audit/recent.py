"""What the newest events of a log say of the use of keys, counted when they become durable.

For an event this is a step in a dictionary; reading it from the log afterwards takes several times as long,
and the requests of a busy server would wait for that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from keystead.audit.encoding import instance_of
from keystead.domain.events import AuditEvent
from keystead.domain.ids import IamId, InstanceId, KeyId
from keystead.domain.key_uses import USES, Seen

MOST_KINDS: Final = 2_000
"""Uses that are told apart in memory, of some 400 octets each; beyond that the log is read instead."""
_OURS: Final = ("kms.", "hs-crypto.")
_KEY: Final = ":key:"

Kind = tuple[str, str, str | None, str | None, str, str, date]
"""All that tells one use from another: instance, key's CRN, both versions, caller, action, day."""
Counts = dict[Kind, tuple[int, datetime, str | None]]
"""How often, when last, and who stood behind the caller then, where he was assumed.

Who stood behind a caller tells no uses apart: a profile may be assumed by anybody of a company.
"""


class RecentUses:
    """Counts of all durable events from the one with the index *begin* on; used from one event loop."""

    def __init__(self, begin: int) -> None:
        self._next = begin  # the index of the next event
        self._begin = begin
        self._counts: Counts = {}
        self._at: datetime | None = None  # when the last event happened
        self._is_full = False

    def add(self, events: Iterable[AuditEvent]) -> None:
        """Count *events*, which have just become durable, in their order."""
        for event in events:
            self._next, self._at = self._next + 1, event.time
            if not self._is_full and is_of_key(event.outcome, event.action, event.target_id):
                behind = event.caller.behind
                count(self._counts, _kind(event), event.time, None if behind is None else behind.iam_id)
        if len(self._counts) > MOST_KINDS:
            self._counts, self._is_full = {}, True

    @property
    def begin(self) -> int:
        """The index of the first event that is counted here; what comes before it is to be read."""
        if self._is_full:
            self._begin, self._is_full = self._next, False
        return self._begin

    def take(self) -> "Taken":
        """Return what was counted, and count anew from here on."""
        taken = Taken(self.begin, self._next, self._counts, self._at and as_logged(self._at))
        self._begin, self._counts = self._next, {}
        return taken

    def put_back(self, taken: "Taken") -> None:
        """Have *taken*, which ended where this begins, counted here again."""
        if self._is_full or taken.end != self._begin:
            return  # it is read from the log
        for kind, (times, last, behind) in taken.counts.items():
            more, later, then = self._counts.get(kind, (0, last, behind))
            self._counts[kind] = times + more, max(last, later), then if later >= last else behind
        self._begin = taken.begin


@dataclass(frozen=True, slots=True)
class Taken:
    """Counts of the events from *begin* on and before *end*."""

    begin: int
    end: int
    counts: Counts
    at: datetime | None  # when the last of them happened


def is_of_key(outcome: str, action: str, target: str) -> bool:
    """Tell whether an event says that something was done with a key."""
    return outcome == "success" and _KEY in target and action.startswith(_OURS)


def count(counts: Counts, kind: Kind, at: datetime, behind: str | None) -> None:
    """Count one event: this is done for every one there ever is."""
    times, last, before = counts.get(kind) or (0, at, None)
    counts[kind] = (times + 1, at, behind) if at >= last else (times + 1, last, before)


def seen_of(counts: Counts) -> tuple[Seen, ...]:
    """Return *counts* as what was seen."""
    return tuple(
        Seen(
            instance=InstanceId(instance),
            key=KeyId(target.rpartition(_KEY)[2]),
            versions=_versions(action, version, rewrapped),
            caller=caller,
            action=action,
            at=as_logged(last),
            count=times,
            behind=None if behind is None else IamId(behind),
        )
        for (instance, target, version, rewrapped, caller, action, _), (times, last, behind) in counts.items()
        if instance
    )


def as_logged(time: datetime) -> datetime:
    """Return *time* as an event in the log has it, to a hundredth of a second."""
    return time.replace(microsecond=time.microsecond // 10_000 * 10_000)


def _kind(event: AuditEvent) -> Kind:
    said = event.response
    return (
        str(event.request.get("instanceID") or instance_of(event.log_source)),
        event.target_id,
        _text(said.get("keyVersionId")),
        _text(said.get("rewrappedKeyVersionId")),
        event.caller.iam_id,
        event.action,
        event.time.date(),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _versions(action: str, *named: str | None) -> tuple[str, ...]:
    """Return what a use used; a rewrap uses the version that it opens and the one that it wraps with."""
    if action not in USES:
        return ()
    return tuple(dict.fromkeys(version for version in named if version))
