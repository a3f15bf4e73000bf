"""The tree of routes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.http.routes import MethodNotAllowed, RouteTree
from keystead.protocols.routes import ROUTES

TREE = RouteTree(ROUTES)


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


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "CONNECT", "get", "", "HEAD"])
def test_other_methods_are_not_allowed(method: str) -> None:
    with pytest.raises(Refused) as caught:
        TREE.find(method, "/api/v2/keys/x")
    assert caught.value.reason is Reason.METHOD_NOT_ALLOWED


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/api/v2/keys", "GET, HEAD, POST"),
        ("/api/v2/keys/x", "DELETE, GET, PATCH, POST"),
        ("/api/v2/keys/x/actions/wrap", "POST"),
        ("/api/v2/keys/x/registrations/y", "DELETE, PATCH, POST, PUT"),
        ("/api/v2/instance/policies", "GET, PUT"),
        ("/openapi.json", "GET"),
    ],
)
def test_a_refusal_knows_the_methods_that_are_allowed(path: str, allow: str) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        TREE.find("TRACE", path)
    assert caught.value.allow == allow


def test_what_is_allowed_is_what_the_table_has() -> None:
    for route in ROUTES:
        with pytest.raises(MethodNotAllowed) as caught:
            TREE.find("TRACE", route.path.replace("{", "").replace("}", ""))
        same = {one.method for one in ROUTES if one.path == route.path}
        assert set(caught.value.allow.split(", ")) == same


@given(st.text(max_size=60).map(lambda text: "/api/v2/keys/" + text))
def test_any_path_is_found_or_refused(path: str) -> None:
    try:
        names = TREE.find("GET", path)[1]
    except Refused as refused:
        names = {"key": refused.reason}
    assert names["key"] not in ("", Reason.METHOD_NOT_ALLOWED)
