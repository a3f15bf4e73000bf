"""Reads one policy of an instance: first what its fields are called, then what they say.

Unlike everywhere else, a field that is not known is refused. Source: ``spec/kms-api.md`` sections 2.9 and 7
(U21); ``spec/iam-and-provisioning.md`` section 4.1 (NET-5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from keystead.domain.errors import bad_field
from keystead.domain.gate import network_of
from keystead.domain.instance_policies import MOST_ADDRESSES, InstanceWish
from keystead.domain.policies import ALLOWED_NETWORKS, KeyCreateImportAccess, PolicyKind
from keystead.protocols.rest.bodies import months, required_flag
from keystead.protocols.rest.lenient import Fields, bad_body
from keystead.protocols.rest.policy_views import ACCESS_FIELDS

ATTRIBUTES: Final[Mapping[PolicyKind, tuple[str, ...]]] = MappingProxyType(
    {
        PolicyKind.ALLOWED_NETWORK: ("allowed_network",),
        PolicyKind.DUAL_AUTH_DELETE: (),
        PolicyKind.ALLOWED_IP: ("allowed_ip",),
        PolicyKind.KEY_CREATE_IMPORT_ACCESS: ACCESS_FIELDS,
        PolicyKind.METRICS: (),
        PolicyKind.ROTATION: ("interval_month",),
    }
)
ADDRESS_CHARACTERS: Final = 64


@dataclass(frozen=True, slots=True)
class Shape:
    """A policy whose fields have the right names; what they say is not read yet."""

    kind: PolicyKind
    data: Fields
    attributes: Fields | None


def shaped(resource: Fields) -> Shape:
    """Look at the names of all fields of a policy.

    Raises:
        Refused: ``BAD_BODY``.
    """
    resource.only("policy_type", "policy_data")
    kind = _kind(resource)
    data = resource.part("policy_data")
    if data is None:
        raise bad_body("json: policy_data is needed")
    known = ATTRIBUTES[kind]
    data.only("enabled", *(("attributes",) if known else ()))
    attributes = data.part("attributes") if known else None
    if attributes is not None:
        attributes.only(*known)
    return Shape(kind, data, attributes)


def wish(shape: Shape) -> InstanceWish:
    """Read what a policy says.

    Raises:
        Refused: ``INVALID_FIELD``.
    """
    enabled = required_flag(shape.data, "enabled")
    given = shape.attributes
    if given is None and enabled and ATTRIBUTES[shape.kind]:
        raise bad_field("attributes", f"given where {shape.kind} is enabled")
    if given is None or not (enabled or _says_anything(given, shape.kind)):
        return InstanceWish(kind=shape.kind, enabled=enabled)  # turned off: keeps its last attributes (NET-5)
    match shape.kind:
        case PolicyKind.ROTATION:
            interval = months(given, required=enabled)
            return InstanceWish(kind=shape.kind, enabled=enabled, interval_months=interval)
        case PolicyKind.ALLOWED_NETWORK:
            network = _network(given, required=enabled)
            return InstanceWish(kind=shape.kind, enabled=enabled, allowed_network=network)
        case PolicyKind.ALLOWED_IP:
            addresses = _addresses(given, required=enabled)
            return InstanceWish(kind=shape.kind, enabled=enabled, allowed_ip=addresses)
        case _:
            return InstanceWish(kind=shape.kind, enabled=enabled, access=_access(given))


def _kind(resource: Fields) -> PolicyKind:
    name = resource["policy_type"]
    if name is None:
        raise bad_body("json: policy_type is needed")
    try:
        return PolicyKind(name)
    except ValueError:
        raise bad_body("json: unknown policy_type") from None


def _says_anything(attributes: Fields, kind: PolicyKind) -> bool:
    """Tell whether any is given: clients that turn a policy off may send an empty object of them."""
    return any(attributes[name] is not None for name in ATTRIBUTES[kind])


def _network(given: Fields, *, required: bool) -> str | None:
    must_be = "one of " + ", ".join(ALLOWED_NETWORKS)
    network = given.text("allowed_network", must_be)
    if (required and network is None) or network not in (None, *ALLOWED_NETWORKS):
        raise bad_field("allowed_network", must_be)
    return network


def _addresses(given: Fields, *, required: bool) -> tuple[str, ...] | None:
    """Return the list; without one, or with an empty one, a policy that is off keeps its last."""
    must_be = "a list of one or more IPv4 or IPv6 addresses, or networks in CIDR form"
    addresses = given.texts("allowed_ip", most=MOST_ADDRESSES, longest=ADDRESS_CHARACTERS)
    if required and not addresses:
        raise bad_field("allowed_ip", must_be)
    try:
        for text in addresses:
            network_of(text)
    except ValueError:
        raise bad_field("allowed_ip", must_be) from None
    return addresses or None


def _access(given: Fields) -> KeyCreateImportAccess:
    default = KeyCreateImportAccess()
    flags = {name: given.flag(name, default=getattr(default, name)) for name in ACCESS_FIELDS}
    return KeyCreateImportAccess(**flags)
