"""C40 of kms-api.md section 8: the table of section 1.14, on the instance, a ring and a key.

``tests/unit/service/test_roles_on_routes.py`` asks every route in every scope; here is the table as the
specification draws it.
"""

from collections.abc import Iterator

import pytest

from api import Api, envelope
from conformance.world import World
from keystead.domain.actions import Role

ROLES = {
    "R": Role.READER,
    "RP": Role.READER_PLUS,
    "W": Role.WRITER,
    "M": Role.MANAGER,
    "KP": Role.KEY_PURGE,
    "KA": Role.KMIP_ADAPTER_MANAGER,
}
TABLE = """
POST /keys                       W M
GET /keys/{key}                  RP W M
GET /keys/{key}/metadata         R RP W M
HEAD /keys                       R RP W M KA
GET /keys                        R RP W M KA
GET /keys/{key}/versions         R RP W M
POST /keys/{key}/actions/wrap    R RP W M
POST /keys/{key}/actions/unwrap  R RP W M
POST /keys/{key}/actions/rewrap  R RP W M
POST /keys/{key}/actions/rotate  W M
POST /keys/{key}/actions/disable M
POST /keys/{key}/actions/enable  M
DELETE /keys/{key}               M
PATCH /keys/{key}                M
POST /keys/{key}/aliases/new     W M
DELETE /keys/{key}/aliases/none  W M
GET /key_rings                   R RP W M KA
POST /key_rings/new              W M
DELETE /key_rings/none           M
POST /keys/{key}/restore         M
DELETE /keys/{key}/purge         KP
POST /keys_with_policy_overrides M
POST /keys/{key}/actions/setKeyForDeletion   W M
POST /keys/{key}/actions/unsetKeyForDeletion W M
GET /keys/{key}/policies         M
PUT /keys/{key}/policies         M
GET /instance/policies           M
PUT /instance/policies           M
GET /instance/allowed_ip_port    M
POST /import_token               W M
GET /import_token                W M
GET /kmip_adapters               M KA
GET /kmip_adapters/none          M KA
DELETE /kmip_adapters/none       M KA
GET /kmip_adapters/none/certificates   M KA
GET /kmip_adapters/none/kmip_objects   M KA
"""
BODIES: dict[str, object] = {
    **{path: envelope(name="made") for path in ("/keys", "/keys_with_policy_overrides")},
    "/keys/{key}": {"keyRingID": "default"},
}


def rows() -> Iterator[tuple[str, str, frozenset[str]]]:
    for line in TABLE.strip().splitlines():
        method, path, *roles = line.split()
        yield method, path, frozenset(roles)


@pytest.mark.parametrize(("method", "path", "allowed"), list(rows()))
@pytest.mark.parametrize("short", ROLES)
def test_c40_the_table(world: World, method: str, path: str, allowed: frozenset[str], short: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        caller = await api.other(ROLES[short])
        answer = await caller.send(method, path.format(key=key), BODIES.get(path))
        # What is allowed may still be refused for another reason: the key is active, there is no token.
        assert (answer.status != 401) is (short in allowed), answer.body

    world.run(story())


def test_c40_a_manager_cannot_purge_and_who_may_purge_can_do_nothing_else(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        await api.send("DELETE", f"/keys/{key}")
        world.clock.advance(hours=4)
        manager, purger = await api.other(Role.MANAGER), await api.other(Role.KEY_PURGE)
        refused = await manager.send("DELETE", f"/keys/{key}/purge")
        assert (refused.status, "reasons" in refused.resource) == (401, False)
        assert (await purger.send("GET", f"/keys/{key}/metadata")).status == 401
        assert (await purger.send("DELETE", f"/keys/{key}/purge")).status == 204

    world.run(story())


async def with_rings(world: World) -> tuple[Api, str, str]:
    """Return an owner, a key in a ring, and one outside of it."""
    api = await world.tenant()
    await api.add_ring("ring-b")
    inside = await api.send(
        "POST", "/keys", envelope(name="in b", extractable=False), {"x-kms-key-ring": "ring-b"}
    )
    return api, inside.resource["id"], (await api.create())["id"]


def test_c40_a_grant_on_a_ring(world: World) -> None:
    async def story() -> None:
        api, inside, outside = await with_rings(world)
        caller = await api.other(Role.WRITER, ring="ring-b")
        assert (await caller.act(inside, "wrap")).status == 200
        assert (await caller.act(outside, "wrap")).status == 401
        listed = (await caller.send("GET", "/keys")).json["resources"]
        assert [one["id"] for one in listed] == [inside]
        for ring, status in (("ring-b", 201), ("default", 401), (None, 401)):
            made = await caller.send("POST", "/keys", envelope(name="new"), {"x-kms-key-ring": ring})
            assert made.status == status
        assert (await caller.send("POST", "/import_token")).status == 401

    world.run(story())


def test_c40_a_grant_on_a_key(world: World) -> None:
    async def story() -> None:
        api, mine, other = await with_rings(world)
        caller = await api.other(Role.MANAGER, key=mine)
        assert (await caller.act(mine, "wrap")).status == 200
        assert (await caller.act(other, "wrap")).status == 401
        listed = await caller.send("GET", "/keys")
        assert (listed.status, listed.json["resources"]) == (200, [])
        assert (await caller.send("POST", "/keys", envelope(name="new"))).status == 401
        assert (await caller.send("GET", "/import_token")).status == 401
        assert (await caller.send("DELETE", f"/keys/{mine}")).status == 204

    world.run(story())


def test_c40_a_reader_reads_metadata_and_not_the_key(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        caller = await api.other(Role.READER)
        for extractable in (True, False):
            key = (await api.create(extractable=extractable))["id"]
            assert (await caller.send("GET", f"/keys/{key}")).status == 401
            assert (await caller.send("GET", f"/keys/{key}/metadata")).status == 200

    world.run(story())
