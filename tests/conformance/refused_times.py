"""What is asked too early or too late, or again, of keys that were dealt with before."""

from dataclasses import replace

from conformance.refused_bodies import BY_ACTION
from conformance.scene import Beaten, Scene
from conformance.world import OWNER, RecordedEvents, in_seconds
from keystead.domain.actions import Action


async def while_another_is_answered(scene: Scene) -> None:
    """A second question about the log of an instance."""
    events = scene.owner.service.dispatcher._tools.events
    assert isinstance(events, RecordedEvents)
    events.busy = True
    await scene.ask(BY_ACTION[Action.AUDIT_QUERY])
    events.busy = False


async def again_and_late(scene: Scene) -> None:
    """A second rotation, an approval that is taken back, and keys that nobody can restore any more."""
    restore = BY_ACTION[Action.KEY_RESTORE]
    for _ in range(2):
        await scene.ask(BY_ACTION[Action.KEY_ROTATE])
    await scene.ask(BY_ACTION[Action.KEY_SET_FOR_DELETION], names={"key": scene.keys["dual"]})
    await scene.over(Beaten()).ask(
        BY_ACTION[Action.KEY_UNSET_FOR_DELETION], names={"key": scene.keys["dual"]}
    )
    short = (await scene.owner.create(expirationDate=in_seconds(scene.world, 60)))["id"]
    await scene.owner.send("DELETE", f"/keys/{short}")
    scene.world.clock.advance(seconds=60)
    await scene.ask(restore, names={"key": short})
    scene.world.clock.advance(days=30)
    later = replace(scene, owner=await scene.owner.other(*OWNER))
    await later.ask(restore, names={"key": scene.keys["destroyed"]})
