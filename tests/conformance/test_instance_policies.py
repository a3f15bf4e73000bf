"""C29 of kms-api.md section 8, with section 2.9: policies of an instance, as they are set and shown."""

import asyncio

import pytest

from api import Api
from conformance.policies import INSTANCE_PHRASE, instance_policy, of_instance, put_instance
from conformance.world import World, again, check_error, in_seconds
from keystead.domain.policies import PolicyKind

BODY = "BAD_BODY_ERR"
FIELD = "INVALID_FIELD_ERR"
TOTAL = "COLLECTION_TOTAL_MISMATCH_ERR"
MISMATCH = "BODY_QUERY_PARAM_MISMATCH_ERR"
NUMBER = "NUM_COLLECTION_RESOURCE_ERR"
ACCESS = {
    "create_root_key": True,
    "create_standard_key": True,
    "import_root_key": True,
    "import_standard_key": True,
    "enforce_token": False,
}
ATTRIBUTES: dict[str, dict[str, object]] = {
    "allowedNetwork": {"allowed_network": "public-and-private"},
    "dualAuthDelete": {},
    "allowedIP": {"allowed_ip": ["127.0.0.0/8", "2001:db8::1"]},
    "keyCreateImportAccess": {**ACCESS, "create_standard_key": False},
    "metrics": {},
    "rotation": {"interval_month": 3},
}
kinds = pytest.mark.parametrize("kind", ATTRIBUTES)


def test_every_kind_is_here() -> None:
    assert list(ATTRIBUTES) == [str(kind) for kind in PolicyKind]


@kinds
@pytest.mark.parametrize("named", [False, True])
def test_c29_a_policy_is_set_and_shown(world: World, kind: str, *, named: bool) -> None:
    async def story() -> None:
        api = await world.tenant()
        assert await of_instance(api) == []
        query = f"?policy={kind}" if named else ""
        done = await put_instance(api, instance_policy(kind, enabled=True, **ATTRIBUTES[kind]), query=query)
        assert (done.status, done.body) == (204, b"")
        data: dict[str, object] = {"enabled": True}
        if ATTRIBUTES[kind]:
            data["attributes"] = ATTRIBUTES[kind]
        by, now = world.log.events[-1].caller.iam_id, in_seconds(world, 0)
        shown = await of_instance(api)
        assert shown == [
            {
                "creationDate": now,
                "createdBy": by,
                "updatedBy": by,
                "lastUpdated": now,
                "policy_type": kind,
                "policy_data": data,
            }
        ]
        assert await of_instance(api, f"?policy={kind}") == shown
        other = "metrics" if kind != "metrics" else "rotation"
        assert await of_instance(api, f"?policy={other}") == []
        assert await of_instance(await world.tenant()) == []

    world.run(story())


@kinds
def test_c29_a_policy_that_is_off_stays_listed_with_its_last_attributes(world: World, kind: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        for attributes in said_nothing(kind):
            await put_instance(api, instance_policy(kind, enabled=True, **ATTRIBUTES[kind]))
            (before,) = await of_instance(api)
            world.clock.advance(minutes=5)
            other, data = await again(api), {"enabled": False, "attributes": attributes}
            assert (await put_instance(other, {"policy_type": kind, "policy_data": data})).status == 204
            (after,) = await of_instance(api)
            assert after["policy_data"] == {**before["policy_data"], "enabled": False}
            assert (after["createdBy"], after["creationDate"]) == (
                before["createdBy"],
                before["creationDate"],
            )
            assert after["updatedBy"] != before["updatedBy"]
            assert after["lastUpdated"] == in_seconds(world, 0) != before["lastUpdated"]

    world.run(story())


def said_nothing(kind: str) -> list[dict[str, object] | None]:
    """Return the ways to turn a policy off without a word of its attributes.

    Section 2.9 has attributes that are left out return to their defaults. Of turning a policy off, NET-5 of
    ``iam-and-provisioning.md`` says more: it keeps its last ones.
    """
    return [None, {}, dict.fromkeys(ATTRIBUTES[kind])] if ATTRIBUTES[kind] else [None]


@kinds
def test_c29_a_policy_may_be_off_from_the_beginning(world: World, kind: str) -> None:
    """Clients send attributes of a policy that is off, empty ones among them (section 2.9)."""

    async def story() -> None:
        for attributes in (None, {}, ATTRIBUTES[kind]):
            if attributes is not None and not ATTRIBUTES[kind]:
                continue
            api, data = await world.tenant(), {"enabled": False, "attributes": attributes}
            assert (await put_instance(api, {"policy_type": kind, "policy_data": data})).status == 204
            (shown,) = await of_instance(api)
            assert shown["policy_data"]["enabled"] is False
            if kind == "keyCreateImportAccess":
                assert set(shown["policy_data"]["attributes"]) == set(ACCESS)

    world.run(story())


def test_c29_several_kinds_at_once_and_one_after_the_other(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        every = [instance_policy(kind, enabled=True, **ATTRIBUTES[kind]) for kind in ATTRIBUTES]
        assert (await put_instance(api, *reversed(every))).status == 204
        assert [one["policy_type"] for one in await of_instance(api)] == list(ATTRIBUTES)
        assert (await put_instance(api, instance_policy("rotation", interval_month=12))).status == 204
        months = [one["policy_data"].get("attributes") for one in await of_instance(api, "?policy=rotation")]
        assert months == [{"interval_month": 12}]
        assert len(await of_instance(api)) == len(ATTRIBUTES)

    world.run(story())


def test_c29_attributes_left_out_return_to_their_defaults(world: World) -> None:
    async def story() -> None:
        api, kind = await world.tenant(), "keyCreateImportAccess"
        await put_instance(api, instance_policy(kind, create_root_key=False, enforce_token=True))
        await put_instance(api, instance_policy(kind, import_root_key=False))
        (shown,) = await of_instance(api)
        assert shown["policy_data"]["attributes"] == {**ACCESS, "import_root_key": False}
        await put_instance(api, instance_policy(kind, enabled=False, enforce_token=True))
        (shown,) = await of_instance(api)
        assert shown["policy_data"]["attributes"] == {**ACCESS, "enforce_token": True}

    world.run(story())


METRICS = instance_policy("metrics")
OUTDATED = {"type": "application/vnd.ibm.kms.policy+json", "dualAuthDelete": {"enabled": True}}


@pytest.mark.parametrize(
    ("query", "total", "resources", "code"),
    [
        # Each row is wrong in what its code says and in all that is looked at later.
        ("?policy=rotation", 3, [{"policy_type": "x"}, METRICS], TOTAL),
        ("", 0, [METRICS], TOTAL),
        ("", 1, [], TOTAL),
        ("?policy=rotation", 2, [{"policy_type": "x"}, METRICS], MISMATCH),
        ("?policy=rotation", 1, [{"policy_data": {}}], MISMATCH),
        ("?policy=metrics", 2, [METRICS, {"policy_type": "x"}], NUMBER),
        ("?policy=metrics", 0, [], NUMBER),
        ("", 0, [], BODY),
        ("", 2, [METRICS, METRICS], BODY),
        ("", 2, [instance_policy("rotation", interval_month=99), {"policy_type": "x"}], BODY),
        ("", 1, [{"policy_type": "x", "policy_data": {"enabled": 1}}], BODY),
        ("", 1, [OUTDATED], BODY),
        ("", 1, [{"policy_type": "metrics"}], BODY),
        ("", 1, [{"policy_type": "metrics", "policy_data": True}], BODY),
        ("", 1, [{"policy_data": {"enabled": True}}], BODY),
        ("", 1, [instance_policy("rotation", interval_month=0)], FIELD),
    ],
)
def test_c29_the_order_of_the_checks(
    world: World, query: str, total: int, resources: list[object], code: str
) -> None:
    async def story() -> None:
        api = await world.tenant()
        body = {"metadata": {"collectionTotal": total}, "resources": resources}
        answer = await api.send("PUT", f"/instance/policies{query}", body)
        check_error(answer, 400, code, f"Bad Request: {INSTANCE_PHRASE}")
        assert await of_instance(api) == []

    world.run(story())


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({**METRICS, "more": 1}, "more"),
        (OUTDATED, "type"),
        ({"policy_type": "metrics", "policy_data": {"enabled": True, "Other": 1}}, "Other"),
        (instance_policy("metrics", any=1), "attributes"),
        (instance_policy("dualAuthDelete", any=1), "attributes"),
        ({"policy_type": "metrics", "policy_data": {"enabled": False, "attributes": {}}}, "attributes"),
        (instance_policy("rotation", interval_month=3, months=3), "months"),
        (instance_policy("keyCreateImportAccess", allowed_ip=[]), "allowed_ip"),
    ],
)
def test_c29_unknown_fields(world: World, policy: object, field: str) -> None:
    async def story() -> None:
        answer = await put_instance(await world.tenant(), policy)
        check_error(answer, 400, BODY, INSTANCE_PHRASE)
        assert answer.message == (
            "Invalid body data was passed. Please ensure the data passed had valid formatting with no "
            f'invalid characters: json: unknown field "{field}"'
        )

    world.run(story())


@pytest.mark.parametrize("name", ["x" * 31, "with space", "0f", "==", ""])
def test_c29_an_unknown_field_that_may_be_anything_is_not_repeated(world: World, name: str) -> None:
    async def story() -> None:
        answer = await put_instance(await world.tenant(), {**METRICS, name: 1})
        assert answer.code == BODY
        assert answer.message.endswith("no invalid characters: json: unknown field")

    world.run(story())


@pytest.mark.parametrize(
    ("kind", "attributes", "field"),
    [
        *[
            ("rotation", {"interval_month": months}, "interval_month")
            for months in (-1, 0, 13, 1.5, "1", None)
        ],
        ("allowedNetwork", {"allowed_network": "private"}, "allowed_network"),
        ("allowedNetwork", {"allowed_network": None}, "allowed_network"),
        ("allowedNetwork", {"allowed_network": 7}, "allowed_network"),
        *[
            ("allowedIP", {"allowed_ip": addresses}, "allowed_ip")
            for addresses in (
                [],
                None,
                "127.0.0.1",
                ["127.0.0.1", "nowhere"],
                ["127.0.0.1/33"],
                ["127.0.0.0/255.0.0.0"],
                ["127.0.0.1", ""],
                ["127.0.0.1", None],
                ["127.0.0.1", 7],
                ["::/129"],
                ["127.0.0.1/"],
                ["127.0.0.1"] * 1001,
            )
        ],
        ("keyCreateImportAccess", {"enforce_token": "yes"}, "enforce_token"),
    ],
)
def test_c29_values_out_of_range(world: World, kind: str, attributes: dict[str, object], field: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        policy = {"policy_type": kind, "policy_data": {"enabled": True, "attributes": attributes}}
        answer = await put_instance(api, policy)
        check_error(answer, 400, FIELD, INSTANCE_PHRASE)
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": field}
        assert await of_instance(api) == []

    world.run(story())


@pytest.mark.parametrize("months", [1, 12, 3.0])
def test_c29_values_at_the_bounds(world: World, months: float) -> None:
    async def story() -> None:
        api = await world.tenant()
        assert (await put_instance(api, instance_policy("rotation", interval_month=months))).status == 204
        many = ["127.0.0.1", "192.0.2.77/24", "::/0", "0.0.0.0/0"] * 250
        assert (await put_instance(api, instance_policy("allowedIP", allowed_ip=many))).status == 204

    world.run(story())


@kinds
@pytest.mark.parametrize("data", [{"enabled": True}, {"enabled": True, "attributes": None}, {}])
def test_c29_what_must_be_there(world: World, kind: str, data: dict[str, object]) -> None:
    async def story() -> None:
        api = await world.tenant()
        answer = await put_instance(api, {"policy_type": kind, "policy_data": data})
        if data and not ATTRIBUTES[kind]:
            assert answer.status == 204
            return
        check_error(answer, 400, FIELD, INSTANCE_PHRASE)
        name = "attributes" if data else "enabled"
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": name}

    world.run(story())


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_c29_a_query_for_a_policy_that_is_none(world: World, method: str) -> None:
    async def story() -> None:
        answer = await (await world.tenant()).send(method, "/instance/policies?policy=x", b"{")
        done = "retrieved" if method == "GET" else "created"
        check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", f"Instance policy could not be {done}")
        assert answer.resource["reasons"][0]["target"] == {"type": "query_param", "name": "policy"}

    world.run(story())


async def facts(world: World, api: Api, *resources: object) -> tuple[object, object]:
    assert (await put_instance(api, *resources)).status == 204
    event = world.log.events[-1]
    return event.request["initialValue"], event.request["newValue"]


def test_c29_the_audit_log_has_both_values(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        network = {"policyAllowedNetworkEnabled": True, "policyAllowedNetworkAttribute": "public-and-private"}
        first = instance_policy("allowedNetwork", allowed_network="public-and-private")
        assert await facts(world, api, first) == ({}, network)
        off = instance_policy("allowedNetwork", enabled=False)
        gone = {**network, "policyAllowedNetworkEnabled": False}
        assert await facts(world, api, off) == (network, gone)
        access = instance_policy("keyCreateImportAccess", import_root_key=False, enforce_token=True)
        assert await facts(world, api, access, instance_policy("dualAuthDelete")) == (
            {},
            {
                "PolicyKCIAEnabled": True,
                "PolicyKCIAAttrCRK": True,
                "PolicyKCIAAttrCSK": True,
                "PolicyKCIAAttrIRK": False,
                "PolicyKCIAAttrISK": True,
                "PolicyKCIAAttrET": True,
                "policyDualAuthDeleteEnabled": True,
            },
        )
        listed = instance_policy("allowedIP", allowed_ip=["127.0.0.1"])
        assert await facts(world, api, listed, instance_policy("metrics")) == (
            {},
            {
                "policyAllowedIPEnabled": True,
                "policyAllowedIPAttribute": ["127.0.0.1"],
                "policyMetricsEnabled": True,
            },
        )
        assert await facts(world, api, instance_policy("rotation", interval_month=2)) == (
            {},
            {"policyRotationEnabled": True, "policyRotationAttribute": 2},
        )

    world.run(story())


def test_c29_two_who_write_at_once_both_get_their_policy(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        wanted = [instance_policy(kind) for kind in ("metrics", "dualAuthDelete")]
        for answer in await asyncio.gather(*(put_instance(api, one) for one in wanted)):
            assert answer.status == 204
        assert len(await of_instance(api)) == 2

    world.run(story())
