"""What the rules share: asking, picking, and comparing an answer with what the model expects."""

import base64
from typing import Any, Final

from api import Api
from conformance.imports import Challenge
from http_peer import Answer
from keystead.domain.actions import Action, Role
from keystead.domain.ids import random_uuid
from keystead.domain.reasons import Reason
from keystead.protocols.http.routes import RouteTree
from keystead.protocols.routes import ROUTES
from model.bench import ROLES, Bench
from model.reference import MAY, Blob, ModelKey
from model.tenant import ModelTenant, ModelToken
from model.walk import Parts

UNKNOWN = (404, "KEY_NOT_FOUND_ERR")
NOBODY = (401, None)

TENANTS: Final = (0, 1)
PEOPLE: Final = ("owner", "owner", "owner", "manager", "manager", "writer", "reader", "stranger")
STRONG: Final = ("owner", "owner", "manager", "writer")
NUMBERS: Final = range(1001)
FLAGS: Final = (False, True)
_ROUTES: Final = RouteTree(ROUTES)


class Base:
    """Asks the service and the model."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.tenants = bench.tenants()
        self.models = (ModelTenant(), ModelTenant())
        self.blobs: list[Blob] = []
        self.seen: dict[int, tuple[ModelToken, Challenge]] = {}  # import tokens, by tenant
        self.last_token: ModelToken | None = None  # of any tenant
        self.refusals: set[tuple[Action, Reason]] = set()
        self.moved = 0  # keys, out of rings that were deleted
        self.parts = Parts()

    @property
    def now(self) -> Any:
        return self.bench.home.clock()

    def pick(self, tenant: int, number: int) -> ModelKey | None:
        """Return a key of the tenant, now and then none: then a key is asked for that never was."""
        mine = list(self.models[tenant].keys.values())
        return mine[number % len(mine)] if mine and number % 10 else None

    def number_of(self, tenant: int, key: ModelKey) -> int:
        """Return a number by which *key* is picked."""
        return next(number for number in range(1, 100) if self.pick(tenant, number) is key)

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
        match: str | None = None,
    ) -> Answer:
        caller: Api = self.tenants[tenant][who]
        headers = {"x-kms-key-ring": ring, "if-match": match}
        answer = self.bench.runner.run(caller.send(method, path, body, headers))
        if answer.status >= 400 and answer.body and "reasons" in answer.resource:
            route, _ = _ROUTES.find(method, f"/api/v2{path.partition('?')[0]}")
            self.refusals.add((route.action, Reason(answer.code)))
        return answer

    def check(self) -> None:
        """No key is in both models: what follows from it is asked in the steps."""
        assert not self.models[0].keys.keys() & self.models[1].keys.keys()

    def refused(
        self,
        answer: Answer,
        key: ModelKey | None,
        operation: str,
        who: str,
        *,
        payload: bool = False,
        force: bool = False,
    ) -> bool:
        """Require the refusal that the model expects, and tell whether it expects one."""
        if not may(who, operation):
            require(answer, NOBODY)
            return True
        verdict = (
            UNKNOWN if key is None else key.verdict(operation, self.now, who, payload=payload, force=force)
        )
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
    "registrations": ("GET", "/registrations"),
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
    roles = ROLES.get(who, (Role.READER,))
    return not MAY[operation].isdisjoint(str(role) for role in roles)


class Unexpected(AssertionError):
    """Another answer came than the model expects."""

    def __init__(self, answer: Answer, expected: tuple[int, str | None]) -> None:
        found = answer.status, answer.code if b'"reasons"' in answer.body else None
        self.facts = expected, found
        super().__init__(f"expected {expected}, found {found}: {answer.body!r}")


def require(answer: Answer, expected: tuple[int, str | None]) -> None:
    status, code = expected
    if answer.status != status or (code is not None and answer.code != code):
        raise Unexpected(answer, expected)


def text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
