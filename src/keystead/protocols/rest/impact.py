"""What would come of deleting or disabling a key: ours, in no wire that we are compatible with."""

from typing import Any, Final

from keystead.domain.actions import Action
from keystead.domain.errors import Refused
from keystead.domain.impact import LOOKED_BACK, Counted, Outcome, Use
from keystead.domain.moments import moment
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.routes import Door
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.views import collection
from keystead.service.impact import Foresee, ForeseenImpact

IMPACT_TYPE: Final = "application/vnd.keystead.impact+json"


async def foresee(visit: Visit) -> Reply:
    """``GET /keys/{key}/impact``."""
    return _told(await visit.serve(Foresee))


def foresee_instead(of: Action) -> Door:
    """Return the door of a dry run of *of*: who may not do it is not told what would come of it."""

    async def instead(visit: Visit) -> Reply:
        def command() -> Foresee:
            queries.flag(visit.exchange.query(), "force")  # as the deed would
            return Foresee(deed=of)

        return _told(await visit.serve(command))

    return instead


def _told(foreseen: ForeseenImpact) -> Reply:
    return json_reply(200, collection(IMPACT_TYPE, [_view(foreseen)]))


def _view(foreseen: ForeseenImpact) -> dict[str, Any]:
    impact, key = foreseen.impact, foreseen.key
    return {
        "keyId": key.id,
        "keyName": key.name,
        "keyCrn": foreseen.crn,
        "state": int(key.state),
        "registrations": [
            {"resourceCrn": it.crn, "preventKeyDeletion": it.prevent_key_deletion}
            for it in impact.registrations
        ],
        "moreRegistrations": impact.more_registrations,
        "kmipAdapters": list(impact.adapters),
        "callers": [use_view(use) for use in impact.uses.found],
        "moreCallers": impact.uses.more,
        "daysAskedFor": LOOKED_BACK.days,
        "auditLogs": [counted(log) for log in impact.uses.logs],
        "outcomes": [_outcome(outcome) for outcome in impact.outcomes],
    }


def counted(log: Counted) -> dict[str, Any]:
    """Return how far the log of a node is counted."""
    return {"node": log.node} | ({} if log.until is None else {"countedTo": moment(log.until)})


def use_view(use: Use) -> dict[str, Any]:
    """Return a caller's uses of a key for one thing."""
    view: dict[str, Any] = {
        "iamId": use.caller,
        "action": use.action,
        "lastUsed": moment(use.last),
        "count": use.count,
    }
    return view | ({"authnIds": list(use.behind)} if use.behind else {})


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "action": outcome.action,
        "force": outcome.force,
        "refused": bool(outcome.refusals),
        "reasons": [_reason(refused) for refused in outcome.refusals],
    }


def _reason(refused: Refused) -> dict[str, str]:
    message = refused.detail if refused.context is None else f"{refused.detail}: {refused.context}"
    return {"code": str(refused.reason), "message": message}
