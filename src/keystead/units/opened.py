"""Root-key material that a unit has opened and keeps for the next wrap."""

from collections import OrderedDict
from dataclasses import dataclass

from keystead.crypto.wrapping import WrappingKey
from keystead.domain.ports.unit import Binding


@dataclass(frozen=True, slots=True)
class Opened:
    """One version, ready for use, and the place that it was opened for."""

    binding: Binding
    key: WrappingKey


class OpenedVersions:
    """The versions used last, at most *limit*, found by their sealed octets."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.kept = 0  # how many came in since the start
        self._entries: OrderedDict[bytes, Opened] = OrderedDict()

    def get(self, sealed: bytes, binding: Binding) -> Opened | None:
        """Return what *sealed* holds if it was opened for this very *binding*; no other place will do."""
        entry = self._entries.get(sealed)
        if entry is None or entry.binding != binding:
            return None
        self._entries.move_to_end(sealed)
        return entry

    def keep(self, sealed: bytes, opened: Opened) -> None:
        """Keep *opened*, and let go of what was used longest ago."""
        self.kept += 1
        self._entries[sealed] = opened
        self._entries.move_to_end(sealed)
        if len(self._entries) > self._limit:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        """Let go of everything."""
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)
