"""A walk: so many steps, drawn by a seed from all that a machine can do.

Steps are drawn here and not by Hypothesis, which ends most of its examples after a few of them: limits that
many steps lead up to were hardly ever met. The same seed takes the same steps each time.
"""

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from inspect import signature
from random import Random
from typing import Any, Final, Protocol, TypeVar, cast

F = TypeVar("F", bound=Callable[..., None])


@dataclass(frozen=True)
class Step:
    """Something that a machine can do."""

    name: str  # of the method
    weight: int  # how often it is taken beside the others; never where it is only a part of them
    choices: dict[str, Sequence[Any]]  # for each argument


@dataclass(frozen=True)
class Taken:
    """A step with its arguments; as text it is the call."""

    name: str
    given: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.given.items())})"

    @classmethod
    def read(cls, text: str) -> "Taken":
        """Return the step whose text this is."""
        call = ast.parse(text.strip(), mode="eval").body
        assert isinstance(call, ast.Call), text
        assert isinstance(call.func, ast.Name), text
        return cls(call.func.id, {str(it.arg): ast.literal_eval(it.value) for it in call.keywords})


@dataclass
class Parts:
    """What steps were made of: where a step takes others, these."""

    of: list[list[Taken]] = field(default_factory=list)  # by the steps of a walk
    depth: int = 0


class Walker(Protocol):
    """Whoever takes steps, which are its methods."""

    @property
    def parts(self) -> Parts: ...
    def check(self) -> None: ...


STEPS: Final[dict[str, Step]] = {}


def step(weight: int, **choices: Sequence[Any]) -> Callable[[F], F]:
    """Let walks take a method as a step."""

    def note(method: F) -> F:
        assert method.__name__ not in STEPS
        STEPS[method.__name__] = Step(method.__name__, weight, choices)
        shape = signature(method)

        @wraps(method)
        def taken(machine: Walker, *args: Any, **more: Any) -> None:
            parts = machine.parts
            if parts.depth == 1 and parts.of:  # there are none before a walk
                _, *given = shape.bind(machine, *args, **more).arguments.items()
                parts.of[-1].append(Taken(method.__name__, dict(given)))
            parts.depth += 1
            try:
                method(machine, *args, **more)
            finally:
                parts.depth -= 1

        return cast("F", taken)

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


def drawn(seed: int, many: int) -> list[Taken]:
    """Return the steps that *seed* leads to."""
    chance = Random(seed)  # noqa: S311 - it is to be foreseen
    steps = Deck([one for one in STEPS.values() for _ in range(one.weight)], chance)
    arguments = {
        one.name: {name: Deck(values, chance) for name, values in one.choices.items()}
        for one in STEPS.values()
    }
    turns = (steps.deal().name for _ in range(many))
    return [Taken(name, {of: deck.deal() for of, deck in arguments[name].items()}) for name in turns]


def go(machine: Walker, steps: Iterable[Taken]) -> None:
    """Take the steps; how many were begun is the length of the machine's `Parts`."""
    for one in steps:
        machine.parts.of.append([])
        getattr(machine, one.name)(**one.given)
        machine.check()
