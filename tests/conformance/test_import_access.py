"""C31 of kms-api.md section 8: the truth table of ``keyCreateImportAccess`` (2.9), with U42 and U52."""

from dataclasses import replace
from typing import NoReturn, cast

import pytest

from api import Api, envelope
from conformance.imports import HYBRID, b64, fields, new_token
from conformance.policies import enable, instance_policy, put_instance
from conformance.world import World, check_error
from http_peer import Answer
from keystead.domain.ports.unit import CryptoUnit

CODE = "KEY_CREATE_IMPORT_ACCESS_ERR"
KIND = "keyCreateImportAccess"
MATERIAL = b64(bytes(range(16)))
ENDPOINTS = ("/keys", "/keys_with_policy_overrides")
SWITCHES = ("create_root_key", "create_standard_key", "import_root_key", "import_standard_key")
FORMS = ("create root", "create standard", "import root", "import standard", "import root by token")
# Who is denied: for each form, with which switch off, and whether enforce_token alone denies it.
TABLE = {
    "create root": ("create_root_key", False),
    "create standard": ("create_standard_key", False),
    "import root": ("import_root_key", True),
    "import standard": ("import_standard_key", True),
    "import root by token": ("import_root_key", False),
}


async def make(api: Api, form: str, path: str = "/keys") -> Answer:
    """Ask for a key in one of the forms."""
    given: dict[str, object] = {"name": "a key", "extractable": "standard" in form}
    if form.endswith("token"):
        given.update(fields(await new_token(api, HYBRID), HYBRID, bytes(16)))
    elif form.startswith("import"):
        given["payload"] = MATERIAL
    return await api.send("POST", path, envelope(**given))


def check_denied(answer: Answer, phrase: str = "Key could not be created") -> None:
    check_error(answer, 409, CODE, f"Conflict: {phrase}")
    assert answer.message == "KeyCreateImportAccess instance policy does not allow this action"


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("off", SWITCHES)
@pytest.mark.parametrize("enforce", [False, True])
def test_c31_the_truth_table(world: World, path: str, form: str, off: str, *, enforce: bool) -> None:
    async def story() -> None:
        api = await world.tenant()
        await enable(api, KIND, **{off: False, "enforce_token": enforce})
        switch, wants_token = TABLE[form]
        answer = await make(api, form, path)
        if switch == off or (enforce and wants_token):
            check_denied(answer)
            assert (await api.send("HEAD", "/keys")).headers["key-total"] == "0"
        else:
            assert answer.status == 201, answer.body

    world.run(story())


@pytest.mark.parametrize("form", FORMS)
def test_c31_a_policy_that_is_off_denies_nothing(world: World, form: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        everything = dict.fromkeys(SWITCHES, False)
        await enable(api, KIND, **everything, enforce_token=True)
        check_denied(await make(api, form))
        off = instance_policy(KIND, enabled=False, **everything, enforce_token=True)
        assert (await put_instance(api, off)).status == 204
        assert (await make(api, form)).status == 201

    world.run(story())


ROTATED = "Key could not be rotated"


@pytest.mark.parametrize("by_token", [False, True])
@pytest.mark.parametrize(
    ("attributes", "plain", "token"),
    [
        ({"enforce_token": True}, 409, 204),
        ({"import_root_key": False}, 409, 409),
        ({"create_root_key": False, "import_standard_key": False}, 204, 204),
    ],
)
def test_c31_rotating_an_imported_key(
    world: World, attributes: dict[str, object], plain: int, token: int, *, by_token: bool
) -> None:
    async def story() -> None:
        api = await world.tenant()
        keys = [(await make(api, form)).resource["id"] for form in ("import root", "import root by token")]
        await enable(api, KIND, **attributes)
        body: dict[str, object] = {"payload": MATERIAL}
        if by_token:
            body = dict(fields(await new_token(api, HYBRID), HYBRID, bytes(16)))
        for key in keys:
            answer = await api.act(key, "rotate", body)
            if (token if by_token else plain) == 204:
                assert answer.status == 204
            else:
                check_denied(answer, ROTATED)

    world.run(story())


@pytest.mark.parametrize(
    ("attributes", "status"),
    [({"create_root_key": False}, 409), ({"import_root_key": False, "enforce_token": True}, 204)],
)
def test_c31_rotating_a_generated_key_is_creating_material(
    world: World, attributes: dict[str, object], status: int
) -> None:
    """Section 2.8 names ``create_root_key`` among what denies a rotation; the table of 2.9 is silent."""

    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await enable(api, KIND, **attributes)
        answer = await api.act(key, "rotate")
        assert answer.status == status
        if status == 409:
            check_denied(answer, ROTATED)

    world.run(story())


def test_c31_restoring_is_not_importing(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await make(api, "import root")).resource["id"]
        await enable(api, KIND, **dict.fromkeys(SWITCHES, False), enforce_token=True)
        await api.send("DELETE", f"/keys/{key}")
        world.clock.advance(seconds=30)
        body = envelope(payload=MATERIAL)
        assert (await api.send("POST", f"/keys/{key}/restore", body)).status == 201

    world.run(story())


class NoUnit:
    """A unit that must not be asked."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"the unit was asked to {name}")


def test_c31_no_cryptographic_work_is_done_for_what_is_denied(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        upload = dict(fields(await new_token(api, HYBRID), HYBRID, bytes(16)))
        imported, generated = (await make(api, "import root")).resource["id"], (await api.create())["id"]
        await enable(api, KIND, **dict.fromkeys(SWITCHES, False))
        beside = world.beside(api)
        dispatcher = beside.service.dispatcher
        dispatcher._tools = replace(dispatcher._tools, unit=cast("CryptoUnit", NoUnit()))
        for form in ("create root", "create standard", "import root", "import standard"):
            check_denied(await make(beside, form))
        denied = await beside.send("POST", "/keys", envelope(name="key", extractable=False, **upload))
        check_denied(denied)
        check_denied(await beside.act(imported, "rotate", upload), ROTATED)
        check_denied(await beside.act(generated, "rotate"), ROTATED)

    world.run(story())


def test_c31_what_is_malformed_is_told_before_the_policy(world: World) -> None:
    """Section 1.12: the body, the key's state and the time come first."""

    async def story() -> None:
        api = await world.tenant()
        upload = dict(fields(await new_token(api, HYBRID), HYBRID, bytes(16)))
        key, turned = (await api.create())["id"], (await api.create())["id"]
        await api.act(turned, "rotate")
        await enable(api, KIND, **dict.fromkeys(SWITCHES, False), enforce_token=True)
        answer = await api.act(turned, "rotate")
        check_error(answer, 409, "KEY_ROTATION_NOT_PERMITTED", ROTATED)
        for more in (upload, {"payload": b64(bytes(7501))}, {"payload": "%"}):
            answer = await api.send("POST", "/keys", envelope(name="key", extractable=True, **more))
            check_error(answer, 400, "INVALID_FIELD_ERR", "Key could not be created")
        answer = await api.act(key, "rotate", {"payload": MATERIAL})
        check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", ROTATED)
        ring = {"x-kms-key-ring": "none"}
        answer = await api.send("POST", "/keys", envelope(name="key"), ring)
        check_error(answer, 404, "KEY_RING_NOT_FOUND_ERR", "Key could not be created")

    world.run(story())
