"""From where an instance may be asked: its policies ``allowedIP`` and ``allowedNetwork``.

Source: ``spec/kms-api.md`` sections 1.12 (step 5) and 2.9; ``spec/iam-and-provisioning.md`` sections 3.7
(AUT-11: 401 for both) and 4.1.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from keystead.domain.access import unauthorized
from keystead.domain.actions import Action
from keystead.domain.endpoints import PUBLIC, Endpoint
from keystead.domain.policies import PRIVATE_ONLY, InstancePolicies, PolicyKind

Network = IPv4Network | IPv6Network

RESTRICTING: Final = (PolicyKind.ALLOWED_IP, PolicyKind.ALLOWED_NETWORK)
"""The policies that say where requests may come from."""
WAYS_BACK: Final = frozenset({Action.INSTANCE_POLICIES_READ, Action.INSTANCE_POLICIES_WRITE})
"""What ``private-only`` leaves open where there is no private endpoint; see `Gate`."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands before an instance whose policies restrict where requests come from.

    ``private-only`` refuses what came over the public endpoint. Where there is no private endpoint from which
    that could be undone, managers can still read and write the policies of the instance, and nothing else.
    There is no such exception to ``allowedIP``, which both endpoints are held to: who could change the list
    from anywhere would not be held back by it. A list without the address of its writer is not taken instead,
    so that nobody locks himself out by mistake.
    """

    networks: tuple[Network, ...] | None  # None lets every address in
    private_only: bool
    ways_back: frozenset[Action] = WAYS_BACK  # what ``private-only`` leaves open to all

    def require(self, action: Action, address: str | None, endpoint: Endpoint = PUBLIC) -> None:
        """Raise `Refused` with ``UNAUTHORIZED`` unless *action* may be asked for from there."""
        if self.private_only and endpoint == PUBLIC and action not in self.ways_back:
            raise unauthorized()
        if not self.lets_in(address):
            raise unauthorized()

    def lets_in(self, address: str | None) -> bool:
        """Tell whether *address* is on the list; an unknown one never is."""
        if self.networks is None:
            return True
        return any(form in network for form in _forms(address) for network in self.networks)


def gate_of(policies: InstancePolicies | None, *, has_private: bool = False) -> Gate | None:
    """Return the gate that *policies* put up; ``None`` where everybody may ask.

    Args:
        policies: of the instance.
        has_private: whether anybody can come over a private endpoint.
    """
    if policies is None:
        return None
    addresses = policies.enabled(PolicyKind.ALLOWED_IP)
    network = policies.enabled(PolicyKind.ALLOWED_NETWORK)
    private_only = network is not None and network.allowed_network == PRIVATE_ONLY
    if addresses is None and not private_only:
        return None
    networks = None if addresses is None else tuple(network_of(text) for text in addresses.allowed_ip)
    return Gate(networks, private_only, frozenset() if has_private else WAYS_BACK)


def network_of(text: str) -> Network:
    """Return the addresses that *text* (an address, or a network in CIDR form) stands for.

    Raises:
        ValueError: it is neither.
    """
    length = text.partition("/")[2]
    if "/" in text and not (length.isascii() and length.isdigit()):
        raise ValueError("a network has a prefix length, and no mask")
    return ip_network(text, strict=False)


def _forms(text: str | None) -> tuple[IPv4Address | IPv6Address, ...]:
    """Return a peer's address in all its forms: a listener for both families writes IPv4 peers as IPv6."""
    try:
        address = ip_address(text or "")
    except ValueError:
        return ()  # it did not come over IP
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (address,) if mapped is None else (address, mapped)
