"""The broker of HPCS, of which old clients ask endpoints: TF-7 of iam-and-provisioning.md."""

from dataclasses import replace

import pytest

from api import Api
from conformance.granting import home_of_its_own
from conformance.provisioned import INSTANCES, check_refused, made
from conformance.world import ODD_NAMES, World
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.catalog import plan_of
from keystead.domain.endpoints import Endpoints

BROKER = "/crypto_v2/instances"


@pytest.fixture
def steward(world: World) -> Api:
    """The Administrator of an account with an instance of HPCS."""

    async def story() -> Api:
        home = await home_of_its_own(world)
        found = await made(home, resource_plan_id=plan_of("hs-crypto").id)
        instance = await world.store.instance(found["guid"])
        assert instance is not None
        return replace(home, instance=instance)

    return world.run(story())


def ask(world: World, api: Api, name: str) -> Answer:
    return world.run(api.send("GET", f"{BROKER}/{name}"))


@pytest.mark.parametrize(
    ("endpoint", "place"),
    [
        ("https://localhost:8443", "localhost:8443"),
        ("https://kms.example", "kms.example:443"),
        ("http://kms.example", "kms.example:80"),
        ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    ],
)
def test_hosts_and_ports_without_a_scheme(
    world: World, steward: Api, monkeypatch: pytest.MonkeyPatch, endpoint: str, place: str
) -> None:
    tools = steward.service.dispatcher._tools
    monkeypatch.setattr(steward.service.dispatcher, "_tools", replace(tools, endpoints=Endpoints(endpoint)))
    for name in (steward.instance.id, steward.instance.crn.replace("/", "%2F")):
        answer = ask(world, steward, name)
        assert answer.status == 200
        assert answer.json == {
            "instance_id": steward.instance.id,
            "kms": {"public": place, "private": place},
        }
    assert world.log.events[-1].action == "hs-crypto.instances.read"


def test_any_role_in_the_instance_will_do_and_no_other(world: World, steward: Api) -> None:
    async def story() -> None:
        for role in (Role.READER, Role.VIEWER):
            here = await steward.other(role)
            assert (await here.send("GET", f"{BROKER}/{steward.instance.id}")).status == 200
        stranger = await home_of_its_own(world)
        answer = await stranger.send("GET", f"{BROKER}/{steward.instance.id}")
        check_refused(answer, 404, "RC-InstanceNotFound")

    world.run(story())


@pytest.mark.parametrize("name", [*ODD_NAMES, "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"])
def test_what_is_not_there(world: World, steward: Api, name: str) -> None:
    check_refused(ask(world, steward, name), 404, "RC-InstanceNotFound")


def test_key_protect_and_deleted_instances_have_no_broker(world: World, steward: Api) -> None:
    there = world.run(made(steward))["guid"]
    check_refused(ask(world, steward, there), 404, "RC-InstanceNotFound")
    assert world.run(steward.send("DELETE", f"{INSTANCES}/{steward.instance.id}")).status == 204
    check_refused(ask(world, steward, steward.instance.id), 404, "RC-InstanceNotFound")
