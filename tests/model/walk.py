"""A walk: so many steps, drawn by a seed from all that a machine can do, with the trail of one that fails.

Steps are drawn here and not by Hypothesis, which ends most of its examples after a few of them: limits that
many steps lead up to were hardly ever met. The same seed takes the same steps each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, TypeVar

F = TypeVar("F", bound=Callable[..., None])
_SHOWN: Final = 25  # of the last steps of a trail


@dataclass(frozen=True)
class Step:
    """Something that a machine can do."""

    name: str  # of the method
    weight: int  # how often it is taken beside the others
    choices: dict[str, Sequence[Any]]  # for each argument


STEPS: Final[dict[str, Step]] = {}


def step(weight: int, **choices: Sequence[Any]) -> Callable[[F], F]:
    """Let walks take a method as a step."""

    def note(method: F) -> F:
        assert method.__name__ not in STEPS
        STEPS[method.__name__] = Step(method.__name__, weight, choices)
        return method

    return note


class Deck:
    """Cards that are dealt in any order, and each of them before one comes again: rare ones come too."""

    def __init__(self, cards: Sequence[Any], chance: Random) -> None:
        self._cards, self._chance = cards, chance
        self._left: list[Any] = []

    def deal(self) -> Any:
        """Return the next one."""
        if not self._left:
            self._left = self._chance.sample(self._cards, len(self._cards))
        return self._left.pop()


class Walk:
    """What one seed leads to."""

    def __init__(self, machine: Any, seed: int) -> None:
        chance = Random(seed)  # noqa: S311 - it is to be foreseen
        self._machine, self._seed = machine, seed
        self._steps = Deck([one for one in STEPS.values() for _ in range(one.weight)], chance)
        self._arguments = {
            one.name: {name: Deck(values, chance) for name, values in one.choices.items()}
            for one in STEPS.values()
        }
        self._trail: list[str] = []

    def go(self, steps: int) -> None:
        """Take so many steps; what is raised tells of the last ones."""
        for _ in range(steps):
            one = self._steps.deal()
            given = {name: deck.deal() for name, deck in self._arguments[one.name].items()}
            self._trail.append(
                f"{one.name}({', '.join(f'{name}={value!r}' for name, value in given.items())})"
            )
            try:
                getattr(self._machine, one.name)(**given)
                self._machine.check()
            except Exception as error:
                error.add_note(self._told())
                raise

    def _told(self) -> str:
        last = "\n".join(self._trail[-_SHOWN:])
        return f"Seed {self._seed}, step {len(self._trail)}; the last ones, this one included:\n{last}"
