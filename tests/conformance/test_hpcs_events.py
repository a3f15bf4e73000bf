"""Events of instances of hs-crypto have its own prefix: sections 6.1 and 6.2 of iam-and-provisioning.md."""

import csv
import io
from dataclasses import replace
from typing import Any

from api import Api
from conformance.contexts import ELSEWHERE, EVAL, of_service, restrict
from conformance.events_asked import every_event
from conformance.granting import granted_everywhere, home_of_its_own
from conformance.provisioned import INSTANCES, made
from conformance.services import BUCKET, a_service, register
from conformance.world import World, again
from keystead.domain.actions import Role
from keystead.domain.catalog import plan_of
from keystead.domain.crns import of_account
from keystead.domain.events import AuditEvent

HPCS = "hs-crypto"


async def tenant(world: World) -> Api:
    """Return the owner of a new instance of hs-crypto."""
    return await again(await of_service(world.home, HPCS))


def of(world: World, api: Api) -> list[AuditEvent]:
    return [event for event in world.log.events if event.log_source == api.instance.crn]


async def asked(api: Api, query: str) -> list[str]:
    return [event["action"] for event in await every_event(api, "/audit_events", query)]


def test_whatever_is_done_in_one_has_its_prefix(world: World) -> None:
    async def story() -> None:
        api = await tenant(world)
        key = (await api.create("mine"))["id"]
        await api.act(key, "wrap")
        await (await api.other()).act(key, "wrap")  # who may not
        await api.act(key, "unwrap", {"ciphertext": "?"})
        await api.act("no-such-key", "rotate")
        await api.send("GET", "/import_token")
        events = of(world, api)
        assert [it.action for it in events] == [
            "hs-crypto.secrets.create",
            "hs-crypto.secrets.wrap",
            "hs-crypto.secrets.wrap",
            "hs-crypto.secrets.unwrap",
            "hs-crypto.secrets.rotate",
            "hs-crypto.import-token.read",
        ]
        assert [it.outcome for it in events] == ["success"] * 2 + ["failure"] * 4
        assert {it.target_type for it in events} == {"hs-crypto/secrets", "hs-crypto/import-token"}
        assert events[1].message == "Hyper Protect Crypto Services: wrap with secret mine"
        assert events[2].message == "Hyper Protect Crypto Services: wrap with secret"

    world.run(story())


def test_what_the_service_does_by_itself_has_it_too(world: World) -> None:
    async def story() -> None:
        api = await tenant(world)
        key = (await api.create())["id"]
        assert (await api.send("DELETE", f"/keys/{key}")).status == 204
        world.clock.advance(days=90)
        await (await again(api)).service.rounds.make()
        (event,) = (it for it in world.log.events if it.caller.iam_id == api.instance.crn)
        assert (event.action, event.target_type) == ("hs-crypto.secrets.purge", "hs-crypto/secrets")
        done = api.service.rounds.numbers.done
        assert not [name for name in done if not name.startswith("kms.")]  # a metric's labels stay

    world.run(story())


def test_what_is_done_with_one_is_the_accounts_as_well(world: World) -> None:
    async def story() -> None:
        api = await home_of_its_own(world)
        found = await made(api, resource_plan_id=plan_of(HPCS).id)
        place = f"{INSTANCES}/{found['guid']}"
        assert (await api.send("PATCH", place, {"name": "another"})).status == 200
        assert (await api.send("DELETE", place)).status == 204
        told = await every_event(api, "/v1/audit_events", "action=hs-crypto.instance.*")
        assert [it["action"] for it in told] == [
            "hs-crypto.instance.delete",
            "hs-crypto.instance.update",
            "hs-crypto.instance.create",
        ]
        assert {it["logSourceCRN"] for it in told} == {found["crn"]}

    world.run(story())


def test_one_that_was_not_made_is_of_no_service(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        wish = {"name": "x", "resource_plan_id": plan_of(HPCS).id, "target": "us-south"}
        assert (await api.send("POST", INSTANCES, wish)).status == 401
        event = world.log.events[-1]
        assert (event.action, event.outcome) == ("kms.instance.create", "failure")
        assert event.log_source == of_account("kms", api.instance.account)

    world.run(story())


def test_uses_are_found_where_they_were_logged_under_either_name(world: World) -> None:
    async def story() -> None:
        api = await tenant(world)
        key = (await api.create())["id"]
        await register(await a_service(api), key, BUCKET)
        await api.act(key, "wrap")
        old = world.log.events[-1]  # as older versions wrote it
        world.log.events[-1] = replace(old, action="kms.secrets.wrap", target_type="kms/secrets")
        world.clock.advance(seconds=1)
        await api.act(key, "wrap")
        (version,) = (await api.send("GET", f"/keys/{key}/usage")).resource["versions"]
        assert (version["count"], version["lastAction"]) == (2, "hs-crypto.secrets.wrap")
        callers = (await api.send("GET", f"/keys/{key}/impact")).resource["callers"]
        assert {it["action"] for it in callers} == {"kms.secrets.wrap", "hs-crypto.secrets.wrap"}
        await check_report(api, key)
        assert await asked(api, "action=hs-crypto.secrets.wrap") == [
            "hs-crypto.secrets.wrap",
            "kms.secrets.wrap",
        ]
        assert await asked(api, "action=kms.secrets.wrap") == ["kms.secrets.wrap"]
        assert len(await asked(api, "action=secrets.wrap")) == 2
        assert len(await asked(api, "action=hs-crypto.secrets.*")) == 3

    world.run(story())


async def check_report(api: Api, key: str) -> None:
    report: dict[str, Any] = (await api.send("GET", "/key_usage_report")).json
    (instance,) = report["result"]["kms_instances"]
    assert report["metadata"]["service"] == instance["service"] == HPCS
    assert instance["keys"][0]["operations"]["hs-crypto.secrets.wrap"] == 1
    table = (await api.send("GET", "/key_usage_report.csv")).body.decode()
    (row,) = csv.DictReader(io.StringIO(table, newline=""))
    assert (row["keyId"], row["wraps"], row["serviceName"]) == (key, "2", HPCS)
    assert (row["unwraps"], row["otherOperations"]) == ("0", "2")


def test_old_names_are_taken_behind_either_prefix(world: World) -> None:
    async def story() -> None:
        api = await tenant(world)
        key = (await api.create())["id"]
        await api.send("GET", f"/keys/{key}/metadata")
        for name in ("hs-crypto.secrets.readmetadata", "secrets.readmetadata", "*.secrets-metadata.read"):
            assert await asked(api, f"action={name}") == ["hs-crypto.secrets-metadata.read"]

    world.run(story())


def test_a_context_rule_names_what_it_denied_by_it(world: World) -> None:
    async def story() -> None:
        api = await of_service(await granted_everywhere(world.home, Role.ADMINISTRATOR, Role.MANAGER), HPCS)
        await restrict(api, ELSEWHERE)
        assert (await api.send("GET", "/keys")).status == 401
        (event,) = (it for it in of(world, api) if it.action == EVAL)
        assert event.request["action"] == "hs-crypto.secrets.list"

    world.run(story())
