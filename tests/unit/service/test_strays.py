"""What matches no operation leaves an event where it is known who asked; section 6.2 of the specification."""

import pytest

from api import Api
from conformance.contexts import of_service
from conformance.world import World, again, another_account
from keystead.domain.events import AuditEvent
from keystead.domain.ids import random_uuid
from keystead.protocols.http.routes import MAX_PATH_OCTETS

STRAYS = [
    ("PUT", "/keys", 405, "secrets.default"),
    ("DELETE", "/keys/x/actions/wrap", 405, "secrets.default"),
    ("POST", "/keys/x/y/z/q", 404, "secrets.default"),
    ("PUT", "/keys/x/aliases/y", 405, "secrets-alias.request"),
    ("DELETE", "/keys/x/policies", 405, "policies.default"),
    ("PUT", "/keys/registrations", 405, "registrations.default"),
    ("GET", "/keys/x/registrations/y/z", 404, "registrations.default"),
    ("DELETE", "/key_rings", 405, "key-rings.request"),
    ("PUT", "/import_token", 405, "import-token.request"),
    ("POST", "/instance/policies", 405, "instance-policies.request"),
    ("GET", "/kmip_adapters/x/y/z/q", 404, "kmip-management.default"),
]
NOWHERE = [("GET", "/nothing"), ("GET", "/nothing/keys"), ("GET", "/v2/keys/x"), ("PUT", "/v1/policies")]


async def left(
    world: World, api: Api, method: str, path: str, status: int, **headers: str
) -> list[AuditEvent]:
    before = len(world.log.events)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await api.send(method, path, None, named)
    assert answer.status == status
    assert ("allow" in answer.headers) is (status == 405)
    return world.log.events[before:]


@pytest.mark.parametrize(("method", "path", "status", "event"), STRAYS)
def test_by_whom_and_where(world: World, method: str, path: str, status: int, event: str) -> None:
    async def story() -> None:
        tenant = await world.tenant()
        for api in (tenant, await tenant.other(), await again(await of_service(tenant, "hs-crypto"))):
            (found,) = await left(world, api, method, path, status, x_kms_key_ring="a-ring")
            service = api.instance.service
            assert (found.action, found.reason_code) == (f"{service}.{event}", status)
            assert found.target_type == f"{service}/{event.partition('.')[0]}"
            assert (found.outcome, found.severity) == ("failure", "normal")
            assert (found.target_id, found.log_source) == (api.instance.crn, api.instance.crn)
            assert found.caller.iam_id.startswith("iam-ServiceId-")
            assert found.origin.uri == f"/api/v2{path}"
            assert (found.request["instanceID"], found.request["keyRingId"]) == (api.instance.id, "a-ring")

    world.run(story())


@pytest.mark.parametrize(("method", "path", "status"), [row[:3] for row in STRAYS])
def test_a_stranger_leaves_none(world: World, method: str, path: str, status: int) -> None:
    async def story() -> None:
        api, foreign = await world.tenant(), await another_account(world)
        dropped = api.service.dispatcher.usage.strays_dropped
        for headers in (
            {"authorization": "Bearer a.b.c"},
            {"authorization": ""},
            {"bluemix_instance": random_uuid()},
            {"bluemix_instance": ""},
            {"bluemix_instance": str(foreign.instance.id)},
        ):
            for _ in range(12):  # nor is he counted, however many he sends
                assert await left(world, api, method, path, status, **headers) == []
        assert api.service.dispatcher.usage.strays_dropped == dropped

    world.run(story())


@pytest.mark.parametrize(("method", "path"), NOWHERE)
def test_what_is_of_nothing_there_leaves_none(world: World, method: str, path: str) -> None:
    async def story() -> None:
        before = len(world.log.events)
        assert (await world.home.send(method, path)).status in (404, 405)
        assert len(world.log.events) == before

    world.run(story())


def test_only_so_many_a_second_are_recorded(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        usage = api.service.dispatcher.usage
        before, dropped = len(world.log.events), usage.strays_dropped
        assert {(await api.send("PUT", "/keys")).status for _ in range(15)} == {405}
        assert len(world.log.events) - before == 10
        assert usage.strays_dropped - dropped == 5
        world.clock.advance(seconds=1)
        assert len(await left(world, api, "PUT", "/keys", 405)) == 1
        assert usage.strays_dropped - dropped == 5

    world.run(story())


def test_of_a_long_path_the_beginning_is_recorded(world: World) -> None:
    async def story() -> None:
        (found,) = await left(world, world.home, "GET", f"/keys/{'x' * 5000}", 404)
        assert len(found.origin.uri) == MAX_PATH_OCTETS

    world.run(story())


def test_what_cannot_be_recorded_is_unavailable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        monkeypatch.setattr(world.log, "broken", True)
        assert (await world.home.send("PUT", "/keys")).status == 503

        async def never(_: object) -> None:
            raise RuntimeError("the text of this must not travel")

        monkeypatch.setattr(world.log, "append", never)
        answer = await world.home.send("PUT", "/keys")
        assert (answer.status, b"travel" in answer.body) == (500, False)

    world.run(story())
