"""What a walk that fails tells: its seed, and the few of its steps that fail alone."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, TypeVar

from model.shrinking import Failure, Shrinking
from model.walk import Taken, Walker, go

W = TypeVar("W", bound=Walker)
VARIABLE: Final = "KEYSTEAD_MODEL_WALK"
_SHOWN: Final = 25  # steps


def walk(fresh: Callable[[], W], steps: Sequence[Taken], name: str) -> W:
    """Take the steps in a fresh world, and return it; what is raised tells how to fail as fast as can be."""
    machine = fresh()
    try:
        go(machine, steps)
    except Exception as error:
        begun = list(steps[: len(machine.parts.of)])
        found = Shrinking(begun, Failure.of(error), fresh)
        found.run()
        error.add_note(told(found, f"{name}, step {len(begun)}"))
        raise
    return machine


def told(found: Shrinking, where: str) -> str:
    """Return what to say of a walk that failed."""
    lines = [str(one) for one in found.steps]
    if found.repeated:
        said = f"{where}; so do these {len(lines)} steps alone, found in {found.tried} tries"
    else:
        said = f"{where}; it did not happen again in a world of its own"
    said += f". The last {_SHOWN} of {len(lines)}:" if len(lines) > _SHOWN else ":"
    again = f'To walk so again: {VARIABLE}={_kept(lines)} make test ARGS="tests/model -k given"'
    return "\n".join([said, *lines[-_SHOWN:], again])


def _kept(lines: Sequence[str]) -> Path:
    with NamedTemporaryFile("w", prefix="keystead-walk-", suffix=".txt", delete=False) as file:
        file.write("".join(f"{line}\n" for line in lines))
    return Path(file.name)
