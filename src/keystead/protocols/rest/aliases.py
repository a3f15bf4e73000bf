"""Aliases of a key. Source: ``spec/kms-api.md`` section 2.11."""

from typing import Final

from keystead.domain.ids import alias
from keystead.domain.moments import moment
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest.views import collection
from keystead.service.aliases import CreateAlias, DeleteAlias

ALIAS_TYPE: Final = "application/vnd.ibm.kms.alias+json"


async def create_alias(visit: Visit) -> Reply:
    """``POST /keys/{key}/aliases/{alias}``; a body is accepted and ignored."""
    made = await visit.serve(lambda: CreateAlias(_alias(visit)))
    view = {
        "keyId": made.key,
        "alias": made.alias,
        "createdBy": made.created_by,
        "creationDate": moment(made.created_at),
    }
    return json_reply(201, collection(ALIAS_TYPE, [view]))


async def delete_alias(visit: Visit) -> Reply:
    """``DELETE /keys/{key}/aliases/{alias}``."""
    await visit.serve(lambda: DeleteAlias(_alias(visit)))
    return Reply(204)


def _alias(visit: Visit) -> str:
    return alias(visit.names["alias"], "alias")
