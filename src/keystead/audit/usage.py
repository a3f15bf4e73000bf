"""What each key was used for last, and how often, by version and caller."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from keystead.audit.query import Event
from keystead.domain.key_uses import USES

_MEMBERS: Final = ("keyVersionId", "rewrappedKeyVersionId")


@dataclass(slots=True)
class Use:
    """The uses of one version of a key."""

    key: str
    version: str
    last: datetime
    action: str  # of the last use
    by: str  # who used it last
    behind: str | None  # who had assumed him then
    count: int = 0
    callers: set[str] = field(default_factory=set)


def uses(events: Iterable[Event]) -> list[Use]:
    """Return what *events* say of the use of keys, the last used first.

    A use that was refused is none. A rewrap uses the version that it opens and the one that it wraps with.
    """
    found: dict[tuple[str, str], Use] = {}
    for event in events:
        for version in _versions(event):
            _count(found, event, version)
    return sorted(found.values(), key=lambda use: use.last, reverse=True)


def _versions(event: Event) -> list[str]:
    content = event.content
    if content["action"] not in USES or content["outcome"] != "success" or event.key is None:
        return []
    said = content["responseData"]
    return list(dict.fromkeys(said[name] for name in _MEMBERS if said.get(name)))


def _count(found: dict[tuple[str, str], Use], event: Event, version: str) -> None:
    who, key = event.content["initiator"], event.key or ""
    action = event.content["action"]
    use = found.setdefault(
        (key, version), Use(key, version, event.time, action, who["id"], who.get("authnId"))
    )
    if event.time > use.last:
        use.last, use.action = event.time, action
        use.by, use.behind = who["id"], who.get("authnId")
    use.count += 1
    use.callers.add(who["id"])
