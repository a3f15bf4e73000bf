"""Rotate, disable, enable, sync, set and unset for deletion: actions that answer with nothing."""

from collections.abc import Callable

from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.routes import Door
from keystead.protocols.http.visit import Visit
from keystead.protocols.rest.bodies import source
from keystead.protocols.rest.lenient import read_object
from keystead.service.case import Command
from keystead.service.dual_auth import SetForDeletion, UnsetForDeletion
from keystead.service.lifecycle import Disable, Enable, Sync
from keystead.service.rotate import Rotate


async def rotate(visit: Visit) -> Reply:
    """``POST /keys/{key}/actions/rotate``."""
    await visit.serve(lambda: Rotate(source=source(read_object(visit.exchange.content()))))
    return Reply(204)


def _acting(command: Callable[[], Command[object]]) -> Door:
    """Return the door of an action whose whole command is its name."""

    async def act(visit: Visit) -> Reply:
        await visit.serve(command)
        return Reply(204)

    return act


disable = _acting(Disable)
enable = _acting(Enable)
sync = _acting(Sync)
set_for_deletion = _acting(SetForDeletion)
unset_for_deletion = _acting(UnsetForDeletion)
