"""The emulator's clock and faults, and who may use them."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import Api, FakeClock, log_in, with_api
from http_peer import Answer, Peer, request
from keystead.app import utc_now
from keystead.domain.actions import Role
from keystead.domain.due import DueQuery
from keystead.domain.errors import KeysteadError, Refused
from keystead.domain.keys import KeyState
from keystead.protocols.dev.clock import MovableClock, span
from keystead.protocols.dev.routes import Emulator, _FaultBody, emulator
from keystead.protocols.rest.errors import fault

CLOCK, FAULTS, INSTANCES = "/dev/clock", "/dev/faults", "/dev/instances"
Story = Callable[[Api, Emulator], Awaitable[None]]


def emulated(folder: Path, story: Story) -> None:
    """Run *story* against a service as `keystead dev` puts it together."""
    made = emulator(folder)
    clock = Both(made)

    async def whole(api: Api) -> None:
        await story(api, made)

    with_api(folder / "data", whole, clock=clock, token_clock=clock.base, more_routes=made.routes(fault))


class Both(FakeClock):
    """The tests' clock, ahead by what the emulator's is ahead."""

    def __init__(self, made: Emulator) -> None:
        super().__init__()
        self.base = FakeClock()
        self._made = made

    def __call__(self) -> Any:
        return self.now + (self._made.clock() - utc_now())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30d", 2_592_000), ("+4h", 14_400), ("90m", 5400), ("10s", 10), ("7", 7), ("0", 0), ("+0s", 0)],
)
def test_a_span(text: str, seconds: int) -> None:
    assert span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "-1d", "1w", "d", "1.5h", "1e9d", "999999999999d", "1 d", "\u0661d"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(Refused):
        span(text)


@given(st.text(max_size=20))
def test_any_text_is_a_span_or_refused(text: str) -> None:
    try:
        found = span(text)
    except Refused:
        return
    assert found >= timedelta(0)


def test_a_moved_clock_stays_moved_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    assert MovableClock(file)() - utc_now() < timedelta(seconds=1)
    first = MovableClock(file)
    first.advance(timedelta(days=30))
    first.advance(timedelta(hours=1))
    ahead = MovableClock(file)() - utc_now()
    assert abs(ahead - timedelta(days=30, hours=1)) < timedelta(minutes=1)
    with pytest.raises(Refused):
        first.advance(timedelta(days=365 * 100))
    file.write_text('{"ahead_seconds": null}')
    with pytest.raises(KeysteadError, match="remove it"):
        MovableClock(file)


def test_keys_live_by_the_moved_clock_and_tokens_do_not(tmp_path: Path) -> None:
    async def story(api: Api, _: Emulator) -> None:
        key = (await api.create())["id"]
        await api.send("DELETE", f"/keys/{key}")
        assert (await api.send("POST", CLOCK, {"advance": "31d"})).status == 200
        late = await api.send("POST", f"/keys/{key}/restore")
        assert (late.status, late.code) == (400, "KEY_RESTORE_EXPIRED")

    emulated(tmp_path, story)


def test_what_is_due_is_done_before_a_moved_clock_is_told(tmp_path: Path) -> None:
    async def story(api: Api, made: Emulator) -> None:
        rounds = 0

        async def moved() -> None:
            nonlocal rounds
            rounds += 1
            await api.service.rounds.make()

        made.moved = moved
        expires = f"{api.clock() + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
        await api.create(expirationDate=expires)
        assert (await api.send("POST", CLOCK, {"advance": "1w"})).status == 400
        assert rounds == 0
        assert (await api.send("POST", CLOCK, {"advance": "31d"})).status == 200
        assert rounds == 1
        query = DueQuery(state=KeyState.ACTIVE, until=api.clock(), now=api.clock(), limit=1)
        assert await api.service.store.due(query) == ()

    emulated(tmp_path, story)


BAD_ORDERS = [
    (CLOCK, b""),
    (CLOCK, b"{}"),
    (CLOCK, b'{"advance": true}'),
    (CLOCK, b'{"advance": "-1d"}'),
    (CLOCK, b'{"advance": "1d", "more": 1}'),
    (FAULTS, b"{}"),
    (FAULTS, b'{"path": "x", "effect": "cut"}'),
    (FAULTS, b'{"path": "/x", "effect": "explode"}'),
    (FAULTS, b'{"path": "/x", "effect": "status", "status": 200}'),
    (FAULTS, b'{"path": "/x", "effect": "status", "status": 599}'),
    (FAULTS, b'{"path": "/x", "effect": "delay", "delay_seconds": 61}'),
    (FAULTS, b'{"path": "/x", "effect": "cut", "count": 0}'),
    (FAULTS, b'{"path": "/x", "effect": "cut", "method": "get"}'),
    (FAULTS, b'{"path": "/dev/clock", "effect": "cut"}'),
    (FAULTS, b'{"path": "/dev", "effect": "cut"}'),
]


def test_bad_orders_are_refused(tmp_path: Path) -> None:
    async def story(api: Api, made: Emulator) -> None:
        for path, body in BAD_ORDERS:
            answer = await api.send("POST", path, body)
            assert answer.status == 400, (body, answer.body)
            assert answer.code in ("BAD_BODY_ERR", "INVALID_FIELD_ERR"), body
            assert made.faults.waiting == [], body

    emulated(tmp_path, story)


@pytest.mark.parametrize("path", [CLOCK, FAULTS, INSTANCES])
def test_managers_only(tmp_path: Path, path: str) -> None:
    async def story(api: Api, _: Emulator) -> None:
        body = {"advance": "1s", "path": "/x", "effect": "cut"}
        writer = await api.other(Role.WRITER)
        assert (await writer.send("POST", path, body)).status == 401
        assert (await api.send("POST", path, body, {"authorization": None})).status == 401

    emulated(tmp_path, story)


def test_a_production_server_has_none_of_it(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        for path in (CLOCK, FAULTS, INSTANCES):
            assert (await api.send("POST", path, {"advance": "1d"})).status == 404

    with_api(tmp_path, story)


def test_a_fresh_instance_shares_nothing(tmp_path: Path) -> None:
    async def story(api: Api, _: Emulator) -> None:
        await api.create()
        made = (await api.send("POST", INSTANCES)).json
        token = await log_in(api.service, made["api_key"])
        headers = {"authorization": f"Bearer {token}", "bluemix-instance": made["instance_id"]}
        assert (await api.send("GET", "/keys", headers=headers)).json["resources"] == []
        assert (await api.send("GET", "/keys", headers={"authorization": f"Bearer {token}"})).status == 401
        theirs = {"bluemix-instance": made["instance_id"]}
        assert (await api.send("GET", "/keys", headers=theirs)).status == 401
        assert made["crn"].split(":")[7] == made["instance_id"]

    emulated(tmp_path, story)


async def through(api: Api, made: Emulator, method: str, path: str) -> Answer | None:
    """Ask on a connection of its own, as a client of the whole server does."""
    peer = Peer(made.faults.around(api.service.application.answer, api.service.application.refuse))
    headers = {"authorization": f"Bearer {api.token}", "bluemix-instance": api.instance.id}
    try:
        peer.send(request(method, path, headers))
        return await asyncio.wait_for(peer.answer(), 60)
    finally:
        peer.hang_up()


async def order(api: Api, **one: object) -> None:
    assert (await api.send("POST", FAULTS, one)).status == 204


def test_a_status_as_often_as_ordered(tmp_path: Path) -> None:
    async def story(api: Api, made: Emulator) -> None:
        await order(api, path="/api/v2/keys", method="GET", effect="status", status=429, count=2)
        answers = [await through(api, made, "GET", "/api/v2/keys") for _ in range(3)]
        assert [answer and answer.status for answer in answers] == [429, 429, 200]
        assert answers[0] is not None
        assert answers[0].headers["retry-after"] == "1"
        text = "Too Many Requests: Please wait a few minutes and try again."  # kms-api.md 1.11
        assert answers[0].resource == {"errorMsg": text}

    emulated(tmp_path, story)


ORDERED = (400, 401, 403, 404, 409, 410, 412, 422, 429, 500, 502, 503, 504)


@pytest.mark.parametrize("status", ORDERED)
def test_an_ordered_status_looks_like_the_key_api_s(tmp_path: Path, status: int) -> None:
    async def story(api: Api, made: Emulator) -> None:
        await order(api, path="/api/v2/keys/{key}", effect="status", status=status)
        answer = await through(api, made, "GET", "/api/v2/keys/x")
        assert answer is not None
        assert answer.status == status
        assert answer.json["metadata"]["collectionType"] == "application/vnd.ibm.kms.error+json"
        phrase = HTTPStatus(status).phrase
        assert answer.resource["errorMsg"].startswith(f"{phrase}: ")
        for reason in answer.resource.get("reasons", ()):
            assert reason["status"] == status
            assert answer.resource["errorMsg"].endswith(f"({reason['code']})")
        if status == HTTPStatus.UNAUTHORIZED:
            text = "Unauthorized: The user does not have access to the specified resource"
            assert answer.resource == {"errorMsg": text}
        assert ("retry-after" in answer.headers) == (status in (429, 503))

    emulated(tmp_path, story)


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
def test_an_ordered_status_looks_like_its_door_s(tmp_path: Path, status: int) -> None:
    of_platform = {"message", "details", "status_code", "error_code", "transaction_id"}
    doors = {
        ("POST", "/identity/token"): {"errorCode", "errorMessage", "context"},
        ("GET", "/v1/apikeys"): {"errorCode", "errorMessage", "context"},
        ("GET", "/v1/policies"): {"trace", "errors", "status_code"},
        ("GET", "/v1/zones"): {"trace", "errors", "status_code"},
        ("GET", "/v2/resource_instances"): of_platform,
        ("GET", "/v2/nowhere/at/all"): of_platform,
    }

    async def story(api: Api, made: Emulator) -> None:
        for (method, path), members in doors.items():
            await order(api, path=path, effect="status", status=status)
            answer = await through(api, made, method, path)
            assert answer is not None
            assert (answer.status, set(answer.json)) == (status, members), path
            assert ("retry-after" in answer.headers) == (status in (429, 503)), path
        await order(api, path="/identity/token", effect="status", status=status)
        answer = await through(api, made, "POST", "/identity/token")
        assert answer is not None
        assert answer.json["errorCode"].startswith("BXNIM")

    emulated(tmp_path, story)


def test_the_page_names_every_member_and_its_bodies_are_taken(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "emulator.md").read_text("utf-8")
    found = [json.loads(body) for body in re.findall(r"`(\{[^`]*\})`", page)]
    bodies = [body for body in found if "path" in body]
    members = {member for body in bodies for member in body}
    assert members == set(_FaultBody.__struct_fields__)

    async def story(api: Api, made: Emulator) -> None:
        for body in bodies:
            await order(api, **body)
        assert len(made.faults.waiting) == len(bodies) > 1

    emulated(tmp_path, story)


def test_faults_meet_their_route_only(tmp_path: Path) -> None:
    async def story(api: Api, made: Emulator) -> None:
        await order(api, path="/api/v2/keys/{key}/metadata", effect="status", count=9)
        for method, path in (("GET", "/api/v2/keys"), ("GET", "/api/v2/keys/x"), ("GET", "/healthz")):
            answer = await through(api, made, method, path)
            assert answer is not None
            assert answer.status in (200, 404)
        assert len(made.faults.waiting) == 1
        answer = await through(api, made, "GET", "/api/v2/keys/x/metadata")
        assert answer is not None
        assert answer.status == 503

    emulated(tmp_path, story)


@pytest.mark.parametrize(("effect", "made_keys"), [("cut", 0), ("lose-answer", 1)])
def test_a_connection_is_cut_before_or_after(tmp_path: Path, effect: str, made_keys: int) -> None:
    async def story(api: Api, made: Emulator) -> None:
        await order(api, path="/api/v2/import_token", effect=effect)
        assert await through(api, made, "POST", "/api/v2/import_token") is None
        again = await through(api, made, "GET", "/api/v2/import_token")
        assert again is not None
        assert again.status == (200 if made_keys else 404)

    emulated(tmp_path, story)


def test_a_delay_and_the_end_of_all_faults(tmp_path: Path) -> None:
    async def story(api: Api, made: Emulator) -> None:
        await order(api, path="/api/v2/keys", effect="delay", delay_seconds=0.05)
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await through(api, made, "GET", "/api/v2/keys")
        assert answer is not None
        assert (answer.status, loop.time() - began >= 0.05) == (200, True)
        await order(api, path="/api/v2/keys", effect="cut", count=1000)
        assert (await api.send("DELETE", FAULTS)).status == 204
        assert made.faults.waiting == []

    emulated(tmp_path, story)


def test_faults_have_a_limit_and_keep_nobody_from_clearing_them(tmp_path: Path) -> None:
    async def story(api: Api, made: Emulator) -> None:
        await order(api, path="/{any}/faults", effect="cut", count=5)
        for _ in range(999):
            made.faults.add(made.faults.waiting[0])
        assert (await api.send("POST", FAULTS, {"path": "/x", "effect": "cut"})).status == 400
        answer = await through(api, made, "DELETE", FAULTS)
        assert answer is not None
        assert answer.status == 204

    emulated(tmp_path, story)
