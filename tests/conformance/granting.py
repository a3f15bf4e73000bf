"""Callers of the doors to policies and roles, what they send, and what is answered."""

from typing import Any, Final

from api import Api
from conformance.world import World, another_account
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.reasons import CODES, Reason
from keystead.domain.role_tables import PLATFORM_ROLES, SERVICE_ROLES
from keystead.domain.roles import crn_of

V1: Final = "/v1/policies"
V2: Final = "/v2/policies"
ROLES: Final = "/v2/roles"
IAM: Final = "crn:v1:bluemix:public:iam::::"
ROLES_OF_KMS: Final = (*PLATFORM_ROLES, *SERVICE_ROLES["kms"])
"""Every role that counts in an instance of Key Protect."""


async def granted_everywhere(api: Api, *roles: Role) -> Api:
    """Return a new service id that has *roles* on the whole account."""
    caller, change = await api.other(), Change()
    account = api.instance.account
    change.add(granted(id=random_uuid(), subject=caller.iam_id, account=account, roles=roles))
    await api.service.store.commit(change, None)
    return caller


async def home_of_its_own(world: World) -> Api:
    """Return the only Administrator of an account that is new, where nothing else was granted."""
    return await granted_everywhere(await another_account(world), Role.ADMINISTRATOR)


def attributes(api: Api, **more: str) -> list[dict[str, str]]:
    """Return what a policy on the caller's instance is on; *more* names attributes, ``None`` of none."""
    whole = {
        "accountId": api.instance.account,
        "serviceName": "kms",
        "serviceInstance": str(api.instance.id),
        **more,
    }
    return [{"name": name, "value": value} for name, value in whole.items() if value != "-"]


def v1_body(api: Api, subject: IamId, *roles: Role | str, **more: str) -> dict[str, Any]:
    """Return a policy in the first form; of *more* a value of ``-`` leaves the attribute out."""
    return {
        "type": "access",
        "subjects": [{"attributes": [{"name": "iam_id", "value": subject}]}],
        "roles": [{"role_id": crn_of(role) if isinstance(role, Role) else role} for role in roles],
        "resources": [{"attributes": attributes(api, **more)}],
    }


def v2_body(api: Api, subject: IamId, *roles: Role | str, **more: str) -> dict[str, Any]:
    """Return the same in the second form."""
    first = v1_body(api, subject, *roles, **more)
    there = [
        {"key": it["name"], "operator": "stringEquals", "value": it["value"]}
        for it in first["resources"][0]["attributes"]
    ]
    who = {"key": "iam_id", "operator": "stringEquals", "value": subject}
    return {
        "type": "access",
        "subject": {"attributes": [who]},
        "control": {"grant": {"roles": first["roles"]}},
        "resource": {"attributes": there},
    }


def authorization(api: Api, service: str, *roles: Role, **source: str) -> dict[str, Any]:
    """Return an authorization of *service* on the caller's instance, in the first form."""
    named = {"accountId": api.instance.account, "serviceName": service, **source}
    body = v1_body(api, IamId(""), *roles)
    subject = [{"name": name, "value": value} for name, value in named.items() if value != "-"]
    return {**body, "type": "authorization", "subjects": [{"attributes": subject}]}


async def make(api: Api, body: dict[str, Any], path: str = V1) -> Any:
    """Make a policy and return what is shown, with its tag as ``etag``."""
    made = await api.send("POST", path, body)
    assert made.status == 201, made.body
    return {**made.json, "etag": made.headers["etag"]}


def role_body(api: Api, name: str, *actions: str, **more: str) -> dict[str, Any]:
    """Return a role of the account."""
    return {
        "account_id": api.instance.account,
        "service_name": "kms",
        "name": name,
        "display_name": f"{name} of keys",
        "actions": list(actions or ("kms.secrets.wrap",)),
        **more,
    }


async def make_role(api: Api, name: str, *actions: str) -> Any:
    """Make a role and return what is shown, with its tag as ``etag``."""
    made = await api.send("POST", ROLES, role_body(api, name, *actions))
    assert made.status == 201, made.body
    return {**made.json, "etag": made.headers["etag"]}


def check_refused(answer: Answer, reason: Reason) -> None:
    """Check that *answer* is exactly the policy API's form of an error (AUT-16)."""
    check_form(answer, CODES[reason], str(reason))


def check_form(answer: Answer, status: int, code: str | None) -> None:
    """Check status, form and code, of which ``None`` is any."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json) == {"trace", "errors", "status_code"}
    assert answer.json["status_code"] == status
    (error,) = answer.json["errors"]
    assert set(error) - {"target"} == {"code", "message"}
    assert code in (None, error["code"]), answer.body
    assert answer.json["trace"] == answer.headers["correlation-id"] == answer.headers["transaction-id"]
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


async def _no_token(_: World, api: Api) -> Answer:
    return await api.send("GET", V1, None, {"authorization": "Bearer x"})


async def _not_the_account(_: World, api: Api) -> Answer:
    return await api.send("GET", f"{V1}?account_id=another")


async def _no_body(_: World, api: Api) -> Answer:
    return await api.send("POST", V1, {})


async def _no_policy(_: World, api: Api) -> Answer:
    return await api.send("GET", f"{V2}/none")


async def _twice(world: World, _: Api) -> Answer:
    admin = await home_of_its_own(world)
    body = v1_body(admin, admin.iam_id, Role.READER)
    await make(admin, body)
    return await admin.send("POST", V1, body)


async def _last(world: World, _: Api) -> Answer:
    admin = await home_of_its_own(world)
    (policy,) = (
        await admin.send("GET", f"{V1}?account_id={admin.instance.account}&iam_id={admin.iam_id}")
    ).json["policies"]
    return await admin.send("DELETE", f"{V1}/{policy['id']}")


async def _no_role(_: World, api: Api) -> Answer:
    return await api.send("GET", f"{ROLES}/none")


async def _same_name(world: World, _: Api) -> Answer:
    admin = await home_of_its_own(world)
    await make_role(admin, "Wrapper")
    return await admin.send("POST", ROLES, role_body(admin, "Wrapper"))


STORIES: Final = {
    Reason.POLICY_TOKEN: (_no_token, ""),
    Reason.POLICY_FORBIDDEN: (_not_the_account, ""),
    Reason.POLICY_BODY: (_no_body, ""),
    Reason.POLICY_NOT_FOUND: (_no_policy, ""),
    Reason.POLICY_CONFLICT: (_twice, ""),
    Reason.POLICY_REFUSED: (_last, ""),
    Reason.ROLE_NOT_FOUND: (_no_role, ""),
    Reason.ROLE_CONFLICT: (_same_name, ""),
}
"""How each refusal of these doors comes about."""
