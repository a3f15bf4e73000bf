"""Promise 1: each role does what the specification lets it do, on an instance, a ring or a key, and no more.

Who may is asked for one role at a time. The roles that may not are asked for all at once: what somebody with
all of them is refused, nobody with one of them is allowed, for roles add up (``unit/domain/test_roles.py``).
"""

import pytest

from api import Api
from conformance.world import World
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.ids import KeyId
from suites.store_placed import a_registration
from unit.service.asking import ask, check_unauthorized
from unit.service.routes_asked import GUARDED, HPCS, Asked

guarded = pytest.mark.parametrize("asked", GUARDED, ids=lambda asked: asked.name)
allowed = pytest.mark.parametrize(
    ("asked", "role"),
    [
        pytest.param(asked, role, id=f"{asked.name} {role}")
        for asked in GUARDED
        for role in Role
        if role in asked.roles
    ],
)


def others(*roles: Role) -> tuple[Role, ...]:
    return tuple(role for role in Role if role not in roles)


@allowed
def test_a_role_on_the_instance(world: World, asked: Asked, role: Role) -> None:
    async def story() -> None:
        api, foreign = await world.tenant(), await world.tenant()
        key, theirs = (await api.create())["id"], (await foreign.create())["id"]
        caller = await api.other(role)
        check_unauthorized(await ask(caller, asked, theirs, bluemix_instance=foreign.instance.id))
        answer = await ask(caller, asked, key)
        assert answer.status == asked.success, answer.body

    world.run(story())


@guarded
def test_all_other_roles_together_on_the_instance(world: World, asked: Asked) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        caller = await api.other(*others(*asked.roles))
        check_unauthorized(await ask(caller, asked, key))
        check_unauthorized(await ask(caller, asked, key, bluemix_instance=world.home.instance.id))

    world.run(story())


@pytest.mark.parametrize(("name", "role"), [(name, role) for name, roles in HPCS.items() for role in roles])
def test_a_role_on_an_instance_of_hs_crypto(world: World, name: str, role: Role) -> None:
    async def story() -> None:
        (asked,) = (one for one in GUARDED if one.name == name)
        api = await world.tenant("hs-crypto")
        answer = await ask(await api.other(role), asked, (await api.create())["id"])
        assert answer.status == asked.success, answer.body

    world.run(story())


@guarded
def test_roles_are_the_same_on_an_instance_of_hs_crypto_but_for_these(world: World, asked: Asked) -> None:
    async def story() -> None:
        may = HPCS.get(asked.name, asked.roles)
        api = await world.tenant("hs-crypto")
        key = (await api.create())["id"]
        check_unauthorized(await ask(await api.other(*others(*may)), asked, key))
        # Of the roles that may, the least one of the row is enough there too.
        answer = await ask(await api.other(next(role for role in Role if role in may)), asked, key)
        assert answer.status == asked.success, answer.body

    world.run(story())


async def in_rings(world: World, asked: Asked) -> tuple[Api, str, str]:
    """Return an owner, a key in the ring ``mine``, and one outside of it."""
    api = await world.tenant()
    await api.add_ring("mine")
    body = {"metadata": {}, "resources": [{"name": "in", "extractable": False}]}
    inside = (await api.send("POST", "/keys", body, {"x-kms-key-ring": "mine"})).resource["id"]
    outside = (await api.create())["id"]
    for key in (inside, outside) if "registrations" in asked.path else ():
        await registered(world, api, key)
    return api, inside, outside


@allowed
def test_a_role_on_a_ring(world: World, asked: Asked, role: Role) -> None:
    async def story() -> None:
        api, inside, outside = await in_rings(world, asked)
        caller = await api.other(role, ring="mine")
        may = asked.reach not in ("instance", "move")
        # Keys elsewhere, and the default ring, are out of reach; a list shows the ring's keys alone.
        elsewhere = await ask(caller, asked, outside)
        if may and asked.reach == "list":
            assert total(elsewhere) == 1
        elif may and asked.reach == "any":
            assert elsewhere.status == asked.success
        else:
            check_unauthorized(elsewhere)
        answer = await ask(caller, asked, inside, x_kms_key_ring="mine")
        if may:
            assert answer.status == asked.success, answer.body
        else:
            check_unauthorized(answer)

    world.run(story())


@guarded
def test_all_other_roles_together_on_a_ring(world: World, asked: Asked) -> None:
    async def story() -> None:
        api, inside, outside = await in_rings(world, asked)
        caller = await api.other(*others(*asked.roles), ring="mine")
        check_unauthorized(await ask(caller, asked, outside))
        check_unauthorized(await ask(caller, asked, inside, x_kms_key_ring="mine"))

    world.run(story())


@allowed
def test_a_role_on_a_key(world: World, asked: Asked, role: Role) -> None:
    async def story() -> None:
        api = await world.tenant()
        key, other = (await api.create())["id"], (await api.create())["id"]
        caller = await api.other(role, key=key)
        answer = await ask(caller, asked, key)
        if asked.reach == "list":
            assert total(answer) == 0  # AUT-2, AUT-4: such a caller may list and sees nothing
        elif asked.reach == "any":
            assert answer.status == asked.success
        elif asked.reach == "key":
            check_unauthorized(await ask(caller, asked, other))
            check_unauthorized(await ask(caller, asked, "no-such-key"))
            assert answer.status == asked.success, answer.body
        else:
            check_unauthorized(answer)

    world.run(story())


@guarded
def test_all_other_roles_together_on_a_key(world: World, asked: Asked) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        check_unauthorized(await ask(await api.other(*others(*asked.roles), key=key), asked, key))

    world.run(story())


async def registered(world: World, api: Api, key: str) -> None:
    """Have a resource be protected by *key*."""
    change = Change()
    change.put(a_registration(api.instance.id, KeyId(key)), was=None)
    await world.store.commit(change, None)


def total(answer: Answer) -> int:
    """Return how many keys a listing showed or a count counted."""
    assert answer.status == 200, answer.body
    return len(answer.json["resources"]) if answer.body else int(answer.headers["key-total"])
