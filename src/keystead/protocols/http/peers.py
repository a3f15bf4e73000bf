"""How many connections each peer holds, and how many had to be turned away."""

import logging
from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv6Address
from typing import Final

REPORT_SECONDS: Final = 60.0
_NETWORK_OCTETS: Final = 8  # of an IPv6 address: who has one /64 has all of its addresses
_NAMED: Final = 3
_log = logging.getLogger(__name__)


class Peers:
    """Counts connections by the address that they come from.

    Args:
        most_each: how many one may hold at once.
    """

    def __init__(self, most_each: int) -> None:
        self._most_each = most_each
        self._held: Counter[str] = Counter()

    def has_room(self, peer: str) -> bool:
        """Tell whether *peer*, as `peer_of` names it, may hold one more."""
        return self._held[peer] < self._most_each

    def hold(self, peer: str) -> None:
        """Count one more."""
        self._held[peer] += 1

    def release(self, peer: str) -> None:
        """Count one less; of peers without any, nothing is kept."""
        self._held[peer] -= 1
        if not self._held[peer]:
            del self._held[peer]


class TurnedAway:
    """Counts the connections that found no place, and logs them at most once a minute."""

    def __init__(self) -> None:
        self.all_taken = 0  # since the start, for want of any place
        self.own_taken = 0  # likewise, for want of one for their address
        self._all_taken = 0  # since the last report
        self._own_taken: Counter[str] = Counter()
        self._not_before = 0.0

    def count(self, peer: str, *, all_taken: bool) -> None:
        """Count one, for want of any place or of one for *peer*."""
        if all_taken:
            self.all_taken += 1
            self._all_taken += 1
        else:
            self.own_taken += 1
            self._own_taken[peer] += 1

    def report(self, now: float) -> None:
        """Log what was counted, if it is time for that at *now*."""
        if now < self._not_before or not (self._all_taken or self._own_taken):
            return
        facts = {
            "all_places_taken": self._all_taken,
            "places_of_their_address_taken": self._own_taken.total(),
            "most_from": _names(self._own_taken.most_common(_NAMED)),
        }
        _log.warning("connections_turned_away", extra={"facts": facts})
        self._all_taken, self._not_before = 0, now + REPORT_SECONDS
        self._own_taken.clear()


def peer_of(address: str | None) -> str:
    """Return who *address* is counted as: itself, or the /64 that an IPv6 address is in.

    A listener for both families writes IPv4 addresses as IPv6.
    """
    if address is None or ":" not in address:
        return address or ""
    whole = IPv6Address(address)
    if whole.ipv4_mapped is not None:
        return str(whole.ipv4_mapped)
    return f"{IPv6Address(whole.packed[:_NETWORK_OCTETS].ljust(16, bytes(1)))}/64"


def _names(counted: Iterable[tuple[str, int]]) -> list[str]:
    return [peer for peer, _ in counted]
