"""Roles over the network: those there are, and those that an account makes (section 3.6)."""

import re
from dataclasses import replace
from typing import Any

import pytest

from api import Api, envelope
from conformance.granting import (
    ROLES,
    V1,
    check_refused,
    granted_everywhere,
    home_of_its_own,
    make,
    make_role,
    role_body,
    v1_body,
)
from conformance.world import World
from keystead.domain.actions import Action, Role, Scope
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.ids import InstanceId, random_uuid
from keystead.domain.permissions import PERMISSIONS
from keystead.domain.reasons import Reason
from keystead.domain.role_tables import ACTIONS_BY_ID, ONLY_HPCS
from keystead.domain.roles import MOST_CUSTOM_ROLES

SHOWN = {
    "id", "display_name", "name", "description", "actions", "crn", "account_id", "service_name", "created_at",
    "created_by_id", "last_modified_at", "last_modified_by_id", "href",
}  # fmt: skip

VIEWER = {
    "iam.policy.list",
    "iam.policy.read",
    "resource-controller.instance.retrieve",
    "resource-controller.key.retrieve",
    "resource-controller.group.retrieve",
    "global-search-tagging.resource.read",
    "cbr.rule.read",
}


async def listed(api: Api, query: str = "") -> Any:
    answer = await api.send("GET", f"{ROLES}?account_id={api.instance.account}{query}")
    assert answer.status == 200, answer.body
    return answer.json


async def put(api: Api, role: Any, tag: str | None = None, **more: Any) -> Any:
    body = {"display_name": "new", "actions": ["kms.secrets.wrap"], **more}
    return await api.send("PUT", f"{ROLES}/{role['id']}", body, {"if-match": tag or role["etag"]})


@pytest.mark.parametrize("service", ["kms", "hs-crypto"])
def test_the_roles_there_are(world: World, service: str) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        found = await listed(admin, f"&service_name={service}")
        platform = [role["crn"].rpartition(":")[2] for role in found["system_roles"]]
        assert platform == ["Viewer", "Operator", "Editor", "Administrator"]
        roles = {role["crn"].rpartition(":")[2]: role for role in found["service_roles"]}
        assert {Role(name) for name in (*roles, *platform)} == set(Role) - (
            ONLY_HPCS if service == "kms" else set()
        )
        assert f"{service}.secrets.wrap" in roles["Reader"]["actions"]
        assert f"{service}.secrets.read" not in roles["Reader"]["actions"]
        anybodys = [] if service == "kms" else ["hs-crypto.instances.read"]
        assert roles["KeyPurge"]["actions"] == [*anybodys, f"{service}.secrets.purge"]
        assert (
            set(roles["Reader"]["actions"])
            < set(roles["Writer"]["actions"])
            < set(roles["Manager"]["actions"])
        )
        assert set(found["system_roles"][0]["actions"]) >= VIEWER
        assert not any(it.startswith("kms.") for it in found["system_roles"][0]["actions"])
        of_services = await listed(admin, f"&service_name={service}&policy_type=authorization")
        delegated = ["Reader", "ReaderPlus", "Writer", "Manager"]
        assert [it["crn"].rpartition(":")[2] for it in of_services["service_roles"]] == delegated
        assert of_services["system_roles"] == of_services["custom_roles"] == []
        assert (await listed(admin, "&service_name=cloudant"))["service_roles"] == []

    world.run(story())


def test_the_roles_as_older_clients_ask_for_them(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        asked = (
            "/acms/v1/roles?sourceServiceName=cloud-object-storage&serviceName=kms&policyType=authorization"
        )
        found = (await admin.send("GET", asked)).json["supportedRoles"]
        names = [role["displayName"] for role in found]
        assert names == ["Reader", "ReaderPlus", "Writer", "Manager"]
        assert set(found[0]) == {"crn", "id", "displayName", "description", "actions"}
        assert "kms.secrets.wrap" in {action["id"] for action in found[0]["actions"]}
        whole = (await admin.send("GET", "/acms/v1/roles?serviceName=kms")).json["supportedRoles"]
        assert {Role(role["crn"].rpartition(":")[2]) for role in whole} == set(Role) - ONLY_HPCS
        check_refused(await admin.send("GET", "/acms/v1/roles?policyType=x"), Reason.POLICY_BODY)
        nobody = await admin.other()
        assert (await nobody.send("GET", asked)).json == {"supportedRoles": []}

    world.run(story())


def test_who_holds_nothing_is_shown_no_roles(world: World) -> None:
    async def story() -> None:
        nobody = await world.home.other()
        found = await listed(nobody, "&service_name=kms")
        assert found == {"custom_roles": [], "service_roles": [], "system_roles": []}

    world.run(story())


def test_a_role_from_its_first_day_to_its_last(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        body = role_body(admin, "Wrapper", "kms.secrets.wrap", "kms.secrets.unwrap", description="wraps")
        answer = await admin.send("POST", ROLES, body)
        made = answer.json
        assert (answer.status, set(made)) == (201, SHOWN)
        assert re.fullmatch(r'"1-[0-9a-f]{32}"', answer.headers["etag"])
        assert made["crn"] == f"crn:v1:bluemix:public:iam::a/{admin.instance.account}::customRole:Wrapper"
        assert {name: made[name] for name in body} == body
        assert (await admin.send("GET", f"{ROLES}/{made['id']}")).json == made
        assert (await listed(admin))["custom_roles"] == [made]
        assert (await listed(admin, "&service_name=hs-crypto"))["custom_roles"] == []
        head = {**made, "etag": answer.headers["etag"]}
        new = await put(admin, head)
        assert (new.status, new.json["actions"]) == (200, ["kms.secrets.wrap"])
        assert (new.json["name"], new.json["description"]) == ("Wrapper", "")
        check_refused(await put(admin, head), Reason.ROLE_CONFLICT)
        assert (await admin.send("DELETE", f"{ROLES}/{made['id']}")).status == 204
        check_refused(await admin.send("DELETE", f"{ROLES}/{made['id']}"), Reason.ROLE_NOT_FOUND)
        (event,) = (
            it for it in world.log.events[-6:] if it.action == "iam-am.role.update" and not it.failure
        )
        assert event.response == {"roleId": made["id"], "role": "Wrapper", "actions": ["kms.secrets.wrap"]}

    world.run(story())


def test_a_role_allows_its_actions_and_no_others_at_once(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        caller, key = await admin.other(), None
        role = await make_role(admin, "Wrapper", "kms.secrets.create", "kms.secrets.wrap")
        policy = await make(admin, v1_body(admin, caller.iam_id, role["crn"]))
        assert policy["roles"][0]["display_name"] == "Wrapper of keys"
        key = (await caller.create())["id"]
        beside = world.beside(caller)
        for one in (caller, beside):
            assert (await one.act(key, "wrap")).status == 200
            for refused in ("unwrap", "rotate", "disable"):
                assert (await one.act(key, refused)).status == 401
            assert (await one.send("GET", "/keys")).status == 401
        assert (await put(admin, role, actions=["kms.secrets.list", "kms.secrets.disable"])).status == 200
        for one in (caller, beside):
            assert (await one.act(key, "wrap")).status == 401
            assert (await one.send("GET", "/keys")).status == (await one.send("HEAD", "/keys")).status == 200
        assert (await caller.act(key, "disable")).status == 204
        check_refused(await admin.send("DELETE", f"{ROLES}/{role['id']}"), Reason.ROLE_CONFLICT)
        assert (await admin.send("DELETE", f"{V1}/{policy['id']}")).status == 204
        assert (await admin.send("DELETE", f"{ROLES}/{role['id']}")).status == 204
        back = await admin.send("PATCH", f"{V1}/{policy['id']}", {"state": "active"}, {"if-match": "*"})
        check_refused(back, Reason.POLICY_BODY)  # its role is gone
        assert (await caller.send("GET", "/keys")).status == 401

    world.run(story())


def test_a_role_is_granted_in_its_account_and_service_alone(world: World) -> None:
    async def story() -> None:
        admin, foreign = await home_of_its_own(world), await home_of_its_own(world)
        role = await make_role(admin, "Wrapper")
        for more in ({"serviceName": "-"}, {"serviceName": "hs-crypto"}):
            answer = await admin.send("POST", V1, v1_body(admin, admin.iam_id, role["crn"], **more))
            check_refused(answer, Reason.POLICY_BODY)
        answer = await foreign.send("POST", V1, v1_body(foreign, foreign.iam_id, role["crn"]))
        check_refused(answer, Reason.POLICY_BODY)
        check_refused(await foreign.send("GET", f"{ROLES}/{role['id']}"), Reason.ROLE_NOT_FOUND)

    world.run(story())


def test_a_role_of_one_service_means_nothing_in_another_whatever_was_stored(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        role, caller, change = (
            await make_role(admin, "Lister", "kms.secrets.list"),
            await admin.other(),
            Change(),
        )
        other = replace(admin.instance, id=InstanceId(random_uuid()), service="hs-crypto")
        bare = granted(id=random_uuid(), subject=caller.iam_id, account=admin.instance.account, roles=())
        change.add(other, replace(bare, roles=(role["crn"],)))
        await world.store.commit(change, None)
        assert (await caller.send("GET", "/keys")).status == 200
        assert (await replace(caller, instance=other).send("GET", "/keys")).status == 401

    world.run(story())


def test_a_role_of_a_ring_sees_that_ring(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        admin = await granted_everywhere(api, Role.ADMINISTRATOR)
        await api.add_ring("ring-b")
        inside = await api.send(
            "POST", "/keys", envelope(name="inside", extractable=False), {"x-kms-key-ring": "ring-b"}
        )
        await api.create()
        name = f"Lister{len(await world.store.custom_roles(api.instance.account))}"
        role = await make_role(admin, name, "kms.secrets.list", "kms.keyrings.list")
        caller = await api.other()
        await make(admin, v1_body(api, caller.iam_id, role["crn"], keyRing="ring-b"))
        found = await caller.send("GET", "/keys")
        assert found.status == 200, found.body
        assert [key["id"] for key in found.json["resources"]] == [inside.resource["id"]]
        assert (await caller.send("GET", "/key_rings")).status == 401  # AUT-3

    world.run(story())


BAD: dict[str, dict[str, Any]] = {
    "no actions": {"actions": []},
    "an action of nobody": {"actions": ["kms.secrets.steal"]},
    "an action of the platform": {"actions": ["iam.policy.create"]},
    "an action of identities": {"actions": ["iam-identity.apikey.create"]},
    "an action of another service": {"actions": ["hs-crypto.secrets.wrap"]},
    "an action of our own": {"actions": ["kms.secrets.default"]},
    "an action of the operator": {"actions": ["kms.instance.create"]},
    "an action twice": {"actions": ["kms.secrets.wrap", "kms.secrets.wrap"]},
    "every action by pattern": {"actions": ["kms.*"]},
    "another service": {"service_name": "cloudant"},
    "a small name": {"name": "wrapper"},
    "a name with a mark": {"name": "Wrap:per"},
    "a name with a line": {"name": "Wrapper\n"},
    "a long name": {"name": "W" * 31},
    "no display name": {"display_name": ""},
    "a long display name": {"display_name": "x" * 51},
}


@pytest.mark.parametrize("name", BAD)
def test_what_no_role_can_be(world: World, name: str) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        check_refused(
            await admin.send("POST", ROLES, {**role_body(admin, "Wrapper"), **BAD[name]}), Reason.POLICY_BODY
        )
        assert await world.store.custom_roles(admin.instance.account) == ()

    world.run(story())


def test_names_are_one_of_a_kind_and_there_are_so_many(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        check_refused(await admin.send("POST", ROLES, role_body(admin, "Manager")), Reason.ROLE_CONFLICT)
        foreign = role_body(admin, "Wrapper", account_id="f" * 32)
        check_refused(await admin.send("POST", ROLES, foreign), Reason.POLICY_FORBIDDEN)
        for number in range(MOST_CUSTOM_ROLES):
            await make_role(admin, f"Role{number}")
        check_refused(await admin.send("POST", ROLES, role_body(admin, "Last")), Reason.POLICY_REFUSED)

    world.run(story())


def test_every_action_inside_an_instance_can_be_named_and_nothing_else() -> None:
    inside = {
        action
        for action, row in PERMISSIONS.items()
        if action.startswith("kms.") and row.scope in (Scope.INSTANCE, Scope.RING, Scope.KEY, Scope.LIST)
    }
    for service, names in ACTIONS_BY_ID.items():
        around = {Action.ENDPOINTS_READ} if service == "hs-crypto" else set()
        assert frozenset().union(*names.values()) == inside | around
        assert all(name.startswith(f"{service}.") for name in names)
        assert Action.KEY_PURGE in names[f"{service}.secrets.purge"]
