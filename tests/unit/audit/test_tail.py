import asyncio
from pathlib import Path

import pytest

from keystead.audit.verify import follow, tail
from keystead.domain.errors import Tampered
from unit.audit.sample import append, event_id, lines, opened, put, written


@pytest.mark.parametrize("count", [0, 1, 3, 10, 11])
def test_last_events_oldest_first(tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keystead.audit.records._BLOCK", 1500)
    written(tmp_path, 10)
    assert [record.index for record in tail(tmp_path, count)] == list(range(10 - min(count, 10), 10))


def test_a_line_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    written(tmp_path, 3)
    records = lines(tmp_path)
    put(tmp_path, [*records[:2], records[2][:100]])
    assert [record.index for record in tail(tmp_path, 5)] == [0, 1]
    assert [record.index for record in follow(tmp_path, lambda: False)] == [0, 1]


def test_follows_what_comes(tmp_path: Path) -> None:
    written(tmp_path, 2)
    turns = iter([range(2, 4), range(4, 4), range(4, 5)])

    def wait() -> bool:
        numbers = next(turns, None)
        if numbers is None:
            return False

        async def more() -> None:
            log = await opened(tmp_path)
            await append(log, numbers)
            await log.close()

        asyncio.run(more())
        return True

    assert [record.id for record in follow(tmp_path, wait)] == [event_id(n) for n in range(5)]


def test_follows_from_the_end_and_over_half_a_line(tmp_path: Path) -> None:
    written(tmp_path, 3)
    records = lines(tmp_path)
    put(tmp_path, [records[0], records[1][:60]])

    def wait() -> bool:
        if lines(tmp_path)[-1:] == records[-1:]:
            return False
        put(tmp_path, records)
        return True

    assert [record.index for record in follow(tmp_path, wait, start=len(records[0]))] == [1, 2]


def test_damage_is_told(tmp_path: Path) -> None:
    written(tmp_path, 3)
    put(tmp_path, [line.replace(b"my-key", b"my-kez") for line in lines(tmp_path)])
    with pytest.raises(Tampered):
        tail(tmp_path, 1)
    with pytest.raises(Tampered):
        next(follow(tmp_path, lambda: False))
