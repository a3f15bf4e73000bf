"""Promise 9: whatever octets arrive on whatever route, the answer is in the wire's form and never a 500."""

import json
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api import Api
from conformance.contexts import rule_body, zone_body
from conformance.granting import check_form, v1_body
from conformance.identities import administrator
from conformance.provisioned import check_refused
from conformance.services import a_service
from conformance.world import World, raw
from http_peer import Answer
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.ids import KeyId
from keystead.domain.permissions import PERMISSIONS
from keystead.protocols.http.routes import Route
from keystead.protocols.routes import ROUTES

KEY = "{key}"
IDENTITY = ("/identity", "/oidc")
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
routes = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
# What is made up is asked at one after the other: to make it up takes longer than to ask.
LEAST_HARMFUL_FIRST = sorted(ROUTES, key=lambda route: route.method == "DELETE")


def check(answer: Answer) -> None:
    """Accept any answer but a mistake of ours, and only in a form that clients read."""
    assert answer.status < 500, answer.body
    assert answer.headers["correlation-id"]
    if answer.status < 400 or not answer.body:
        return
    assert answer.headers["content-type"] == "application/json"
    if "errorCode" in answer.json:
        assert all(isinstance(value, str) for value in answer.json["context"].values())
    elif "error_description" in answer.json:
        assert answer.json["error"]
    elif "error_code" in answer.json:
        check_refused(answer, answer.status)
    elif "trace" in answer.json:
        check_form(answer, answer.status, None)
    else:
        assert answer.resource["errorMsg"]


def ask(
    world: World, route: Route, body: bytes, headers: dict[bytes, bytes] | None = None, query: str = ""
) -> None:
    async def story() -> None:
        before = len(world.log.events)
        check(await raw(caller(world, route), route.method, path_of(route) + query, body, headers))
        assert len(world.log.events) == before + 1

    try:
        world.run(story())
    except BaseException as error:
        error.add_note(f"{route.method} {route.path}")
        raise


def caller(world: World, route: Route) -> Api:
    return replace(world.home, token="") if route.path.startswith(IDENTITY) else world.home


def path_of(route: Route) -> str:
    """Return the path with the id of a key that is there and stays."""
    return (
        route.path.replace(KEY, "any-request").replace("{alias}", "any-alias").replace("{ring}", "any-ring")
    )


@pytest.fixture
def admin(world: World) -> Api:
    return world.run(administrator(world.home))


@pytest.fixture(autouse=True)
def _a_key(world: World) -> None:
    renew(world)


def renew(world: World) -> None:
    """Have an active key again: requests to every route delete it."""

    async def story() -> None:
        shown, change = await world.home.send("GET", "/keys/any-request"), Change()
        if shown.status == 200 and shown.resource["state"] == 1:
            return
        if shown.status == 200:
            change.purge(await world.store.key(world.home.instance.id, KeyId(shown.resource["id"])))
            await world.store.commit(change, None)
        await world.home.create(aliases=["any-request"])

    world.run(story())


ODD = [
    b"",
    b"null",
    b"{",
    b'{"a":1e400}',
    b"9" * 4000,
    b'{"name":"\\ud800"}',
    b"[" * 9999,
    b"\xff" * 99,
    b"\x00",
]
NAMES = st.sampled_from(
    "metadata resources name description tags aliases expirationDate extractable payload encryptedNonce iv "
    "encryptionAlgorithm plaintext ciphertext aad expiration maxAllowedRetrievals publicKeyAlgorithm "
    "PAYLOAD".split()
)
TEXTS = st.sampled_from(
    [
        "",
        "QUJD",
        "QUJD\n",
        "=",
        "2031-05-04T09:08:07Z",
        "0001-01-01T00:00:00+23:59",
        "\x00",
        "RSAES_OAEP_SHA_1",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.text(max_size=100),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
FLAT = st.dictionaries(NAMES, VALUES, max_size=6)
WHOLE = FLAT.map(lambda fields: {"metadata": {}, "resources": [{"name": "odd", **fields}]})


def octets(value: Any) -> bytes:
    return json.dumps(value).encode()


@quick
@given(body=st.sampled_from(ODD) | st.binary(max_size=300) | FLAT.map(octets) | WHOLE.map(octets))
def test_any_body(world: World, body: bytes) -> None:
    renew(world)
    for route in ROUTES:
        if route.method == "POST":
            ask(world, route, body)


@routes
@pytest.mark.parametrize("body", ODD, ids=lambda body: repr(body[:12]))
def test_odd_bodies_on_every_route(world: World, route: Route, body: bytes) -> None:
    ask(world, route, body)


@quick
@given(text=st.text(max_size=300))
@example(text="\x00\x00")
@example(text="\\ud800")
def test_any_text_in_a_new_key(world: World, text: str) -> None:
    (route,) = (route for route in ROUTES if (route.method, route.path) == ("POST", "/api/v2/keys"))
    for field in ("name", "description", "tags", "aliases", "payload"):
        value = [text] if field in ("tags", "aliases") else text
        ask(world, route, octets({"metadata": {}, "resources": [{"name": "odd", field: value}]}))


@quick
@given(value=VALUES | st.text(max_size=300))
@example(value="\x00")
@example(value="0001-01-01T00:00+2359")
def test_any_value_in_what_identities_are_made_of(world: World, admin: Api, value: Any) -> None:
    whole = {"name": "odd", "iam_id": admin.iam_id, "account_id": admin.instance.account}
    fields = "name description iam_id account_id expires_at apikey store_value unique_instance_crns".split()

    async def story(path: str, field: str) -> None:
        before = len(world.log.events)
        answer = await raw(admin, "POST", path, octets({**whole, field: value}))
        check(answer)
        assert answer.status in (201, 400, 404, 409), field  # the last where there are as many as may be
        assert len(world.log.events) == before + 1, field

    for path, field in product(("/v1/apikeys", "/v1/serviceids", "/v1/serviceids/"), fields):
        world.run(story(path, field))


@quick
@given(value=VALUES | st.text(max_size=400))
@example(value="\x00")
@example(value=[{"attributes": [{"name": "accountId", "value": "\x00", "operator": "stringMatch"}]}])
@example(value=[{"role_id": ":" * 9}])
def test_any_value_in_what_policies_are_made_of(world: World, admin: Api, value: Any) -> None:
    whole = v1_body(admin, admin.iam_id, Role.READER)

    async def story(field: str) -> None:
        before = len(world.log.events)
        answer = await raw(admin, "POST", "/v1/policies", octets({**whole, field: value}))
        check(answer)
        assert answer.status in (201, 400, 403, 409), field  # the last where one says the same
        assert len(world.log.events) == before + 1, field

    for field in "type subjects roles resources description".split():
        world.run(story(field))


@quick
@given(value=VALUES | st.text(max_size=400))
@example(value=[{"type": "ipRange", "value": "\x00-"}])
@example(value=[{"type": "subnet", "value": "0.0.0.0/" + "9" * 200}])
@example(value=[{"type": "ipAddress", "value": "1.1.1.\u0661"}])
def test_any_value_in_what_zones_are_made_of(world: World, admin: Api, value: Any) -> None:
    for field in "name description addresses excluded".split():
        made_of(world, admin, "/v1/zones", {**zone_body(admin), field: value})


@quick
@given(value=VALUES | st.text(max_size=400))
@example(value=[{"attributes": [{"name": "networkZoneId", "value": "\x00"}]}])
@example(value={"api_types": [{"api_type_id": "\x00"}]})
def test_any_value_in_what_rules_are_made_of(world: World, admin: Api, value: Any) -> None:
    whole = rule_body(admin, serviceInstance="00000000-0000-4000-8000-000000000000")
    for field in "description contexts resources operations".split():
        made_of(world, admin, "/v1/rules", {**whole, field: value})


def made_of(world: World, admin: Api, path: str, whole: dict[str, Any]) -> None:
    async def story() -> None:
        before = len(world.log.events)
        answer = await raw(admin, "POST", path, octets(whole))
        check(answer)
        assert answer.status in (201, 400), answer.body
        assert len(world.log.events) == before + 1

    world.run(story())


@quick
@given(query=st.binary(max_size=80).map(lambda octets: "?" + octets.decode("latin-1")))
@example(query="?action=" + "%" * 200)
@example(query="?limit=%00&state=%FF&offset=%zz")
@example(query="?" + "a=1&" * 300)
@example(query="?" + "x" * 70_000)
def test_any_query(world: World, query: str) -> None:
    renew(world)
    for route in LEAST_HARMFUL_FIRST:
        ask(world, route, b"", query=query)


HEADERS = st.sampled_from(
    [b"authorization", b"bluemix-instance", b"x-kms-key-ring", b"prefer", b"correlation-id", b"user-agent"]
)


@quick
@given(name=HEADERS, value=st.binary(max_size=60))
@example(name=b"authorization", value=b"Bearer " + b"\xff" * 9000)
@example(name=b"authorization", value=b"Basic \xe9")
@example(name=b"authorization", value=b"Bearer e30.e30.e30")
@example(name=b"x-kms-key-ring", value=b"\x00\r\n")
@example(name=b"user-agent", value=b"\xf0\x9f" * 5000)
@example(name=b"correlation-id", value=b"7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11\n")
def test_any_header(world: World, name: bytes, value: bytes) -> None:
    renew(world)
    for route in LEAST_HARMFUL_FIRST:
        ask(world, route, b"", {name: value})


TRICKS = [
    "%00",
    "a%00b",
    "..",
    "%2e%2e",
    "%2e%2e%2f%2e%2e",
    "%252e",
    "%",
    "%f",
    "%ff%fe",
    "%c0%ae",
    "%E2%80%AE",
    "é",
    "a;b",
    "a+b",
    "'or'1'='1",
    "%27%22%3B--",
    "registrations",
    "a" * 255,
    "%41" * 255,
    "7D0A1C5E-3B7F-4A57-9D4E-0F7C2E0F3A11",
    "7d0a1c5e3b7f4a579d4e0f7c2e0f3a11",
]


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if KEY in one.path], ids=lambda one: f"{one.method} {one.path}"
)
@pytest.mark.parametrize("trick", TRICKS)
def test_a_key_of_any_name(world: World, route: Route, trick: str) -> None:
    path = route.path.replace(KEY, trick)
    api = world.run(a_service(world.home)) if PERMISSIONS[route.action].services_only else world.home
    answer = world.run(raw(api, route.method, path, b'{"ciphertext":"QUJD"}'))
    check(answer)
    if trick == "registrations" and route.path.endswith(KEY):
        assert answer.status == (200 if route.method == "GET" else 405)  # a route of its own (C39)
    else:
        assert answer.status in (400, 404)


@quick
@given(path=st.text(max_size=80), method=st.sampled_from("GET POST PUT DELETE HEAD PATCH OPTIONS".split()))
def test_any_path(world: World, path: str, method: str) -> None:
    whole = "/" + path.encode("utf-8", "ignore").decode().replace("?", "")
    check(world.run(raw(world.home, method, whole)))


def test_a_name_that_no_alias_can_have_is_never_looked_up(world: World) -> None:
    # PostgreSQL refuses a NUL in a text with an error of its own.
    async def story() -> Answer:
        async def asked(*_: object) -> object:
            raise AssertionError("looked up")

        beside = world.beside(world.home)
        store = beside.service.dispatcher._tools.store
        proxy = type(
            "Proxy", (), {"__getattr__": lambda _, name: getattr(store, name), "key_by_alias": asked}
        )()
        return await world.beside(world.home, store=proxy).send("GET", "/keys/a%00b")

    assert world.run(story()).status == 404
