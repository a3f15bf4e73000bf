"""The rows of the route table that act on a key, by a path of their own or, as they once did, by a query.

Source: ``spec/kms-api.md`` sections 1.11 (phrases) and 2.1.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from keystead.domain.actions import Action
from keystead.domain.errors import KeysteadError, Refused
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.routes import Route
from keystead.protocols.http.visit import Visit
from keystead.protocols.rest import keys, rotate, wrap
from keystead.protocols.rest.dry_runs import or_dry
from keystead.protocols.rest.row import KEY, row

ACTED: Final = "Action could not be performed on key"
_BY_PATH: Final = (
    ("wrap", Action.KEY_WRAP, wrap.wrap, 200, "Wrap with key could not be performed"),
    ("unwrap", Action.KEY_UNWRAP, wrap.unwrap, 200, "Unwrap with key could not be performed"),
    ("rewrap", Action.KEY_REWRAP, wrap.rewrap, 200, "Rewrap with key could not be performed"),
    ("rotate", Action.KEY_ROTATE, rotate.rotate, 204, "Key could not be rotated"),
    (
        "disable",
        Action.KEY_DISABLE,
        or_dry(rotate.disable, Action.KEY_DISABLE),
        204,
        "Key could not be disabled",
    ),
    ("enable", Action.KEY_ENABLE, rotate.enable, 204, "Key could not be enabled"),
    ("setKeyForDeletion", Action.KEY_SET_FOR_DELETION, rotate.set_for_deletion, 204, ACTED),
    ("unsetKeyForDeletion", Action.KEY_UNSET_FOR_DELETION, rotate.unset_for_deletion, 204, ACTED),
)
ACTIONS: Final = tuple(
    row("POST", f"{KEY}/actions/{name}", action, door, code, phrase)
    for name, action, door, code, phrase in _BY_PATH
)
RESTORE: Final = row(
    "POST", f"{KEY}/restore", Action.KEY_RESTORE, keys.restore_key, 201, "Key could not be restored"
)

BY_QUERY: Final[Mapping[str, Route]] = MappingProxyType(
    {route.path.rpartition("/")[2]: route for route in (*ACTIONS, RESTORE)}
)
"""Routes that the deprecated ``POST /keys/{id}?action=…`` reaches, by the action's name."""


async def act(visit: Visit) -> Reply:
    """``POST /keys/{key}?action=…``: hand over to the row of that action, error phrases included."""
    route = BY_QUERY.get(_named(visit))
    if route is None:
        return await keys.act(visit)
    try:
        return await route.door(replace(visit, route=route))
    except KeysteadError as error:
        return route.fault(visit.exchange, route.phrase, error)


def _named(visit: Visit) -> str:
    try:
        return visit.exchange.query().get("action", [""])[-1]
    except Refused:
        return ""  # an unreadable query names no action; it is refused once the caller is known
