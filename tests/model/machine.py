"""What the rules share: asking, picking, and comparing an answer with what the model expects."""

import base64
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from api import Api
from http_peer import Answer
from keystead.domain.ids import random_uuid
from model.bench import ROLES, Bench
from model.reference import MAY, Blob, ModelKey, ModelTenant

UNKNOWN = (404, "KEY_NOT_FOUND_ERR")
NOBODY = (401, None)

tenants = st.integers(0, 1)
people = st.sampled_from(["owner", "owner", "manager", "manager", "writer", "reader", "stranger"])
numbers = st.integers(0, 1000)


class Base(RuleBasedStateMachine):
    """Asks the service and the model; `bench` is given by the test."""

    bench: ClassVar[Bench]

    def __init__(self) -> None:
        super().__init__()
        self.tenants = self.bench.tenants()
        self.models = (ModelTenant(), ModelTenant())
        self.blobs: list[Blob] = []

    @property
    def now(self) -> Any:
        return self.bench.home.clock()

    def pick(self, tenant: int, number: int) -> ModelKey | None:
        """Return a key of the tenant, now and then none: then a key is asked for that never was."""
        mine = list(self.models[tenant].keys.values())
        return mine[number % len(mine)] if mine and number % 20 else None

    def name_of(self, key: ModelKey | None, number: int) -> str:
        """Return what a request calls *key*: its id, or where it has one, now and then an alias (C32)."""
        if key is None:
            return random_uuid()
        return min(key.aliases) if key.aliases and number % 3 == 0 else key.id

    def ask(
        self,
        tenant: int,
        who: str,
        method: str,
        path: str,
        body: object = None,
        ring: str | None = None,
    ) -> Answer:
        caller: Api = self.tenants[tenant][who]
        return self.bench.runner.run(caller.send(method, path, body, {"x-kms-key-ring": ring}))

    def refused(
        self, answer: Answer, key: ModelKey | None, operation: str, who: str, *, payload: bool = False
    ) -> bool:
        """Require the refusal that the model expects, and tell whether it expects one."""
        if not may(who, operation):
            require(answer, NOBODY)
            return True
        verdict = UNKNOWN if key is None else key.verdict(operation, self.now, who, payload=payload)
        if verdict is not None:
            require(answer, verdict)
        return verdict is not None


TARGETS = {
    "delete": ("DELETE", ""),
    "purge": ("DELETE", "/purge"),
    "restore": ("POST", "/restore"),
    "read": ("GET", ""),
    "metadata": ("GET", "/metadata"),
    "versions": ("GET", "/versions"),
    "policies": ("PUT", "/policies?policy=dualAuthDelete"),
    "alias": ("POST", "/aliases/nobody-has-this"),
    "unalias": ("DELETE", "/aliases/nobody-has-this"),
    "move": ("PATCH", ""),
}


def target(operation: str, key: str) -> tuple[str, str]:
    """Return method and path of an operation on a key."""
    method, rest = TARGETS.get(operation, ("POST", f"/actions/{operation}"))
    return method, f"/keys/{key}{rest}"


def may(who: str, operation: str) -> bool:
    return not MAY[operation].isdisjoint(str(role) for role in ROLES[who])


def require(answer: Answer, expected: tuple[int, str | None]) -> None:
    status, code = expected
    assert answer.status == status, (expected, answer.status, answer.body)
    if code is not None:
        assert answer.code == code, (expected, answer.body)


def text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
