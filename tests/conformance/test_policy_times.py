"""Policies that hold at some times only: what they allow at each request, and who may make them.

The clock of the tests stands still until it is moved; the tokens here are good for long enough.
"""

from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from api import Api, envelope
from conformance.counting import CountingStore
from conformance.granting import V1, V2, check_refused, granted_everywhere, make, v1_body, v2_body
from conformance.world import World
from keystead.domain.actions import Role
from keystead.domain.reasons import Reason
from keystead.service import policy_rules
from keystead.storage import granting

SECOND = timedelta(seconds=1)
ALL_DAY = "time-based-conditions:weekly:all-day"
HOURS = "time-based-conditions:weekly:custom-hours"
ONCE = "time-based-conditions:once"


def condition(name: str, operator: str, value: object) -> dict[str, Any]:
    return {"key": f"{{{{environment.attributes.{name}}}}}", "operator": operator, "value": value}


def span(begin: datetime, end: datetime) -> dict[str, Any]:
    """Return what a policy says that holds once, both seconds included."""
    first, last = (it.isoformat(timespec="seconds") for it in (begin, end))
    both = [
        condition("current_date_time", "dateTimeGreaterThanOrEquals", first),
        condition("current_date_time", "dateTimeLessThanOrEquals", last),
    ]
    return {"pattern": ONCE, "rule": {"operator": "and", "conditions": both}}


async def wraps(caller: Api, key: str) -> bool:
    answer = await caller.act(key, "wrap")
    assert answer.status in (200, 401), answer.body
    return answer.status == 200


async def scene(world: World) -> tuple[Api, Api, Api, str]:
    """Return an owner, an Administrator, somebody, and a key."""
    api = await world.tenant()
    key = (await api.create())["id"]
    return api, await granted_everywhere(api, Role.ADMINISTRATOR), await api.other(), key


def start(world: World) -> datetime:
    """Return the next whole second, which the clock is moved to just before."""
    now = world.clock()
    whole = now.replace(microsecond=0) + SECOND
    world.clock.advance(microseconds=(whole - now) // timedelta(microseconds=1) - 1)
    return whole


def test_it_holds_from_the_first_second_to_the_end_of_the_last(world: World) -> None:
    async def story() -> None:
        api, admin, caller, key = await scene(world)
        other = world.beside(caller)
        begin = start(world) + timedelta(minutes=1)
        body = {**v2_body(api, caller.iam_id, Role.READER), **span(begin, begin + timedelta(minutes=2))}
        made = await make(admin, body, V2)
        assert {name: made[name] for name in ("pattern", "rule")} == span(begin, begin + timedelta(minutes=2))
        seen = []
        for step in (0, 60_000_000, 1, 119_999_999, 999_999, 1, 1):
            world.clock.advance(microseconds=step)
            seen.append((await wraps(caller, key), await wraps(other, key), await wraps(caller, key)))
        told = [False, False, True, True, True, True, False]
        assert seen == [(it, it, it) for it in told], (seen, begin, world.clock())

    world.run(story())


@pytest.mark.parametrize("counting", [policy_rules, granting])
def test_an_account_has_so_many_policies_with_a_rule(
    world: World, counting: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        api, admin, caller, _ = await scene(world)
        begin = start(world)
        when = span(begin, begin + timedelta(minutes=2))
        made = await make(admin, {**v2_body(api, caller.iam_id, Role.READER), **when}, V2)
        every = await world.store.account_grants(api.instance.account)
        there = sum(it.is_active and it.when is not None for it in every)
        monkeypatch.setattr(counting, "MOST_TIMED", there)
        more = {**v2_body(api, caller.iam_id, Role.WRITER), **when}
        assert (await admin.send("POST", V2, more)).status == 409
        lasting = await make(admin, v2_body(api, caller.iam_id, Role.WRITER), V2)
        tag = {"if-match": "*"}
        assert (await admin.send("PUT", f"{V2}/{lasting['id']}", more, tag)).status == 409
        assert (await admin.send("DELETE", f"{V2}/{made['id']}")).status == 204
        assert (await admin.send("PUT", f"{V2}/{lasting['id']}", more, tag)).status == 200

    world.run(story())


def test_days_and_hours_of_an_offset(world: World) -> None:
    async def story() -> None:
        api, admin, caller, key = await scene(world)
        now = start(world) + timedelta(microseconds=-1)
        local = now + timedelta(hours=14)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        tomorrow = f"{midnight.isoweekday()}+14:00"
        rule = [
            condition("day_of_week", "dayOfWeekAnyOf", [tomorrow]),
            condition("current_time", "timeGreaterThanOrEquals", "00:00:00+14:00"),
            condition("current_time", "timeLessThanOrEquals", "00:00:59+14:00"),
        ]
        body = {
            **v2_body(api, caller.iam_id, Role.READER),
            "pattern": HOURS,
            "rule": {"operator": "and", "conditions": rule},
        }
        await make(admin, body, V2)
        seen = []
        until = (midnight - local) // timedelta(microseconds=1)
        for step in (until - 1, 1, 59_999_999, 1):
            world.clock.advance(microseconds=step)
            seen.append(await wraps(caller, key))
        assert seen == [False, True, True, False]

    world.run(story())


def test_a_ring_at_some_times_is_no_more_than_both(world: World) -> None:
    async def story() -> None:
        api, admin, caller, outside = await scene(world)
        await api.add_ring("team-a")
        ring = {"x-kms-key-ring": "team-a"}
        made = await api.send("POST", "/keys", envelope(name="inside", extractable=False), ring)
        inside = made.resource["id"]
        begin = start(world) + timedelta(seconds=10)
        body = v2_body(api, caller.iam_id, Role.READER, keyRing="team-a")
        await make(admin, {**body, **span(begin, begin)}, V2)
        listed = await caller.send("GET", "/keys")
        assert (await wraps(caller, inside), await wraps(caller, outside), listed.status) == (
            False,
            False,
            401,
        )
        world.clock.advance(microseconds=10_000_001)
        assert (await wraps(caller, inside), await wraps(caller, outside)) == (True, False)
        shown = await caller.send("GET", "/keys")
        assert [it["id"] for it in shown.json["resources"]] == [inside]
        world.clock.advance(seconds=1)
        listed = await caller.send("GET", "/keys")
        assert (await wraps(caller, inside), await wraps(caller, outside), listed.status) == (
            False,
            False,
            401,
        )

    world.run(story())


def test_what_was_found_is_remembered_for_a_second_where_conditions_are(world: World) -> None:
    async def story() -> None:
        api, admin, caller, key = await scene(world)
        begin = start(world) + timedelta(minutes=1)
        body = {**v2_body(api, caller.iam_id, Role.READER), **span(begin, begin + timedelta(minutes=1))}
        await make(admin, body, V2)
        store = CountingStore(world.store)
        beside = world.beside(caller, store=store)
        seen = []
        for step in (1, 59_000_000, 1_000_000, 999_999, 1, 58_999_999, 1_000_001):
            world.clock.advance(microseconds=step)
            (allowed,) = {await wraps(beside, key) for _ in range(3)}
            seen.append((allowed, store.reads))
        told = [False, False, True, True, True, True, False]
        assert seen == list(zip(told, (1, 2, 3, 3, 4, 5, 6), strict=True))
        admin = world.beside(admin, store=store)
        lasting = await make(admin, v2_body(api, caller.iam_id, Role.READER), V2)
        assert (await wraps(beside, key), store.reads) == (True, 7)
        made = (
            await admin.send("GET", f"{V2}?account_id={api.instance.account}&iam_id={caller.iam_id}")
        ).json
        (limited,) = (it["id"] for it in made["policies"] if it["id"] != lasting["id"])
        assert (await admin.send("DELETE", f"{V2}/{limited}")).status == 204
        for _ in range(3):
            world.clock.advance(seconds=30)
            assert await wraps(beside, key)
        assert store.reads == 8

    world.run(story())


def test_a_clock_that_is_set_back_opens_nothing(world: World) -> None:
    async def story() -> None:
        api, admin, caller, key = await scene(world)
        begin = start(world) + timedelta(seconds=30)
        body = {**v2_body(api, caller.iam_id, Role.READER), **span(begin, begin + timedelta(minutes=1))}
        await make(admin, body, V2)
        world.clock.advance(seconds=31)
        assert await wraps(caller, key)
        world.clock.advance(seconds=-31)
        assert not await wraps(caller, key)

    world.run(story())


def test_it_counts_for_provisioning_and_policies_too(world: World) -> None:
    async def story() -> None:
        api, admin, caller, _ = await scene(world)
        begin = start(world) + timedelta(seconds=30)
        body = v2_body(api, caller.iam_id, Role.ADMINISTRATOR, serviceType="service", serviceInstance="-")
        when = span(begin, begin + timedelta(minutes=1))
        await make(admin, {**body, **when}, V2)
        there = f"/v2/resource_instances/{api.instance.id}"
        mine = v2_body(api, caller.iam_id, Role.MANAGER)
        assert (await caller.send("GET", there)).status == 401
        check_refused(await caller.send("POST", V2, {**mine, **when}), Reason.POLICY_FORBIDDEN)
        world.clock.advance(seconds=31)
        assert (await caller.send("GET", there)).status == 200
        check_refused(await caller.send("POST", V2, mine), Reason.POLICY_FORBIDDEN)
        later = span(begin, begin + timedelta(minutes=2))
        check_refused(await caller.send("POST", V2, {**mine, **later}), Reason.POLICY_FORBIDDEN)
        made = await make(caller, {**mine, **when}, V2)
        tag = {"if-match": made["etag"]}
        check_refused(await caller.send("PUT", f"{V2}/{made['id']}", mine, tag), Reason.POLICY_FORBIDDEN)
        lasting = await make(admin, v2_body(api, (await api.other()).iam_id, Role.READER), V2)
        assert (await caller.send("GET", f"{V2}/{lasting['id']}")).status == 200
        check_refused(await caller.send("DELETE", f"{V2}/{lasting['id']}"), Reason.POLICY_FORBIDDEN)
        state = await caller.send(
            "PATCH", f"{V1}/{lasting['id']}", {"state": "deleted"}, {"if-match": lasting["etag"]}
        )
        check_refused(state, Reason.POLICY_FORBIDDEN)
        assert (await caller.send("DELETE", f"{V2}/{made['id']}")).status == 204
        world.clock.advance(minutes=2)
        assert (await caller.send("GET", there)).status == 401

    world.run(story())


RULES: tuple[tuple[str, dict[str, Any], dict[str, Any] | None], ...] = (
    (ALL_DAY, condition("day_of_week", "dayOfWeekEquals", "3+06:00"), None),
    (
        ALL_DAY,
        condition("day_of_week", "dayOfWeekAnyOf", [1, 2]),
        condition("day_of_week", "dayOfWeekAnyOf", ["1+00:00", "2+00:00"]),
    ),
    (
        ALL_DAY,
        condition("day_of_week", "dayOfWeekEquals", [4]),
        condition("day_of_week", "dayOfWeekEquals", "4+00:00"),
    ),
    (
        "time-based-conditions:weekly",
        {
            "operator": "and",
            "conditions": [
                condition("day_of_week", "dayOfWeekAnyOf", ["1-05:00"]),
                {
                    "operator": "or",
                    "conditions": [
                        condition("current_time", "timeGreaterThan", "22:00:00Z"),
                        condition("current_time", "timeLessThan", "06:00:00+00:00"),
                    ],
                },
            ],
        },
        None,
    ),
)


@pytest.mark.parametrize(("pattern", "rule", "shown"), RULES)
def test_what_is_said_reads_back(
    world: World, pattern: str, rule: dict[str, Any], shown: dict[str, Any] | None
) -> None:
    async def story() -> None:
        api, admin, caller, _ = await scene(world)
        body = {**v2_body(api, caller.iam_id, Role.READER), "pattern": pattern, "rule": rule}
        made = await make(admin, body, V2)
        for path in (V1, V2):
            read = (await admin.send("GET", f"{path}/{made['id']}")).json
            assert (read["pattern"], read["rule"]) == (pattern, shown or rule)
        again = await admin.send("POST", V2, body)
        check_refused(again, Reason.POLICY_CONFLICT)
        other = {**body, "pattern": ALL_DAY, "rule": condition("day_of_week", "dayOfWeekEquals", "7+00:00")}
        await make(admin, other, V2)  # says something else

    world.run(story())


def test_the_first_form_takes_no_rule_away(world: World) -> None:
    async def story() -> None:
        api, admin, caller, key = await scene(world)
        begin = start(world) + timedelta(hours=1)
        body = v2_body(api, caller.iam_id, Role.READER)
        made = await make(admin, {**body, **span(begin, begin)}, V2)
        first = v1_body(api, caller.iam_id, Role.READER)
        head = {"if-match": "*"}
        check_refused(await admin.send("PUT", f"{V1}/{made['id']}", first, head), Reason.POLICY_BODY)
        assert not await wraps(caller, key)
        deleted = {"state": "deleted"}
        assert (await admin.send("PATCH", f"{V1}/{made['id']}", deleted, head)).status == 200
        restored = await admin.send("PATCH", f"{V1}/{made['id']}", {"state": "active"}, head)
        assert restored.json["rule"] == made["rule"]
        assert not await wraps(caller, key)
        lasting = await admin.send("PUT", f"{V2}/{made['id']}", body, head)
        assert (lasting.status, "rule" in lasting.json) == (200, False)
        assert await wraps(caller, key)

    world.run(story())


def test_the_event_says_when(world: World) -> None:
    async def story() -> None:
        api, admin, caller, _ = await scene(world)
        body = {**v2_body(api, caller.iam_id, Role.READER), "pattern": ALL_DAY, "rule": RULES[1][1]}
        await make(admin, body, V2)
        event = world.log.events[-1]
        assert event.response["pattern"] == ALL_DAY
        assert event.response["rule"] == ["day_of_week dayOfWeekAnyOf 1+00:00 2+00:00"]

    world.run(story())


def test_a_service_is_authorized_at_any_time(world: World) -> None:
    async def story() -> None:
        api, admin, _, _ = await scene(world)
        body = v2_body(api, admin.iam_id, Role.READER)
        source = [
            {"key": "accountId", "operator": "stringEquals", "value": api.instance.account},
            {"key": "serviceName", "operator": "stringEquals", "value": "cos"},
        ]
        body = {**body, "type": "authorization", "subject": {"attributes": source}}
        refused = await admin.send("POST", V2, {**body, "pattern": ALL_DAY, "rule": RULES[0][1]})
        check_refused(refused, Reason.POLICY_BODY)
        await make(admin, body, V2)

    world.run(story())
