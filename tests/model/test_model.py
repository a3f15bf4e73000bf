"""The API against a small model of it: any order of any requests of anybody, on SQLite and on PostgreSQL."""

import asyncio
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from model.bench import Bench, set_up
from model.deks import Deks
from model.instance import InstancePolicies
from model.machine import tenants
from model.places import Places
from model.reference import MAY, OF_INSTANCES, STATES
from model.strangers import Strangers
from model.times import SPANS, Times

EXAMPLES = int(os.environ.get("KEYSTEAD_MODEL_EXAMPLES", "60"))
STEPS = 50

PLANS = (  # a digit says whose step it is, or which span passes
    "dualAuthDelete0 setKeyForDeletion1 wait0 delete2 wait1 restore0 metadata1 delete2",
    "dualAuthDelete0 setKeyForDeletion1 setKeyForDeletion0 unsetKeyForDeletion2 delete0 metadata1",
    "delete0 wait0 restore1 metadata2 wait1 delete0",
    "delete0 wait0 purge1 purge2 metadata2",
    "delete0 purge1 purge2 wait0 purge0 metadata2",
    "disable0 wait0 enable1 wrap2 disable0 delete1 wait1 restore2 wrap0",
    "wrap0 rotate1 unwrap2 wait0 rotate0 unwrap1 wait1 unwrap2 metadata0",
)
EDGES = (  # what is asked for at the edge of a window; a digit says which of the coming ones it is
    "disable edge0 enable",
    "disable edge1 enable",
    "delete edge0 restore",
    "delete edge1 restore",
    "delete edge1 purge",
    "delete edge2 restore",
    "delete edge3 round metadata",
    "delete edge4 round metadata",
    "rotate edge0 rotate",
    "rotate edge1 rotate",
    "rotation edge0 round metadata rotate",
    "rotation edge1 round metadata",
    "rotate rotation edge2 round metadata",
    "dualAuthDelete approve edge0 delete",
    "dualAuthDelete approve edge1 delete",
    "rotation edge1 rotate edge1 round metadata",
    "short edge1 wrap metadata",
    "short edge1 round metadata",
    "short delete edge1 restore",
)

strong = st.sampled_from(["owner", "owner", "manager", "writer"])


class Machine(Times, Deks, Places, InstancePolicies, Strangers):
    """Asks the service and the model, and compares."""

    @initialize()
    def begin(self) -> None:
        for tenant, kind in product((0, 1), ("generated", "imported", "standard")):
            self.create(tenant, "owner", kind, lives=None, number=0)

    @rule(
        tenant=tenants,
        number=st.integers(1, 19),
        plan=st.sampled_from(PLANS),
        callers=st.tuples(strong, strong, strong),
        spans=st.tuples(SPANS, SPANS),
    )
    def one_key_has_a_life(
        self, tenant: int, number: int, plan: str, callers: tuple[str, ...], spans: tuple[int, ...]
    ) -> None:
        """What many steps on one key lead to; who takes them and how much time passes is left open."""
        for step in plan.split():
            name, which = step[:-1], int(step[-1])
            if name == "wait":
                self.wait(spans[which])
            else:
                self.take(name, tenant, callers[which], number)

    def meet_an_edge(self, plan: str, side: int) -> None:
        """The owner, who may do nearly everything, asks a microsecond before, at or after an edge."""
        tenant, number = 0, 3  # of the generated root key, which is the first of three
        for step in plan.split():
            if step.startswith("edge"):
                self.wait_for_an_edge(tenant, number, int(step[-1]), side)
            elif step == "round":
                self.make_a_round()
            elif step == "short":  # the fourth key, which is meant from here on
                self.create(tenant, "owner", "generated", lives=600, number=0)
            elif step == "rotate":
                self.rotate(tenant, "owner", number, payload=False)
            elif step == "approve":
                self.take("setKeyForDeletion", tenant, "manager", number)
            else:
                self.take(step, tenant, "owner", number)

    def take(self, name: str, tenant: int, who: str, number: int) -> None:
        match name:
            case "dualAuthDelete":
                self.policies(tenant, who, number, wish=True)
            case "rotation":
                self.policies(tenant, who, number, wish=1)
            case "metadata":
                self.read(tenant, who, number, name)
            case "rotate":
                self.rotate(tenant, who, number, payload=number % 2 == 0)
            case "wrap":
                self.wrap(tenant, who, number, ("a",))
            case "unwrap":
                self.open(name, tenant, who, number, len(self.blobs) - 1, own=True, aad=())
            case _:
                self.change(tenant, who, name, number)

    @invariant()
    def nothing_is_shared(self) -> None:
        """No key is in both models: what follows from it is asked in the rules."""
        assert not self.models[0].keys.keys() & self.models[1].keys.keys()


@pytest.fixture(params=["sqlite", "postgres"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    database = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    with asyncio.Runner() as runner:
        home, first, second = runner.run(set_up(tmp_path, database))
        yield Bench(runner, home, (first, second))
        runner.run(home.service.close())


def test_the_service_does_what_the_model_says(bench: Bench) -> None:
    machine = type("Machine", (Machine,), {"bench": bench})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            suppress_health_check=[*HealthCheck],
            print_blob=True,
        ),
    )


def test_the_service_is_where_the_model_is_at_each_edge(bench: Bench) -> None:
    for plan, side in product(EDGES, (-1, 0, 1)):
        machine = type("Machine", (Machine,), {"bench": bench})()
        machine.begin()
        machine.meet_an_edge(plan, side)


def test_the_model_knows_each_operation() -> None:
    assert set(STATES) == set(MAY) - OF_INSTANCES
