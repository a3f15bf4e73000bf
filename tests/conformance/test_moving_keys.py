"""PATCH of a key's ring: kms-api.md sections 1.12, 1.14 and 2.6, and of C33 that it moves."""

from collections.abc import Awaitable, Callable

import pytest

from api import Api, envelope
from conformance.world import World, check_error, in_seconds
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.events import AuditEvent
from keystead.domain.grants import granted
from keystead.domain.ids import IamId, RingId, random_uuid
from keystead.storage.memory import MemoryStore

PHRASE = "Key could not be updated"


def with_rings(world: World, story: Callable[[Api, str], Awaitable[None]]) -> None:
    """Run *story* for the owner of the rings ``ring-a`` and ``ring-b``, and of a key in the first."""

    async def whole() -> None:
        api = await world.tenant()
        for ring in ("ring-a", "ring-b"):
            await api.add_ring(ring)
        body = envelope(name="a key", extractable=False, aliases=["payroll"])
        made = await api.send("POST", "/keys", body, {"x-kms-key-ring": "ring-a"})
        await story(api, made.resource["id"])

    world.run(whole())


async def move(api: Api, key: str, to: object, ring: str | None = None) -> Answer:
    return await api.send("PATCH", f"/keys/{key}", {"keyRingID": to}, {"x-kms-key-ring": ring})


async def ring_of(api: Api, key: str) -> str:
    return str((await api.send("GET", f"/keys/{key}/metadata")).resource["keyRingID"])


async def grant(api: Api, subject: IamId, role: Role, ring: str) -> None:
    """Give *subject* one more role, on a ring."""
    change = Change()
    change.add(
        granted(
            id=random_uuid(),
            subject=subject,
            account=api.instance.account,
            roles=(role,),
            instance=api.instance.id,
            ring=RingId(ring),
        )
    )
    await api.service.store.commit(change, None)


def unauthorized(answer: Answer) -> bool:
    return (answer.status, "reasons" in answer.resource) == (401, False)


@pytest.mark.parametrize("header", [None, "ring-a"])
def test_c33_a_key_moves(world: World, header: str | None) -> None:
    async def story(api: Api, key: str) -> None:
        before = (await api.send("GET", f"/keys/{key}")).resource
        world.clock.advance(seconds=5)
        answer = await move(api, key, "ring-b", header)
        assert answer.status == 200, answer.body
        updated = f"{world.clock():%Y-%m-%dT%H:%M:%SZ}"
        assert answer.resource == before | {"keyRingID": "ring-b", "lastUpdateDate": updated}
        assert answer.json["metadata"]["collectionType"] == "application/vnd.ibm.kms.key+json"
        event = world.log.events[-1]
        assert event.request["initialValue"] == {"keyRingId": "ring-a"}
        assert event.request["newValue"] == {"keyRingId": "ring-b"}
        assert event.response == {"keyId": key, "keyRingId": "ring-b"}
        assert await ring_of(api, "payroll") == "ring-b"
        for ring, status in (("ring-a", 404), ("ring-b", 200)):
            assert (await api.send("GET", f"/keys/{key}", None, {"x-kms-key-ring": ring})).status == status
        assert (await move(api, "payroll", "default")).resource["keyRingID"] == "default"

    with_rings(world, story)


def test_a_standard_keys_material_is_not_shown(world: World) -> None:
    async def story(api: Api, _: str) -> None:
        key = (await api.create(extractable=True, payload="QUJD"))["id"]
        answer = await move(api, key, "ring-b")
        assert (answer.status, "payload" in answer.resource) == (200, False)

    with_rings(world, story)


def test_a_move_to_its_own_ring_changes_nothing(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        before = (await api.send("GET", f"/keys/{key}")).resource
        world.clock.advance(seconds=5)
        answer = await move(api, key, "ring-a")
        assert (answer.status, answer.resource) == (200, before)
        assert world.log.events[-1].outcome == "success"
        assert (await api.send("GET", f"/keys/{key}")).resource == before

    with_rings(world, story)


def test_keys_move_in_every_state_but_destroyed(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        await api.act(key, "disable")
        assert (await move(api, key, "ring-b")).resource["state"] == 2
        short = (await api.create(expirationDate=in_seconds(world, 60)))["id"]
        world.clock.advance(seconds=60)
        assert (await move(api, short, "ring-b")).resource["state"] == 3
        assert (await api.act(key, "enable")).status == 204
        await api.send("DELETE", f"/keys/{key}")
        for ring in ("ring-a", "ring-b"):
            check_error(await move(api, key, ring), 410, "KEY_DELETED_ERR", PHRASE)
        assert await ring_of(api, key) == "ring-b"

    with_rings(world, story)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{}",
        b'{"keyRingID":""}',
        b'{"keyRingID":null}',
        b'{"name":"another"}',
        *(
            b'{"keyRingID":%s}' % value
            for value in (
                b"7",
                b"true",
                b'["ring-b"]',
                b'{"id":"ring-b"}',
                b'"a"',
                b'"%s"' % (b"a" * 101),
                b'"ring_b"',
                b'"ring b"',
                b'"ring-b "',
                b'"ring-b\\n"',
                b'"ring-b\\u0000"',
                b'"r\\u00edng"',
                b'"\\ud800\\udc00"',
                b'"%72ing-b"',
            )
        ),
    ],
)
def test_what_no_ring_can_be_called_is_refused(world: World, body: bytes) -> None:
    async def story(api: Api, key: str) -> None:
        answer = await api.send("PATCH", f"/keys/{key}", body)
        check_error(answer, 400, "INVALID_FIELD_ERR", PHRASE)
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": "keyRingID"}
        assert await ring_of(api, key) == "ring-a"

    with_rings(world, story)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"ring-b"', b"\xff", b'{"keyRingID":"\\ud800"}'])
def test_what_is_no_object_is_a_bad_body(world: World, body: bytes) -> None:
    async def story(api: Api, key: str) -> None:
        check_error(await api.send("PATCH", f"/keys/{key}", body), 400, "BAD_BODY_ERR", PHRASE)

    with_rings(world, story)


def test_nothing_but_the_ring_can_be_changed(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        body = {"KEYRINGID": "ring-b", "name": "another", "aliases": [], "state": 5, "extractable": True}
        answer = await api.send("PATCH", f"/keys/{key}", body)
        shown = answer.resource
        assert (answer.status, shown["keyRingID"], shown["name"]) == (200, "ring-b", "a key")
        assert (shown["aliases"], shown["state"], shown["extractable"]) == (["payroll"], 1, False)

    with_rings(world, story)


def test_the_order_in_which_a_move_is_judged(world: World) -> None:
    """Body 400, key and its ring 404, role for the target 401, target 404, destroyed 410 (section 1.12)."""

    async def story(api: Api, key: str) -> None:
        check_error(await move(api, "none", "a"), 400, "INVALID_FIELD_ERR", PHRASE)
        for name, ring in (("none", None), (random_uuid(), None), (key, "ring-b"), (key, "none")):
            check_error(await move(api, name, "no-ring", ring), 404, "KEY_NOT_FOUND_ERR", PHRASE)
        guest = await api.other(Role.MANAGER, ring="ring-a")
        await api.send("DELETE", f"/keys/{key}")
        for target in ("ring-b", "no-ring"):
            assert unauthorized(await move(guest, key, target))
        check_error(await move(api, key, "no-ring"), 404, "KEY_RING_NOT_FOUND_ERR", PHRASE)
        for target in ("ring-a", "ring-b"):
            check_error(await move(api, key, target), 410, "KEY_DELETED_ERR", PHRASE)

    with_rings(world, story)


def test_a_ring_of_another_instance_is_none(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        await (await world.tenant()).add_ring("theirs")
        check_error(await move(api, key, "theirs"), 404, "KEY_RING_NOT_FOUND_ERR", PHRASE)

    with_rings(world, story)


@pytest.mark.parametrize(
    ("here", "there", "may"),
    [
        (Role.MANAGER, Role.MANAGER, True),
        (Role.MANAGER, Role.WRITER, False),
        (Role.WRITER, Role.MANAGER, False),
        (Role.MANAGER, None, False),
        (None, Role.MANAGER, False),
    ],
)
def test_both_rings_need_a_manager(world: World, here: Role | None, there: Role | None, may: bool) -> None:
    async def story(api: Api, key: str) -> None:
        caller = await api.other()
        subject = world.log.events[-1].caller.iam_id
        for role, ring in ((here, "ring-a"), (there, "ring-b")):
            if role is not None:
                await grant(api, subject, role, ring)
        answer = await move(caller, key, "ring-b")
        assert answer.status == 200 if may else unauthorized(answer)
        assert await ring_of(api, key) == ("ring-b" if may else "ring-a")

    with_rings(world, story)


@pytest.mark.parametrize("target", ["ring-a", "ring-b", "default", "no-ring"])
def test_a_manager_of_one_key_does_not_take_it_anywhere(world: World, target: str) -> None:
    async def story(api: Api, key: str) -> None:
        assert unauthorized(await move(await api.other(Role.MANAGER, key=key), key, target))
        assert await ring_of(api, key) == "ring-a"

    with_rings(world, story)


def test_a_manager_of_one_key_moves_it_to_a_ring_that_is_his_too(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        caller = await api.other(Role.MANAGER, key=key)
        await grant(api, world.log.events[-1].caller.iam_id, Role.MANAGER, "ring-b")
        assert (await move(caller, key, "ring-b")).status == 200
        assert unauthorized(await move(caller, key, "ring-a"))

    with_rings(world, story)


def test_what_a_ring_grants_moves_with_its_keys(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        guest = await api.other(Role.READER, ring="ring-a")
        host = await api.other(Role.READER, ring="ring-b")
        assert [(await one.act(key, "wrap")).status for one in (guest, host)] == [200, 401]
        assert (await move(api, key, "ring-b")).status == 200
        assert [(await one.act(key, "wrap")).status for one in (guest, host)] == [401, 200]

    with_rings(world, story)


class Overtaken(MemoryStore):
    """The same records; somebody else does something between the first reading and the first writing."""

    def __init__(self, over: MemoryStore, meanwhile: Callable[[], Awaitable[Answer]]) -> None:
        super().__init__()
        self.__dict__.update(over.__dict__)
        self.meanwhile: Callable[[], Awaitable[Answer]] | None = meanwhile

    async def commit(self, change: Change, event: AuditEvent | None) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            assert (await meanwhile()).status < 300
        await super().commit(change, event)


def test_a_ring_that_goes_meanwhile_gets_no_key(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        store = Overtaken(world.store, lambda: api.send("DELETE", "/key_rings/ring-b"))
        answer = await move(world.beside(api, store=store), key, "ring-b")
        check_error(answer, 404, "KEY_RING_NOT_FOUND_ERR", PHRASE)
        assert await ring_of(api, key) == "ring-a"

    with_rings(world, story)


def test_a_key_that_comes_meanwhile_keeps_its_ring(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        store = Overtaken(world.store, lambda: move(api, key, "ring-b"))
        answer = await world.beside(api, store=store).send("DELETE", "/key_rings/ring-b?force=true")
        check_error(answer, 409, "KEY_RING_NOT_EMPTY_ERR", "Key ring could not be deleted")
        assert await ring_of(api, key) == "ring-b"

    with_rings(world, story)


def test_a_key_that_is_restored_meanwhile_keeps_its_ring(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        await api.send("DELETE", f"/keys/{key}")
        world.clock.advance(seconds=30)
        store = Overtaken(world.store, lambda: api.send("POST", f"/keys/{key}/restore"))
        answer = await world.beside(api, store=store).send("DELETE", "/key_rings/ring-a?force=true")
        check_error(answer, 409, "KEY_RING_NOT_EMPTY_ERR", "Key ring could not be deleted")
        assert await ring_of(api, key) == "ring-a"

    with_rings(world, story)


def test_a_key_that_is_destroyed_meanwhile_does_not_move(world: World) -> None:
    async def story(api: Api, key: str) -> None:
        store = Overtaken(world.store, lambda: api.send("DELETE", f"/keys/{key}"))
        answer = await move(world.beside(api, store=store), key, "ring-b")
        check_error(answer, 410, "KEY_DELETED_ERR", PHRASE)

    with_rings(world, story)
