"""Grants as older versions wrote them are read as what they were, and written as what they are now."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.grants import Grant, granted
from keystead.domain.ids import AccountId, IamId, InstanceId, KeyId, RingId
from keystead.storage import records
from keystead.storage.old_grants import read_grant
from keystead.storage.roster_places import OWNERS
from suites.store_places import sqlite_place
from suites.store_samples import added, an_event, an_identity, in_loop, opened

OLD = {"id": "g", "subject": "IBMid-1", "account": "a" * 32, "role": "Writer"}
PLACES: tuple[dict[str, str], ...] = (
    {},
    {"instance": "0b0f1d1c-5a6f-4b07-8a44-6a6f0a1c9e11"},
    {"instance": "0b0f1d1c-5a6f-4b07-8a44-6a6f0a1c9e11", "ring": "hr"},
    {"key": "4b07"},
)


@pytest.mark.parametrize("place", PLACES)
def test_an_old_record_is_a_grant_of_one_role(place: dict[str, str]) -> None:
    nothing = {"instance": None, "ring": None, "key": None}
    found = read_grant(msgspec.msgpack.encode({**OLD, **nothing, **place}))
    assert found == granted(
        id="g",
        subject=IamId("IBMid-1"),
        account=AccountId("a" * 32),
        roles=(Role.WRITER,),
        instance=InstanceId(place["instance"]) if "instance" in place else None,
        ring=RingId(place["ring"]) if "ring" in place else None,
        key=KeyId(place["key"]) if "key" in place else None,
    )
    assert read_grant(msgspec.msgpack.encode(found)) == found


def test_a_role_that_nobody_knows_grants_nothing() -> None:
    with pytest.raises(msgspec.ValidationError):
        read_grant(msgspec.msgpack.encode({**OLD, "role": "Emperor"}))


@in_loop
async def test_an_old_row_can_be_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = an_identity()

    @dataclass
    class Older:
        id: str
        subject: IamId
        account: AccountId
        role: str

    place = sqlite_place(tmp_path)
    old = Older("g", ada.iam_id, ada.account, "Writer")
    async with opened(place) as store:
        with monkeypatch.context() as patch:
            patch.setitem(cast("Any", records.ADDITIONS), Older, records.GRANTS)
            patch.setitem(cast("Any", OWNERS), Older, OWNERS[Grant])
            await added(store, ada, old)  # type: ignore[arg-type]
    async with opened(place) as store:
        (grant,) = await store.grants(ada.iam_id)
        change = Change()
        change.put(new := replace(grant, description="known now", revision=2), was=grant)
        await store.commit(change, an_event())
        assert await store.grants(ada.iam_id) == (new,)
