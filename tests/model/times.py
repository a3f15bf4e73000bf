"""Time: it passes, often to the very edge of a window, and the service does what has become due."""

from datetime import timedelta

from model.machine import NUMBERS, TENANTS
from model.making import Making
from model.reference import DESTROYED
from model.walk import step

SIDES = (-1, 0, 1)  # microseconds


class Times(Making):
    """Steps in time."""

    @step(4, tenant=TENANTS, number=NUMBERS, which=NUMBERS, side=SIDES)
    def wait_for_an_edge(self, tenant: int, number: int, which: int, side: int) -> None:
        key = self.pick(tenant, number)
        edges = [edge + timedelta(microseconds=side) for edge in key.edges(self.now)] if key else []
        coming = sorted(edge for edge in edges if edge > self.now)
        if coming:
            self.bench.home.clock.now = coming[which % len(coming)]

    @step(1)
    def make_a_round(self) -> None:
        """Rotation by policy, and purge after 90 days; sections 3.3 and 3.5."""
        self.bench.runner.run(self.bench.home.service.rounds.make())
        for tenant, model in enumerate(self.models):
            for key in [*model.keys.values()]:
                if key.state(self.now) == DESTROYED and key.forgotten(self.now):
                    model.forget(key)
                elif key.wants_rotation(self.now):
                    self.note_new_version(tenant, key)
            self.list(tenant, "owner", "1,2,3,5", None)  # whoever was purged is gone
