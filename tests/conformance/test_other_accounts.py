"""Whatever around keys takes an id answers to another account's as to one that never was.

The same of the key API, between instances, is in ``test_other_tenants.py``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import pytest

from api import Api
from conformance import granting, identities
from conformance.access_groups import GROUPS as ACCESS_GROUPS
from conformance.access_groups import add, for_group, make_group
from conformance.contexts import context, make_rule, make_zone, rule_body, zone_body
from conformance.granting import granted_everywhere, make_role, role_body, v1_body, v2_body
from conformance.identities import a_user
from conformance.profiles import PROFILES, below, link, make_profile
from conformance.profiles import rule as claim_rule
from conformance.provisioned import GROUPS, INSTANCES, a_wish, made
from conformance.world import World, another_account
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.catalog import plan_of
from keystead.domain.ids import random_uuid
from keystead.domain.keys import Windows
from keystead.protocols.http.routes import Route
from keystead.protocols.iam.context_routes import ROUTES as CONTEXTS
from keystead.protocols.iam.identity_routes import ROUTES as IDENTITIES
from keystead.protocols.iam.policy_routes import ROUTES as POLICIES
from keystead.protocols.provisioning.routes import ROUTES as PROVISIONING

OF_NOBODY: Final = {"entry": "", "quota": "", "service": "", "kind": "serviceid", "tag": "brief"}
"""Names of what is the same for everybody, and what is said for it; a tag is looked for in one's account."""
A_WEEK: Final = Windows(reclaim_after=timedelta(days=7))
NAMED: Final = re.compile(r"\{([a-z]+)\}")
_EVERY: Final = tuple(
    replace(route, path=route.path.replace("/rules/{rule}", "/rules/{claimrule}"))
    if "profile" in route.path
    else route
    for route in (*IDENTITIES, *POLICIES, *CONTEXTS, *PROVISIONING)
)
ROUTES: Final = tuple(
    (route, name) for route in _EVERY for name in NAMED.findall(route.path) if name not in OF_NOBODY
)
"""Each with one of the ids that its path names; a rule of a profile is another thing than one of contexts."""
NOT_THERE: Final[dict[str, Callable[[], str]]] = {
    "apikey": lambda: f"ApiKey-{random_uuid()}",
    "serviceid": lambda: f"ServiceId-{random_uuid()}",
    "policy": random_uuid,
    "role": random_uuid,
    "instance": random_uuid,
    "group": lambda: random_uuid().replace("-", ""),
    "account": lambda: random_uuid().replace("-", ""),
    "user": lambda: f"IBMid-{random_uuid()[:8].upper()}",
    "profile": lambda: f"Profile-{random_uuid()}",
    "claimrule": lambda: f"ClaimRule-{random_uuid()}",
    "link": lambda: f"Link-{random_uuid()}",
    "identity": lambda: f"iam-ServiceId-{random_uuid()}",
    "accessgroup": lambda: f"AccessGroupId-{random_uuid()}",
    "member": lambda: f"iam-ServiceId-{random_uuid()}",
    "zone": lambda: random_uuid().replace("-", ""),
    "rule": lambda: random_uuid().replace("-", ""),
    "reclamation": random_uuid,
}
RECLAMATIONS: Final = "/v1/reclamations"
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|IBMid-[0-9A-F]+")


@dataclass(frozen=True)
class Account:
    """An Administrator of everything in an account, and the ids of one of each thing in it."""

    owner: Api
    ids: Mapping[str, str]
    subject: str  # IAM id of the service id
    spare: str  # the CRN of the instance


async def an_account(world: World) -> Account:
    whole = await granted_everywhere(
        await another_account(world), Role.ADMINISTRATOR, Role.MANAGER, Role.KEY_PURGE
    )
    owner = world.beside(whole, windows=A_WEEK)
    service_id = await identities.make_id(owner)
    key = await identities.make(owner, iam_id=service_id["iam_id"])
    policy = await granting.make(owner, v1_body(owner, service_id["iam_id"], Role.READER))
    role = await make_role(owner, "Wrapper")
    instance = await made(owner, resource_plan_id=plan_of("hs-crypto").id)
    gone = (await made(owner))["guid"]
    assert (await owner.send("DELETE", f"{INSTANCES}/{gone}")).status == 204
    (reclamation,) = (await owner.send("GET", RECLAMATIONS)).json["resources"]
    (group,) = (await owner.send("GET", GROUPS)).json["resources"]
    profile = await make_profile(owner)
    claimrule = await below(owner, profile, "rules", claim_rule(group="ops"))
    linked = await below(owner, profile, "links", link())
    identity = {"identifier": service_id["iam_id"], "type": "serviceid"}
    trusted = await owner.send("POST", f"{PROFILES}/{profile['id']}/identities/serviceid", identity)
    assert trusted.status == 200, trusted.body
    access_group = await make_group(owner)
    await add(owner, access_group, service_id["iam_id"])
    zone = await make_zone(owner, "198.51.100.7")
    rule = await make_rule(owner, context(networkZoneId=zone["id"]), mode="disabled")
    return Account(
        owner,
        {
            "apikey": key["id"],
            "serviceid": service_id["id"],
            "policy": policy["id"],
            "role": role["id"],
            "instance": instance["guid"],
            "group": group["id"],
            "account": str(owner.instance.account),
            "user": (await a_user(owner)).iam_id,
            "profile": profile["id"],
            "claimrule": claimrule["id"],
            "link": linked["id"],
            "identity": service_id["iam_id"],
            "accessgroup": access_group["id"],
            "member": service_id["iam_id"],
            "zone": zone["id"],
            "rule": rule["id"],
            "reclamation": reclamation["id"],
        },
        service_id["iam_id"],
        instance["crn"],
    )


@pytest.fixture(scope="module")
def accounts(world: World) -> tuple[Account, Account]:
    """Return another account and one's own."""

    async def both() -> tuple[Account, Account]:
        return await an_account(world), await an_account(world)

    return world.run(both())


def body_for(route: Route, mine: Account) -> object:
    """Return a body that would be taken, if what the path names were there."""
    if route.method in ("GET", "DELETE"):
        return None
    if route.path.startswith(PROFILES):
        return profile_body_for(route, mine)
    if route.path.startswith(f"{ACCESS_GROUPS}/"):
        return group_body_for(route, mine)
    make = _BODIES.get((route.method, NAMED.findall(route.path)[0]))
    return None if make is None else make(mine, route.path)


_BODIES: Final[dict[tuple[str, str], Callable[[Account, str], object]]] = {
    ("PATCH", "policy"): lambda _, __: {"state": "active"},
    ("PUT", "policy"): lambda mine, path: (v2_body if path.startswith("/v2") else v1_body)(
        mine.owner,
        mine.subject,  # type: ignore[arg-type]
        Role.WRITER,
    ),
    ("PUT", "role"): lambda mine, _: role_body(mine.owner, "Wrapper"),
    ("PUT", "zone"): lambda mine, _: zone_body(mine.owner, "198.51.100.8"),
    ("PUT", "rule"): lambda mine, _: rule_body(mine.owner, context(networkZoneId=mine.ids["zone"])),
    **dict.fromkeys(
        (("PUT", "apikey"), ("PUT", "serviceid"), ("PATCH", "instance"), ("PATCH", "group")),
        lambda _, __: {"name": "changed"},
    ),
}


def profile_body_for(route: Route, mine: Account) -> object:
    """Return the same for what is about trusted profiles."""
    path = route.path
    if "/rules" in path:
        return claim_rule(group="dev")
    if "/links" in path:
        return link(name="other")
    if path.endswith("{kind}"):
        return {"identifier": mine.subject, "type": "serviceid"}
    return {"identities": []} if "/identities" in path else {"name": "changed"}


def group_body_for(route: Route, mine: Account) -> object:
    """Return the same for what is about access groups."""
    if route.path.endswith("/members"):
        return {"members": [{"iam_id": mine.subject, "type": "service"}]}
    if route.path.endswith("/delete"):
        return {"members": [mine.subject]}
    if "_allgroups" in route.path:
        return {"type": "service", "groups": [mine.ids["accessgroup"]]}
    return {"name": "changed"}


async def ask(route: Route, mine: Account, named: Mapping[str, str]) -> Answer:
    """Ask for *route* with all that is one's own but what is *named*."""
    whole = {**OF_NOBODY, **mine.ids, **named}
    path = NAMED.sub(lambda found: whole[found[1]].replace("/", "%2F"), route.path)
    if "_allgroups" in path:
        path += f"?account_id={mine.owner.instance.account}"
    return await mine.owner.send(route.method, path, body_for(route, mine), {"if-match": "*"})


def seen(answer: Answer) -> tuple[int, str]:
    """Return what can be told of an answer, whichever ids were in the request."""
    return answer.status, _ID.sub("an id", answer.body.decode())


async def everything(account: Account) -> list[bytes]:
    """Return all that an account's owner is shown of what is in it."""
    there = account.owner.instance.account
    paths = [
        f"/v1/apikeys?account_id={there}&scope=account",
        f"/v1/serviceids/?account_id={there}",
        f"/v1/policies?account_id={there}",
        f"/v2/roles?account_id={there}",
        INSTANCES,
        GROUPS,
        RECLAMATIONS,
        *(f"/v1/apikeys/{account.ids['apikey']}", f"/v1/serviceids/{account.ids['serviceid']}"),
        f"/v2/policies/{account.ids['policy']}",
        f"/v2/accounts/{there}/users",
        f"{PROFILES}?account_id={there}",
        *(f"{PROFILES}/{account.ids['profile']}/{what}" for what in ("rules", "links", "identities")),
        f"{ACCESS_GROUPS}?account_id={there}",
        f"{ACCESS_GROUPS}/{account.ids['accessgroup']}/members?verbose=true",
        *(f"/v1/zones?account_id={there}", f"/v1/rules?account_id={there}"),
    ]
    return [(await account.owner.send("GET", path)).body for path in paths]


_OTHERWISE: Final = {
    ("GET", "/v1/account_settings/{account}"): (403,),
    ("DELETE", "/v1/profiles/{profile}/links"): (400,),  # its query names no link
}


@pytest.mark.parametrize(
    ("route", "name"), [pytest.param(*it, id=f"{it[0].method} {it[0].path} {it[1]}") for it in ROUTES]
)
def test_an_id_in_a_path(world: World, accounts: tuple[Account, Account], route: Route, name: str) -> None:
    theirs, mine = accounts

    async def story() -> None:
        before = await everything(theirs)
        foreign = [theirs.ids[name], *([theirs.spare] if name == "instance" else [])]
        unknown = seen(await ask(route, mine, {name: NOT_THERE[name]()}))
        for one in foreign:
            assert seen(await ask(route, mine, {name: one})) == unknown
        assert unknown[0] in (404, *_OTHERWISE.get((route.method, route.path), ()))
        assert await everything(theirs) == before

    world.run(story())


def test_every_kind_of_id_is_asked_for() -> None:
    assert {name for _, name in ROUTES} == set(NOT_THERE)
    assert len(ROUTES) >= 60


@pytest.mark.parametrize("name", sorted(NOT_THERE))
def test_ones_own_is_there(world: World, accounts: tuple[Account, Account], name: str) -> None:
    """Else it would prove nothing that another's is not."""
    _, mine = accounts
    for route, one in ROUTES:
        if route.method == "GET" and one == name:
            assert world.run(ask(route, mine, {})).status == 200, route.path


BODIES: Final[
    dict[str, tuple[str, str, Callable[[Account, str], Any], Callable[[Account], str], Callable[[], str]]]
] = {
    "an API key for somebody": (
        "POST",
        "/v1/apikeys",
        lambda _, one: {"name": "mine", "iam_id": one},
        lambda theirs: theirs.subject,
        lambda: f"iam-ServiceId-{random_uuid()}",
    ),
    "a policy for somebody": (
        "POST",
        "/v1/policies",
        lambda mine, one: v1_body(mine.owner, one, Role.READER),  # type: ignore[arg-type]
        lambda theirs: theirs.subject,
        lambda: f"iam-ServiceId-{random_uuid()}",
    ),
    "a policy for an access group": (
        "POST",
        "/v1/policies",
        lambda mine, one: for_group(v1_body(mine.owner, mine.subject, Role.READER), one),  # type: ignore[arg-type]
        lambda theirs: theirs.ids["accessgroup"],
        NOT_THERE["accessgroup"],
    ),
    "somebody in access groups": (
        "PUT",
        f"{ACCESS_GROUPS}/_allgroups/members/{{subject}}?account_id={{account}}",
        lambda _, one: {"type": "service", "groups": [one]},
        lambda theirs: theirs.ids["accessgroup"],
        NOT_THERE["accessgroup"],
    ),
    "a member of an access group": (
        "PUT",
        f"{ACCESS_GROUPS}/{{accessgroup}}/members",
        lambda _, one: {"members": [{"iam_id": one, "type": "service"}]},
        lambda theirs: theirs.subject,
        NOT_THERE["member"],
    ),
    "who is to be in an access group no more": (
        "POST",
        f"{ACCESS_GROUPS}/{{accessgroup}}/members/delete",
        lambda _, one: {"members": [one]},
        lambda theirs: theirs.subject,
        NOT_THERE["member"],
    ),
    "an access group in an account": (
        "POST",
        f"{ACCESS_GROUPS}?account_id={{other}}",
        lambda _, __: {"name": "mine"},
        lambda theirs: str(theirs.owner.instance.account),
        NOT_THERE["group"],
    ),
    "a policy with a role": (
        "POST",
        "/v1/policies",
        lambda mine, one: v1_body(mine.owner, mine.subject, one),  # type: ignore[arg-type]
        lambda theirs: f"crn:v1:bluemix:public:iam::a/{theirs.owner.instance.account}::customRole:Wrapper",
        lambda: f"crn:v1:bluemix:public:iam::a/{random_uuid().replace('-', '')}::customRole:Wrapper",
    ),
    "an instance in a group": (
        "POST",
        INSTANCES,
        lambda _, one: a_wish(resource_group=one),
        lambda theirs: theirs.ids["group"],
        NOT_THERE["group"],
    ),
    "a service id in an account": (
        "POST",
        "/v1/serviceids/",
        lambda _, one: {"account_id": one, "name": "mine"},
        lambda theirs: str(theirs.owner.instance.account),
        NOT_THERE["group"],
    ),
}


@pytest.mark.parametrize("what", BODIES)
def test_an_id_in_a_body(world: World, accounts: tuple[Account, Account], what: str) -> None:
    theirs, mine = accounts
    method, path, body, foreign, unknown = BODIES[what]

    async def story() -> None:
        before = await everything(theirs), await everything(mine)
        answers = [
            await mine.owner.send(
                method,
                path.format(
                    **{**mine.ids, "account": mine.owner.instance.account},
                    subject=mine.subject,
                    other=one,
                ),
                body(mine, one),
            )
            for one in (foreign(theirs), unknown())
        ]
        assert seen(answers[0]) == seen(answers[1])
        assert 400 <= answers[0].status < 500
        assert (await everything(theirs), await everything(mine)) == before

    world.run(story())


@pytest.mark.parametrize(
    "query",
    [
        "/v1/apikeys?account_id={account}&scope=account",
        "/v1/apikeys?iam_id={subject}",
        "/v1/serviceids/?account_id={account}",
        "/v1/policies?account_id={account}",
        "/v1/policies?account_id={own}&access_group_id={accessgroup}",
        "/v2/groups?account_id={account}",
        "/v2/groups?account_id={own}&iam_id={subject}",
        "/v2/groups?account_id={own}&search=id:{accessgroup}",
        "/v2/policies?account_id={account}",
        "/v2/roles?account_id={account}",
        "/v1/audit_events?account_id={account}",
        "/v2/resource_instances?resource_group_id={group}",
        "/v2/resource_groups?account_id={account}",
    ],
)
def test_an_id_in_a_query(world: World, accounts: tuple[Account, Account], query: str) -> None:
    theirs, mine = accounts

    async def story() -> None:
        own = mine.owner.instance.account
        foreign = query.format(
            account=theirs.owner.instance.account,
            own=own,
            subject=theirs.subject,
            group=theirs.ids["group"],
            accessgroup=theirs.ids["accessgroup"],
        )
        nobody = query.format(
            account=NOT_THERE["group"](),
            own=own,
            subject=NOT_THERE["member"](),
            group=NOT_THERE["group"](),
            accessgroup=NOT_THERE["accessgroup"](),
        )
        known, unknown = [seen(await mine.owner.send("GET", one)) for one in (foreign, nobody)]
        assert known == unknown

    world.run(story())
