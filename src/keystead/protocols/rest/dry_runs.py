"""Dry runs: what a deed with ``dryRun`` would do is told, as by the route of the impact, and not done."""

from typing import Final, NoReturn

from msgspec.structs import replace

from keystead.domain.actions import Action
from keystead.domain.errors import KeysteadError, Refused
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.routes import Door
from keystead.protocols.http.visit import Visit
from keystead.protocols.rest import impact, queries
from keystead.protocols.rest.errors import fault
from keystead.protocols.rest.row import KEY, row

IMPACT: Final = row(
    "GET", f"{KEY}/impact", Action.KEY_IMPACT, impact.foresee, 200, "Impact could not be foreseen"
)


def or_dry(door: Door, of: Action) -> Door:
    """Return *door*, which foresees what would come of it where a dry run is asked for.

    That is permitted and recorded as the row of the impact says: nothing was done to the key.
    """
    instead = impact.foresee_instead(of)

    async def either(visit: Visit) -> Reply:
        try:
            is_dry = queries.dry_run(visit.exchange.query(blanks=True))
        except Refused as refused:
            return await _refuse(visit, refused)
        if not is_dry:
            return await door(visit)
        try:
            return await instead(replace(visit, route=IMPACT))
        except KeysteadError as error:
            return fault(visit.exchange, IMPACT.phrase, error)

    return either


async def _refuse(visit: Visit, refused: Refused) -> Reply:
    """Raise *refused*, once the caller is known and allowed."""

    def decode() -> NoReturn:
        raise refused

    return await visit.serve(decode)
