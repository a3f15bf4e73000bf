"""Raw octets at every route: bodies, headers, queries and paths that no client would send."""

import json
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fuzz.judge import Bench
from keystead.domain.catalog import ENTRIES
from keystead.domain.resource_groups import QUOTA, default_id
from keystead.protocols.http.routes import Route
from keystead.protocols.routes import ROUTES

Benches = tuple[Bench, ...]
_EXAMPLES = 20
_LEAST_HARMFUL_FIRST = sorted(
    ROUTES, key=lambda route: (route.method == "DELETE", route.path.endswith("/purge"))
)
_WITH_BODY = ("create", "wrap", "unwrap", "rotate", "import_token", "policies")
_PLACES = {"create": "/keys", "import_token": "/import_token", "policies": "/instance/policies"}
_FIELDS = (
    "name description tags aliases expirationDate extractable payload encryptedNonce iv encryptionAlgorithm "
    "plaintext ciphertext aad expiration maxAllowedRetrievals publicKeyAlgorithm metadata resources "
    "rotation interval_month enabled dualAuthDelete policy_type policy_data attributes collectionTotal"
).split()
_NAMES = st.sampled_from([*_FIELDS, "keyRingID"])
_HEADERS = (
    "authorization bluemix-instance correlation-id prefer x-kms-key-ring user-agent content-type".split()
)
# They take none, and ignore one.
_WITHOUT_BODY = (
    "/disable",
    "/enable",
    "/restore",
    "/setKeyForDeletion",
    "/unsetKeyForDeletion",
    "/passcode",
    "/resources/search",
)
_QUERIES = (
    "action limit offset state extractable totalCount allKeyStates force dryRun policy q start name default "
    "guid updated_to"
).split()

_odd_texts = st.sampled_from(
    ["", "\x00", "a\x00b", "\ud800", "é" * 91, "=" * 8, "AAAA", "A" * 10_000, "\U0010ffff"]
)
_odd_numbers = st.sampled_from([0, -1, 1 << 31, 1 << 63, 1 << 64, 10**30, 1e308, 600.5, -0.0])
_odd_times = st.sampled_from(
    ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2031-02-30T00:00:00Z", "2040-01-01T00:00:60Z"]
)
_json = st.recursive(
    st.none() | st.booleans() | _odd_numbers | st.integers() | st.text(max_size=20) | _odd_texts | _odd_times,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)
_fields = st.dictionaries(_NAMES, _json, max_size=6)
_resources = _fields.map(lambda fields: {"metadata": {}, "resources": [{"name": "a name", **fields}]})
_written = (_json | _fields | _resources).map(lambda value: json.dumps(value).encode())
_cut = st.tuples(_written, st.integers(0, 60)).map(lambda pair: pair[0][: -pair[1] or None])
_spoilt = st.tuples(_written, st.integers(0, 60), st.binary(max_size=4)).map(
    lambda three: three[0][: three[1]] + three[2] + three[0][three[1] :]
)
_bodies = _written | _cut | _spoilt | st.binary(max_size=80)
_latin = st.text(st.characters(max_codepoint=255), max_size=40) | _odd_texts.filter(
    lambda text: all(ord(letter) < 256 for letter in text)
)
_headers = st.dictionaries(st.sampled_from(_HEADERS), st.none() | _latin, max_size=2)
_octets = st.binary(max_size=30) | st.sampled_from([b"\x00", b"%", b"\xff", b"..", b"9" * 400, b"t", b"wrap"])
_queries = st.lists(st.tuples(st.sampled_from(_QUERIES), _octets), max_size=3).map(
    lambda pairs: "&".join(f"{name}={quote(value, safe='%')}" for name, value in pairs)
)


_odd = _octets.map(lambda octets: quote(octets, safe="%"))
_keys = st.sampled_from(range(3)) | _odd  # one of the names that a bench's keys have
_names = st.sampled_from(["default", "fuzzed-ring", "a-name", "\u00e9", "a" * 91]).map(quote) | _odd
_names |= st.sampled_from(range(5))  # one of what is around those keys


@settings(max_examples=_EXAMPLES, print_blob=True)
@given(key=_keys, name=_names, query=_queries, body=_bodies, headers=_headers)
def test_no_octets_break_it(
    benches: Benches, key: int | str, name: int | str, query: str, body: bytes, headers: dict[str, str | None]
) -> None:
    for bench in benches:
        bench.renew()
        for route in _LEAST_HARMFUL_FIRST:
            path = path_of(route, bench, key, name)
            bench.ask(route.method, f"{path}?{query}" if query else path, body, headers)


def path_of(route: Route, bench: Bench, key: int | str, name: int | str) -> str:
    there = bench.api.instance
    around = [there.id, quote(there.crn, safe=""), next(iter(ENTRIES)), default_id(there.account), QUOTA]
    path = route.path.replace("{key}", bench.names[key] if isinstance(key, int) else key)
    for segment in (
        "alias ring instance entry group quota apikey serviceid policy role zone rule service account "
        "reclamation tag"
    ).split():
        path = path.replace(f"{{{segment}}}", around[name] if isinstance(name, int) else name)
    return path


@settings(max_examples=4, print_blob=True)
@given(value=_json)
@example("0001-01-01T00:00:00+23:59")
@example("\x00\x00")
@example(10**4000)
@example(["\x00", "\ud800"])
def test_no_value_of_a_field_breaks_it(benches: Benches, value: Any) -> None:
    memory, _, postgres = benches
    for bench, name in product((memory, postgres), _WITH_BODY):
        bench.renew()
        path = _PLACES.get(name, f"/keys/{bench.names[0]}/actions/{name}")
        for field in _FIELDS:
            body = json.dumps(body_with(name, field, value)).encode()
            bench.ask("PUT" if name == "policies" else "POST", f"/api/v2{path}", body, {})


def body_with(name: str, field: str, value: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"plaintext": "AAAA", "ciphertext": "AAAA", field: value}
    if name == "create":
        return {"metadata": {}, "resources": [{"name": "a name", "extractable": False, **fields}]}
    if name == "policies":
        policy = {"policy_type": "rotation", "policy_data": {"enabled": True, "attributes": fields}}
        return {"metadata": {}, "resources": [{**policy, field: value}]}
    return fields


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"x-kms-key-ring": "r" * 3_000_000}, "/keys"),
        ({"user-agent": "u" * 3_000_000}, "/keys"),
        ({"correlation-id": "c" * 3_000_000}, "/keys"),
        ({"authorization": "Bearer " + "a" * 3_000_000}, "/keys"),
        ({"bluemix-instance": "a" * 3_000_000}, "/keys"),
        ({}, "/keys/" + "k" * 2_000),
        ({}, "/keys/" + "%00" * 300),
        ({}, "/keys?" + "&".join(["limit=1"] * 5_000)),
    ],
    ids=lambda value: str(value)[:40],
)
def test_nothing_is_too_long(benches: Benches, headers: dict[str, str], path: str) -> None:
    for bench in benches:
        bench.ask("GET", f"/api/v2{path}", b"", headers)


@pytest.mark.parametrize(
    "text", ["[" * 500_000, '{"a":' * 200_000, "9" * 1_000_000, '"' + "a" * 1_100_000 + '"']
)
def test_no_depth_or_length_of_a_body_breaks_it(benches: Benches, text: str) -> None:
    for bench, route in product(benches, ROUTES):
        if route.method in ("POST", "PUT", "PATCH"):
            answer = bench.ask(route.method, route.path.replace("{key}", bench.names[0]), text.encode(), {})
            assert answer.status >= 400 or route.path.endswith(_WITHOUT_BODY)


@pytest.mark.parametrize(
    "number", ["9" * 5_000, "1e400", "-1e-400", "0." + "3" * 5_000, "NaN", "Infinity", "-0"]
)
def test_no_number_breaks_it(benches: Benches, number: str) -> None:
    for bench, field in product(benches, ("expiration", "maxAllowedRetrievals", "aad", "plaintext")):
        for path in ("/import_token", f"/keys/{bench.names[0]}/actions/wrap"):
            bench.ask("POST", f"/api/v2{path}", f'{{"{field}": {number}}}'.encode(), {})
