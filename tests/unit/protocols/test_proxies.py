"""``X-Forwarded-For`` is believed as far as trusted proxies have written it, and no further."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.protocols.http.proxies import MOST, Proxies, read_networks

TRUSTED = "10.0.0.0/8, 2001:db8:aa::/48,192.0.2.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),  # no proxy of ours
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "192.0.2.4, 198.51.100.7", "198.51.100.7"),  # the first was sent by the client
        ("10.0.0.1", "10.9.9.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 10.0.0.2,192.0.2.1", "198.51.100.7"),  # through three of ours
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),  # who asks is one of ours
        ("2001:db8:aa::1", "2001:db8:bb::7", "2001:db8:bb::7"),
        ("10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("10.0.0.1", "[2001:db8:bb::7]:4711", "2001:db8:bb::7"),
        ("10.0.0.1", "[2001:db8:bb::7]", "2001:db8:bb::7"),
        ("10.0.0.1", "198.51.100.7, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.7,", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "fe80::1%eth0", "10.0.0.1"),
        ("10.0.0.1", ",".join(["198.51.100.7", *["10.0.0.2"] * (MOST - 1)]), "198.51.100.7"),
        ("10.0.0.1", ",".join(["198.51.100.7", *["10.0.0.2"] * MOST]), "10.0.0.2"),
        (None, "198.51.100.7", None),
    ],
)
def test_whom_a_request_comes_from(peer: str | None, forwarded: str | None, client: str | None) -> None:
    assert Proxies(read_networks(TRUSTED)).client(peer, forwarded) == client


@given(st.text(), st.text())
def test_what_a_stranger_writes_changes_nothing(written: str, more: str) -> None:
    proxies = Proxies(read_networks(TRUSTED))
    assert proxies.client("203.0.113.9", written) == "203.0.113.9"
    assert proxies.client("10.0.0.1", f"{written},{more},198.51.100.7") == "198.51.100.7"
    believed = proxies.client("10.0.0.1", written)
    assert believed is not None
    ip_address(believed)


@pytest.mark.parametrize(
    "text", ["proxy.example.com", "10.0.0.1/8", "10.0.0.0/33", "*", ",".join(["10.0.0.1"] * (MOST + 1))]
)
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_networks(text)


def test_nobody_is_trusted_where_nothing_is_said() -> None:
    assert not Proxies(read_networks(""))
    assert not Proxies(read_networks(" , "))
