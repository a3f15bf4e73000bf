"""Rotate, disable, enable, sync, set and unset for deletion: actions that answer with nothing."""

from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.rest.bodies import source
from keystead.protocols.rest.lenient import read_object
from keystead.service.dual_auth import SetForDeletion, UnsetForDeletion
from keystead.service.lifecycle import Disable, Enable, Sync
from keystead.service.rotate import Rotate


async def rotate(visit: Visit) -> Reply:
    """``POST /keys/{key}/actions/rotate``."""
    await visit.serve(lambda: Rotate(source=source(read_object(visit.exchange.content()))))
    return Reply(204)


async def disable(visit: Visit) -> Reply:
    """``POST /keys/{key}/actions/disable``."""
    await visit.serve(Disable)
    return Reply(204)


async def enable(visit: Visit) -> Reply:
    """``POST /keys/{key}/actions/enable``."""
    await visit.serve(Enable)
    return Reply(204)


async def sync(visit: Visit) -> Reply:
    """``POST /keys/{key}/actions/sync``."""
    await visit.serve(Sync)
    return Reply(204)


async def set_for_deletion(visit: Visit) -> Reply:
    """``POST /keys/{key}/actions/setKeyForDeletion``."""
    await visit.serve(SetForDeletion)
    return Reply(204)


async def unset_for_deletion(visit: Visit) -> Reply:
    """``POST /keys/{key}/actions/unsetKeyForDeletion``."""
    await visit.serve(UnsetForDeletion)
    return Reply(204)
