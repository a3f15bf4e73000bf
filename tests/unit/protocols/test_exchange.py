"""Bodies in parts and their limit, and the tree of routes."""

import asyncio
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.world import World, body_of, check_error, stream
from keystead.app import ROUTES
from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import MAX_BODY_OCTETS, Exchange
from keystead.protocols.http.routes import RouteTree

TREE = RouteTree(ROUTES)
GONE: dict[str, object] = {"type": "http.disconnect"}


def read(messages: Sequence[Mapping[str, object]]) -> Exchange:
    waiting = list(messages)

    async def receive() -> dict[str, object]:
        return dict(waiting.pop(0))

    exchange = Exchange({"method": "POST", "raw_path": b"/", "query_string": b"", "headers": []}, receive)
    asyncio.run(exchange.read())
    assert not waiting
    return exchange


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=8))
def test_a_body_is_the_sum_of_its_parts(parts: list[bytes]) -> None:
    assert read(body_of(*parts)).content() == b"".join(parts)


HALF = bytes(MAX_BODY_OCTETS // 2)


@pytest.mark.parametrize("parts", [(HALF, HALF), (HALF + HALF,), (b"", HALF, b"", HALF, b"")])
def test_a_mebibyte_is_read(parts: tuple[bytes, ...]) -> None:
    assert len(read(body_of(*parts)).content()) == MAX_BODY_OCTETS


@pytest.mark.parametrize("parts", [(HALF, HALF, b"x"), (HALF + HALF + b"x",), (HALF, HALF, b"x", HALF)])
def test_more_is_refused_and_not_kept(parts: tuple[bytes, ...]) -> None:
    exchange = read(body_of(*parts))
    assert exchange.body == b""
    with pytest.raises(Refused) as caught:
        exchange.content()
    assert caught.value.reason is Reason.BAD_BODY


def test_of_an_endless_body_no_more_than_the_limit_is_held() -> None:
    left = 32

    async def receive() -> dict[str, object]:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": bytes(MAX_BODY_OCTETS), "more_body": left > 0}

    exchange = Exchange({"method": "POST", "raw_path": b"/", "query_string": b"", "headers": []}, receive)
    tracemalloc.start()
    try:
        asyncio.run(exchange.read())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert left == 0
    assert peak < 5 * MAX_BODY_OCTETS


@pytest.mark.parametrize("before", [[], body_of(b"{", b"}")[:1], [*body_of(b"", b"", b"")[:2]]])
def test_a_connection_that_ends_early_has_no_body(before: list[dict[str, object]]) -> None:
    with pytest.raises(Refused) as caught:
        read([*before, GONE]).content()
    assert caught.value.reason is Reason.BAD_BODY


@pytest.mark.parametrize("parts", [1, 3])
def test_a_large_body_of_a_stranger_is_401_and_of_a_caller_400(world: World, parts: int) -> None:
    whole = b'{"metadata":{},"resources":[{"name":"' + b"x" * MAX_BODY_OCTETS + b'"}]}'
    size = len(whole) // parts + 1
    messages = body_of(*(whole[i : i + size] for i in range(0, len(whole), size)))
    stranger = stream(world.home, "POST", "/api/v2/keys", messages, {b"authorization": b""})
    assert world.run(stranger).status == 401
    caller = world.run(stream(world.home, "POST", "/api/v2/keys", messages))
    check_error(caller, 400, "BAD_BODY_ERR", "Key could not be created")


def test_a_large_form_is_a_wrong_form(world: World) -> None:
    messages = body_of(b"grant_type=" + b"x" * MAX_BODY_OCTETS)
    no_client = replace(world.home, token="")
    answer = world.run(
        stream(no_client, "POST", "/identity/token", messages, {b"authorization": b"Basic Yng6Yng="})
    )
    assert (answer.status, answer.json["errorCode"]) == (400, "BXNIM0102E")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/api/v2/keys/abc", "abc"),
        ("/api/v2/keys/a%62c", "abc"),
        ("/api/v2/keys/a%2Fb", "a/b"),
        ("/api/v2/keys/%2e%2e", ".."),
        ("/api/v2/keys/..", ".."),
        ("/api/v2/keys/%25%32%46", "%2F"),
        ("/api/v2/keys/%C3%A9", "é"),
        ("/api/v2/keys/%00", "\x00"),
        ("/api/v2/keys/%zz", "%zz"),
    ],
)
def test_a_named_segment_is_decoded_once(path: str, key: str) -> None:
    assert TREE.find("GET", path)[1] == {"key": key}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//",
        "/api/v2",
        "/api/v2/",
        "/api/v2/keys/",
        "/api/v2//keys",
        "/api/v2/keys//metadata",
        "/api/v2/keys/x/",
        "/api/v2/keys/x/actions",
        "/api/v2/keys/x/actions/",
        "/api/v2/keys/x/actions/unknown",
        "/api/v2/keys/x/metadata/x",
        "/API/v2/keys",
        "/api/v2/%6Beys",
        "/api/v2/../v2/keys",
        "/api/v2/keys/%FF",
        "/api/v2/keys/" + "a" * 2048,
        "/api/v2/keys/" + "%41" * 300,
        "*",
        "http://example.com/api/v2/keys",
    ],
)
def test_other_paths_are_not_found(path: str) -> None:
    with pytest.raises(Refused) as caught:
        TREE.find("GET", path)
    assert caught.value.reason is Reason.ROUTE_NOT_FOUND


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "", "HEAD"])
def test_other_methods_are_not_allowed(method: str) -> None:
    with pytest.raises(Refused) as caught:
        TREE.find(method, "/api/v2/keys/x")
    assert caught.value.reason is Reason.METHOD_NOT_ALLOWED


@given(st.text(max_size=60).map(lambda text: "/api/v2/keys/" + text))
def test_any_path_is_found_or_refused(path: str) -> None:
    try:
        names = TREE.find("GET", path)[1]
    except Refused as refused:
        names = {"key": refused.reason}
    assert names["key"] not in ("", Reason.METHOD_NOT_ALLOWED)
