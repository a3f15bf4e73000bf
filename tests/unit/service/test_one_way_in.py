"""Promise 1: no route without a permission row, and nothing without credentials and a grant."""

from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn

import pytest

from conformance.world import World, again
from keystead.domain.actions import Action, Role, Scope
from keystead.domain.changes import Change
from keystead.domain.errors import Refused
from keystead.domain.events import Origin
from keystead.domain.ids import random_uuid
from keystead.domain.permissions import PERMISSIONS
from keystead.domain.reasons import Reason
from keystead.domain.roles import crn_of
from keystead.protocols.dev.clock import MovableClock
from keystead.protocols.dev.faults import Faults
from keystead.protocols.dev.routes import Emulator
from keystead.protocols.http.application import Application
from keystead.protocols.rest.action_routes import BY_QUERY as ROUTES_BY_QUERY
from keystead.protocols.rest.errors import fault
from keystead.protocols.rest.strays import stray
from keystead.protocols.routes import ROUTES
from keystead.service.case import Call
from keystead.service.due import COMMANDS
from keystead.service.notices import UNANSWERED
from unit.service.asking import ask, check_unauthorized
from unit.service.routes_asked import ASKED, BY_QUERY, GUARDED, Asked

guarded = pytest.mark.parametrize("asked", GUARDED, ids=lambda asked: asked.name)
BY_ITSELF = (*COMMANDS, *UNANSWERED.values())
WITHOUT_ROUTE = (
    *BY_ITSELF,
    Action.SERVICE_BEGIN,
    Action.IDENTITY_CREATE,
    Action.IDENTITY_REMOVE,
    Action.API_KEY_GIVE,
    Action.GRANT_CREATE,
    Action.INSTANCE_REOPEN,
    Action.SIGNING_KEY_ROTATE,
    Action.RECEIVER_SET,
    Action.RECEIVER_REMOVE,
    Action.RECEIVER_LIST,
    Action.NOTICE_LIST,
)


def test_every_route_has_a_permission_row_and_every_action_a_route(tmp_path: Path) -> None:
    assert set(PERMISSIONS) == set(Action)
    emulator = Emulator(MovableClock(tmp_path / "clock.json"), Faults()).routes(fault)
    assert {route.action for route in (*ROUTES, *emulator)} == set(Action) - set(WITHOUT_ROUTE)
    assert not {route.action for route in ROUTES} & {route.action for route in emulator}
    assert set(WITHOUT_ROUTE) <= set(Action)


def test_what_only_the_operator_or_the_service_does_no_door_can_ask_for(world: World) -> None:
    async def story(action: Action) -> None:
        call: Call[object] = Call(
            action=action,
            origin=Origin(uri="/", address=None, agent=None, correlation_id=random_uuid()),
            authorization=f"Bearer {world.home.token}",
            instance=world.home.instance.id,
            key=None,
            ring=None,
            decode=not_reached,
            code=200,
        )
        with pytest.raises(Refused) as caught:
            await world.home.service.dispatcher.serve(call)
        assert caught.value.reason is Reason.UNAUTHORIZED

    inner = [action for action in Action if PERMISSIONS[action].scope in (Scope.OPERATOR, Scope.SERVICE)]
    assert set(inner) == set(WITHOUT_ROUTE)
    assert set(BY_ITSELF) == {action for action in inner if PERMISSIONS[action].scope is Scope.SERVICE}
    for action in inner:
        world.run(story(action))


def not_reached() -> NoReturn:
    raise AssertionError("decoded for somebody who may not")


def test_every_route_is_asked_for_below() -> None:
    assert {(route.method, route.path) for route in ROUTES} == {(one.method, one.path) for one in ASKED}
    assert {f"?action={name}" for name in ROUTES_BY_QUERY} == {one.query for one in BY_QUERY}


def test_the_scope_of_each_route_is_as_wide_as_below() -> None:
    widths = {
        "key": Scope.KEY,
        "move": Scope.KEY,
        "ring": Scope.RING,
        "instance": Scope.INSTANCE,
        "list": Scope.LIST,
        "any": Scope.LIST,
        "account": Scope.ACCOUNT,
        "held": Scope.HELD,
        "whole": Scope.WHOLE,
        "whole account": Scope.WHOLE_ACCOUNT,
        "own": Scope.OWN,
        "people": Scope.PEOPLE,
        "granting": Scope.GRANTING,
        "roles": Scope.ROLES,
        "contexts": Scope.CONTEXTS,
    }
    for route in ROUTES:
        (asked,) = (one for one in ASKED if (one.method, one.path) == (route.method, route.path))
        row = PERMISSIONS[route.action]
        assert row.scope is (widths[asked.reach] if asked.roles else Scope.PUBLIC)
        assert row.event == asked.event
        assert row.severity == asked.severity


def test_a_second_row_for_the_same_request_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="has two rows"):
        Application(
            (*ROUTES, ROUTES[0]),
            world.home.service.dispatcher,
            world.home.service.settings.waits.windows(),
            fault=fault,
            stray=stray,
            probes={},
        )


@guarded
def test_without_credentials(world: World, asked: Asked) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        for given in (None, "", "Basic Yng6Yng=", "Bearer", world.home.token):
            check_unauthorized(await ask(world.home, asked, key, authorization=given))

    world.run(story())


@guarded
def test_with_an_expired_token(world: World, asked: Asked) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        world.clock.advance(seconds=86_399)
        assert (await api.send("HEAD", "/keys")).status == 200
        world.clock.advance(seconds=1)
        check_unauthorized(await ask(api, asked, key))

    world.run(story())


@guarded
def test_with_a_token_of_other_signature(world: World, asked: Asked) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        head, _, signature = world.home.token.rpartition(".")
        changed = ("B" if signature[0] == "A" else "A") + signature[1:]
        check_unauthorized(await ask(world.home, asked, key, authorization=f"Bearer {head}.{changed}"))

    world.run(story())


@guarded
def test_an_unknown_instance(world: World, asked: Asked) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        check_unauthorized(await ask(world.home, asked, key, bluemix_instance=random_uuid()))

    world.run(story())


@guarded
def test_without_any_grant(world: World, asked: Asked) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        check_unauthorized(await ask(await world.home.other(), asked, key))

    world.run(story())


@guarded
def test_a_key_of_another_instance_does_not_exist(world: World, asked: Asked) -> None:
    async def story() -> None:
        api, foreign = await world.tenant(), await world.tenant()
        theirs = (await foreign.create())["id"]
        answer = await ask(api, asked, theirs)
        if asked.is_about_a_key:
            expected = 400 if asked.event.endswith("default") else 404
            if asked.success == HTTPStatus.FORBIDDEN:  # whoever he is, he is no service
                expected = 403
            assert answer.status == expected, answer.body
        after = (await (await again(foreign)).send("GET", f"/keys/{theirs}")).resource
        assert (after["state"], "lastRotateDate" in after) == (1, False)

    world.run(story())


def test_a_grant_that_is_gone_or_new_counts_at_once(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        caller = await api.other(Role.READER)
        assert (await caller.send("POST", "/import_token")).status == 401
        assert (await caller.send("HEAD", "/keys")).status == 200
        subject = world.log.events[-1].caller.iam_id
        change = Change()
        (held,) = await world.store.grants(subject)
        change.put(replace(held, roles=(crn_of(Role.WRITER),), revision=2), was=held)
        await world.store.commit(change, None)
        assert (await caller.send("POST", "/import_token")).status == 200
        change = Change()
        (held,) = await world.store.grants(subject)
        change.remove(held)
        await world.store.commit(change, None)
        assert (await caller.send("HEAD", "/keys")).status == 401

    world.run(story())
