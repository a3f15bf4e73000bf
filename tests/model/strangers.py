"""The other tenant: his things are answered like things that never were."""

from keystead.domain.ids import random_uuid
from model.keys import SIMPLE
from model.machine import NOBODY, NUMBERS, PEOPLE, TENANTS, UNKNOWN, may, require, target
from model.refusals import Refusals
from model.walk import step

_ON_KEYS = (
    *SIMPLE,
    "read",
    "metadata",
    "versions",
    "wrap",
    "unwrap",
    "rotate",
    "policies",
    "alias",
    "unalias",
)


class Strangers(Refusals):
    """Steps across tenants."""

    @step(4, tenant=TENANTS, who=PEOPLE, number=NUMBERS, operation=_ON_KEYS)
    def look_at_the_others_keys(self, tenant: int, who: str, number: int, operation: str) -> None:
        """A key of the other tenant, or one that was purged, is answered like one that never was."""
        theirs = [*self.models[1 - tenant].names(), *self.models[0].purged, *self.models[1].purged]
        theirs = [name for name in theirs if name not in self.models[tenant].names()]
        if not theirs:
            return
        answers = [
            self.ask(tenant, who, *target(operation, name), self.any_body(operation))
            for name in (theirs[number % len(theirs)], random_uuid())
        ]
        known, unknown = ((one.status, one.body, sorted(one.headers)) for one in answers)
        assert known == unknown
        require(answers[0], UNKNOWN if may(who, operation) else NOBODY)

    @step(1, tenant=TENANTS, who=PEOPLE)
    def knock_at_the_others_instance(self, tenant: int, who: str) -> None:
        """Whoever has roles in one account has none in the other's instance."""
        here, there = self.tenants[tenant][who], self.tenants[1 - tenant]["owner"].instance.id
        names = self.models[1 - tenant].names()[:1]
        for path in ("/keys", "/key_rings", "/instance/policies", *(f"/keys/{name}" for name in names)):
            answer = self.bench.runner.run(here.send("GET", path, headers={"bluemix-instance": there}))
            require(answer, NOBODY)
