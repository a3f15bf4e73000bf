"""Counting what a log says of the use of keys: every event once, and none that may be lost."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from keystead.audit import recent, uses
from keystead.audit.log import MerkleLog
from keystead.audit.recent import as_logged
from keystead.audit.uses import LoggedUses
from keystead.domain.access import Behind
from keystead.domain.changes import Change
from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.events import AuditEvent
from keystead.domain.ids import IamId, InstanceId, KeyId
from keystead.domain.key_uses import MOST_TALLIES, Bookmark, DayOfUses, Mark, Seen, UseQuery
from keystead.domain.ports.store import Store
from keystead.service import reckoning
from keystead.service.reckoning import Reckoning
from keystead.storage.memory import MemoryStore
from suites.store_places import sqlite_place
from unit.audit.sample import CALLER, CRN, INSTANCE, START, abandon, event, opened

KEY = KeyId(INSTANCE)  # of the sample
MINE = UseQuery(instance=InstanceId(INSTANCE), keys=frozenset({KEY}), since=date.min)
TWO_VERSIONS = {"keyVersionId": "a", "rewrappedKeyVersionId": "b"}
Story = Callable[[MerkleLog], Awaitable[None]]


def used(number: int, **fields: object) -> AuditEvent:
    whole: dict[str, object] = {"response": {"keyVersionId": "version"}}
    return replace(event(number), **whole | fields)  # type: ignore[arg-type]


def counting(store: Store, folder: Path, log: MerkleLog, node: str = "node-1") -> Reckoning:
    return Reckoning(store, LoggedUses(folder, log), node, lambda: datetime.now(UTC))


def counts(days: tuple[DayOfUses, ...]) -> dict[str, int]:
    return {tally.action: tally.count for day in days for tally in day.tallies}


def total(days: tuple[DayOfUses, ...]) -> int:
    return sum(tally.count for day in days for tally in day.tallies)


def with_log(folder: Path, story: Story) -> None:
    async def whole() -> None:
        log = await opened(folder)
        try:
            await story(log)
        finally:
            await log.close()

    asyncio.run(whole())


def test_every_event_is_counted_once_however_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uses, "PORTION", 3000)
    monkeypatch.setattr(reckoning, "AT_ONCE", 2)
    store = MemoryStore()

    async def story(log: MerkleLog) -> None:
        one = counting(store, tmp_path, log)
        assert await one.catch_up()
        assert await store.bookmarks() != ()
        for number in range(40):
            await log.append(used(number))
        one = counting(store, tmp_path, log)  # as after a start
        assert not await one.catch_up()  # two portions of it
        for number in range(7):
            await log.append(used(number))  # one has them in its memory, and another reads them
        another = counting(store, tmp_path, log)
        while not await another.catch_up():
            pass
        assert await another.catch_up()
        assert counts(await store.uses(MINE)) == {"kms.secrets.wrap": 47}
        (mark,) = await store.bookmarks()
        assert (mark.node, mark.index) == ("node-1", 47)
        assert mark.at is not None
        assert START - mark.at < timedelta(seconds=1)

    with_log(tmp_path, story)


def test_what_is_no_use_of_a_key_is_not_counted(tmp_path: Path) -> None:
    store = MemoryStore()

    async def story(log: MerkleLog) -> None:
        await log.append(used(0, outcome="failure", failure="no", reason_code=409))
        await log.append(used(1, target_id=f"{CRN}::", message=f":key:{KEY}"))
        await log.append(used(2, action="iam-identity.apikey.create"))
        await log.append(used(3, action="kms.secrets.rotate", response={}))
        await log.append(used(4, action="kms.secrets.rewrap", response=TWO_VERSIONS))
        await log.append(used(5, caller=replace(CALLER, iam_id=IamId("IBMid-2"))))
        assert await counting(store, tmp_path, log).catch_up()
        (day,) = await store.uses(MINE)
        told = {(tally.action, tally.versions, tally.caller, tally.count) for tally in day.tallies}
        assert told == {
            ("kms.secrets.rotate", (), CALLER.iam_id, 1),
            ("kms.secrets.rewrap", ("a", "b"), CALLER.iam_id, 1),
            ("kms.secrets.wrap", ("version",), "IBMid-2", 1),
        }
        assert (day.day, day.node) == (START.date().toordinal(), "node-1")

    with_log(tmp_path, story)


def test_two_processes_on_one_database_count_each_its_own(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)

    async def node(name: str, numbers: range) -> None:
        store, folder = await place.open(name), tmp_path / name
        log = await opened(folder)
        try:
            for number in numbers:
                await log.append(used(number))
            assert await counting(store, folder, log, name).catch_up()
        finally:
            await log.close()
            await store.close()

    async def whole() -> None:
        await asyncio.gather(node("node-1", range(7)), node("node-2", range(4)))
        store = await place.open()
        days = await store.uses(MINE)
        assert [(day.node, day.tallies[0].count) for day in days] == [("node-1", 7), ("node-2", 4)]
        assert [(mark.node, mark.index) for mark in await store.bookmarks()] == [("node-1", 7), ("node-2", 4)]
        await store.close()

    asyncio.run(whole())


def test_two_logs_under_one_name_are_counted_each_once(tmp_path: Path) -> None:
    store = MemoryStore()

    async def whole() -> None:
        logs = {name: await opened(tmp_path / name) for name in ("here", "there")}
        number = 0
        for _ in range(4):
            both = {name: counting(store, tmp_path / name, log) for name, log in logs.items()}  # a restart
            for _ in range(2):
                for name, more in (("here", 3), ("there", 1), ("there", 0), ("here", 0)):
                    for _ in range(more):
                        await logs[name].append(used(number))
                        number += 1
                    assert await both[name].catch_up()
                    assert counts(await store.uses(MINE)) == {"kms.secrets.wrap": number}
        (mark,) = await store.bookmarks()
        assert {mark.index, *(it.index for it in mark.others)} == {24, 8}
        for log in logs.values():
            await log.close()

    asyncio.run(whole())


def test_a_log_that_was_moved_aside_and_comes_back_goes_on_where_it_was() -> None:
    first, second = Mark("first", 7), Mark("second", 3)
    mark = Bookmark(node="node-1", index=5, at=START)  # of a version that did not say which log
    assert mark.index_of("first") == 5
    mark = mark.moved(first, None)
    assert (mark.index_of("first"), mark.at, mark.index_of("second")) == (7, START, 0)
    for at in (Mark("", 0), second):  # a new log, without an event and with some
        mark = mark.moved(at, None)
        assert [mark.index_of(log) for log in ("first", "second")] == [7, at.index]
        assert mark.at is None
    assert mark.moved(first, START).index_of("second") == 3
    for number in range(100):
        mark = mark.moved(Mark(f"{number}", number), None)
    assert len(mark.others) == 16
    assert mark.index_of("98") == 98


@pytest.mark.parametrize("portion", [1, 3000, uses.PORTION])
@pytest.mark.parametrize("how", ["removed", "put back"])
def test_a_bookmark_that_is_gone_or_an_older_one_counts_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, portion: int
) -> None:
    monkeypatch.setattr(uses, "PORTION", portion)
    store = MemoryStore()
    keys = [KeyId(f"{INSTANCE[:-1]}{number}") for number in range(5)]
    every = replace(MINE, keys=frozenset(keys))

    async def story(log: MerkleLog) -> None:
        one, old = counting(store, tmp_path, log), Bookmark(node="node-1", index=0, at=None)
        for number in range(40):
            key = keys[number * number % 5]  # some are used now and then, one never, and one alone at the end
            await log.append(used(number, target_id=f"{CRN}:key:{keys[4] if number > 36 else key}"))
            if number % 3 == 0:
                assert await one.catch_up()
            if number == 20:
                (old,) = await store.bookmarks()
        assert await one.catch_up()
        before = await store.uses(every)
        assert total(before) == 40
        (mark,) = await store.bookmarks()
        change = Change()
        change.remove(mark)
        if how == "put back":
            change = Change()
            change.put(old, was=mark)
        await store.commit(change, None)
        for again in (one, counting(store, tmp_path, log)):  # the same process, and another
            while not await again.catch_up():
                pass
            assert await store.uses(every) == before
            (mark,) = await store.bookmarks()
            assert (mark.index, mark.at is not None) == (40, how == "put back")
        await log.append(used(41, target_id=f"{CRN}:key:{keys[0]}"))
        assert await again.catch_up()
        assert total(await store.uses(every)) == 41

    with_log(tmp_path, story)


def test_what_a_crash_left_uncounted_is_counted_after_it(tmp_path: Path) -> None:
    store, folder = MemoryStore(), tmp_path / "log"

    class Fails(MemoryStore):
        async def commit(self, change: Change, event: AuditEvent | None) -> None:  # noqa: ARG002 - as the port
            raise Unavailable("the database is gone")

    async def whole() -> None:
        log = await opened(folder)
        await log.append(used(0))
        with pytest.raises(Unavailable):
            await counting(Fails(), folder, log).catch_up()
        await abandon(log)
        log = await opened(folder)
        await log.append(used(1))
        assert await counting(store, folder, log).catch_up()
        assert counts(await store.uses(MINE)) == {"kms.secrets.wrap": 2}
        await log.close()

    asyncio.run(whole())


def test_nothing_is_counted_that_is_not_durable_yet(tmp_path: Path) -> None:
    store = MemoryStore()

    class Behind:
        size = 1

        def __init__(self) -> None:
            self.followers: list[Callable[[list[AuditEvent]], None]] = []

    async def story(log: MerkleLog) -> None:
        for number in range(3):
            await log.append(used(number))
        one = Reckoning(store, LoggedUses(tmp_path, Behind()), "node-1", lambda: datetime.now(UTC))
        assert await one.catch_up()
        assert counts(await store.uses(MINE)) == {"kms.secrets.wrap": 1}

    with_log(tmp_path, story)


def test_what_is_counted_in_memory_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in the way: a store that fails between, too many kinds of use, and nothing new."""
    monkeypatch.setattr(recent, "MOST_KINDS", 2)
    store = Unwilling()

    async def story(log: MerkleLog) -> None:
        one = counting(store, tmp_path, log)
        assert await one.catch_up()
        for number in range(30):
            caller = replace(CALLER, iam_id=IamId(f"IBMid-{number // 3 % 4}"))  # four kinds: more than two
            await log.append(used(number, caller=caller, time=START + timedelta(seconds=number)))
            store.fails = number % 5 == 0
            if number % 2 == 0:
                with suppress(Unavailable):
                    await one.catch_up()
        store.fails = False
        while not await one.catch_up():
            pass
        days = await store.uses(MINE)
        told = {(tally.caller, tally.count) for day in days for tally in day.tallies}
        assert told == {("IBMid-0", 9), ("IBMid-1", 9), ("IBMid-2", 6), ("IBMid-3", 6)}
        (mark,) = await store.bookmarks()
        assert (mark.index, mark.at) == (30, as_logged(START) + timedelta(seconds=29))

    with_log(tmp_path, story)


def test_many_keys_are_counted_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses, "PORTION", 1)  # an event each
    monkeypatch.setattr(reckoning, "MOST_DAYS", 2)
    store = MemoryStore()

    async def story(log: MerkleLog) -> None:
        keys = [KeyId(f"{INSTANCE[:-1]}{number}") for number in range(5)]
        for number, key in enumerate(keys):
            await log.append(used(number, target_id=f"{CRN}:key:{key}"))
        one, every = counting(store, tmp_path, log), replace(MINE, keys=frozenset(keys))
        for days, whole in ((2, False), (4, False), (5, True)):
            assert await one.catch_up() is whole
            assert len(await store.uses(every)) == days

    with_log(tmp_path, story)


def test_memory_and_log_say_the_same(tmp_path: Path) -> None:
    """An event is counted alike whether it is new or read."""
    new, read = MemoryStore(), MemoryStore()
    crn = f"{CRN}:key:"

    async def story(log: MerkleLog) -> None:
        follows = counting(new, tmp_path, log)
        for event_ in (
            used(0, outcome="failure", failure="no", reason_code=409),
            used(1, target_id=f"{CRN}::", message=f":key:{KEY}"),
            used(2, action="iam-identity.apikey.create"),
            used(3, action="kms.secrets.rotate", response={}),
            used(
                4, response={"keyVersionId": "a", "rewrappedKeyVersionId": "b"}, action="kms.secrets.rewrap"
            ),
            used(5, request={"instanceID": INSTANCE}, log_source=""),
            used(6, log_source=""),  # of no instance
            used(7, target_id=crn, time=START - timedelta(days=1)),
        ):
            await log.append(event_)
        assert await follows.catch_up()
        assert await counting(read, tmp_path, log).catch_up()
        assert await new.bookmarks() == await read.bookmarks()
        assert await new.uses(MINE) == await read.uses(MINE) != ()

    with_log(tmp_path, story)


class Unwilling(MemoryStore):
    """A store that fails when it is told to."""

    fails = False

    async def commit(self, change: Change, event: AuditEvent | None) -> None:
        if self.fails:
            raise Unavailable("the database is gone")
        await super().commit(change, event)


def test_a_damaged_event_ends_it_and_nothing_is_counted_twice(tmp_path: Path) -> None:
    store = MemoryStore()

    async def story(log: MerkleLog) -> None:
        await log.append(used(0))
        one = counting(store, tmp_path, log)
        assert await one.catch_up()
        await log.append(used(1))
        octets = bytearray((tmp_path / "events").read_bytes())
        octets[-400:-20] = b"x" * 380
        (tmp_path / "events").write_bytes(octets)
        one = counting(store, tmp_path, log)  # as after a start: what it counted itself it need not read
        for _ in range(2):
            with pytest.raises(Tampered):
                await one.catch_up()
        assert counts(await store.uses(MINE)) == {"kms.secrets.wrap": 1}

    async def whole() -> None:
        log = await opened(tmp_path)
        await story(log)
        await abandon(log)

    asyncio.run(whole())


@pytest.mark.parametrize("read", [False, True], ids=["counted", "read"])
def test_who_had_assumed_the_caller_the_last_time(tmp_path: Path, *, read: bool) -> None:
    store, people = MemoryStore(), [IamId(f"IBMid-{number}") for number in range(50)]

    async def story(log: MerkleLog) -> None:
        one = counting(store, tmp_path, log)
        await one.catch_up()
        for number, who in enumerate(people):
            behind = Behind(iam_id=who, name="somebody")
            await log.append(used(number, caller=replace(CALLER, behind=behind)))
        await log.append(used(0, caller=replace(CALLER, behind=Behind(iam_id=IamId("early"), name=""))))
        if read:
            one = counting(store, tmp_path, log)  # as after a start
        assert await one.catch_up()
        (tally,) = (await store.uses(MINE))[0].tallies
        assert (tally.caller, tally.behind, tally.count) == (CALLER.iam_id, people[-1], 51)
        later = START + timedelta(hours=1)
        await log.append(used(0, time=later))  # by the caller himself
        assert await one.catch_up()
        (tally,) = (await store.uses(MINE))[0].tallies
        assert (tally.behind, tally.count) == (None, 52)

    with_log(tmp_path, story)


def test_more_callers_than_are_told_apart_are_said() -> None:
    seen = [
        Seen(
            instance=InstanceId(INSTANCE),
            key=KEY,
            versions=("version",),
            caller=f"IBMid-{number}",
            action="kms.secrets.wrap",
            at=START,
            count=1,
        )
        for number in range(MOST_TALLIES + 3)
    ]
    day = DayOfUses(instance=InstanceId(INSTANCE), key=KEY, day=1, node="node-1").with_seen(seen)
    assert (len(day.tallies), day.more) == (MOST_TALLIES, 3)
    again = day.with_seen(seen[:1])
    assert (again.tallies[0].count, again.more) == (2, 3)
