"""API keys. Source: ``spec/iam-and-provisioning.md`` section 2."""

from typing import Final

from keystead.domain.errors import Refused, bad_query
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.routes import Door
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.grants import APIKEY_CHARACTERS
from keystead.protocols.iam.identity_answers import Query, answer, new_key, nothing, shown_key
from keystead.protocols.iam.identity_bodies import ApiKeyBody, ApiKeyChanges, end, if_match, read, switch
from keystead.service.api_keys import (
    CreateApiKey,
    DeleteApiKey,
    DisableApiKey,
    FindApiKey,
    LockApiKey,
    ReadApiKey,
    UpdateApiKey,
)
from keystead.service.list_api_keys import KeyQuery, ListApiKeys, Owner

_NEW: Final = "an object with `name` and `iam_id`, and what else an API key has"
_CHANGES: Final = "an object with `name`, `description` or `expires_at`"
_SCOPES: Final = ("entity", "account")
_KINDS: Final[dict[str, Owner]] = {"user": "user", "serviceid": "serviceid"}


async def create(visit: Visit) -> Reply:
    """``POST /v1/apikeys``."""
    made = await visit.serve(lambda: _creation(visit.exchange))
    return answer(visit.exchange, 201, new_key(made))


async def list_keys(visit: Visit) -> Reply:
    """``GET /v1/apikeys``."""
    page = await visit.serve(lambda: ListApiKeys(_query(Query(visit.exchange))))
    items = [shown_key(key) for key in page.items]
    return answer(visit.exchange, 200, Query(visit.exchange).page("apikeys", items, page.last))


async def details(visit: Visit) -> Reply:
    """``GET /v1/apikeys/details``."""
    return answer(visit.exchange, 200, shown_key(await visit.serve(lambda: _search(visit.exchange))))


async def read_key(visit: Visit) -> Reply:
    """``GET /v1/apikeys/{apikey}``."""
    return answer(visit.exchange, 200, shown_key(await visit.serve(lambda: ReadApiKey(_id(visit)))))


async def update(visit: Visit) -> Reply:
    """``PUT /v1/apikeys/{apikey}``."""
    return answer(visit.exchange, 200, shown_key(await visit.serve(lambda: _update(visit))))


async def delete(visit: Visit) -> Reply:
    """``DELETE /v1/apikeys/{apikey}``."""
    await visit.serve(lambda: DeleteApiKey(_id(visit)))
    return nothing(visit.exchange)


def lock(*, locked: bool) -> Door:
    """Return ``POST`` and ``DELETE`` of ``/v1/apikeys/{apikey}/lock``."""

    async def door(visit: Visit) -> Reply:
        await visit.serve(lambda: LockApiKey(_id(visit), locked))
        return nothing(visit.exchange)

    return door


def disable(*, disabled: bool) -> Door:
    """Return ``POST`` and ``DELETE`` of ``/v1/apikeys/{apikey}/disable``."""

    async def door(visit: Visit) -> Reply:
        await visit.serve(lambda: DisableApiKey(_id(visit), disabled))
        return nothing(visit.exchange)

    return door


def _id(visit: Visit) -> str:
    return visit.names["apikey"]


def _creation(exchange: Exchange) -> CreateApiKey:
    body = read(exchange, ApiKeyBody, _NEW)
    order = body.order(locked=switch(exchange, b"entity-lock"), disabled=switch(exchange, b"entity-disable"))
    return CreateApiKey(order, body.iam_id, body.account_id)


def _query(query: Query) -> KeyQuery:
    scope, kind = query.text("scope") or _SCOPES[0], query.text("type")
    if scope not in _SCOPES:
        raise bad_query("scope", " or ".join(_SCOPES))
    if kind is not None and kind not in _KINDS:
        raise bad_query("type", " or ".join(_KINDS))
    return KeyQuery(
        account=query.text("account_id"),
        iam_id=query.text("iam_id"),
        every=scope == _SCOPES[1],
        kind=None if kind is None else _KINDS[kind],
        after=query.after(),
        limit=query.size(),
    )


def _search(exchange: Exchange) -> FindApiKey:
    text = exchange.head.headers.get(b"iam-apikey", b"")
    if not 0 < len(text) <= APIKEY_CHARACTERS:
        raise Refused(Reason.IAM_PARAMETER_MISSING, "Header missing or too long: IAM-ApiKey.")
    return FindApiKey(KeyMaterial(text))


def _update(visit: Visit) -> UpdateApiKey:
    tag, changes = if_match(visit.exchange), read(visit.exchange, ApiKeyChanges, _CHANGES)
    return UpdateApiKey(
        id=_id(visit),
        tag=tag,
        name=changes.name,
        description=changes.description,
        expires_at=end(changes.expires_at or ""),
        ends=changes.expires_at is not None,
    )
