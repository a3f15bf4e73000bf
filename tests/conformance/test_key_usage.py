"""When a key was used last, by whom and for what; and the report of all keys of an instance."""

import csv
import io
from typing import Any

import pytest

from api import Api
from conformance.granting import granted_everywhere
from conformance.provisioned import made
from conformance.services import BUCKET, a_service, register
from conformance.world import World, check_error
from keystead.domain.actions import Role
from keystead.domain.catalog import PLANS
from keystead.domain.key_uses import KEPT


async def usage(api: Api, key: str) -> dict[str, Any]:
    answer = await api.send("GET", f"/keys/{key}/usage")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.resource
    return found


def test_uses_by_version(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        reader = await api.other(Role.READER)
        key = str((await api.create())["id"])
        first = (await api.send("GET", f"/keys/{key}")).resource["keyVersion"]["id"]
        assert (await usage(api, key))["versions"] == []
        old = (await reader.act(key, "wrap")).json["ciphertext"]
        world.clock.advance(days=40)
        reader = await api.other(Role.READER)
        for _ in range(2):
            await reader.act(key, "unwrap", {"ciphertext": old})
        await reader.act(key, "unwrap", {"ciphertext": "QUJD"})  # refused: no use
        api = await api.other(Role.MANAGER)
        await api.act(key, "rotate")
        second = (await api.send("GET", f"/keys/{key}/metadata")).resource["keyVersion"]["id"]
        world.clock.advance(days=1)
        api = await api.other(Role.MANAGER)
        assert (await api.act(key, "rewrap", {"ciphertext": old})).status == 200
        told = await usage(api, key)
        now = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        by_id = {version["id"]: version for version in told["versions"]}
        assert set(by_id) == {first, second}
        assert by_id[second]["count"] == 1
        assert by_id[first]["count"] == 4
        assert by_id[first]["lastAction"] == "kms.secrets.rewrap"
        assert (by_id[first]["lastUsed"], by_id[first]["lastUsedBy"]) == (now, api.iam_id)
        counts = {use["action"].rpartition(".")[2]: use["count"] for use in by_id[first]["uses"]}
        assert counts == {"rewrap": 1, "unwrap": 2, "wrap": 1}
        assert told["more"] is False
        assert [log["node"] for log in told["auditLogs"]] == ["local"]
        assert world.log.events[-1].action == "keystead.secrets-usage.read"

    world.run(story())


def test_what_is_too_old_goes(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = str((await api.create())["id"])
        await api.act(key, "wrap")
        assert len((await usage(api, key))["versions"]) == 1
        world.clock.advance(days=KEPT.days + 1)
        api = await api.other(Role.MANAGER)
        assert (await usage(api, key))["versions"] == []
        await api.service.reckoner.make()
        assert not await world.store.old_uses(world.clock().date() - KEPT, 1)

    world.run(story())


def test_the_report_has_keys_what_they_protect_and_what_was_done(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        root, other = str((await api.create(name="=cmd()"))["id"]), str((await api.create())["id"])
        standard = str((await api.create(extractable=True))["id"])
        await api.act(other, "disable")
        service = await a_service(api)
        await register(service, root, BUCKET)
        await service.act(root, "wrap")
        await api.act(root, "rotate")
        await api.act(root, "wrap")
        answer = await api.send("GET", "/key_usage_report")
        assert answer.status == 200, answer.body
        (instance,) = answer.json["result"]["kms_instances"]
        assert instance["instance_stats"] == {
            "active_crk_count": 1,
            "suspended_crk_count": 1,
            "deactivated_crk_count": 0,
            "destroyed_crk_count": 0,
            "active_standard_key_count": 1,
            "destroyed_standard_key_count": 0,
        }
        assert (instance["crn"], instance["registrations"]) == (api.instance.crn, 1)
        keys = {key["id"]: key for key in instance["keys"]}
        assert set(keys) == {root, other, standard}
        assert keys[root]["associations"] == [{"resource_crn": BUCKET, "prevent_key_deletion": False}]
        assert keys[root]["operations"]["kms.secrets.wrap"] == 2
        assert keys[root]["operations"]["kms.secrets.rotate"] == 1
        (used,) = keys[root]["service_usage"]["cloud-object-storage"]
        assert used["encrypted_resource"].startswith("crn:")
        assert (keys[root]["version_count"], keys[root]["caller_count"]) == (2, 2)
        assert (keys[standard]["type"], keys[other]["state_name"]) == ("standard_key", "suspended")
        assert "associations" not in keys[other]
        table = await api.send("GET", "/key_usage_report.csv?limit=3")
        rows = list(csv.DictReader(io.StringIO(table.body.decode(), newline="")))
        assert {row["keyId"] for row in rows} == set(keys)
        (row,) = (row for row in rows if row["keyId"] == root)
        told = [row[name] for name in ("keyName", "wraps", "registrations", "keyVersions", "callers")]
        assert told == ["'=cmd()", "2", "1", "2", "2"]
        assert row["month"] == f"{world.clock():%Y-%m}"

    world.run(story())


def test_instances_of_the_dedicated_plan_are_told_from_others(world: World) -> None:
    async def story() -> None:
        api = await granted_everywhere(world.home, Role.ADMINISTRATOR, Role.MANAGER)
        for name, kind in (("tiered-pricing", "multi-tenant"), ("dedicated", "dedicated")):
            (plan,) = (plan.id for plan in PLANS if plan.name == name)
            there = {"bluemix-instance": (await made(api, resource_plan_id=plan))["guid"]}
            report = (await api.send("GET", "/key_usage_report", None, there)).json
            assert [it["type"] for it in report["result"]["kms_instances"]] == [kind]

    world.run(story())


def test_a_month_and_a_page(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = sorted([str((await api.create())["id"]) for _ in range(3)])
        await api.act(keys[0], "wrap")
        this = f"{world.clock():%Y-%m}"

        async def wraps(query: str) -> list[tuple[str, int]]:
            found = (await api.send("GET", f"/key_usage_report?{query}")).json
            assert found["metadata"]["total_keys"] == 3
            (instance,) = found["result"]["kms_instances"]
            return [(key["id"], key["operations"].get("kms.secrets.wrap", 0)) for key in instance["keys"]]

        assert await wraps("limit=2") == [(keys[0], 1), (keys[1], 0)]
        assert await wraps(f"limit=2&offset=2&month={this}") == [(keys[2], 0)]
        assert await wraps("month=2001-02&limit=1") == [(keys[0], 0)]

    world.run(story())


@pytest.mark.parametrize(
    "query", ["month=2031", "month=2031-13", "month=9999-12", "month=0000-01", "limit=501"]
)
@pytest.mark.parametrize("path", ["/key_usage_report", "/key_usage_report.csv"])
def test_what_cannot_be_reported(world: World, path: str, query: str) -> None:
    async def story() -> None:
        answer = await (await world.tenant()).send("GET", f"{path}?{query}")
        check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", "Keys could not be reported")

    world.run(story())


def test_another_tenants_keys_are_in_no_report(world: World) -> None:
    async def story() -> None:
        theirs, mine = await world.tenant(), await world.tenant()
        key = str((await theirs.create())["id"])
        await theirs.act(key, "wrap")
        (instance,) = (await mine.send("GET", "/key_usage_report")).json["result"]["kms_instances"]
        assert instance["keys"] == []
        assert (await mine.send("GET", f"/keys/{key}/usage")).status == 404

    world.run(story())
