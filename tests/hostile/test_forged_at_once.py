"""A hundred forgers at once: none gets in, each is told so in the wire's form, and others are served.

Each forgery is tested one by one in ``unit/identity/test_hostile_tokens.py``; here they come over TLS,
together. For the grants that take a service's token or a cluster's see ``conformance/test_forged_grants.py``.
"""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from forgeries import forgeries
from hostile.wire import Answer, Caller, ask, head

FORGERS: Final = 100
GRANT: Final = "urn:ibm:params:oauth:grant-type"
_REFUSED: Final = {400, 401, 431}


def token_of(caller: Caller) -> str:
    return caller.authorization.removeprefix("Bearer ")


@pytest.fixture(scope="module")
def forged(caller: Caller) -> list[str]:
    """A hundred forgeries of the owner's token."""
    keys = json.loads(ask(caller.server, head("GET", "/identity/keys")).text)
    known = list(forgeries(token_of(caller), json.dumps(keys["keys"][0]).encode()).values())
    return [known[number % len(known)] for number in range(FORGERS)]


@pytest.fixture(scope="module")
def profile(caller: Caller) -> str:
    """The id of a profile that trusts the owner."""
    claims = json.loads(base64.urlsafe_b64decode(token_of(caller).split(".")[1] + "=="))
    with caller.server.client() as client:
        body = {"account_id": claims["account"]["bss"], "name": "for forgers"}
        made = client.post("/v1/profiles", json=body)
        assert made.status_code == 201, made.text
        trusted = {"identifier": claims["iam_id"], "type": "user"}
        added = client.post(f"/v1/profiles/{made.json()['id']}/identities/user", json=trusted)
        assert added.status_code == 200, added.text
    return str(made.json()["id"])


def test_nobody_gets_in_with_a_forged_token(caller: Caller, forged: list[str]) -> None:
    def try_in(token: str) -> tuple[int, str]:
        wire = [f"Authorization: Bearer {token}", f"Bluemix-Instance: {caller.instance}"]
        answer = ask(caller.server, head("GET", "/api/v2/keys", *wire))
        return answer.status, answer.text

    with ThreadPoolExecutor(FORGERS) as forgers:
        begun = [forgers.submit(try_in, token) for token in forged]
        meanwhile = [ask(caller.server, head("GET", "/api/v2/keys", *caller.good)) for _ in range(10)]
        answers = [one.result() for one in begun]
    assert {status for status, _ in answers} <= _REFUSED, answers
    assert all(json.loads(text)["resources"][0]["errorMsg"] for _, text in answers)
    assert [answer.status for answer in meanwhile] == [200] * 10


@dataclass(frozen=True)
class Exchange:
    """A grant that takes a token: in which field, and how it is refused."""

    grant: str
    field: str
    code: str


EXCHANGES: Final = (
    Exchange("refresh_token", "refresh_token", "BXNIM0408E"),
    Exchange(f"{GRANT}:assume", "access_token", "BXNIM0513E"),
    Exchange(f"{GRANT}:iam-authz", "access_token", "BXNIM0513E"),
    Exchange(f"{GRANT}:cr-token", "cr_token", "BXNIM0513E"),
)


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda it: it.grant)
def test_nobody_gets_a_token_for_a_forged_one(
    caller: Caller, forged: list[str], profile: str, exchange: Exchange
) -> None:
    crn = "crn-crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:ledger"

    def ask_for_one(token: str) -> Answer:
        fields = {"profile_id": profile, "desired_iam_id": crn, exchange.field: token}
        form = urlencode({"grant_type": exchange.grant, **fields})
        wire = ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
        return ask(caller.server, head("POST", "/identity/token", *wire) + form.encode())

    with ThreadPoolExecutor(FORGERS) as forgers:
        answers = list(forgers.map(ask_for_one, forged))
    said: set[Any] = {(it.status, json.loads(it.text)["errorCode"]) for it in answers}
    assert said == {(400, exchange.code)}
    if exchange.grant.endswith(":assume"):  # the token that all are forgeries of is a good one
        assert ask_for_one(token_of(caller)).status == 200
