"""Connections are counted by their address; who finds no place is counted, and logged now and then."""

import asyncio
import logging

import pytest

from http_peer import Peer
from keystead.protocols.http.connections import Connections
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.peers import REPORT_SECONDS, Peers, TurnedAway, peer_of


async def answer(exchange: Exchange, address: str | None) -> Reply:
    raise AssertionError((exchange, address))


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("fe80::1%lo", "fe80::/64"),
        ("::1", "::/64"),
        (None, ""),
    ],
)
def test_who_an_address_counts_as(address: str | None, peer: str) -> None:
    assert peer_of(address) == peer


def test_a_peer_holds_no_more_than_it_may_and_leaves_nothing_behind() -> None:
    peers = Peers(2)
    for _ in range(2):
        assert peers.has_room("one")
        peers.hold("one")
    assert (peers.has_room("one"), peers.has_room("two")) == (False, True)
    peers.release("one")
    assert peers.has_room("one")
    peers.release("one")
    assert not peers._held


def test_one_address_leaves_places_for_the_others() -> None:
    asyncio.run(fill_and_leave())


async def fill_and_leave() -> None:
    shared = Connections(answer, 9, 2)
    first = Peer(answer, shared)
    with shared.place("127.0.0.1") as arriving, shared.place("127.0.0.1") as too_many:
        assert (arriving, too_many) == (True, False)
        with shared.place("127.0.0.2") as another:
            assert another
    second = Peer(answer, shared)
    with shared.place("127.0.0.1") as has_place:
        assert not has_place
    first.hang_up()
    with shared.place("127.0.0.1") as has_place:
        assert has_place
    second.hang_up()
    assert not shared._peers._held


def test_who_is_turned_away_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    turned_away = TurnedAway()
    turned_away.report(1.0)
    for _ in range(500):
        turned_away.count("192.0.2.7", all_taken=False)
    turned_away.count("192.0.2.8", all_taken=True)
    with caplog.at_level(logging.WARNING):
        turned_away.report(2.0)
        turned_away.count("192.0.2.9", all_taken=False)
        turned_away.report(1.0 + REPORT_SECONDS)
        assert len(caplog.records) == 1
        turned_away.report(2.0 + REPORT_SECONDS)
        turned_away.report(3.0 + 2 * REPORT_SECONDS)
    facts = [record.__dict__["facts"] for record in caplog.records]
    assert facts == [
        {"all_places_taken": 1, "places_of_their_address_taken": 500, "most_from": ["192.0.2.7"]},
        {"all_places_taken": 0, "places_of_their_address_taken": 1, "most_from": ["192.0.2.9"]},
    ]
