"""What a key was used for: ours, in no wire that we are compatible with."""

from typing import Any, Final

from keystead.domain.moments import moment
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest.impact import counted, use_view
from keystead.protocols.rest.views import collection
from keystead.service.key_uses import ShownUses, ShowUses, VersionUse

USES_TYPE: Final = "application/vnd.keystead.key_usage+json"


async def show_uses(visit: Visit) -> Reply:
    """``GET /keys/{key}/usage``."""
    shown = await visit.serve(ShowUses)
    return json_reply(200, collection(USES_TYPE, [_view(shown)]))


def _view(shown: ShownUses) -> dict[str, Any]:
    return {
        "keyId": shown.key.id,
        "keyName": shown.key.name,
        "keyCrn": shown.crn,
        "versions": [_version(one) for one in shown.versions],
        "more": shown.more,
        "auditLogs": [counted(log) for log in shown.logs],
    }


def _version(one: VersionUse) -> dict[str, Any]:
    view = {
        "id": one.version,
        "lastUsed": moment(one.last.last),
        "lastAction": one.last.action,
        "lastUsedBy": one.last.caller,
        "count": one.count,
        "uses": [use_view(use) for use in one.uses],
    }
    return view | ({} if one.last.behind is None else {"lastUsedAuthnId": one.last.behind})
