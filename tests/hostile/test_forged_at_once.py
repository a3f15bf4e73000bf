"""A hundred forgers at once: none gets in, each is told so in the wire's form, and others are served.

Each forgery is tested one by one in ``unit/identity/test_hostile_tokens.py``; here they come over TLS,
together, made with what strangers can have: the published keys, and a good token of their own.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from hostile.wire import Caller, ask, head

FORGERS: Final = 100
_REFUSED: Final = {400, 401, 431}
Forgery = Callable[[dict[str, Any], dict[str, Any], str, bytes], str]


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def parts(header: object, claims: object, signature: str) -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}.{signature}"


def hmac_signed(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """Sign with the public key as if it were a secret."""
    text = parts({**header, "alg": "HS256"}, claims, "").removesuffix(".")
    return f"{text}.{b64(hmac.digest(key, text.encode(), hashlib.sha256))}"


def twice(claims: dict[str, Any], name: str) -> str:
    written = json.dumps(claims)
    return b64(f'{{"{name}":"IBMid-somebody",{written[1:]}'.encode())


FORGERIES: Final[dict[str, Forgery]] = {
    "no algorithm": lambda header, claims, _, __: parts({**header, "alg": "none"}, claims, ""),
    "no algorithm, old signature": lambda h, c, s, _: parts({**h, "alg": "nOnE"}, c, s),
    "public key as a secret": lambda header, claims, _, key: hmac_signed(header, claims, key),
    "key in a file": lambda h, c, s, _: parts({**h, "kid": "../../../../dev/null"}, c, s),
    "key by SQL": lambda h, c, s, _: parts({**h, "kid": "x' UNION SELECT 'k' --"}, c, s),
    "key from elsewhere": lambda h, c, s, _: parts({**h, "jku": "https://127.0.0.1:1/keys"}, c, s),
    "another issuer": lambda h, c, s, _: parts(h, {**c, "iss": "https://elsewhere.example"}, s),
    "another audience": lambda h, c, s, _: parts(h, {**c, "aud": "another-service"}, s),
    "another subject": lambda h, c, s, _: parts(h, {**c, "iam_id": "IBMid-somebody"}, s),
    "for ever": lambda h, c, s, _: parts(h, {**c, "exp": 2**62}, s),
    "subject twice": lambda h, c, s, _: f"{b64(json.dumps(h).encode())}.{twice(c, 'iam_id')}.{s}",
    "huge": lambda h, c, s, _: parts(h, {**c, "filler": "x" * 40_000}, s),
    "deep": lambda h, _, s, __: f"{b64(json.dumps(h).encode())}.{b64(b'[' * 5_000)}.{s}",
    "no signature": lambda h, c, _, __: parts(h, c, ""),
    "no JSON": lambda _, __, s, ___: f"{b64(b'{')}.{b64(bytes(64))}.{s}",
}


@pytest.fixture(scope="module")
def forged(caller: Caller) -> dict[str, str]:
    """Forgeries of the owner's token."""
    header, claims, signature = caller.authorization.removeprefix("Bearer ").split(".")
    keys = json.loads(ask(caller.server, head("GET", "/identity/keys")).text)
    public = json.dumps(keys["keys"][0]).encode()
    opened = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims)]
    return {name: forge(opened[0], opened[1], signature, public) for name, forge in FORGERIES.items()}


def test_nobody_gets_in_with_a_forged_token(caller: Caller, forged: dict[str, str]) -> None:
    tokens = [list(forged.values())[number % len(forged)] for number in range(FORGERS)]

    def try_in(token: str) -> tuple[int, str]:
        wire = [f"Authorization: Bearer {token}", f"Bluemix-Instance: {caller.instance}"]
        answer = ask(caller.server, head("GET", "/api/v2/keys", *wire))
        return answer.status, answer.text

    with ThreadPoolExecutor(FORGERS) as forgers:
        begun = [forgers.submit(try_in, token) for token in tokens]
        meanwhile = [ask(caller.server, head("GET", "/api/v2/keys", *caller.good)) for _ in range(10)]
        answers = [one.result() for one in begun]
    assert {status for status, _ in answers} <= _REFUSED, answers
    assert all(json.loads(text)["resources"][0]["errorMsg"] for _, text in answers)
    assert [answer.status for answer in meanwhile] == [200] * 10


def test_nobody_gets_a_token_for_a_forged_one(caller: Caller, forged: dict[str, str]) -> None:
    tokens = [list(forged.values())[number % len(forged)] for number in range(FORGERS)]

    def ask_for_one(token: str) -> tuple[int, str]:
        form = f"grant_type=refresh_token&refresh_token={token}"
        wire = ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
        answer = ask(caller.server, head("POST", "/identity/token", *wire) + form.encode())
        return answer.status, answer.text

    with ThreadPoolExecutor(FORGERS) as forgers:
        answers = list(forgers.map(ask_for_one, tokens))
    assert {(status, json.loads(text)["errorCode"]) for status, text in answers} == {(400, "BXNIM0408E")}
