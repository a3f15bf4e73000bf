"""Batches, retries, rest, and where an export goes on after a crash."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from keystead.client.errors import BadInput
from keystead.export import cursor as cursors
from keystead.export.batches import Batch, Source
from keystead.export.pump import Breaker, Pump
from keystead.export.sinks import NotTaken, TooLarge


class Enough(Exception):
    """Ends an export that would go on for ever."""


@dataclass
class Fake:
    """A sink that fails as it is told, and the waits of its export."""

    fails: list[type[Exception] | None] = field(default_factory=list)
    most: int = 100
    taken: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    patience: int = 1000

    def send(self, batch: Batch) -> None:
        if len(batch.records) > self.most:
            raise TooLarge("too large")
        if self.fails and (error := self.fails.pop(0)) is not None:
            raise error("down")
        self.taken += [record.index for record in batch.records]

    def close(self) -> None:
        """Nothing is open."""

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) >= self.patience:
            raise Enough


def pump(source: Source, sink: Fake, folder: Path, most: int = 2) -> Pump:
    breaker = Breaker(jitter=lambda: 1.0)
    return Pump(source, sink, folder / "cursor", most, sink.told.append, sink.sleep, breaker)


def test_once(source: Source, tmp_path: Path) -> None:
    sink = Fake()
    assert pump(source, sink, tmp_path).run(once=True) == 7
    assert sink.taken == list(range(7))
    assert pump(source, sink, tmp_path).run(once=True) == 0
    assert (sink.taken, sink.told, sink.slept) == (list(range(7)), [], [])


def test_once_with_a_sink_that_fails(source: Source, tmp_path: Path) -> None:
    sink = Fake([None, NotTaken])
    with pytest.raises(NotTaken):
        pump(source, sink, tmp_path).run(once=True)
    assert sink.taken == [0, 1]
    assert pump(source, sink, tmp_path).run(once=True) == 5
    assert sink.taken == list(range(7))


def test_retries_then_rest_then_back(source: Source, tmp_path: Path) -> None:
    sink = Fake([None, *[NotTaken] * 7], patience=9)
    with pytest.raises(Enough):
        pump(source, sink, tmp_path).run(once=False)
    assert sink.slept == [1, 2, 4, 8, 60, 60, 60, 1, 1]  # the last two: nothing new in the log
    assert sink.taken == list(range(7))
    assert sink.told == [
        "not taken, trying again: down",
        "still not taken, now trying once a minute: down",
        "the sink takes events again",
    ]


def test_waits_are_spread() -> None:
    waits = {Breaker().failed() for _ in range(50)}
    assert len(waits) > 1
    assert all(0.5 <= wait <= 1 for wait in waits)


def test_a_batch_that_is_too_large_is_halved(source: Source, tmp_path: Path) -> None:
    sink = Fake(most=1)
    assert pump(source, sink, tmp_path, most=100).run(once=True) == 7
    assert sink.taken == list(range(7))


def test_a_crash_before_the_cursor_was_written_sends_twice_and_leaves_none_out(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = Fake()
    write, writes = cursors.write, iter([True, False])

    def crash(file: Path, cursor: cursors.Cursor) -> None:
        if not next(writes, True):
            raise Enough
        write(file, cursor)

    monkeypatch.setattr(cursors, "write", crash)
    with pytest.raises(Enough):
        pump(source, sink, tmp_path).run(once=True)
    pump(source, sink, tmp_path).run(once=True)
    assert sink.taken == [0, 1, 2, 3, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("content", [b"", b"{", b'{"index": 1}', b"\xff", b"[]", b"x" * 10_000])
def test_a_cursor_that_is_none(source: Source, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cursor").write_bytes(content)
    with pytest.raises(BadInput, match="is no cursor"):
        pump(source, Fake(), tmp_path).run(once=True)


def test_a_cursor_that_cannot_be_written(source: Source, tmp_path: Path) -> None:
    sink = Fake()
    with pytest.raises(BadInput, match="cannot write the cursor"):
        pump(source, sink, tmp_path / "nowhere").run(once=True)
