"""Octets become requests, whatever the pieces they come in, and nothing else does."""

import itertools
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from http_peer import chunked, request
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import MAX_BODY_OCTETS, Exchange
from keystead.protocols.http.reader import MAX_HEAD_OCTETS, MAX_HEADERS, MAX_WAITING, RequestReader

HEADERS = {"host": "localhost", "X-One": "1"}
GET = request("GET", "/api/v2/keys?limit=1", HEADERS)
POST = request("POST", "/api/v2/keys", HEADERS, b'{"a":1}')


def read(*pieces: bytes) -> RequestReader:
    reader = RequestReader()
    for piece in pieces:
        reader.feed(piece)
    return reader


def only(reader: RequestReader) -> Exchange:
    (exchange,) = reader.arrived
    return exchange


def refused(reader: RequestReader) -> Reason:
    """Return why the last of what arrived is no request; nothing is read after it."""
    assert reader.last
    assert not reader.underway
    refusal = reader.arrived[-1].refusal
    assert refusal is not None
    return refusal.reason


def test_a_request_without_a_body() -> None:
    exchange = only(read(GET))
    assert (exchange.method, exchange.path, exchange.head.query_octets) == ("GET", "/api/v2/keys", b"limit=1")
    assert exchange.head.headers == {b"host": b"localhost", b"x-one": b"1"}
    assert (exchange.content(), exchange.refusal) == (b"", None)


@given(st.lists(st.integers(0, len(POST)), max_size=8))
def test_pieces_make_no_difference(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(POST)]
    reader = read(*(POST[a:b] for a, b in itertools.pairwise(places)))
    assert only(reader).content() == b'{"a":1}'
    assert not reader.last


def told(exchange: Exchange) -> tuple[object, ...]:
    head, body = exchange.head, None if exchange.refusal else exchange.content()
    reason = exchange.refusal and exchange.refusal.reason
    return head.method, head.path, head.query_octets, dict(head.headers), body, reason


LONGER = request("POST", "/api/v2/keys", HEADERS, b'{"a":2}\r\n\r\n')
LAST = request("POST", "/api/v2/keys", {**HEADERS, "connection": "close"}, b'{"a":3}')
IN_CHUNKS = b"".join(chunked("POST", "/api/v2/keys", HEADERS, [b'{"a":4}']))
OTHER_BODY = POST.replace(b'{"a":1}', b'{"b":5}')
OTHERS = [GET.replace(b"limit=1", b"limit=%d" % number) for number in range(2, 6)]
STRAY = [b"\r\n", POST + b"\r\n", b"\r\n" + POST, POST[:-3], POST[:40], b"rubbish\r\n\r\n", b""]
PIECES = [GET, POST, OTHER_BODY, LONGER, LAST, IN_CHUNKS, *STRAY, *OTHERS]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.booleans())
@example([POST, POST[:40], POST], True)
@example([POST, POST[:-3], POST, POST], True)
@example([POST] * (MAX_WAITING + 2), False)
def test_a_head_that_comes_again_means_what_it_meant(pieces: list[bytes], answered: bool) -> None:
    as_they_are, in_octets = RequestReader(), RequestReader()
    found: list[tuple[object, ...]] = []
    expected: list[tuple[object, ...]] = []
    for piece in pieces:
        as_they_are.feed(piece)
        for at in range(len(piece)):
            in_octets.feed(piece[at : at + 1])  # so that no head is ever known
        if answered:
            for reader, told_of in ((as_they_are, found), (in_octets, expected)):
                told_of.extend(told(exchange) for exchange in reader.arrived)
                reader.arrived.clear()
        assert (as_they_are.underway, as_they_are.last) == (in_octets.underway, in_octets.last)
    found += [told(exchange) for exchange in as_they_are.arrived]
    expected += [told(exchange) for exchange in in_octets.arrived]
    assert found == expected


def test_a_head_that_comes_again_is_not_parsed_again() -> None:
    reader = read(POST)
    first = reader.arrived.popleft()
    reader.feed(OTHER_BODY)
    again = reader.arrived.popleft()
    assert again.head is first.head
    assert again.content() == b'{"b":5}'
    assert again.correlation_id != first.correlation_id


def test_some_heads_of_a_connection_are_known_at_once() -> None:
    reader = RequestReader()
    heads = []
    for octets in (GET, POST, LONGER) * 2:
        reader.feed(octets)
        heads.append(reader.arrived.popleft().head)
    assert [again is first for first, again in zip(heads[:3], heads[3:], strict=True)] == [True] * 3


def test_a_head_is_forgotten_when_others_come() -> None:
    reader = RequestReader()
    for number in range(6):
        reader.feed(
            request("GET", f"/api/v2/keys/{number}", {**HEADERS, "authorization": f"Bearer {number}"})
        )
        reader.arrived.clear()
    assert (reader._body, reader._headers) == (b"", {})
    assert [head.path[-1] for _, _, head in reader._known] == ["5", "4", "3", "2"]
    assert not any(b"Bearer 1" in octets for _, octets, _ in reader._known)


MANY_LINES = request("GET", "/", {"host": "localhost", **{f"x-{number}": "1" for number in range(40)}})


@pytest.mark.parametrize(
    "octets", [LAST, IN_CHUNKS, request("POST", "/", HEADERS, bytes(17 << 10)), MANY_LINES]
)
def test_a_head_that_is_not_known(octets: bytes) -> None:
    reader = read(octets)
    first = reader.arrived.popleft()
    reader.feed(octets)
    assert all(exchange.head is not first.head for exchange in reader.arrived)


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=8))
def test_a_chunked_body_is_the_sum_of_its_chunks(parts: list[bytes]) -> None:
    assert only(read(*chunked("POST", "/", HEADERS, parts))).content() == b"".join(parts)


def test_requests_in_one_piece_come_in_order() -> None:
    reader = read(GET + POST + GET)
    assert [exchange.method for exchange in reader.arrived] == ["GET", "POST", "GET"]


def test_what_was_sent_twice_is_one_header() -> None:
    twice = GET.replace(b"X-One: 1", b"X-One: 1\r\nx-ONE: 2")
    assert only(read(twice)).header(b"x-one") == "1, 2"


def test_a_trailer_is_no_header() -> None:
    pieces = chunked("POST", "/", HEADERS, [b"x"])
    pieces[-1] = b"0\r\nx-two: 2\r\nx-one: 3\r\n\r\n"
    assert only(read(*pieces, GET[:0])).head.headers.keys() == {b"host", b"x-one", b"transfer-encoding"}


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/a?b?c", "/a", b"b?c"),
        (b"/%2e%2e/x", "/%2e%2e/x", b""),
        (b"http://other.example:1/api/v2/keys?x=1", "/api/v2/keys", b"x=1"),
        (b"http://other.example", "", b""),
        (b"*", "*", b""),
    ],
)
def test_the_forms_of_a_target(target: bytes, path: str, query: bytes) -> None:
    method = b"OPTIONS" if target == b"*" else b"GET"
    exchange = only(read(method + b" " + target + b" HTTP/1.1\r\nhost: x\r\n\r\n"))
    assert (exchange.path, exchange.head.query_octets) == (path, query)


@pytest.mark.parametrize("line", [b"Connection: close", b"connection: CLOSE, x"])
def test_a_request_can_be_the_last(line: bytes) -> None:
    reader = read(GET.replace(b"X-One: 1", line) + GET + b"rubbish")
    assert only(reader).method == "GET"
    assert reader.last


def test_http_1_0_ends_with_its_answer() -> None:
    reader = read(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert only(reader).refusal is None
    assert reader.last


@pytest.mark.parametrize("protocol", ["websocket", "h2c", "tls/1.3"])
def test_another_protocol_is_not_spoken(protocol: str) -> None:
    upgrade = request("GET", "/", {"Connection": "Upgrade", "Upgrade": protocol})
    reader = read(upgrade + b"\x16\x03\x01\x00")
    assert only(reader).refusal is None
    assert reader.last


def test_connect_is_a_request_like_any_other() -> None:
    reader = read(b"CONNECT other.example:443 HTTP/1.1\r\nhost: x\r\n\r\n" + GET)
    assert only(reader).method == "CONNECT"
    assert reader.last


@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"GET\r\n\r\n",
        b"GET / HTTP/3.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA : 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        b"GET / HTTP/0.9\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\n\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naX\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_request(octets: bytes) -> None:
    for reader in (read(octets), read(*(octets[i : i + 1] for i in range(len(octets)))), read(GET + octets)):
        assert refused(reader) is Reason.MALFORMED_REQUEST
    assert refused(read(octets, GET)) is Reason.MALFORMED_REQUEST


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_rubbish_is_refused_once_and_raises_nothing(pieces: list[bytes]) -> None:
    reader = read(*pieces)
    assert len(reader.arrived) <= len(b"".join(pieces)) / 14 + 1
    assert all(exchange.refusal is None for exchange in list(reader.arrived)[:-1])


@pytest.mark.parametrize("size", [MAX_BODY_OCTETS, MAX_BODY_OCTETS + 1])
@pytest.mark.parametrize("step", [1 << 16, 1 << 21])
def test_a_mebibyte_is_kept_and_no_more(size: int, step: int) -> None:
    whole = request("POST", "/", {}, bytes(size))
    reader = read(*(whole[i : i + step] for i in range(0, len(whole), step)), GET)
    exchange, after = reader.arrived
    assert (exchange._body is not None) is (size <= MAX_BODY_OCTETS)
    assert after.refusal is None  # and the connection goes on


def test_of_an_endless_body_no_more_than_the_limit_is_held() -> None:
    reader = read(b"POST / HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + bytes(1 << 16) + b"\r\n"
    tracemalloc.start()
    try:
        for _ in range(512):
            reader.feed(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reader.underway
    assert peak < 2 * MAX_BODY_OCTETS


ENDLESS = {
    "a header": (b"GET / HTTP/1.1\r\nX: ", b"a" * 999),
    "headers": (b"GET / HTTP/1.1\r\n", b"X-%d: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 20),
    "a target": (b"GET /", b"a" * 999),
    "a trailer": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: ", b"a" * 999),
    "a chunk's extension": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;a=", b"a" * 999),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_head_without_end(what: str) -> None:
    start, piece = ENDLESS[what]
    reader, fed = read(start), 0
    while not reader.last:
        reader.feed(piece)
        fed += len(piece)
        assert fed <= MAX_HEAD_OCTETS + len(piece)
    assert refused(reader) in (Reason.HEAD_TOO_LARGE, Reason.MALFORMED_REQUEST)


@pytest.mark.parametrize("name", ["x-%d", "x"])  # also those that are one header, sent again and again
@pytest.mark.parametrize(("count", "fine"), [(MAX_HEADERS, True), (MAX_HEADERS + 1, False)])
def test_headers_are_counted(count: int, fine: bool, name: str) -> None:
    lines = "".join(f"{name.replace('%d', str(number))}: 1\r\n" for number in range(count - 1))
    reader = read(f"GET / HTTP/1.1\r\nhost: x\r\n{lines}\r\n".encode())
    assert (reader.arrived[-1].refusal is None) is fine
    if not fine:
        assert refused(reader) is Reason.HEAD_TOO_LARGE


def test_not_everything_may_be_sent_at_once() -> None:
    reader = read(GET * (MAX_WAITING + 2))
    assert len(reader.arrived) == MAX_WAITING + 1
    assert refused(reader) is Reason.MALFORMED_REQUEST


def test_who_waits_for_our_word_is_known_until_the_body_comes() -> None:
    whole = request("POST", "/", {"Expect": "100-Continue"}, b"x")
    reader = read(whole[:-1])
    assert (reader.wants_continue, reader.underway) == (True, True)
    reader.feed(whole[-1:])
    assert (reader.wants_continue, reader.underway) == (False, False)
    assert only(reader).content() == b"x"


def test_the_older_protocol_needs_no_host_and_hears_no_continue() -> None:
    reader = read(b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
    assert not reader.wants_continue
    reader.feed(b"x")
    assert only(reader).refusal is None


@pytest.mark.parametrize("before", [b"", GET * 3])
def test_a_head_that_comes_at_once_has_the_same_limit(before: bytes) -> None:
    long = b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x-long: " + b"a" * (2 * MAX_HEAD_OCTETS) + b"\r\n\r\n"
    assert refused(read(before + long)) is Reason.HEAD_TOO_LARGE


def test_many_headers_of_one_name_cost_no_more_than_others() -> None:
    reader = read(b"GET / HTTP/1.1\r\nhost: x\r\n" + b"a:b\r\n" * 100_000)
    assert refused(reader) is Reason.HEAD_TOO_LARGE


def test_a_body_in_tiny_chunks_takes_no_more_memory_than_another() -> None:
    chunks = b"2\r\nab\r\n" * (MAX_BODY_OCTETS // 4)
    reader = read(b"POST / HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    tracemalloc.start()
    try:
        for at in range(0, len(chunks), 10_000):
            reader.feed(chunks[at : at + 10_000])
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 2 * MAX_BODY_OCTETS
