"""The audit log of an instance over HTTP: what may be asked, who may, and what nobody gets to see."""

import base64
from typing import Any

import msgspec
import pytest

from api import Api
from conformance.events_asked import every_event
from conformance.world import World, another_account, check_error, in_seconds
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.protocols.http.event_questions import CURSOR_CHARACTERS

PHRASE = "Audit events could not be retrieved"


async def asked(api: Api, query: str = "") -> list[dict[str, Any]]:
    return await every_event(api, "/audit_events", query)


def actions(events: list[dict[str, Any]]) -> list[str]:
    return [event["action"] for event in events]


def test_every_filter(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        reader = await api.other(Role.READER)
        first, second = str((await api.create())["id"]), str((await api.create())["id"])
        world.clock.advance(seconds=10)
        middle = in_seconds(world, 0)
        await reader.act(first, "wrap")
        await reader.act(second, "wrap", {"plaintext": "?"})
        world.clock.advance(seconds=10)
        await api.act(first, "rotate")
        wraps = ["kms.secrets.wrap"]
        assert actions(await asked(api, f"key={first.upper()}")) == [
            "kms.secrets.rotate",
            "kms.secrets.wrap",
            "kms.secrets.create",
        ]
        assert actions(await asked(api, f"caller={reader.iam_id}")) == wraps * 2
        assert actions(await asked(api, f"caller={reader.iam_id}&outcome=failure")) == wraps
        assert actions(await asked(api, "action=secrets.*&outcome=success")) == [
            "kms.secrets.rotate",
            "kms.secrets.wrap",
            "kms.secrets.create",
            "kms.secrets.create",
        ]
        assert actions(await asked(api, "action=*.rotate")) == ["kms.secrets.rotate"]
        assert actions(await asked(api, f"from={middle}&to={in_seconds(world, 0)}")) == wraps * 2
        assert await asked(api, f"key={first}&caller=IBMid-nobody") == []
        assert (
            actions(await asked(api, "action=secrets.*&limit=1"))
            == [*["kms.secrets.rotate"], *wraps * 2] + ["kms.secrets.create"] * 2
        )

    world.run(story())


def test_an_event_is_shown_as_it_was_recorded(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = str((await api.create())["id"])
        (event,) = await asked(api, f"key={key}")
        recorded = next(it for it in world.log.events if it.id == event["logEntry"])
        assert event["logNode"] == "local"
        assert "logIndex" not in event  # which says how many events others have
        assert event["target"]["id"] == recorded.target_id
        assert event["initiator"]["id"] == api.iam_id
        assert (event["requestData"]["instanceID"], event["reason"]["reasonCode"]) == (api.instance.id, 201)
        assert event["logSourceCRN"] == api.instance.crn

    world.run(story())


def test_asking_is_recorded_with_what_was_asked(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await asked(api, "caller=IBMid-1&outcome=failure&from=2031-05-04T09:08:07Z&action=secrets.wrap")
        event = world.log.events[-1]
        assert (event.action, event.outcome) == ("keystead.audit-events.read", "success")
        assert event.request == {
            "caller": "IBMid-1",
            "outcome": "failure",
            "since": "2031-05-04T09:08:07Z",
            "action": "secrets.wrap",
            "instanceID": api.instance.id,
        }
        stranger = await api.other(Role.WRITER)
        assert (await stranger.send("GET", "/audit_events")).status == 401
        seen = await asked(api, "action=keystead.audit-events.read")
        assert [event["outcome"] for event in seen] == ["failure", "success"]

    world.run(story())


def test_nothing_of_another_tenant(world: World) -> None:
    """Neither of another instance nor of another account, whatever is asked and whatever a cursor says."""

    async def story() -> None:
        theirs = [await world.tenant(), await another_account(world)]
        keys = [str((await api.create())["id"]) for api in theirs]
        mine = await world.tenant()
        for query in ("", *(f"key={key}" for key in keys), "caller=*", "action=*"):
            for event in await asked(mine, query):
                assert event["logSourceCRN"] == mine.instance.crn, query
        for api in theirs:
            known = await mine.send("GET", "/audit_events", headers={"bluemix-instance": api.instance.id})
            check_401(known)
            page = (await api.send("GET", "/audit_events?limit=1")).json["metadata"]
            assert (await api.send("GET", f"/audit_events?cursor={page['next']}")).status == 200
            answer = await mine.send("GET", f"/audit_events?cursor={page['next']}")
            check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", PHRASE)

    world.run(story())


def check_401(answer: Answer) -> None:
    assert (answer.status, answer.json.get("resources", [{}])[0].get("resources")) == (401, None)


CURSORS = (
    "!",
    "AAAA",
    "x" * CURSOR_CHARACTERS,
    "w" * (CURSOR_CHARACTERS + 1),
    base64.urlsafe_b64encode(msgspec.msgpack.encode({"local": -1})).decode().rstrip("="),
)


@pytest.mark.parametrize(
    "query",
    [
        "key=payroll",
        "caller=a%00b",
        f"caller={'a' * 257}",
        "action=secrets%20wrap",
        f"action={'a' * 101}",
        "outcome=maybe",
        "from=yesterday",
        "to=2031-13-01T00:00:00Z",
        "limit=0",
        "limit=1001",
        *(f"cursor={cursor}" for cursor in CURSORS),
    ],
    ids=lambda query: query[:30],
)
def test_what_cannot_be_asked(world: World, query: str) -> None:
    async def story() -> None:
        answer = await (await world.tenant()).send("GET", f"/audit_events?{query}")
        check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", PHRASE)
        assert answer.resource["reasons"][0]["target"]["name"] == query.partition("=")[0]

    world.run(story())
