"""Stretches of addresses, against the naive way to look one up."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystead.domain.spans import Span, Spans, peer_address, span_of

small = st.integers(0, 40)
some = st.lists(st.tuples(st.sampled_from((4, 6)), small, small), max_size=12)


@settings(deadline=None)
@given(ends=some, number=st.integers(0, 42))
def test_many_hold_what_one_of_them_holds(ends: list[tuple[int, int, int]], number: int) -> None:
    spans = [Span(version, min(a, b), max(a, b)) for version, a, b in ends]
    together = Spans(spans)
    for address in (IPv4Address(number), IPv6Address(number)):
        held = any(it.version == address.version and it.first <= number <= it.last for it in spans)
        assert together.hold(address) is held


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("", None),
        ("unix", None),
        (None, None),
    ],
)
def test_a_peer(text: str | None, expected: str | None) -> None:
    assert peer_address(text) == (None if expected is None else ip_address(expected))


def test_the_ends_of_the_world() -> None:
    whole = Spans([span_of("subnet", "0.0.0.0/0"), span_of("subnet", "::/0")])
    for address in (IPv4Address(0), IPv4Address(2**32 - 1), IPv6Address(0), IPv6Address(2**128 - 1)):
        assert whole.hold(address)
    assert not Spans([]).hold(IPv4Address(0))
