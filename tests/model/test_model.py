"""The API against a small model of it: any order of any requests of anybody, on SQLite and on PostgreSQL."""

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from conformance.witness import Pair, described
from keystead.domain.actions import Action
from keystead.domain.reasons import Reason
from model.bench import Bench, opened
from model.lives import EDGES, begun
from model.reference import MAY, OF_INSTANCES, STATES
from model.report import VARIABLE, walk
from model.walk import Taken, drawn, go

STEPS: Final = 400
SEEDS: Final = int(os.environ.get("KEYSTEAD_MODEL_SEEDS", "4"))
GIVEN: Final = os.environ.get(VARIABLE)  # a file of steps
MORE_SEEDS: Final = 4  # at most, where the others left something out
ELSEWHERE: Final = {
    Reason.UNAUTHORIZED,  # met too, but its answers name no reason
    Reason.BEARER_SUB_EXTRACTION,
    Reason.BAD_INSTANCE,
    Reason.BAD_BODY,
    Reason.BODY_QUERY_MISMATCH,
    Reason.COLLECTION_TOTAL,
    Reason.COLLECTION_RESOURCES,
    Reason.INVALID_FIELD,
    Reason.INVALID_QUERY_PARAM,
    Reason.NO_BODY,
    Reason.RECORD_CORRUPTED,
    Reason.SEARCH_TOO_BROAD,
    Reason.KEY_RING_QUOTA,
    Reason.ADAPTER_QUOTA,
    Reason.TOO_MANY,  # there are no limits here
    Reason.CERTIFICATE_QUOTA,
    Reason.TOO_EARLY,  # but for those below: that somebody else was faster
}
"""What no walk asks for: requests that are badly put, and records that are spoiled or by far too many."""
TOO_EARLY: Final = {
    (action, Reason.TOO_EARLY)
    for action in (Action.KEY_ENABLE, Action.KEY_RESTORE, Action.KEY_PURGE, Action.KEY_SYNC)
}
NEVER: Final = {
    (Action.KEY_CREATE, Reason.ALIAS_QUOTA),  # new keys come with no more aliases than a key may have
    (Action.KEY_CREATE_WITH_OVERRIDES, Reason.ALIAS_QUOTA),
}
"""What nothing in these walks leads to."""
LIMITS: Final = {
    (Action.ALIAS_CREATE, Reason.ALIAS_QUOTA),
    (Action.KEY_CREATE, Reason.IMPORT_ACCESS),
    (Action.KEY_CREATE_WITH_OVERRIDES, Reason.IMPORT_ACCESS),
}
"""What every walk comes to, on whichever store."""


@pytest.fixture(params=["sqlite", "postgres"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with opened(
        tmp_path, request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    ) as bench:
        yield bench


def walked(bench: Bench, seed: int) -> set[Pair]:
    """Walk, and return what was refused; keys must have left rings that were deleted."""
    machine = walk(lambda: begun(bench), drawn(seed, STEPS), f"seed {seed}")
    machine.look_over(0)
    machine.look_over(1)
    assert machine.moved
    assert machine.refusals >= LIMITS
    return machine.refusals


@pytest.mark.parametrize("bench", ["postgres"], indirect=True)
def test_the_service_does_what_the_model_says(bench: Bench) -> None:
    for seed in range(max(1, SEEDS // 4)):  # each takes several times as long as there
        walked(bench, seed)


@pytest.mark.parametrize("bench", ["sqlite"], indirect=True)
def test_whatever_can_be_refused_is_refused_where_the_model_says_so(bench: Bench) -> None:
    refusals: set[Pair] = set()
    for seed in range(SEEDS + MORE_SEEDS):
        refusals |= walked(bench, seed)
        if seed + 1 >= SEEDS and not unmet(refusals):
            break
    assert unmet(refusals) == []


if GIVEN is not None:  # a test that is skipped fails CI

    def test_the_walk_that_is_given(bench: Bench) -> None:
        go(begun(bench), [Taken.read(line) for line in Path(GIVEN or "").read_text().splitlines()])


def unmet(refusals: set[Pair]) -> list[str]:
    """Return for what else the operations that walks know can be refused."""
    known = {action for action, _ in refusals}
    expected = {pair for pair in described() if pair[0] in known and pair[1] not in ELSEWHERE}
    return sorted(f"{action} {reason}" for action, reason in (expected | TOO_EARLY) - refusals - NEVER)


def test_the_service_is_where_the_model_is_at_each_edge(bench: Bench) -> None:
    for plan, side in product(EDGES, (-1, 0, 1)):
        begun(bench, (0,)).meet_an_edge(plan, side)


def test_the_model_knows_each_operation() -> None:
    assert set(STATES) == set(MAY) - OF_INSTANCES
