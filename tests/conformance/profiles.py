"""Trusted profiles, who assumes them, and identity providers that vouch for people and workloads."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from api import Api, log_in, send
from conformance.identities import administrator
from conformance.world import World, another_account
from http_peer import Answer
from identity_provider import Provider
from keystead.domain.changes import Change
from keystead.domain.identities import ApiKey, Identity
from keystead.domain.ids import IamId, random_uuid
from keystead.identity.api_keys import digest, new_api_key
from keystead.identity.external import ExternalIssuer, ExternalTokens

PROFILES: Final = "/v1/profiles"
GRANT: Final = "urn:ibm:params:oauth:grant-type"
STAFF, CLUSTER = "https://idp.example/staff", "https://idp.example/cluster"
CLUSTER_CRN: Final = "crn:v1:bluemix:public:containers-kubernetes:us-south:a/0a1b:c1::"


async def exchange(api: Api, grant: str, **fields: str) -> Answer:
    """Ask for a token."""
    form = urlencode({"grant_type": grant if grant == "password" else f"{GRANT}:{grant}", **fields})
    return await send(api.service, "POST", "/identity/token", form.encode())


async def assume(api: Api, profile: Mapping[str, Any], token: str | None = None) -> Answer:
    """Ask for a token as *profile* with the caller's own token, or with *token*."""
    return await exchange(api, "assume", access_token=token or api.token, profile_id=str(profile["id"]))


def speaking(api: Api, answer: Answer) -> Api:
    """Return who comes with the token of *answer*."""
    assert answer.status == 200, answer.body
    return Api(api.service, api.clock, api.instance, answer.json["access_token"])


async def make_profile(api: Api, name: str = "", **more: object) -> Any:
    """Make a profile and return what is shown."""
    body = {"account_id": api.instance.account, "name": name or f"profile {random_uuid()}", **more}
    made = await api.send("POST", PROFILES, body)
    assert made.status == 201, made.body
    return made.json


async def trust(admin: Api, profile: Mapping[str, Any], who: Api) -> None:
    """Have *profile* trust a user or service id."""
    kind = "serviceid" if "ServiceId" in who.iam_id else "user"
    body = {"identifier": who.iam_id, "type": kind}
    added = await admin.send("POST", f"{PROFILES}/{profile['id']}/identities/{kind}", body)
    assert added.status == 200, added.body


async def below(admin: Api, profile: Mapping[str, Any], what: str, body: object) -> Any:
    """Make a rule or a link of *profile* and return what is shown."""
    made = await admin.send("POST", f"{PROFILES}/{profile['id']}/{what}", body)
    assert made.status == 201, made.body
    return made.json


def rule(kind: str = "Profile-SAML", realm: str | None = STAFF, **claims: str) -> dict[str, Any]:
    """Return a rule by which whoever has these claims is trusted."""
    conditions = [
        {"claim": name, "operator": "EQUALS", "value": json.dumps(value)} for name, value in claims.items()
    ]
    body: dict[str, Any] = {"type": kind, "conditions": conditions, "expiration": 3600}
    if kind == "Profile-CR":
        body["cr_type"] = "IKS_SA"
    return body if realm is None else {**body, "realm_name": realm}


def link(namespace: str = "prod", name: str = "vault", crn: str = CLUSTER_CRN) -> dict[str, Any]:
    """Return a link to a service account of the cluster."""
    return {"cr_type": "IKS_SA", "link": {"crn": crn, "namespace": namespace, "name": name}}


async def a_user(api: Api) -> Api:
    """Return a new user of the account."""
    text, change = new_api_key(), Change()
    who = Identity(
        iam_id=IamId(f"IBMid-{random_uuid()[:10].upper()}"),
        account=api.instance.account,
        kind="user",
        name="ada@example.com",
        display_name="Ada Example",
        created_at=api.clock(),
    )
    key = ApiKey(
        id=f"ApiKey-{random_uuid()}",
        iam_id=who.iam_id,
        account=who.account,
        name="hers",
        digest=digest(api.service.unit, text),
        created_at=api.clock(),
    )
    change.add(who, key)
    await api.service.store.commit(change, None)
    return Api(api.service, api.clock, api.instance, await log_in(api.service, text.reveal().decode()))


async def scene(world: World) -> tuple[Api, Api, Any]:
    """Return an Administrator of an account of its own, somebody in it, and a profile that trusts nobody."""
    admin = await administrator(await another_account(world))
    return admin, await admin.other(), await make_profile(admin)


class Realms:
    """Two identity providers of one account, of its staff and of its cluster, without a network."""

    def __init__(self, admin: Api, **identities: IamId) -> None:
        self.clock = admin.clock
        self.providers = {name: Provider(Path(), name) for name in (STAFF, CLUSTER)}
        self.externals = {}
        for name, provider in self.providers.items():
            provider.add_ec("one")
            issuer = ExternalIssuer(
                name=name,
                audience="keystead",
                account=admin.instance.account,
                claim="sub",
                identities=identities if name == STAFF else {},
                cluster=CLUSTER_CRN if name == CLUSTER else None,
            )
            self.externals[name] = ExternalTokens(issuer, f"{name}/keys", self._fetch, self.clock)

    async def _fetch(self, url: str) -> bytes:
        return self.providers[url.removesuffix("/keys")].answer("/keys")[1]

    def token(self, realm: str = STAFF, seconds: int = 600, **claims: Any) -> str:
        """Return a token of a provider that is good for so many seconds."""
        now = int(self.clock().timestamp())
        return self.providers[realm].token(algorithm="ES256", iat=now, exp=now + seconds, **claims)

    def workload(self, namespace: str = "prod", name: str = "vault", **more: Any) -> str:
        """Return the token of a service account."""
        return self.token(CLUSTER, sub=f"system:serviceaccount:{namespace}:{name}", **more)
