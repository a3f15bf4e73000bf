"""What every store does with counted uses of keys, and with how far logs are counted."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from keystead.domain.changes import Change
from keystead.domain.errors import Conflict
from keystead.domain.ids import IamId, InstanceId, KeyId, random_uuid
from keystead.domain.key_uses import Bookmark, DayOfUses, Mark, Tally, UseQuery
from suites.store_placed import putting, removing
from suites.store_samples import NOW, Place, an_instance, in_loop, opened

TODAY = NOW.date()
TALLY = Tally(
    versions=(random_uuid(), random_uuid()),
    caller="iam-Profile-1",
    action="kms.secrets.rewrap",
    count=7,
    last=NOW,
    behind=IamId("IBMid-1"),
)


def a_day(instance: InstanceId, key: KeyId, **fields: Any) -> DayOfUses:
    """Return a day in which every field says something, unless *fields* says otherwise."""
    whole: dict[str, Any] = {
        "instance": instance,
        "key": key,
        "day": TODAY.toordinal(),
        "node": "node-1",
        "tallies": (TALLY, replace(TALLY, versions=(), action="kms.secrets.rotate", count=1)),
        "more": 3,
        "marks": (Mark(random_uuid(), 3), Mark(random_uuid(), 5)),
    }
    return DayOfUses(**whole | fields)


class KeyUseSuite:
    """Days of uses, and bookmarks."""

    @in_loop
    async def test_days_come_back_by_key_day_and_node(self, place: Place) -> None:
        async with opened(place) as store:
            mine, theirs = await an_instance(store), await an_instance(store)
            first, second = sorted((KeyId(random_uuid()), KeyId(random_uuid())))
            days = [
                a_day(mine, key, day=(TODAY - timedelta(days=ago)).toordinal(), node=node)
                for key in (first, second)
                for ago in (2, 1, 0)
                for node in ("node-1", "node-2")
            ]
            change = Change()
            for day in (*reversed(days), a_day(theirs, first)):
                change.put(day, was=None)
            await store.commit(change, None)
        async with opened(place) as store:
            both = UseQuery(instance=mine, keys=frozenset({first, second}), since=date.min)
            assert await store.uses(both) == tuple(days)
            assert await store.uses(replace(both, keys=frozenset({second}))) == tuple(days[6:])
            within = replace(both, since=TODAY - timedelta(days=1), before=TODAY)
            assert await store.uses(within) == (*days[2:4], *days[8:10])
            assert await store.uses(replace(both, keys=frozenset())) == ()

    @in_loop
    async def test_a_day_is_replaced_only_as_it_was_and_commits_with_its_bookmark(self, place: Place) -> None:
        async with opened(place) as store:
            instance, key = await an_instance(store), KeyId(random_uuid())
            was, mark = (
                a_day(instance, key),
                Bookmark(node="node-1", index=5, at=NOW, log=random_uuid(), others=(Mark(random_uuid(), 3),)),
            )
            change = putting(was)
            change.put(mark, was=None)
            await store.commit(change, None)
            now, after = replace(was, more=9), replace(mark, index=7, at=None)
            for stale in (replace(was, more=1), None):
                change = putting(after, mark)
                change.put(now, was=stale)
                with pytest.raises(Conflict):
                    await store.commit(change, None)
            assert await store.bookmarks() == (mark,)
            change = putting(after, mark)
            change.put(now, was=was)
            await store.commit(change, None)
            await store.commit(putting(Bookmark(node="node-0", index=1, at=NOW)), None)
        async with opened(place) as store:
            asked = UseQuery(instance=instance, keys=frozenset({key}), since=TODAY)
            assert await store.uses(asked) == (now,)
            assert [(it.node, it.index) for it in await store.bookmarks()] == [("node-0", 1), ("node-1", 7)]

    @in_loop
    async def test_old_days_are_found_whoever_has_them_and_go(self, place: Place) -> None:
        async with opened(place) as store:
            long_ago = date(1999, 1, 1)  # stores of other tests have nothing as old
            old = [
                a_day(await an_instance(store), KeyId(random_uuid()), day=long_ago.toordinal() + number)
                for number in range(3)
            ]
            for day in old:
                await store.commit(putting(day), None)
            assert await store.old_uses(long_ago + timedelta(days=2), 9) == tuple(old[:2])
            assert len(await store.old_uses(long_ago + timedelta(days=3), 2)) == 2
            for day in old:
                await store.commit(removing(day), None)
            assert await store.old_uses(long_ago + timedelta(days=3), 9) == ()
