"""Show and set the policies of a key. Source: ``spec/kms-api.md`` sections 2.9 and 7 (U21, U46, U53)."""

from typing import Final

from keystead.domain.key_policies import Wishes
from keystead.domain.policies import PolicyKind
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.bodies import dual_auth_wish, rotation_wish
from keystead.protocols.rest.envelopes import read_collection
from keystead.protocols.rest.lenient import Fields, bad_body
from keystead.protocols.rest.policy_views import POLICY_TYPE, key_policy, mismatch
from keystead.protocols.rest.views import collection
from keystead.service.key_policies import ReadKeyPolicies, ShownPolicies, WriteKeyPolicies

KINDS: Final = (PolicyKind.ROTATION, PolicyKind.DUAL_AUTH_DELETE)


async def read_key_policies(visit: Visit) -> Reply:
    """``GET /keys/{key}/policies``."""

    def command() -> ReadKeyPolicies:
        return ReadKeyPolicies(kind=queries.policy(visit.exchange.query(), KINDS))

    return _reply(await visit.serve(command))


async def write_key_policies(visit: Visit) -> Reply:
    """``PUT /keys/{key}/policies``; always answers with what was set, whatever the client prefers."""

    def command() -> WriteKeyPolicies:
        kind = queries.policy(visit.exchange.query(), KINDS)
        return WriteKeyPolicies(wishes=_wishes(visit.exchange.content(), kind))

    return _reply(await visit.serve(command))


def _reply(shown: ShownPolicies) -> Reply:
    views = [key_policy(policy, shown.instance) for policy in shown.policies]
    return json_reply(200, collection(POLICY_TYPE, views))


def _wishes(content: bytes, wanted: PolicyKind | None) -> Wishes:
    resources = read_collection(content)
    if not resources:
        raise bad_body("resources is empty")
    by_kind = {_kind(resource): resource for resource in resources}
    if wanted is not None and set(by_kind) != {wanted}:
        raise mismatch()
    if len(by_kind) < len(resources):
        raise bad_body("json: two resources are of one policy")
    return Wishes(
        rotation=rotation_wish(by_kind.get(PolicyKind.ROTATION)),
        dual_auth=dual_auth_wish(by_kind.get(PolicyKind.DUAL_AUTH_DELETE)),
    )


def _kind(resource: Fields) -> PolicyKind:
    found = [kind for kind in KINDS if resource[kind] is not None]
    if len(found) != 1:
        raise bad_body("json: a resource must hold one policy, rotation or dualAuthDelete")
    return found[0]
