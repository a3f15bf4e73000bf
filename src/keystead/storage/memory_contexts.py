"""Network zones and context rules, in memory."""

from typing import Any

from keystead.domain.changes import RecordWrite
from keystead.domain.context_rules import ContextRule
from keystead.domain.ids import AccountId
from keystead.domain.zones import Zone
from keystead.storage.contexts import Contexts


class ContextsInMemory:
    """The part of the store that is about them; see `keystead.domain.ports.directory.ContextRecords`."""

    def __init__(self) -> None:
        super().__init__()
        self._zones: dict[str, Zone] = {}
        self._rules: dict[str, ContextRule] = {}

    async def zones(self, account: AccountId) -> tuple[Zone, ...]:
        """Return the network zones of *account*, ordered by id."""
        return self._contexts_of(account).zones

    async def context_rules(self, account: AccountId) -> tuple[ContextRule, ...]:
        """Return the context rules of *account*, ordered by id."""
        return self._contexts_of(account).rules

    def _contexts_of(self, account: AccountId) -> Contexts:
        return Contexts(
            tuple(zone for _, zone in sorted(self._zones.items()) if zone.account == account),
            tuple(rule for _, rule in sorted(self._rules.items()) if rule.account == account),
        )

    def _settle_contexts(self, write: RecordWrite) -> None:
        """Raise `Conflict` where zones or rules must not become what *write* has made of them."""
        record = write.new or write.was
        if isinstance(record, Zone | ContextRule):
            self._contexts_of(record.account).settle(write)

    def _place_of_context(self, record: Zone | ContextRule) -> tuple[dict[Any, Any], str]:
        return (self._zones if isinstance(record, Zone) else self._rules), record.id
