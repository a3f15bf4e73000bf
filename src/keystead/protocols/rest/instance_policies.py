"""Show and set the policies of an instance. Source: ``spec/kms-api.md`` sections 2.9 and 2.10.

The checks come in the order of that section: the total, the query, what the fields are called, their values.
"""

from typing import Final
from urllib.parse import urlsplit

from keystead.domain.errors import Refused
from keystead.domain.policies import PolicyKind
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.envelopes import read_collection
from keystead.protocols.rest.instance_wishes import Shape, shaped, wish
from keystead.protocols.rest.lenient import Fields, bad_body
from keystead.protocols.rest.policy_views import POLICY_TYPE, instance_policy, mismatch
from keystead.protocols.rest.views import collection
from keystead.service.instance_policies import (
    ReadAllowedAddressPort,
    ReadInstancePolicies,
    WriteInstancePolicies,
)

PORT_TYPE: Final = "application/vnd.ibm.kms.allowed_ip_metadata+json"
_HTTPS: Final = 443
PORTS: Final = range(1, 65_536)


async def read_instance_policies(visit: Visit) -> Reply:
    """``GET /instance/policies``."""
    kinds = tuple(PolicyKind)
    found = await visit.serve(
        lambda: ReadInstancePolicies(kind=queries.policy(visit.exchange.query(), kinds))
    )
    return json_reply(200, collection(POLICY_TYPE, [instance_policy(policy) for policy in found]))


async def write_instance_policies(visit: Visit) -> Reply:
    """``PUT /instance/policies``."""

    def command() -> WriteInstancePolicies:
        kind = queries.policy(visit.exchange.query(), tuple(PolicyKind))
        shapes = _shapes(read_collection(visit.exchange.content()), kind)
        return WriteInstancePolicies(wishes=tuple(wish(shape) for shape in shapes), address=visit.address)

    await visit.serve(command)
    return Reply(204)


async def read_allowed_ip_port(visit: Visit) -> Reply:
    """``GET /instance/allowed_ip_port``: empty while the policy ``allowedIP`` is off.

    It names the port of the private endpoint. Where there is none, the one listener judges every address by
    the list, and this names the port that the client itself has just used.
    """
    endpoints = await visit.serve(ReadAllowedAddressPort)
    if endpoints is None:
        return json_reply(200, collection(PORT_TYPE, []))
    private = endpoints.own_private
    port = _port_used(visit) if private is None else urlsplit(private).port or _HTTPS
    return json_reply(200, collection(PORT_TYPE, [{"private_endpoint_port": port}]))


def _shapes(resources: list[Fields], wanted: PolicyKind | None) -> list[Shape]:
    if wanted is not None:
        _require_the_one(resources, wanted)
    if not resources:
        raise bad_body("resources is empty")
    shapes = [shaped(resource) for resource in resources]
    if len({shape.kind for shape in shapes}) < len(shapes):
        raise bad_body("json: two resources are of one policy_type")
    return shapes


def _require_the_one(resources: list[Fields], wanted: PolicyKind) -> None:
    if resources and resources[0]["policy_type"] != wanted:
        raise mismatch()
    if len(resources) != 1:
        raise Refused(
            Reason.COLLECTION_RESOURCES, "Exactly one resource is needed where the query names a policy"
        )


def _port_used(visit: Visit) -> int:
    text = (visit.exchange.header(b"host") or "").rpartition("]")[2].rpartition(":")[2]
    is_port = text.isascii() and text.isdigit() and len(text) < len("100000") and int(text) in PORTS
    return int(text) if is_port else _HTTPS
