"""Whose address counts when a request comes through proxies: that of whom the proxies we trust served."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MOST: Final = 64
"""Of networks that can be trusted, and of proxies one behind the other that are looked at."""


class Proxies:
    """Proxies whose word about addresses is believed.

    Args:
        networks: where they are; a request from anywhere else counts as coming from there.
    """

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def client(self, peer: str | None, forwarded: str | None) -> str | None:
        """Return the address that a request counts as coming from.

        Args:
            peer: at the other end of the connection.
            forwarded: what ``X-Forwarded-For`` says. It is read from its end, where the proxy before us wrote
                whom it serves; what stands before the first address that is no trusted proxy, anybody may
                have written. What is no address is not believed either.
        """
        believed = None if peer is None or forwarded is None else _address(peer)
        if believed is None or not self._trusts(believed):
            return peer
        for text in reversed((forwarded or "").rsplit(",", MOST)[-MOST:]):
            said = _address(text)
            if said is None:
                break
            believed = said
            if not self._trusts(said):
                break
        return str(believed)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def read_networks(text: str) -> tuple[Network, ...]:
    """Return the addresses and networks in *text*, which commas separate.

    Raises:
        ValueError: one is neither, has bits beyond its prefix, or there are more than `MOST`.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MOST:
        raise ValueError(f"at most {MOST} addresses and networks")
    return tuple(ip_network(part) for part in parts)


def _address(text: str) -> Address | None:
    """Return the address in *text*, of which some proxies write the port as well."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return found
    return None if found.scope_id is not None else found.ipv4_mapped or found
