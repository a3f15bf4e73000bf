"""An instance with one of everything in it, and for each operation a request that is well put."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

from api import envelope
from certificates import a_certificate
from conformance.imports import b64
from conformance.kmip_refusals import adapter_of
from conformance.services import BUCKET, a_service, register
from conformance.test_acknowledgements import SAID
from conformance.test_kmip import an_object, trust
from conformance.witness import Pair, Witness, a_witness
from conformance.world import World, in_seconds
from http_peer import Answer
from keystead.domain.actions import Action
from keystead.domain.errors import Conflict, Tampered
from keystead.domain.ids import random_uuid
from keystead.domain.kmip import ObjectState
from keystead.protocols.http.routes import Route
from keystead.protocols.rest.action_routes import BY_QUERY
from keystead.protocols.rest.routes import ROUTES
from keystead.storage.memory import MemoryStore

_BY_SERVICES: Final = {
    Action.REGISTRATION_CREATE,
    Action.REGISTRATION_WRITE,
    Action.REGISTRATION_MERGE,
    Action.REGISTRATION_DELETE,
    Action.REGISTRATION_DEACTIVATE,
    Action.EVENT_ACK,
}
ASKED: Final = tuple(route for route in ROUTES if route.action is not Action.KEY_ACTION)
"""All but the older form of actions, which `Scene.ask` asks for beside the newer one."""


@dataclass(frozen=True)
class Scene:
    """What is there."""

    world: World
    owner: Witness
    service: Witness  # which registered a bucket
    keys: Mapping[str, str]  # by what is special about them
    names: Mapping[str, str]  # of things in paths
    ciphertext: str

    async def ask(
        self,
        route: Route,
        body: object = None,
        query: str = "",
        headers: Mapping[str, str | None] | None = None,
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> list[Answer]:
        """Ask for an operation, and where it is an action by its older name as well."""
        named = {**self.names, **names}
        path = route.path.format(**named)
        caller = self.caller(route.action)
        query = query or _QUERIES.get(route.action, "")
        given = {**_HEADERS.get(route.action, {}), **(headers or {})}
        content = self.body(route.action) if body is None else body
        answers = [await caller.send(route.method, f"{path}{query}", content, given)]
        for name, row in BY_QUERY.items():
            if row is route:
                older = f"/keys/{named['key']}?action={name}{query.replace('?', '&')}"
                answers.append(await caller.send("POST", older, content, given))
        return answers

    def caller(self, action: Action) -> Witness:
        """Return who may ask for it."""
        return self.service if action in _BY_SERVICES else self.owner

    def body(self, action: Action) -> object:
        """Return a body that says all that must be said."""
        make = _BODIES.get(action)
        return None if make is None else make(self)

    def over(self, store: MemoryStore) -> "Scene":
        """Return the scene as a service sees it whose store is *store*."""
        store.__dict__.update(self.world.store.__dict__)
        owner = self.world.beside(self.owner, store=store)
        assert isinstance(owner, Witness)
        return replace(self, owner=owner, service=replace(self.service, service=owner.service))


class Beaten(MemoryStore):
    """A store in which somebody else is always faster: nothing that is asked for comes about."""

    async def commit(self, change: Any, event: Any) -> None:  # noqa: ARG002 - the shape of a store
        raise Conflict("somebody else was faster")


class Spoiled(MemoryStore):
    """A store whose records of instances were written by somebody else."""

    async def perimeter(self, instance: Any) -> Any:
        raise Tampered(f"perimeter of {instance}")


_HEADERS: Final[dict[Action, dict[str, str]]] = {
    Action.REGISTRATION_WRITE: {"if-match": "*"},
    Action.REGISTRATION_MERGE: {"if-match": "*"},
}
_QUERIES: Final = {Action.REGISTRATION_DEACTIVATE: "?action=deactivate"}
_BODIES: Final[dict[Action, Callable[[Scene], object]]] = {
    Action.KEY_CREATE: lambda _: envelope(name="key"),
    Action.KEY_CREATE_WITH_OVERRIDES: lambda _: envelope(name="key"),
    Action.KEY_UNWRAP: lambda scene: {"ciphertext": scene.ciphertext},
    Action.KEY_REWRAP: lambda scene: {"ciphertext": scene.ciphertext},
    Action.KEY_PATCH: lambda scene: {"keyRingID": scene.names["ring"]},
    Action.KEY_POLICIES_WRITE: lambda _: envelope(dualAuthDelete={"enabled": True}),
    Action.INSTANCE_POLICIES_WRITE: lambda _: envelope(policy_type="metrics", policy_data={"enabled": True}),
    Action.REGISTRATION_DEACTIVATE: lambda _: {"resources": [{"resourceCrn": BUCKET}]},
    Action.EVENT_ACK: lambda _: envelope(**SAID),
    Action.ADAPTER_CREATE: lambda scene: an_adapter_for(scene.keys["root"]),
    Action.CERTIFICATE_CREATE: lambda _: envelope(certificate=a_certificate()),
}


def an_adapter_for(key: str) -> dict[str, object]:
    """Return a body that asks for an adapter."""
    return envelope(profile="native_1.0", profile_data={"crk_id": key})


async def set_up(world: World, given: set[Pair]) -> Scene:
    """Make everything; five hours after that no key has to wait for anything."""
    owner = await a_witness(world, given)
    keys = await _keys(world, owner)
    service = await a_service(owner)
    assert isinstance(service, Witness)
    await register(service, keys["root"])
    adapter = await adapter_of(owner)
    await owner.add_ring("ring")
    await owner.send("POST", "/import_token", {"maxAllowedRetrievals": 500, "expiration": 86_400})
    names = {
        "key": keys["root"],
        "alias": "payroll",
        "ring": "ring",
        "crn": quote(BUCKET, safe=""),
        "adapter": adapter,
        "certificate": (await trust(owner, adapter)).resource["id"],
        "object": await an_object(owner, adapter, ObjectState.PRE_ACTIVE),
    }
    wrapped = (await owner.act(keys["root"], "wrap")).json["ciphertext"]
    world.clock.advance(hours=5)
    return Scene(world, owner, service, keys, names, wrapped)


async def _keys(world: World, owner: Witness) -> dict[str, str]:
    made = {
        "root": await owner.create(aliases=["payroll"]),
        "standard": await owner.create(extractable=True),
        "imported": await owner.create(payload=b64(bytes(32))),
        "expired": await owner.create(expirationDate=in_seconds(world, 60)),
        "disabled": await owner.create(),
        "destroyed": await owner.create(),
        "dual": await owner.create(),
    }
    keys = {what: str(key["id"]) for what, key in made.items()}
    await owner.act(keys["disabled"], "disable")
    await owner.send("DELETE", f"/keys/{keys['destroyed']}")
    dual = envelope(dualAuthDelete={"enabled": True})
    assert (await owner.send("PUT", f"/keys/{keys['dual']}/policies", dual)).status == 200
    return {**keys, "nobody's": random_uuid()}
