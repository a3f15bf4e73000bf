"""Policies of keys and of instances. Source: ``spec/kms-api.md`` sections 2.9 and 2.10."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.instance_policies import MOST_ADDRESSES
from keystead.domain.policies import ALLOWED_NETWORKS, PolicyKind
from keystead.domain.reasons import Reason
from keystead.protocols.openapi.operation import Answer, Body, Operation
from keystead.protocols.openapi.shapes import (
    FLAG,
    MOMENT,
    UUID,
    Schema,
    any_of,
    choice,
    closed,
    listed,
    only,
    opened,
    ref,
    text,
    whole,
)
from keystead.protocols.rest import instance_policies, instance_wishes, key_policies
from keystead.protocols.rest.described import parameters
from keystead.protocols.rest.described.fields import (
    MONTHS,
    ROTATION,
    STAMP,
    WISHED,
    collection,
    some_of,
)
from keystead.protocols.rest.policy_views import ACCESS_FIELDS, POLICY_TYPE

_TAG: Final = "Policies"
_ATTRIBUTES: Final[dict[str, Schema]] = {
    "allowed_network": choice(ALLOWED_NETWORKS),
    "allowed_ip": listed(
        text(
            maxLength=instance_wishes.ADDRESS_CHARACTERS,
            description="An address, or a network in CIDR form.",
            examples=["192.0.2.0/24"],
        ),
        most=MOST_ADDRESSES,
    ),
    "interval_month": MONTHS,
    **dict.fromkeys(ACCESS_FIELDS, FLAG),
}
_KEY_POLICY: Final = {
    "id": UUID,
    "crn": text(pattern="^crn:v1:"),
    "type": only(POLICY_TYPE),
    **STAMP,
    "lastUpdateDate": MOMENT,
}


def _only_wish(kind: PolicyKind) -> Schema:
    """Return what is said of a key's policy; one resource says something of one kind."""
    others = [{"required": [str(other)]} for other in key_policies.KINDS if other is not kind]
    return {**opened({str(kind): WISHED[kind]}), "not": {"anyOf": others}}


def _wish(kind: PolicyKind) -> Schema:
    """Return what is said of an instance's policy; attributes are needed where it is on."""
    names = instance_wishes.ATTRIBUTES[kind]
    if not names:
        return closed({"policy_type": only(kind), "policy_data": closed({"enabled": FLAG})})
    data = closed({"enabled": FLAG}, {"attributes": closed({}, {name: _ATTRIBUTES[name] for name in names})})
    data["if"] = {"properties": {"enabled": {"const": True}}}
    data["then"] = {"required": ["attributes"], "properties": {"attributes": _WHERE_ON.get(kind, {})}}
    return closed({"policy_type": only(kind), "policy_data": data})


_WHERE_ON: Final[dict[PolicyKind, Schema]] = {
    PolicyKind.ALLOWED_NETWORK: {"required": ["allowed_network"]},
    PolicyKind.ALLOWED_IP: {"required": ["allowed_ip"], "properties": {"allowed_ip": {"minItems": 1}}},
    PolicyKind.ROTATION: {"required": ["interval_month"]},
}
SCHEMAS: Final[dict[str, Schema]] = {
    "KeyPolicyWish": any_of(*map(_only_wish, key_policies.KINDS)),
    "KeyPolicy": any_of(
        closed({**_KEY_POLICY, str(PolicyKind.ROTATION): ROTATION}),
        closed({**_KEY_POLICY, str(PolicyKind.DUAL_AUTH_DELETE): closed({"enabled": FLAG})}),
    ),
    "InstancePolicyWish": any_of(*map(_wish, PolicyKind)),
    "InstancePolicy": closed(
        {
            **STAMP,
            "lastUpdated": MOMENT,
            "policy_type": choice(PolicyKind),
            "policy_data": closed({"enabled": FLAG}, {"attributes": closed({}, _ATTRIBUTES)}),
        }
    ),
}
_KEY_POLICIES: Final = collection(POLICY_TYPE, ref("KeyPolicy"))
_REFUSES: Final = (
    Reason.INVALID_QUERY_PARAM,
    Reason.INVALID_FIELD,
    Reason.BODY_QUERY_MISMATCH,
    Reason.COLLECTION_TOTAL,
    Reason.TOO_EARLY,
)
OPERATIONS: Final = {
    Action.KEY_POLICIES_READ: Operation(
        tag=_TAG,
        summary="Read the policies of a key",
        parameters=(parameters.KEY_POLICY,),
        answers={200: Answer(says="The policies that were ever set.", schema=_KEY_POLICIES)},
        refuses=(Reason.INVALID_QUERY_PARAM,),
    ),
    Action.KEY_POLICIES_WRITE: Operation(
        tag=_TAG,
        summary="Set policies of a key",
        parameters=(parameters.KEY_POLICY,),
        body=Body(schema=some_of(ref("KeyPolicyWish"), len(key_policies.KINDS))),
        answers={200: Answer(says="The policies that were set.", schema=_KEY_POLICIES)},
        refuses=(
            *_REFUSES,
            Reason.KEY_DELETED,
            Reason.KEY_ROOT_REQUIRED,
            Reason.KEY_PAYLOAD_REQUIRED,
        ),
    ),
    Action.INSTANCE_POLICIES_READ: Operation(
        tag=_TAG,
        summary="Read the policies of an instance",
        parameters=(parameters.INSTANCE_POLICY,),
        answers={
            200: Answer(
                says="The policies that were ever set.", schema=collection(POLICY_TYPE, ref("InstancePolicy"))
            )
        },
        refuses=(Reason.INVALID_QUERY_PARAM,),
    ),
    Action.INSTANCE_POLICIES_WRITE: Operation(
        tag=_TAG,
        summary="Set policies of an instance",
        note="Unlike elsewhere, a member that is not described is refused.",
        parameters=(parameters.INSTANCE_POLICY,),
        body=Body(schema=some_of(ref("InstancePolicyWish"), len(PolicyKind))),
        answers={204: Answer(says="Done.")},
        refuses=(*_REFUSES, Reason.COLLECTION_RESOURCES),
    ),
    Action.ALLOWED_IP_PORT_READ: Operation(
        tag=_TAG,
        summary="Read the port that an instance with allowedIP is reached at",
        answers={
            200: Answer(
                says="The port; none while the policy is off.",
                schema=collection(
                    instance_policies.PORT_TYPE,
                    closed({"private_endpoint_port": whole(instance_policies.PORTS)}),
                ),
            )
        },
    ),
}
