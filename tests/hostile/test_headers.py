"""Who speaks is told by the head, once: neither what follows the body nor a second header changes it."""

import json

import pytest

from hostile.wire import Answer, Caller, ask, connected, head, received, send

KEYS = "/api/v2/keys"
CHUNKED = "Transfer-Encoding: chunked"
BODY = b'{"metadata":{},"resources":[{"name":"from a trailer"}]}'
OTHER = "7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11"


def chunked(*trailers: str) -> bytes:
    return (
        b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)
        + "".join(f"{line}\r\n" for line in trailers).encode()
        + b"\r\n"
    )


def with_trailers(caller: Caller, headers: list[str], trailers: list[str]) -> Answer:
    return ask(caller.server, head("POST", KEYS, CHUNKED, *headers) + chunked(*trailers))


def test_a_chunked_body_is_read(caller: Caller) -> None:
    assert with_trailers(caller, caller.good, ["X-Checksum: 1"]).status == 201


@pytest.mark.parametrize(("missing", "status"), [(0, 401), (1, 400)])
def test_a_trailer_is_no_header(caller: Caller, missing: int, status: int) -> None:
    headers, trailers = list(caller.good), [caller.good[missing]]
    del headers[missing]
    assert with_trailers(caller, headers, trailers).status == status


def test_a_trailer_that_comes_late_is_no_header(caller: Caller) -> None:
    authorization, instance = caller.good
    whole = chunked(authorization)
    with connected(caller.server) as secured:
        for octets in (head("POST", KEYS, CHUNKED, instance), whole[:20], whole[20:-40], whole[-40:]):
            send(secured, octets)
        assert received(secured).status == 401


def test_a_trailer_does_not_reach_the_next_request(caller: Caller) -> None:
    first = head("POST", KEYS, CHUNKED, *caller.good) + chunked(*caller.good)
    with connected(caller.server) as secured:
        send(secured, first)
        assert received(secured).status == 201
        send(secured, head("GET", KEYS))
        assert received(secured).status in (400, 401)


DOUBLED = {
    "another token": (0, "Authorization: Bearer a.b.c", {400}),
    "another scheme": (0, "Authorization: Basic eDp5", {400, 401}),  # whichever of the two comes first
    "another instance": (1, f"Bluemix-Instance: {OTHER}", {400}),
    "no instance": (1, "bluemix-instance: ", {400}),
    "another ring": (2, "X-Kms-Key-Ring: other", {404}),
    "the same ring": (2, "x-kms-key-ring: default", {404}),
}


@pytest.mark.parametrize("which", DOUBLED)
def test_a_header_sent_twice(caller: Caller, which: str) -> None:
    doubled, also, statuses = DOUBLED[which]
    headers = [*caller.good, "X-Kms-Key-Ring: default"]
    name = json.loads(ask(caller.server, head("POST", KEYS, CHUNKED, *caller.good) + chunked()).text)
    path = f"{KEYS}/{name['resources'][0]['id']}"
    assert ask(caller.server, head("GET", path, *headers)).status == 200
    for place in range(len(headers) + 1):
        twice = [*headers[:place], also, *headers[place:]]
        answer = ask(caller.server, head("GET", path, *twice))
        assert answer.status in statuses, (twice.index(headers[doubled]), answer)
