"""Asking the logs of all nodes a page at a time: nothing twice and nothing left out."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from keystead.audit import questions
from keystead.audit.layout import EVENTS
from keystead.audit.positions import Positions
from keystead.audit.questions import LoggedEvents
from keystead.crypto.sealing import Sealer
from keystead.domain.crns import of_account
from keystead.domain.errors import Refused, Tampered, TooMany, Unavailable
from keystead.domain.event_queries import MOST_LOGS, POSITION_OCTETS, EventPage, EventQuery, Position
from keystead.domain.events import AuditEvent
from keystead.domain.ids import AccountId
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.protocols.http import event_questions
from unit.audit.sample import CRN, START, event, opened


class Unit:
    """Seals as the software unit does."""

    def __init__(self) -> None:
        self._sealer = Sealer(KeyMaterial(bytes(32)))

    def seal(self, label: str, secret: KeyMaterial) -> bytes:
        return self._sealer.seal(secret, label.encode())

    def open(self, label: str, sealed: bytes) -> KeyMaterial:
        return self._sealer.open(sealed, label.encode())


UNIT = Unit()
SOURCE = f"{CRN}::"
MINE = EventQuery(source=SOURCE)
HOUR = timedelta(hours=1)


def happened(number: int, ago: float, **fields: object) -> AuditEvent:
    whole: dict[str, object] = {"time": START - ago * HOUR, "log_source": SOURCE}
    return replace(event(number), **whole | fields)  # type: ignore[arg-type]


def write(folder: Path, events: Iterable[AuditEvent], node: str = "node-1") -> Path:
    async def whole() -> None:
        log = await opened(folder / node)
        for one in events:
            await log.append(one)
        await log.close()

    asyncio.run(whole())
    return folder / node / EVENTS


def ask(
    folder: Path, query: EventQuery = MINE, position: Position | None = None, limit: int = 1000
) -> EventPage:
    return asyncio.run(LoggedEvents(folder, UNIT).find(query, position, limit))


def at(**ends: int) -> Position:
    """Return the position where each log was read down to an index."""
    return Positions(UNIT).write({name.replace("_", "-"): end for name, end in ends.items()}, SOURCE)


def found(page: EventPage) -> list[tuple[str, int]]:
    return [(one.node, int(one.id[-12:])) for one in page.events]  # the index is in none of it


def all_pages(folder: Path, query: EventQuery, limit: int) -> tuple[list[tuple[str, int]], int]:
    """Return what all pages have, and how many there were."""
    page = ask(folder, query, None, limit)
    whole, count = found(page), 1
    while page.rest is not None:
        page = ask(folder, query, page.rest, limit)
        assert len(page.events) <= limit
        whole, count = whole + found(page), count + 1
        assert count < 1000, "it does not end"
    return whole, count


def two_logs(folder: Path) -> list[tuple[str, int]]:
    """Write 40 events of two nodes, of which ten are another tenant's; return ours, the newest first."""
    theirs = SOURCE.replace("a/", "a/0")
    for at, node in enumerate(("node-1", "node-2")):
        events = [
            happened(number, 100 - 2 * number - at, log_source=theirs if number % 4 == 3 else SOURCE)
            for number in range(20)
        ]
        write(folder, events, node)
    places = [
        (2 * number + at, (node, number))
        for at, node in enumerate(("node-1", "node-2"))
        for number in range(20)
    ]
    return [place for _, place in sorted(places, reverse=True) if place[1] % 4 != 3]


@pytest.mark.parametrize("limit", [1, 3, 30, 1000])
@pytest.mark.parametrize("budget", [1, 5000, 1 << 20])
def test_pages_have_everything_once_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, budget: int
) -> None:
    monkeypatch.setattr(questions, "BLOCK", 4096)
    monkeypatch.setattr(LoggedEvents.__init__, "__defaults__", (budget,))
    expected = two_logs(tmp_path)
    whole, count = all_pages(tmp_path, MINE, limit)
    assert whole == expected
    if budget == 1:
        assert count > 2  # a block of each log, and no more


def test_an_account(tmp_path: Path) -> None:
    """What is of no instance, and what was done around one, of this account and of no other."""
    mine, theirs = AccountId("a" * 32), AccountId("b" * 32)
    of_identities = of_account("iam-identity", mine)
    said = {"account": f":a/{mine}:"}  # by somebody who wants it found
    write(
        tmp_path,
        [
            happened(0, 9, log_source=of_identities, action="iam-identity.serviceid.create"),
            happened(1, 8),  # a wrap
            happened(2, 7, action="kms.instance.delete"),
            happened(3, 6, log_source="", request=said),
            happened(4, 5, log_source=of_account("iam-identity", theirs), request=said),
            happened(5, 4, log_source=SOURCE.replace("a" * 32, theirs), action="kms.instance.delete"),
            happened(6, 3, log_source=of_account("iam-am", AccountId(f"{mine}0"))),
            happened(7, 2, log_source=of_account("keystead", mine), action="keystead.account-events.read"),
        ],
    )
    assert [index for _, index in found(ask(tmp_path, EventQuery(account=mine)))] == [7, 2, 0]
    assert found(ask(tmp_path, EventQuery(account=mine, action="kms.instance.*"))) == [("node-1", 2)]
    assert [index for _, index in found(ask(tmp_path, EventQuery(account=theirs)))] == [5, 4]


def test_a_page_without_events_says_where_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "BLOCK", 4096)
    write(
        tmp_path, [happened(0, 50, action="kms.secrets.purge"), *(happened(n, 49 - n) for n in range(1, 40))]
    )
    query = replace(MINE, action="secrets.purge")
    page = asyncio.run(LoggedEvents(tmp_path, UNIT, 1).find(query, None, 5))
    assert (page.events, page.rest is None) == ((), False)
    assert all_pages(tmp_path, query, 5)[0] == [("node-1", 0)]


def test_time_is_not_paid_for_where_it_is_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damage before and behind the time that is asked for is not come to."""
    monkeypatch.setattr(questions, "BLOCK", 2048)
    file = write(tmp_path, [happened(number, 200 - number) for number in range(200)])
    octets = bytearray(file.read_bytes())
    octets[:60] = b"x" * 60
    file.write_bytes(octets)
    within = replace(MINE, since=START - 120 * HOUR, until=START - 110 * HOUR)
    assert found(ask(tmp_path, within)) == [
        ("node-1", number) for number in range(90, 80, -1)
    ]  # hundredths of a second
    with pytest.raises(Tampered):
        ask(tmp_path, replace(within, since=None))


def test_what_a_cursor_says_is_only_where(tmp_path: Path) -> None:
    write(tmp_path, [happened(number, 10 - number) for number in range(5)])
    assert found(ask(tmp_path, position=at(node_1=3))) == [("node-1", 2), ("node-1", 1), ("node-1", 0)]
    assert found(ask(tmp_path, position=at(node_1=10**17))) == [
        ("node-1", number) for number in (4, 3, 2, 1, 0)
    ]
    for nowhere in (at(), at(node_1=0), at(node_9=1)):
        assert ask(tmp_path, position=nowhere) == EventPage((), None)


def test_a_cursor_says_nothing_and_is_good_for_one_instance_alone(tmp_path: Path) -> None:
    for number in range(MOST_LOGS + 1):
        write(tmp_path, [happened(number, 2), happened(number + 1000, 1)], f"{number:063}")
    page = ask(tmp_path, limit=1)
    assert page.rest is not None
    assert len(page.rest) == POSITION_OCTETS
    assert re.fullmatch(event_questions.CURSOR, event_questions._cursor(page.rest))
    assert len({*page.rest[49:]}) > 200  # all kinds of octets
    whole, _ = all_pages(tmp_path, MINE, 60)
    assert len(whole) == len(set(whole)) == 2 * MOST_LOGS
    for query, rest in (
        (replace(MINE, source=SOURCE.replace("a/", "a/0")), page.rest),
        (MINE, Position(page.rest[:-1] + bytes([page.rest[-1] ^ 1]))),
        (MINE, Position(b"")),
        (MINE, Position(b"\x01" * 200)),
    ):
        with pytest.raises(Refused) as caught:
            ask(tmp_path, query, rest)
        assert caught.value.reason is Reason.INVALID_QUERY_PARAM


def test_a_line_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    file = write(tmp_path, [happened(0, 1)])
    with file.open("ab") as log:
        log.write(b'{"index":1,"group":1,"salt":"')
    assert found(ask(tmp_path)) == [("node-1", 0)]


def test_one_question_of_an_instance_at_a_time(tmp_path: Path) -> None:
    write(tmp_path, [happened(0, 1)])

    async def story() -> None:
        logs = LoggedEvents(tmp_path, UNIT)
        first = asyncio.create_task(logs.find(MINE, None, 1))
        other = asyncio.create_task(logs.find(replace(MINE, source="crn:other"), None, 1))
        await asyncio.sleep(0)
        with pytest.raises(TooMany):
            await logs.find(MINE, None, 1)
        assert (len((await first).events), len((await other).events)) == (1, 0)
        assert len((await logs.find(MINE, None, 1)).events) == 1

    asyncio.run(story())


def test_a_log_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "node-1" / EVENTS).mkdir(parents=True)
    with pytest.raises(Unavailable):
        ask(tmp_path)
    assert ask(tmp_path / "nothing") == EventPage((), None)
