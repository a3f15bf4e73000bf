"""What a scrape says agrees with what was asked, recorded and done. MET-1 and MET-2; acceptance check 12."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from api import Api, FakeClock, with_api
from conformance.policies import instance_policy, put, put_instance
from http_peer import Peer, request
from keystead import measuring
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.ids import InstanceId, random_uuid
from keystead.domain.instances import Instance
from keystead.domain.policies import InstancePolicies
from keystead.measuring import Measuring, operation
from keystead.protocols.http.connections import Connections
from keystead.protocols.metrics.families import FAMILIES, OF_INSTANCES
from keystead.protocols.routes import ROUTES
from keystead.service import dispatch, usage
from scraped import Scrape
from suites.store_groups import in_account

REQUESTS, LATENCY = "ibm_kms_api_request_gauge", "ibm_kms_api_latency_gauge"
OF_KMS = {family.name for family in OF_INSTANCES["kms"]}


def of(api: Api) -> Measuring:
    return Measuring(api.service, Connections(api.service.application.answer, 100, 100))


async def scraped(api: Api) -> Scrape:
    return Scrape(await of(api).text())


async def turn(api: Api, *, on: bool) -> None:
    assert (await put_instance(api, instance_policy("metrics", enabled=on))).status == 204


def test_every_metric_of_the_table_is_shown_and_no_other(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        await turn(api, on=True)
        await api.create()
        scrape = await scraped(api)
        ours = {name: shown for name, shown in scrape.families.items() if not name.startswith("process_")}
        assert list(ours) == [family.name for family in FAMILIES]
        for family in FAMILIES:
            shown = ours[family.name]
            assert (shown.kind, shown.help) == (family.kind, family.help)
            for samples in shown.samples.values():
                assert all({*labels} - {"le"} == {*family.labels} for labels, _ in samples)
        memory = scrape.one("process_resident_memory_bytes")
        assert 10_000_000 < memory < 1_000_000_000
        assert scrape.one("keystead_ready") == 1

    with_api(tmp_path, story)


def test_requests_that_left_no_event_are_counted(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        assert (await scraped(api)).one("keystead_requests_unrecorded_total") == 0
        for _ in range(13):
            assert (await api.send("PUT", "/keys")).status == 405
        assert (await scraped(api)).one("keystead_requests_unrecorded_total") == 3

    with_api(tmp_path, story)


def test_requests_are_counted_by_operation_and_code(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        key = (await api.create())["id"]
        for _ in range(3):
            assert (await api.act(key, "wrap")).status == 200
        assert (await api.send("POST", f"/keys/{key}?action=wrap", {})).status == 200
        assert (await api.act(random_uuid(), "wrap")).status == 404
        assert (await api.send("GET", "/keys", headers={"authorization": "Bearer a.b.c"})).status == 400
        scrape = await scraped(api)
        assert scrape.one("keystead_requests_total", operation="secrets.wrap", code="200") == 4
        assert scrape.one("keystead_requests_total", operation="secrets.wrap", code="404") == 1
        assert scrape.one("keystead_requests_total", operation="secrets.list", code="400") == 1
        assert scrape.one("keystead_request_duration_seconds_count", operation="secrets.wrap") == 5
        assert scrape.one("keystead_request_duration_seconds_sum", operation="secrets.wrap") > 0
        buckets = [
            n for _, n in scrape.of("keystead_request_duration_seconds_bucket", operation="secrets.wrap")
        ]
        assert buckets == sorted(buckets)
        assert buckets[-1] == 5
        # What is counted is what was recorded; the operator's command before them came from no door.
        assert scrape.sum("keystead_requests_total") == scrape.one("keystead_audit_events_total") - 1
        assert scrape.one("keystead_audit_log_events") == api.service.log.size
        assert 0 < scrape.one("keystead_audit_commit_duration_seconds_count") <= api.service.log.size

    with_api(tmp_path, story)


def test_no_label_has_a_value_that_a_caller_chose(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        marks = ["chosen-name", "chosen-alias", "chosen-ring", "chosen-agent", "chosen-path"]
        await api.add_ring("chosen-ring")
        made = await api.create("chosen-name", aliases=["chosen-alias"])
        chosen = {"user-agent": "chosen-agent", "x-kms-key-ring": "chosen-ring"}
        await api.send("GET", f"/keys/{made['id']}", headers=chosen)
        await api.send("GET", "/keys/chosen-alias/metadata")
        await api.send("GET", "/keys/chosen-path/chosen-path")
        await api.send("POST", f"/keys/{made['id']}?action=chosen-path", {})
        await api.send("GET", "/keys", headers={"authorization": "Bearer chosen-path"})
        text = (await scraped(api)).text
        assert not [mark for mark in (*marks, made["id"], api.instance.id, api.iam_id) if mark in text]
        operations = {operation(route.action.value) for route in ROUTES}
        assert {
            labels["operation"] for labels, _ in (await scraped(api)).of("keystead_requests_total")
        } <= operations

    with_api(tmp_path, story)


def test_12_an_instance_is_measured_while_its_policy_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    for module in (usage, measuring):
        monkeypatch.setattr(module, "perf_counter", lambda: now)
    monkeypatch.setattr(dispatch, "perf_counter", lambda: now - 0.004)  # when each request came in

    async def story(api: Api) -> None:
        nonlocal now
        key = (await api.create())["id"]
        await api.act(key, "wrap")
        assert not (await scraped(api)).of(REQUESTS)
        await turn(api, on=True)
        scrape = await scraped(api)
        assert not scrape.of(REQUESTS)  # nothing retroactive, and not the request that turned it on
        assert {*scrape.families} >= OF_KMS
        await api.act(key, "wrap")
        await api.act(key, "wrap")
        await api.act(random_uuid(), "unwrap", {"ciphertext": "AAAA"})
        scrape = await scraped(api)
        assert scrape.one(REQUESTS, ibm_kms_api="secrets.wrap", ibm_kms_response_code="200") == 2
        assert scrape.one(REQUESTS, ibm_kms_api="secrets.unwrap", ibm_kms_response_code="404") == 1
        assert [value for _, value in scrape.of(LATENCY)] == pytest.approx([4.0, 4.0])
        (labels, _), _ = scrape.of(REQUESTS)
        assert {
            name: labels[name] for name in labels if name not in {"ibm_kms_api", "ibm_kms_response_code"}
        } == {
            "ibm_resource_type": "instance",
            "ibm_scope": api.instance.account,
            "ibm_ctype": "public",
            "ibm_location": "us-south",
            "ibm_service_name": "kms",
            "ibm_resource": api.instance.id,
            "ibm_resource_group_name": "default",
            "ibm_service_instance_name": "keystead",
            "ibm_service_instance": api.instance.id,
        }
        await turn(api, on=False)
        assert not (await scraped(api)).of(REQUESTS)
        await api.act(key, "wrap")
        await turn(api, on=True)
        scrape = await scraped(api)  # not what was done meanwhile
        assert scrape.one(REQUESTS, ibm_kms_api="secrets.wrap", ibm_kms_response_code="200") == 2
        now += 61
        assert not (await scraped(api)).of(REQUESTS)  # the minute is over

    with_api(tmp_path, story)


def test_an_instance_is_measured_by_the_name_of_its_resource_group(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        group, change = in_account(api.instance.account, name="Payroll"), Change()
        change.put(group, was=None)
        await api.service.store.commit(change, None)
        was, change = await api.service.store.instance(api.instance.id), Change()
        assert was is not None
        change.put(replace(was, group=group.id), was=was)
        await api.service.store.commit(change, None)
        await turn(api, on=True)
        await api.act((await api.create())["id"], "wrap")
        assert (await scraped(api)).one(
            REQUESTS, ibm_kms_api="secrets.wrap", ibm_resource_group_name="Payroll"
        )

    with_api(tmp_path, story)


def test_one_tenant_is_measured_and_its_neighbour_is_not(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        other = Instance(
            id=InstanceId(random_uuid()),
            account=api.instance.account,
            name='HPCS "two"\n\\',
            service="hs-crypto",
            region="eu-de",
            created_at=api.clock(),
        )
        change = Change()
        change.add(other)
        await api.service.store.commit(change, None)
        neighbour = await api.other(Role.MANAGER, instance=other.id)
        neighbour = Api(api.service, api.clock, other, neighbour.token)
        await turn(neighbour, on=True)
        for one in (api, neighbour):
            await one.create()
        scrape = await scraped(api)
        assert not scrape.of(REQUESTS)
        ((labels, count),) = scrape.of("ibm_hpcs_api_request_gauge")
        assert (count, labels["ibm_hpcs_api"], labels["ibm_hpcs_response_code"]) == (
            1,
            "secrets.create",
            "201",
        )
        assert (labels["ibm_service_name"], labels["ibm_location"]) == ("kms", "eu-de")
        assert labels["ibm_service_instance_name"] == other.name
        assert scrape.one("ibm_hpcs_api_latency_gauge") > 0

    with_api(tmp_path, story)


async def forever(_: InstanceId) -> InstancePolicies | None:
    await asyncio.Event().wait()
    raise AssertionError


def raising(error: Exception) -> Callable[[InstanceId], Awaitable[InstancePolicies | None]]:
    async def policies(_: InstanceId) -> InstancePolicies | None:
        raise error

    return policies


BROKEN = {"away": raising(Unavailable("")), "forged": raising(Tampered("")), "slow": forever}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_store_that_does_not_answer_keeps_nobody_from_the_rest(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: Callable[[InstanceId], Awaitable[InstancePolicies | None]],
) -> None:
    async def story(api: Api) -> None:
        await turn(api, on=True)
        await api.create()
        monkeypatch.setattr(measuring, "_STORE_SECONDS", 0.05)
        monkeypatch.setattr(api.service.store, "policies", broken)
        scrape = await scraped(api)
        assert not scrape.of(REQUESTS)
        assert scrape.one("keystead_requests_total", operation="secrets.create") == 1

    with_api(tmp_path, story)


def test_a_log_that_cannot_record(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        (tmp_path / "audit" / "local" / "events").unlink()
        assert (await api.send("GET", "/keys")).status == 503
        scrape = await scraped(api)
        assert scrape.one("keystead_ready") == 0
        assert scrape.one("keystead_audit_failures_total") == 1
        assert scrape.one("keystead_requests_total", operation="secrets.list", code="503") == 1

    with_api(tmp_path, story)


def test_answers_and_connections(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        shared = Connections(api.service.application.answer, 2, 1)
        peer = Peer(shared.answer, shared)
        for octets in (request("GET", "/healthz", {}), request("GET", "/nowhere", {}), b"\0\0\r\n\r\n"):
            peer.send(octets)
            assert await peer.answer() is not None
        for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
            with shared.place("127.0.0.9"), shared.place(address):
                pass
        scrape = Scrape(await Measuring(api.service, shared).text())
        assert {labels["code"]: n for labels, n in scrape.of("keystead_http_answers_total")} == {
            "200": 1,
            "404": 1,
            "400": 1,
        }
        assert scrape.one("keystead_connections_open") == 1
        assert scrape.one("keystead_connections_limit") == 2
        assert scrape.one("keystead_connections_refused_total", reason="all_taken") == 3
        assert scrape.one("keystead_connections_refused_total", reason="address_taken") == 0

    with_api(tmp_path, story)


def test_rounds_counts_and_the_unit(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        monthly = {"rotation": {"enabled": True, "interval_month": 1}}
        key = (await api.create())["id"]
        assert (await put(api, key, monthly)).status == 200
        assert (await api.act(key, "wrap")).status == 200
        api.clock.advance(days=31)
        await api.service.rounds.make()
        assert (await scraped(api)).one("keystead_uses_counted_timestamp_seconds") == 0
        await api.service.reckoner.make()
        scrape = await scraped(api)
        assert scrape.one("keystead_uses_counted_timestamp_seconds") > 1.7e9
        assert scrape.one("keystead_uses_not_counted_total") == 0
        assert scrape.one("keystead_rounds_total") == 1
        assert scrape.one("keystead_rounds_failed_total") == 0
        assert scrape.one("keystead_rounds_keys_total", operation="secrets.rotate") == 1
        assert scrape.one("keystead_rounds_last_success_timestamp_seconds") > 1.7e9
        assert scrape.one("keystead_key_versions_open") == 1
        assert scrape.one("keystead_key_versions_opened_total") == 1
        assert not scrape.of("keystead_requests_total", operation="keystead.time.rotate")

    with_api(tmp_path, story, clock=FakeClock(), token_clock=FakeClock())
