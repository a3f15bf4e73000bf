"""Bodies and queries that are put badly, for each operation that reads one."""

from collections.abc import Mapping
from typing import Any, Final

from api import envelope
from conformance.scene import Scene, an_adapter_for
from conformance.test_acknowledgements import SAID
from keystead.domain.actions import Action
from keystead.protocols.http.routes import Route
from keystead.protocols.rest.routes import ROUTES

BY_ACTION: Final[Mapping[Action, Route]] = {route.action: route for route in ROUTES}
_BAD_BODIES: Final[dict[Action, Any]] = {
    Action.KEY_CREATE: envelope(name="x"),
    Action.KEY_CREATE_WITH_OVERRIDES: envelope(name="x"),
    Action.KEY_WRAP: {"plaintext": "?"},
    Action.KEY_UNWRAP: {"ciphertext": "?"},
    Action.KEY_REWRAP: {"ciphertext": "?"},
    Action.KEY_ROTATE: {"payload": "?"},
    Action.KEY_PATCH: {"keyRingID": "?"},
    Action.KEY_POLICIES_WRITE: envelope(rotation={"interval_month": 13}),
    Action.INSTANCE_POLICIES_WRITE: envelope(policy_type="metrics", policy_data={"enabled": 1}),
    Action.IMPORT_TOKEN_CREATE: {"expiration": 1},
    Action.REGISTRATION_DEACTIVATE: {"resources": [{"resourceCrn": "x"}]},
    Action.EVENT_ACK: envelope(**{**SAID, "eventId": "x"}),
    Action.ADAPTER_CREATE: envelope(profile="x"),
    Action.CERTIFICATE_CREATE: envelope(certificate="x"),
}
_BAD_NAMES: Final[dict[Action, dict[str, str]]] = {
    Action.REGISTRATION_CREATE: {"crn": "x"},
    Action.REGISTRATION_WRITE: {"crn": "x"},
    Action.REGISTRATION_MERGE: {"crn": "x"},
    Action.REGISTRATION_DELETE: {"crn": "x"},
    Action.ALIAS_CREATE: {"alias": "x"},
    Action.ALIAS_DELETE: {"alias": "x"},
    Action.RING_CREATE: {"ring": "x"},
    Action.RING_DELETE: {"ring": "x"},
}
_PAGES: Final = "?limit=x"
_POLICY: Final = "?policy=x"
_FORCE: Final = "?force=x"
_BAD_QUERIES: Final = {
    Action.AUDIT_QUERY: "?cursor=x",
    Action.KEY_REPORT: "?month=x",
    Action.KEY_REPORT_TABLE: "?month=x",
    **dict.fromkeys(
        (
            Action.KEY_LIST,
            Action.KEY_VERSIONS,
            Action.REGISTRATION_LIST,
            Action.REGISTRATION_LIST_KEY,
            Action.RING_LIST,
            Action.ADAPTER_LIST,
            Action.CERTIFICATE_LIST,
            Action.OBJECT_LIST,
        ),
        _PAGES,
    ),
    **dict.fromkeys((Action.KEY_DELETE, Action.RING_DELETE, Action.OBJECT_DELETE), _FORCE),
    **dict.fromkeys((Action.KEY_POLICIES_READ, Action.KEY_POLICIES_WRITE), _POLICY),
    **dict.fromkeys((Action.INSTANCE_POLICIES_READ, Action.INSTANCE_POLICIES_WRITE), _POLICY),
    Action.KEY_COUNT: "?state=x",
    Action.KEY_DISABLE: "?dryRun=x",
    Action.ADAPTER_CREATE: "?allowExpiringKey=x",
    Action.REGISTRATION_DEACTIVATE: "?action=x",
    Action.KEY_ACTION: "?action=x",
}


async def bad_fields(scene: Scene) -> None:
    """A field, or a part of the path that is read as one, is not what it must be; or there is no body."""
    for action, body in _BAD_BODIES.items():
        await scene.ask(BY_ACTION[action], body)
    for action, names in _BAD_NAMES.items():
        await scene.ask(BY_ACTION[action], names=names)
    for action in (Action.KEY_UNWRAP, Action.KEY_REWRAP):
        await scene.ask(BY_ACTION[action], b"")
        await scene.ask(BY_ACTION[action], {"ciphertext": "QUJD"})


async def bad_queries(scene: Scene) -> None:
    """A parameter is not what it must be; rotation calls a payload that is not wanted one as well."""
    for action, query in _BAD_QUERIES.items():
        await scene.ask(BY_ACTION[action], query=query)
    await scene.ask(BY_ACTION[Action.KEY_ROTATE], {"payload": "AAECAwQFBgcICQoLDA0ODw=="})


async def envelopes(scene: Scene) -> None:
    """Resources are not as many as was said, or of another sort; policies and adapters fit not every key."""
    two: dict[str, Any] = {"metadata": {"collectionTotal": 2}}
    for action in (Action.KEY_POLICIES_WRITE, Action.INSTANCE_POLICIES_WRITE, Action.EVENT_ACK):
        body: Any = scene.body(action)
        await scene.ask(BY_ACTION[action], {**body, **two})
        await scene.ask(BY_ACTION[action], query="?policy=rotation")
    rotation = {"rotation": {"interval_month": 3}}
    standard = {"name": "key", "extractable": True}
    imported = {"name": "key", "extractable": False, "payload": "AAECAwQFBgcICQoLDA0ODw=="}
    for key, fields in (("standard", standard), ("imported", imported)):
        await scene.ask(
            BY_ACTION[Action.KEY_POLICIES_WRITE], envelope(**rotation), names={"key": scene.keys[key]}
        )
        await scene.ask(BY_ACTION[Action.KEY_CREATE_WITH_OVERRIDES], envelope(**fields, **rotation))
    for key in ("nobody's", "standard"):
        await scene.ask(BY_ACTION[Action.ADAPTER_CREATE], an_adapter_for(scene.keys[key]))
