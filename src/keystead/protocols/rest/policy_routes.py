"""The rows of the route table about policies. Source: ``spec/kms-api.md`` sections 1.11 and 2.1."""

from typing import Final

from keystead.domain.actions import Action
from keystead.protocols.rest import instance_policies, key_policies
from keystead.protocols.rest.row import BASE, KEY, row

POLICIES: Final = (
    row(
        "GET",
        f"{KEY}/policies",
        Action.KEY_POLICIES_READ,
        key_policies.read_key_policies,
        200,
        "Policy could not be retrieved",
    ),
    row(
        "PUT",
        f"{KEY}/policies",
        Action.KEY_POLICIES_WRITE,
        key_policies.write_key_policies,
        200,
        "Policy could not be created",
    ),
    row(
        "GET",
        f"{BASE}/instance/policies",
        Action.INSTANCE_POLICIES_READ,
        instance_policies.read_instance_policies,
        200,
        "Instance policy could not be retrieved",
    ),
    row(
        "PUT",
        f"{BASE}/instance/policies",
        Action.INSTANCE_POLICIES_WRITE,
        instance_policies.write_instance_policies,
        204,
        "Instance policy could not be created",
    ),
    row(
        "GET",
        f"{BASE}/instance/allowed_ip_port",
        Action.ALLOWED_IP_PORT_READ,
        instance_policies.read_allowed_ip_port,
        200,
        "Allowed IP port could not be retrieved",
    ),
)
