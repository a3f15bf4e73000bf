"""Callers of the identity API, and what its doors answer."""

from typing import Any, Final

from api import Api, log_in, send
from conformance.world import World, another_account
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.identities import MOST_API_KEYS, Identity
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.reasons import CODES, Reason

API_KEYS: Final = "/v1/apikeys"
SERVICE_IDS: Final = "/v1/serviceids/"


async def administrator(api: Api) -> Api:
    """Return a new service id that is an Administrator of the whole account."""
    caller, change = await api.other(), Change()
    change.add(
        granted(
            id=random_uuid(), subject=caller.iam_id, account=api.instance.account, roles=(Role.ADMINISTRATOR,)
        )
    )
    await api.service.store.commit(change, None)
    return caller


async def make(api: Api, **more: object) -> Any:
    """Make an API key, one's own unless *more* says otherwise, and return what is shown."""
    made = await api.send("POST", API_KEYS, {"name": "mine", "iam_id": api.iam_id, **more})
    assert made.status == 201, made.body
    return made.json


async def make_id(api: Api, **more: object) -> Any:
    """Make a service id and return what is shown."""
    body = {"account_id": api.instance.account, "name": "billing", **more}
    made = await api.send("POST", SERVICE_IDS, body)
    assert made.status == 201, made.body
    return made.json


async def a_user(api: Api, email: str = "ada@example.com", **more: Any) -> Identity:
    """Return a user of the account, whom the operator has made."""
    who = Identity(
        iam_id=IamId(f"IBMid-{random_uuid().replace('-', '')[:10].upper()}"),
        account=api.instance.account,
        kind="user",
        name=email,
        display_name=email.partition("@")[0],
        created_at=api.clock(),
        **more,
    )
    change = Change()
    change.put(who, was=None)
    await api.service.store.commit(change, None)
    return who


async def works(api: Api, text: str) -> bool:
    """Tell whether an API key gives a token."""
    form = f"grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey={text}"
    answer = await send(api.service, "POST", "/identity/token", form.encode())
    assert answer.status in (200, 400), answer.body
    return answer.status == 200


async def by_key(api: Api, text: str) -> Api:
    """Return who comes with the API key *text*."""
    return Api(api.service, api.clock, api.instance, await log_in(api.service, text))


def check_refused(answer: Answer, reason: Reason) -> None:
    """Check that *answer* is exactly IAM's form of an error (1.7, TOK-18)."""
    assert answer.status == CODES[reason], answer.body
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json) == {"errorCode", "errorMessage", "context"}
    assert answer.json["errorCode"] == str(reason)
    assert " could not be " in answer.json["errorMessage"]
    context = answer.json["context"]
    assert all(isinstance(value, str) for value in context.values())
    assert context["requestId"] == answer.headers["correlation-id"] == answer.headers["transaction-id"]
    kinds = ("ApiKey", "ServiceId", "Profile", "User", "Identity_Token")
    assert context["requestType"] in {f"incoming.{kind}" for kind in kinds}
    if answer.status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


async def _no_token(_: World, api: Api) -> Answer:
    return await api.send("GET", API_KEYS, None, {"authorization": "Bearer x"})


async def _no_administrator(_: World, api: Api) -> Answer:
    return await api.send("GET", SERVICE_IDS)


async def _no_key(_: World, api: Api) -> Answer:
    return await api.send("GET", f"{API_KEYS}/ApiKey-{random_uuid()}")


async def _changed_since(_: World, api: Api) -> Answer:
    key = await make(api)
    return await api.send("PUT", f"{API_KEYS}/{key['id']}", {"name": "late"}, {"if-match": "1-0"})


async def _locked(_: World, api: Api) -> Answer:
    made = await api.send("POST", API_KEYS, {"name": "a", "iam_id": api.iam_id}, {"entity-lock": "true"})
    return await api.send("DELETE", f"{API_KEYS}/{made.json['id']}")


async def _one_too_many(_: World, api: Api) -> Answer:
    caller = await api.other()
    for _unused in range(MOST_API_KEYS - 1):  # it came with one
        await make(caller)
    return await caller.send("POST", API_KEYS, {"name": "last", "iam_id": caller.iam_id})


async def _last_administrator(world: World, _: Api) -> Answer:
    admin = await administrator(await another_account(world))
    return await admin.send("DELETE", f"{SERVICE_IDS}{admin.iam_id}")


STORIES: Final = {
    Reason.IDENTITY_TOKEN: (_no_token, ""),
    Reason.IDENTITY_FORBIDDEN: (_no_administrator, ""),
    Reason.IDENTITY_NOT_FOUND: (_no_key, ""),
    Reason.IDENTITY_CHANGED: (_changed_since, ""),
    Reason.IDENTITY_LOCKED: (_locked, ""),
    Reason.IDENTITY_LIMIT: (_one_too_many, ""),
    Reason.IDENTITY_NEEDED: (_last_administrator, ""),
}
"""How each refusal of these doors comes about."""
