"""Stretches of IP addresses, as zones name them, and whether one holds an address."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal

IPAddress = IPv4Address | IPv6Address
SpanKind = Literal["ipAddress", "ipRange", "subnet"]

_MAPPED: Final = ip_network("::ffff:0:0/96")
"""IPv4 addresses written as IPv6: a peer is never known by one, so that no list could mean two things."""


@dataclass(frozen=True, slots=True)
class Span:
    """All addresses of one family from the *first* to the *last*, as numbers."""

    version: int  # 4 or 6
    first: int
    last: int


class Spans:
    """Many stretches at once: a look costs a few steps, however many there are."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, spans: Iterable[Span]) -> None:
        self._firsts: dict[int, list[int]] = {4: [], 6: []}
        self._lasts: dict[int, list[int]] = {4: [], 6: []}
        for span in sorted(spans, key=lambda it: it.first):
            firsts, lasts = self._firsts[span.version], self._lasts[span.version]
            if lasts and span.first <= lasts[-1] + 1:
                lasts[-1] = max(lasts[-1], span.last)
            else:
                firsts.append(span.first)
                lasts.append(span.last)

    def hold(self, address: IPAddress) -> bool:
        """Tell whether *address* is in any of them."""
        at, number = bisect_right(self._firsts[address.version], int(address)) - 1, int(address)
        return at >= 0 and number <= self._lasts[address.version][at]


def peer_address(text: str | None) -> IPAddress | None:
    """Return the address that *text* says a request comes from, ``None`` where it says none.

    A listener for both families writes IPv4 peers as IPv6; here they are IPv4 again.
    """
    try:
        address = ip_address(text or "")
    except ValueError:
        return None  # it did not come over IP
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def span_of(kind: SpanKind, text: str) -> Span:
    """Return the addresses that *text* stands for.

    Raises:
        ValueError: it is nothing of this *kind*; the text says what it should be.
    """
    first, last = _ENDS[kind](text)
    if first.version != last.version or int(first) > int(last):
        raise ValueError("a range goes from an address up to one of the same family")
    _require_one_form(first, last)
    return Span(first.version, int(first), int(last))


def _address(text: str) -> IPAddress:
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError("an IPv4 or IPv6 address") from None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise ValueError("an address without a zone of its own")
    return address


def _one(text: str) -> tuple[IPAddress, IPAddress]:
    address = _address(text)
    return address, address


def _range(text: str) -> tuple[IPAddress, IPAddress]:
    head, _, tail = text.partition("-")
    return _address(head), _address(tail)


def _subnet(text: str) -> tuple[IPAddress, IPAddress]:
    length = text.partition("/")[2]
    if not (length.isascii() and length.isdigit()) or "%" in text:
        raise ValueError("a subnet in CIDR form, with its prefix length")
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError("a subnet in CIDR form") from None
    return network.network_address, network.broadcast_address


def _require_one_form(first: IPAddress, last: IPAddress) -> None:
    if first in _MAPPED or last in _MAPPED:
        raise ValueError("IPv4 addresses in their own form, and not as IPv6")


_ENDS: Final[dict[SpanKind, Callable[[str], tuple[IPAddress, IPAddress]]]] = {
    "ipAddress": _one,
    "ipRange": _range,
    "subnet": _subnet,
}
