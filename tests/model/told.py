"""What services should be told of keys, and say of it, written from the API's description as `reference` is.

Source: ``spec/kms-api.md`` section 2.16; ``spec/iam-and-provisioning.md`` section 8.3.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from model.reference import OK, Verdict

HEARD: Final = "storage"
"""The only service that is told anything."""
WITHIN: Final = timedelta(hours=4)
SHOWN: Final = timedelta(days=30)
_CONFLICT: Final = (409, "EVENT_CONFLICT_ERR")
_ENABLED, _DISABLED = "DEK_ENABLED", "DEK_DISABLED"
SAYINGS: Final = (_ENABLED, _ENABLED, _ENABLED, _DISABLED, _DISABLED, "DEK_DELETED")


@dataclass
class ModelEvent:
    """What a service is told of one key."""

    key: str
    kind: str
    versions: tuple[str, str | None]  # the current one, or the one before and the new one
    resources: tuple[str, ...]
    at: datetime
    state: str = "pending"
    said: str | None = None
    due: datetime = field(init=False)  # the courier does something about it

    def __post_init__(self) -> None:
        self.due = self.at

    @property
    def is_open(self) -> bool:
        return self.state in ("pending", "delivered")

    @property
    def shown(self) -> tuple[object, ...]:
        """Everything that the store should say of it."""
        return self.key, self.kind, self.versions, self.resources, self.at, self.state, self.said

    def acknowledging(self, said: str, now: datetime) -> Verdict:
        """Return how it is refused that a service says this."""
        opposite = _ENABLED if self.kind in ("disable", "delete") else _DISABLED
        late = self.state == "expired" or (self.is_open and now >= self.at + WITHIN)
        again = self.state == "acknowledged" and said != self.said
        return _CONFLICT if said == opposite or late or again else OK

    def acknowledged(self, said: str, now: datetime) -> None:
        if self.is_open:
            self.state, self.said, self.due = "acknowledged", said, now + SHOWN

    def looked_at(self, now: datetime) -> str | None:
        """Let the courier look at it, and return whether it is ``posted`` or ``gone``."""
        if now < self.due:
            return None
        if not self.is_open:
            return "gone"
        if now >= self.at + WITHIN:
            self.state, self.due = "expired", now + SHOWN
            return None
        self.state, self.due = "delivered", self.at + WITHIN
        return "posted"
