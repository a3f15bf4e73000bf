"""What an export reads: signed events, each once and in order, of the log that it knows."""

import asyncio
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from keystead.crypto.signatures import Signer
from keystead.domain.errors import Tampered
from keystead.domain.material import KeyMaterial
from keystead.export.batches import Source
from keystead.export.cursor import Cursor
from unit.audit.sample import ORIGIN, append, lines, opened, put, with_log, written


def indexes(source: Source, cursor: Cursor, most: int) -> list[list[int]]:
    found = []
    while (batch := source.batch(cursor, most)).records:
        found.append([record.index for record in batch.records])
        cursor = batch.after
    return found


@pytest.mark.parametrize("most", [1, 2, 3, 7, 100])
def test_only_what_is_signed_in_batches_of_any_length(source: Source, most: int) -> None:
    found = indexes(source, source.start(), most)
    assert [index for batch in found for index in batch] == list(range(7))
    assert all(len(batch) == most for batch in found[:-1])


def test_an_export_goes_on_where_it_stood(source: Source) -> None:
    cursor = source.batch(source.start(), 3).after
    source.require_known(cursor)
    assert (cursor.origin, cursor.index) == (ORIGIN, 3)
    assert indexes(source, cursor, 100) == [[3, 4, 5, 6]]
    end = source.batch(cursor, 100).after
    assert not source.batch(end, 100).records

    async def more() -> None:
        log = await opened(source.directory)
        await append(log, range(9, 12))
        await log.close()

    asyncio.run(more())
    source.require_known(end)
    assert indexes(source, end, 100) == [[7, 8, 9, 10, 11]]


def test_an_empty_log(tmp_path: Path, source: Source) -> None:
    with_log(tmp_path / "new", lambda _log: asyncio.sleep(0))
    new = replace(source, directory=tmp_path / "new")
    cursor = new.start()
    new.require_known(cursor)
    assert not new.batch(cursor, 10).records


def test_another_log_is_not_taken_for_this_one(source: Source, tmp_path: Path) -> None:
    cursor = source.batch(source.start(), 3).after
    written(tmp_path / "other", 7)
    other = replace(source, directory=tmp_path / "other")
    with pytest.raises(Tampered, match="event 2 is not where"):
        other.require_known(cursor)
    with pytest.raises(Tampered, match="the cursor is of the log elsewhere"):
        source.require_known(msgspec.structs.replace(cursor, origin="elsewhere"))


def test_a_checkpoint_of_another_key(source: Source) -> None:
    stranger = Signer.from_seed(KeyMaterial(bytes(32))).public
    with pytest.raises(Tampered):
        replace(source, public=stranger).start()


def test_damage_holds_the_export_up(source: Source) -> None:
    kept = lines(source.directory)
    for wrong in (
        [*kept[:2], *kept[3:]],
        [kept[1], kept[0], *kept[2:]],
        kept[:5],
        [kept[0], kept[1].replace(b"success", b"failure"), *kept[2:]],
        [kept[0][:-20]],
    ):
        put(source.directory, wrong)
        with pytest.raises(Tampered):
            source.batch(source.start(), 100)
    put(source.directory, kept)
    assert len(source.batch(source.start(), 100).records) == 7
