"""What is asked of registrations, adapters, rings and aliases that are not there, or are there already."""

from dataclasses import replace
from urllib.parse import quote

from api import envelope
from conformance.kmip_refusals import adapter_of
from conformance.refused_bodies import BY_ACTION
from conformance.scene import ASKED, Beaten, Scene
from conformance.services import BUCKET, FOREIGN, OTHER, a_receiver, a_service, notices
from conformance.test_acknowledgements import SAID
from conformance.test_kmip import an_object
from keystead.domain.actions import Action
from keystead.domain.changes import Change
from keystead.domain.ids import KeyId, random_uuid
from keystead.domain.kmip import ObjectState
from keystead.domain.placing import MOST_ALIASES, MOST_ALIASES_OF_KEY

_ALIASES = [f"alias-{number}" for number in range(5)]
_WRITING = tuple(route for route in ASKED if route.path.endswith("/registrations/{crn}"))


async def registrations(scene: Scene) -> None:
    """The key has moved on, or the resource is not registered, not the caller's, or not as he says."""
    root = scene.keys["root"]
    (first,) = (await scene.owner.send("GET", f"/keys/{root}/versions")).json["resources"]
    await scene.owner.act(root, "rotate")
    tag = {"if-match": "*"}
    await scene.service.send("PATCH", f"/keys/{root}/registrations/{scene.names['crn']}", None, tag)
    await _registered_backwards(scene, first["id"])
    for route in _WRITING:
        for crn in (OTHER, FOREIGN, BUCKET):
            await scene.over(Beaten()).ask(
                route, headers={"if-match": 'W/"x"'}, names={"crn": quote(crn, safe="")}
            )
    for crn in (OTHER, FOREIGN):
        listed = {"resources": [{"resourceCrn": crn}]}
        await scene.ask(BY_ACTION[Action.REGISTRATION_DEACTIVATE], listed)
    await _by_others(scene)


async def _registered_backwards(scene: Scene, version: str) -> None:
    root = scene.keys["root"]
    newest = (await scene.owner.send("GET", f"/keys/{root}/metadata")).resource["keyVersion"]["id"]
    for action, moved in ((Action.REGISTRATION_MERGE, newest), (Action.REGISTRATION_MERGE, version)):
        await scene.ask(BY_ACTION[action], {"resources": [{"keyVersionId": moved}]})
    await scene.ask(BY_ACTION[Action.REGISTRATION_WRITE], {"resources": [{"keyVersionId": version}]})


async def _by_others(scene: Scene) -> None:
    """Nobody but the service writes what is registered; one with nothing registered sees no event."""
    for action in (Action.REGISTRATION_DEACTIVATE, Action.EVENT_ACK, *(route.action for route in _WRITING)):
        route = BY_ACTION[action]
        path = f"{route.path.format(**scene.names)}?action=deactivate"
        await scene.owner.send(route.method, path, scene.body(action), {"if-match": "*"})
    await a_receiver(scene.owner)
    await scene.owner.act(scene.keys["root"], "disable")
    event = (await notices(scene.owner))[0].id
    stranger = await a_service(scene.owner, FOREIGN)
    said = envelope(**{**SAID, "eventId": event})
    for service in (stranger, scene.service):  # who is another, and who says the opposite
        await service.send("POST", "/event_ack", said)


async def adapters(scene: Scene) -> None:
    """No such adapter, certificate or object, or one that is in use or is destroyed."""
    beaten, adapter = scene.over(Beaten()), scene.names["adapter"]
    for route in ASKED:
        for name in ("adapter", "certificate", "object"):
            if f"{{{name}}}" in route.path:
                await scene.ask(route, names={name: "nobody"})
        if "{adapter}" in route.path:
            await beaten.ask(route)
    await beaten.ask(BY_ACTION[Action.ADAPTER_DELETE], names={"adapter": await adapter_of(scene.owner)})
    for state in (ObjectState.ACTIVE, ObjectState.DESTROYED):
        held = await an_object(scene.owner, adapter, state)
        await scene.ask(BY_ACTION[Action.OBJECT_DELETE], names={"object": held})
    await scene.ask(BY_ACTION[Action.ADAPTER_DELETE])


async def places(scene: Scene) -> None:
    """A ring that is not there, and aliases that are taken or too many."""
    await scene.owner.create(aliases=_ALIASES)
    full = {"key": "alias-0", "alias": "alias-5"}
    for action in (Action.KEY_CREATE, Action.KEY_CREATE_WITH_OVERRIDES):
        body = scene.body(action)
        await scene.ask(BY_ACTION[action], body, headers={"x-kms-key-ring": "none"})
        await scene.ask(BY_ACTION[action], envelope(name="key", aliases=["payroll"]))
    for names in (full, {"alias": "alias-0"}):
        await scene.ask(BY_ACTION[Action.ALIAS_CREATE], names=names)
    await scene.ask(BY_ACTION[Action.ALIAS_DELETE], names={"alias": "alias-0"})
    beaten = scene.over(Beaten())
    await beaten.ask(BY_ACTION[Action.ALIAS_CREATE], names={"alias": "free"})
    await beaten.ask(BY_ACTION[Action.RING_CREATE], names={"ring": "new"})
    await scene.ask(BY_ACTION[Action.KEY_PATCH], {"keyRingID": "none"})
    await scene.ask(BY_ACTION[Action.RING_DELETE], names={"ring": "none"})


async def full_instance(scene: Scene) -> None:
    """The keys of the instance have nearly as many aliases as they may have."""
    stored, change = await scene.world.store.key(scene.owner.instance.id, KeyId(scene.keys["root"])), Change()
    for number in range(0, MOST_ALIASES - MOST_ALIASES_OF_KEY, MOST_ALIASES_OF_KEY):
        aliases = tuple(f"many-{number + more}" for more in range(MOST_ALIASES_OF_KEY))
        change.save(replace(stored, id=KeyId(random_uuid()), aliases=aliases), was=None)
    await scene.world.store.commit(change, None)
    for action in (Action.KEY_CREATE, Action.KEY_CREATE_WITH_OVERRIDES):
        await scene.ask(BY_ACTION[action], envelope(name="key", aliases=_ALIASES))
