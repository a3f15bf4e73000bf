import base64
from collections.abc import Callable
from typing import Any

import pytest

from keystead.client.errors import BadInput, RemoteError
from keystead.client.key_protect import KeyProtect, NewKey
from keystead.domain.import_tokens import TokenKind
from keystead.domain.material import KeyMaterial
from unit.client.fake_key_protect import INSTANCE, TOKEN, FakeKeyProtect, b64, collection, connected

KEY = "payroll-root"
CALLS: dict[str, tuple[Callable[[KeyProtect], Any], str, str, Any]] = {
    "import token": (
        lambda kms: kms.make_import_token(),
        "POST /import_token",
        "",
        {"expiration": 600, "maxAllowedRetrievals": 1},
    ),
    "hybrid import token": (
        lambda kms: kms.make_import_token(TokenKind.HYBRID),
        "POST /import_token",
        "",
        {"expiration": 600, "maxAllowedRetrievals": 1, "publicKeyAlgorithm": "X25519_MLKEM768"},
    ),
    "get": (lambda kms: kms.key(KEY), f"GET /keys/{KEY}", "", None),
    "metadata": (lambda kms: kms.metadata(KEY), f"GET /keys/{KEY}/metadata", "", None),
    "list": (lambda kms: kms.keys(), "GET /keys", "limit=200&offset=0", None),
    "list destroyed": (
        lambda kms: kms.keys(limit=5, offset=10, states=(3, 5)),
        "GET /keys",
        "limit=5&offset=10&state=3,5",
        None,
    ),
    "delete": (lambda kms: kms.delete(KEY), f"DELETE /keys/{KEY}", "", None),
    "delete by force": (lambda kms: kms.delete(KEY, force=True), f"DELETE /keys/{KEY}", "force=true", None),
    "restore": (lambda kms: kms.restore(KEY), f"POST /keys/{KEY}/restore", "", None),
    "purge": (lambda kms: kms.purge(KEY), f"DELETE /keys/{KEY}/purge", "", None),
    "versions": (lambda kms: kms.versions(KEY), f"GET /keys/{KEY}/versions", "allKeyStates=true", None),
    "disable": (lambda kms: kms.disable(KEY), f"POST /keys/{KEY}/actions/disable", "", None),
    "enable": (lambda kms: kms.enable(KEY), f"POST /keys/{KEY}/actions/enable", "", None),
    "rotate": (lambda kms: kms.rotate(KEY), f"POST /keys/{KEY}/actions/rotate", "", {}),
    "rotate with material": (
        lambda kms: kms.rotate(KEY, payload=KeyMaterial(bytes(16))),
        f"POST /keys/{KEY}/actions/rotate",
        "",
        {"payload": b64(bytes(16))},
    ),
    "wrap": (lambda kms: kms.wrap(KEY), f"POST /keys/{KEY}/actions/wrap", "", {}),
    "wrap a DEK": (
        lambda kms: kms.wrap(KEY, KeyMaterial(b"dek"), ["a", ""]),
        f"POST /keys/{KEY}/actions/wrap",
        "",
        {"plaintext": b64(b"dek"), "aad": ["a", ""]},
    ),
    "unwrap": (
        lambda kms: kms.unwrap(KEY, "Y2lwaGVy"),
        f"POST /keys/{KEY}/actions/unwrap",
        "",
        {"ciphertext": "Y2lwaGVy"},
    ),
    "rewrap": (
        lambda kms: kms.rewrap(KEY, "Y2lwaGVy", ["a"]),
        f"POST /keys/{KEY}/actions/rewrap",
        "",
        {"ciphertext": "Y2lwaGVy", "aad": ["a"]},
    ),
    "create": (
        lambda kms: kms.create(NewKey(name="n", aliases=("a",), description="some words")),
        "POST /keys",
        "",
        {
            "metadata": {"collectionType": "application/vnd.ibm.kms.key+json", "collectionTotal": 1},
            "resources": [
                {
                    "type": "application/vnd.ibm.kms.key+json",
                    "name": "n",
                    "extractable": False,
                    "description": "some words",
                    "aliases": ["a"],
                }
            ],
        },
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_is_sent(
    fake: FakeKeyProtect, kms: KeyProtect, call: tuple[Callable[[KeyProtect], Any], str, str, Any]
) -> None:
    act, line, query, body = call
    method, path = line.split()
    answer = b'{"ciphertext":"Yw==","plaintext":"cA==","keyVersion":{"id":"v"},"resources":[{"id":"k"}]}'
    fake.answers[method, f"/api/v2{path}"] = (200, answer)
    act(kms)
    request = fake.seen[-1]
    assert f"{request.method} {request.path}" == f"{method} /api/v2{path}"
    assert "&".join(f"{name}={value}" for name, value in request.query.items()) == query
    assert (request.json if request.body else None) == body
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["bluemix-instance"] == INSTANCE


def test_a_ring_travels_as_a_header(fake: FakeKeyProtect, kms: KeyProtect) -> None:
    kms.create(NewKey(name="n", ring="blue"))
    kms.keys(ring="blue")
    assert [request.headers.get("x-kms-key-ring") for request in fake.seen] == [None, "blue", "blue"]


def test_a_removal_asks_for_the_key_as_it_was(fake: FakeKeyProtect, kms: KeyProtect) -> None:
    key = kms.create(NewKey(name="n"))["id"]
    assert kms.delete(key)["state"] == 5
    assert kms.purge(key)["id"] == key
    assert [request.headers.get("prefer") for request in fake.seen[-2:]] == ["return=representation"] * 2


def test_wrap_and_unwrap_give_the_dek_back(kms: KeyProtect) -> None:
    key = kms.create(NewKey(name="n"), payload=KeyMaterial(b"k" * 32))["id"]
    wrapped = kms.wrap(key, KeyMaterial(b"dek"), ["a"])
    assert wrapped.made is None
    assert kms.unwrap(key, wrapped.ciphertext, ["a"]).dek == KeyMaterial(b"dek")
    assert kms.wrap(key).made == KeyMaterial(bytes(32))


def test_an_older_version_brings_a_new_ciphertext(kms: KeyProtect) -> None:
    key = kms.create(NewKey(name="n"), payload=KeyMaterial(b"k" * 32))["id"]
    wrapped = kms.wrap(key, KeyMaterial(b"dek"))
    assert kms.unwrap(key, wrapped.ciphertext).rewrapped is None
    kms.rotate(key, payload=KeyMaterial(b"l" * 32))
    assert kms.unwrap(key, wrapped.ciphertext).rewrapped is not None


def test_a_refusal_keeps_reason_status_and_correlation_id(fake: FakeKeyProtect, kms: KeyProtect) -> None:
    with pytest.raises(RemoteError) as caught:
        kms.metadata("unknown")
    error = caught.value
    assert (error.reason, error.message, error.status) == ("KEY_NOT_FOUND_ERR", "key does not exist", 404)
    assert error.correlation_id == fake.seen[-1].headers["correlation-id"]


def test_another_instance_is_refused(fake: FakeKeyProtect) -> None:
    with connected(fake, INSTANCE.replace("2", "3")) as kms, pytest.raises(RemoteError) as caught:
        kms.keys()
    assert caught.value.status == 401


@pytest.mark.parametrize("key", ["", "..", "a/b", "a?b", "a%2fb", "a" * 101, "a b", "a\n"])
def test_a_key_name_cannot_lead_elsewhere(fake: FakeKeyProtect, kms: KeyProtect, key: str) -> None:
    with pytest.raises(BadInput):
        kms.metadata(key)
    assert fake.seen == []


STRANGE = [b"", b"[]", b"{}", b"\xff", b'{"resources":[]}', b'{"resources":[{}]}', b'{"plaintext":"*"}']


@pytest.mark.parametrize("body", STRANGE)
@pytest.mark.parametrize("name", ["get", "unwrap", "wrap", "rewrap"])
def test_strange_answers_are_one_error(fake: FakeKeyProtect, kms: KeyProtect, name: str, body: bytes) -> None:
    act, line, _, _ = CALLS[name]
    method, path = line.split()
    fake.answers[method, f"/api/v2{path}"] = (200, body)
    with pytest.raises(RemoteError) as caught:
        act(kms)
    assert caught.value.reason == "ANSWER_UNREADABLE"


def test_a_bad_answer_is_not_repeated_in_the_error(fake: FakeKeyProtect, kms: KeyProtect) -> None:
    secret = base64.b64encode(b"canary secret").decode()
    fake.answers["POST", "/api/v2/keys/k/actions/unwrap"] = (200, f'{{"plaintext":"{secret}!"}}'.encode())
    with pytest.raises(RemoteError) as caught:
        kms.unwrap("k", "Yw==")
    assert secret not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_members_that_are_new_to_us_are_kept(fake: FakeKeyProtect, kms: KeyProtect) -> None:
    fake.answers["GET", "/api/v2/keys/k/metadata"] = (200, collection({"id": "k", "future": {"a": [1]}}))
    assert kms.metadata("k")["future"] == {"a": [1]}
