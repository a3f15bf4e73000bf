"""A walk that failed, made short: steps are left out as long as the rest fails the same way in a fresh world.

Delta debugging: chunks of half the walk are left out, then of a quarter, and so on down to single steps.
Steps name what they are about by number, so that each can be taken whatever was left out before it. In the
end, steps that consist of others give way to those.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from traceback import walk_tb
from typing import Final

from model.walk import Taken, Walker, go

TRIES: Final = 400
SECONDS: Final = 180.0
"""After these no other try is begun; what is shortest by then is reported."""
_STEPS: Final = Path(__file__).with_name("walk.py")


@dataclass(frozen=True)
class Failure:
    """What is the same where two walks fail the same way: no ids and no times."""

    kind: str
    places: tuple[str, ...]  # the lines of the innermost step, and of ours that it calls
    facts: object  # what was expected and found, where it was an answer

    @classmethod
    def of(cls, error: Exception) -> "Failure":
        lines: list[str] = []
        for frame, line in walk_tb(error.__traceback__):
            path = Path(frame.f_code.co_filename)
            if path == _STEPS:
                lines.clear()
            elif path.parent == _STEPS.parent:
                lines.append(f"{path.name}:{line}")
        return cls(type(error).__name__, tuple(lines), getattr(error, "facts", None))


@dataclass
class Shrinking:
    """The shortest walk that fails in one way, so far.

    Args:
        steps: a walk that failed; nothing after its last step is needed.
        failure: how.
        fresh: makes a machine in a world of its own, in which nothing has happened.
    """

    steps: list[Taken]
    failure: Failure
    fresh: Callable[[], Walker]
    tries: int = TRIES
    seconds: float = SECONDS
    tried: int = 0
    repeated: bool = False  # it failed that way once more

    def run(self) -> list[Taken]:
        """Return the shortest walk that was found; where it never failed again, the whole one."""
        self._ends = monotonic() + self.seconds
        self._parts: list[list[Taken]] = []
        if self._last_steps_alone() or self._still_fails(self.steps):
            self._leave_out_the_other_tenant()
            self._leave_out()
            while self._unfold():
                self._leave_out()
        return self.steps

    def _last_steps_alone(self) -> bool:
        """Tell whether a few of the last steps fail alone, which takes no time to see."""
        many = 1
        while many < len(self.steps):
            if self._still_fails(self.steps[-many:]):
                return True
            many *= 2
        return False

    def _leave_out_the_other_tenant(self) -> None:
        mine = (None, self.steps[-1].given.get("tenant"))
        self._still_fails([one for one in self.steps if one.given.get("tenant") in mine])

    def _leave_out(self) -> None:
        size = max(1, len(self.steps) // 2)
        while size:
            before, end = len(self.steps), len(self.steps)
            while end > 0:
                rest = self.steps[: max(0, end - size)] + self.steps[end:]
                end -= size
                if rest and self._still_fails(rest):
                    end = min(end, len(self.steps))
            if size > 1 or len(self.steps) == before:
                size //= 2

    def _unfold(self) -> bool:
        """Put the parts of a step in its place; tell whether there was one that could be."""
        for at, parts in enumerate(self._parts):
            if parts and self._still_fails([*self.steps[:at], *parts, *self.steps[at + 1 :]]):
                return True
        return False

    def _still_fails(self, steps: Sequence[Taken]) -> bool:
        """Take the steps, and keep them as what there is to shrink where they fail the same way."""
        if self.tried >= self.tries or monotonic() > self._ends:
            return False
        self.tried += 1
        machine = None
        try:
            machine = self.fresh()
            go(machine, steps)
        except Exception as error:  # noqa: BLE001 - whatever the walk failed with
            if machine is None or Failure.of(error) != self.failure:
                return False
            begun = len(machine.parts.of)
            self.steps, self._parts, self.repeated = list(steps[:begun]), machine.parts.of, True
            return True
        return False
