"""What holds for network zones and context rules whatever else is written at the same time, in every store.

Whoever changes them has changed the directory's generation first and holds that row until he commits: what
is looked at here is all that there will be when he does.
"""

from dataclasses import dataclass

from keystead.domain.changes import RecordWrite
from keystead.domain.context_rules import MOST_RULES, ContextRule
from keystead.domain.zones import MOST_ADDRESSES, MOST_TOGETHER, MOST_ZONES, Zone
from keystead.storage.answers import overtaken


@dataclass(frozen=True, slots=True)
class Contexts:
    """All zones and rules of one account, as they will be."""

    zones: tuple[Zone, ...]
    rules: tuple[ContextRule, ...]

    def require_place(self, new: Zone | ContextRule) -> None:
        """Raise `Conflict` where *new* has a zone that is not there, or is one more than there may be."""
        match new:
            case Zone():
                names = sum(zone.name == new.name for zone in self.zones)
                if names > 1 or len(self.zones) > MOST_ZONES:
                    raise overtaken()
                if sum(zone.size for zone in self.zones) > MOST_TOGETHER:
                    raise overtaken()
                for rule in self.rules:
                    if new.id in rule.zones:
                        self._require_addresses(rule)
            case ContextRule():
                if not new.zones <= {zone.id for zone in self.zones} or len(self.rules) > MOST_RULES:
                    raise overtaken()
                if sum(len(rule.contexts) for rule in self.rules) > MOST_TOGETHER:
                    raise overtaken()
                self._require_addresses(new)

    def require_unused(self, gone: Zone) -> None:
        """Raise `Conflict` where a rule names the zone that is *gone*."""
        if any(gone.id in rule.zones for rule in self.rules):
            raise overtaken()

    def _require_addresses(self, rule: ContextRule) -> None:
        if sum(len(zone.addresses) for zone in self.zones if zone.id in rule.zones) > MOST_ADDRESSES:
            raise overtaken()

    def settle(self, write: RecordWrite) -> None:
        """Raise `Conflict` where zones or rules must not become what *write* has made of them."""
        if isinstance(write.new, Zone | ContextRule):
            self.require_place(write.new)
        elif isinstance(write.was, Zone):
            self.require_unused(write.was)
