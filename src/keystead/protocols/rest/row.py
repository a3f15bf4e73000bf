"""The form of a row of this door's route table."""

from typing import Final

from keystead.domain.actions import Action
from keystead.protocols.http.routes import Door, Route
from keystead.protocols.rest.errors import fault

BASE: Final = "/api/v2"
KEY: Final = "/api/v2/keys/{key}"


def row(method: str, path: str, action: Action, door: Door, code: int, phrase: str) -> Route:
    """Return the route that answers *code*, or a fault in this door's form that begins with *phrase*."""
    return Route(method=method, path=path, action=action, door=door, code=code, phrase=phrase, fault=fault)
