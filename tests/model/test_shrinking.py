"""A walk that fails is made short, and fails as it did: with faults that are planted here."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from keystead.domain import lifecycle
from model.bench import Bench, opened
from model.lives import begun
from model.report import VARIABLE, walk
from model.shrinking import Failure, Shrinking
from model.walk import Parts, Taken, drawn, go

_FIRST = 60  # steps


class Counting:
    """Takes a step that does nothing, and one that does it twice; the seventh time it fails."""

    def __init__(self, wrong: int = 7) -> None:
        self.parts, self.wrong, self.seen = Parts(), wrong, 0

    def idle(self) -> None:
        """Do nothing."""

    def rise(self, by: int) -> None:
        self.seen += by
        assert self.seen < self.wrong

    def rise_twice(self, by: int) -> None:
        for _ in range(2):
            self.parts.of[-1].append(Taken("rise", {"by": by}))
            self.rise(by)

    def check(self) -> None:
        """There is nothing to check."""


IDLE, RISE, TWICE = Taken("idle", {}), Taken("rise", {"by": 1}), Taken("rise_twice", {"by": 3})


def shrunk(steps: list[Taken], **limits: float) -> Shrinking:
    machine = Counting()
    with pytest.raises(AssertionError) as caught:
        go(machine, steps)
    found = Shrinking(steps, Failure.of(caught.value), Counting, **limits)  # type: ignore[arg-type]
    found.run()
    return found


def test_what_does_not_matter_is_left_out() -> None:
    steps = [*[IDLE] * 50, *([RISE, IDLE, IDLE] * 7)]
    assert shrunk(steps).steps == [RISE] * 7


def test_of_steps_that_take_others_only_those_are_left() -> None:
    assert shrunk([IDLE, TWICE, IDLE, RISE]).steps == [*[Taken("rise", {"by": 3})] * 2, RISE]


def test_tries_are_limited() -> None:
    steps = [*[IDLE] * 50, *[RISE] * 7]
    found = shrunk(steps, tries=4)
    assert (found.tried, found.steps) == (4, steps[-8:])
    found = shrunk(steps, seconds=-1)
    assert (found.tried, found.steps, found.repeated) == (0, steps, False)


def test_another_failure_is_not_taken_for_this_one() -> None:
    steps = [RISE, IDLE, Taken("rise", {"by": 6})]
    machines = (Counting(wrong) for wrong in count(-1))

    def odd() -> Counting:
        return next(machines)

    error = KeyError("of another sort")
    found = Shrinking(steps, Failure.of(error), odd)
    assert (found.run(), found.repeated) == (steps, False)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with opened(tmp_path, "memory:") as bench:
        yield bench


def test_a_walk_of_the_service_is_made_short(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault: a key that was disabled or deleted a moment ago can be enabled or restored."""
    monkeypatch.setattr(lifecycle, "_require_pause", lambda *_: None)
    with pytest.raises(AssertionError) as caught:
        walk(lambda: begun(bench), drawn(0, _FIRST), "seed 0")
    (told,) = caught.value.__notes__
    *lines, again = told.splitlines()[1:]
    assert 2 <= len(lines) <= 3
    steps = [Taken.read(line) for line in lines]
    with pytest.raises(AssertionError) as once_more:
        go(begun(bench), steps)
    assert Failure.of(once_more.value) == Failure.of(caught.value)
    path = Path(again.partition(f"{VARIABLE}=")[2].split()[0])
    assert path.read_text().splitlines() == lines
    path.unlink()
    monkeypatch.undo()
    go(begun(bench), steps)
