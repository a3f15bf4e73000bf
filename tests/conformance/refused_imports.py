"""Material that is brought in a way that cannot be, to new keys and to old ones."""

from collections.abc import Mapping

from api import envelope
from conformance.imports import HYBRID, b64, fields, new_token, proof
from conformance.policies import enable
from conformance.refused_bodies import BY_ACTION
from conformance.scene import Scene
from keystead.domain.actions import Action

_MAKING = (Action.KEY_CREATE, Action.KEY_CREATE_WITH_OVERRIDES)


async def material(scene: Scene) -> None:
    """Nonce, its encryption or the material's own is wrong, or the token is too old."""
    token, iv = await new_token(scene.owner, HYBRID), bytes(12)
    right = fields(token, HYBRID, bytes(32))
    other = {"iv": b64(iv), "encryptedNonce": b64(proof(bytes(32), iv, bytes(12)))}
    for changes in (other, {"encryptedNonce": b64(bytes(28))}, {"payload": b64(bytes(1200))}):
        await _bring(scene, {**right, **changes})
    scene.world.clock.advance(hours=2)
    await _bring(scene, right)


async def policies(scene: Scene) -> None:
    """The instance lets nobody bring material, nor have it made."""
    nothing = dict.fromkeys(("create_root_key", "import_root_key"), False)
    await enable(scene.owner, "keyCreateImportAccess", **nothing)
    await _bring(scene, {"payload": b64(bytes(32))})


async def _bring(scene: Scene, given: Mapping[str, object]) -> None:
    for action in _MAKING:
        await scene.ask(BY_ACTION[action], envelope(name="key", extractable=False, **given))
    await scene.ask(BY_ACTION[Action.KEY_ROTATE], dict(given), names={"key": scene.keys["imported"]})
