"""Look into the catalog, which needs no token and no store. Source: ``spec`` section 5.5."""

from dataclasses import dataclass

from keystead.domain.catalog import ENTRIES, AnyKind, Entry, Kind, children, search
from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True)
class SearchCatalog:
    """The services that have all words of *text* in their names."""

    text: str

    async def run(self, case: Case, tools: Tools) -> tuple[Entry, ...]:  # noqa: ARG002 - as every command
        """Find them."""
        return tuple(search(self.text))


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """One entry."""

    id: str

    async def run(self, case: Case, tools: Tools) -> Entry:  # noqa: ARG002 - as every command
        """Find it."""
        return _entry(self.id)


@dataclass(frozen=True, slots=True)
class ListChildren:
    """The plans of a service, or the deployments of a plan, that *text* finds; *kind* as in `children`."""

    parent: str
    kind: Kind | AnyKind
    text: str

    async def run(self, case: Case, tools: Tools) -> tuple[Entry, ...]:  # noqa: ARG002 - as every command
        """Find them."""
        return children(_entry(self.parent), self.kind, self.text)


def _entry(entry_id: str) -> Entry:
    entry = ENTRIES.get(entry_id)
    if entry is None:
        raise Refused(Reason.CATALOG_ENTRY_NOT_FOUND, "The catalog has no entry with this id")
    return entry
