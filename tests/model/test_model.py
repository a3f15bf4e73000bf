"""The API against a small model of it: any order of any requests of anybody, on SQLite and on PostgreSQL."""

import asyncio
import base64
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from api import Api, envelope
from http_peer import Answer
from keystead.domain.ids import random_uuid
from model.bench import ROLES, Bench, Tenant, set_up
from model.reference import DESTROYED, MAY, STATES, Blob, ModelKey

EXAMPLES = int(os.environ.get("KEYSTEAD_MODEL_EXAMPLES", "60"))
STEPS = 50
SIMPLE = ("disable", "enable", "delete", "restore", "purge", "setKeyForDeletion", "unsetKeyForDeletion")
STATUS = {"delete": 204, "purge": 204, "restore": 201}
NOBODY = (401, None)
UNKNOWN = (404, "KEY_NOT_FOUND_ERR")

PLANS = (  # a digit says whose step it is, or which of the spans passes
    "dualAuthDelete0 setKeyForDeletion1 wait0 delete2 wait1 restore0 metadata1 delete2",
    "dualAuthDelete0 setKeyForDeletion1 setKeyForDeletion0 unsetKeyForDeletion2 delete0 metadata1",
    "delete0 wait0 restore1 metadata2 wait1 delete0",
    "delete0 wait0 purge1 purge2 metadata2",
    "delete0 purge1 purge2 wait0 purge0 metadata2",
    "disable0 wait0 enable1 wrap2 disable0 delete1 wait1 restore2 wrap0",
    "wrap0 rotate1 unwrap2 wait0 rotate0 unwrap1 wait1 unwrap2 metadata0",
)
MOST_KEYS = 4  # of a tenant: the fewer, the more happens to each

tenants = st.integers(0, 1)
strong = st.sampled_from(["owner", "owner", "manager", "writer"])
SPANS = st.sampled_from([0, 0, 0, 31, 3601, 4 * 3600 + 1, 8 * 86_400, 31 * 86_400])
people = st.sampled_from(["owner", "owner", "manager", "manager", "writer", "reader", "stranger"])
numbers = st.integers(0, 1000)
aads = st.sampled_from([(), ("a",), ("a", "b")])


class Machine(RuleBasedStateMachine):
    """Asks the service and the model, and compares."""

    bench: ClassVar[Bench]

    @initialize()
    def begin(self) -> None:
        self.tenants = self.bench.tenants()
        self.keys: tuple[dict[str, ModelKey], dict[str, ModelKey]] = ({}, {})
        self.purged: list[str] = []
        self.blobs: list[Blob] = []
        for tenant, kind in product((0, 1), ("generated", "imported", "standard")):
            self.create(tenant, "owner", kind, lives=None)

    @property
    def now(self) -> datetime:
        return self.bench.home.clock()

    @rule(
        tenant=tenants,
        who=people,
        kind=st.sampled_from(["generated", "generated", "imported", "standard"]),
        lives=st.sampled_from([None, None, 600, 86_400 * 40]),
    )
    def create(self, tenant: int, who: str, kind: str, lives: int | None) -> None:
        if len(self.keys[tenant]) >= MOST_KEYS:
            return
        body = envelope(
            name="a key",
            extractable=kind == "standard",
            **({} if kind == "generated" else {"payload": text(os.urandom(32))}),
            **({} if lives is None else {"expirationDate": f"{self.now + timedelta(seconds=lives):%FT%TZ}"}),
        )
        answer = self.ask(tenant, who, "POST", "/keys", body)
        if not may(who, "create"):
            require(answer, NOBODY)
            return
        require(answer, (201, None))
        made = answer.resource
        self.keys[tenant][made["id"]] = ModelKey(
            id=made["id"],
            root=kind != "standard",
            imported=kind != "generated",
            made=self.now,
            versions=[made["keyVersion"]["id"]] if kind != "standard" else [],
            expires=None if lives is None else self.now.replace(microsecond=0) + timedelta(seconds=lives),
        )

    @rule(tenant=tenants, who=people, operation=st.sampled_from(SIMPLE), number=numbers)
    def change(self, tenant: int, who: str, operation: str, number: int) -> None:
        key = self.pick(tenant, number)
        answer = self.ask(tenant, who, *target(operation, key.id if key else random_uuid()))
        if self.refused(answer, key, operation, who) or key is None:
            return
        require(answer, (STATUS.get(operation, 204), None))
        key.happens(operation, self.now, who)
        if operation == "purge":
            self.purged.append(key.id)
            del self.keys[tenant][key.id]

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

    def take(self, name: str, tenant: int, who: str, number: int) -> None:
        match name:
            case "dualAuthDelete":
                self.policies(tenant, who, number, wish=True)
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

    @rule(tenant=tenants, who=people, number=numbers, payload=st.booleans())
    def rotate(self, tenant: int, who: str, number: int, payload: bool) -> None:
        key = self.pick(tenant, number)
        body = {"payload": text(os.urandom(16))} if payload else None
        name = key.id if key else random_uuid()
        answer = self.ask(tenant, who, "POST", f"/keys/{name}/actions/rotate", body)
        if self.refused(answer, key, "rotate", who, payload=payload) or key is None:
            return
        require(answer, (204, None))
        shown = self.ask(tenant, "owner", "GET", f"/keys/{key.id}/metadata").resource
        assert shown["keyVersion"]["id"] not in key.versions
        key.versions.append(shown["keyVersion"]["id"])
        key.rotated = key.acted = self.now

    @rule(tenant=tenants, who=people, number=numbers, aad=aads)
    def wrap(self, tenant: int, who: str, number: int, aad: tuple[str, ...]) -> None:
        key = self.pick(tenant, number)
        dek = text(os.urandom(32))
        name = key.id if key else random_uuid()
        body = {"plaintext": dek, "aad": list(aad)}
        answer = self.ask(tenant, who, "POST", f"/keys/{name}/actions/wrap", body)
        if self.refused(answer, key, "wrap", who) or key is None:
            return
        require(answer, (200, None))
        assert answer.json["keyVersion"]["id"] == key.versions[-1]
        assert "plaintext" not in answer.json
        self.blobs.append(Blob(key.id, key.versions[-1], dek, aad, answer.json["ciphertext"]))

    @rule(tenant=tenants, who=people, number=numbers, blob=numbers, own=st.booleans(), aad=aads)
    def unwrap(self, tenant: int, who: str, number: int, blob: int, own: bool, aad: tuple[str, ...]) -> None:
        self.open("unwrap", tenant, who, number, blob, own=own, aad=aad)

    @rule(tenant=tenants, who=people, number=numbers, blob=numbers, own=st.booleans(), aad=aads)
    def rewrap(self, tenant: int, who: str, number: int, blob: int, own: bool, aad: tuple[str, ...]) -> None:
        self.open("rewrap", tenant, who, number, blob, own=own, aad=aad)

    def open(
        self,
        operation: str,
        tenant: int,
        who: str,
        number: int,
        blob: int,
        *,
        own: bool,
        aad: tuple[str, ...],
    ) -> None:
        """Open any blob with any key; mostly one with its own key, and its own AAD where *own* says so."""
        if not self.blobs:
            return
        chosen = self.blobs[blob % len(self.blobs)]
        key = self.keys[tenant].get(chosen.key) if own else self.pick(tenant, number)
        strings = chosen.aad if own else aad
        name = key.id if key else random_uuid()
        body = {"ciphertext": chosen.ciphertext, "aad": list(strings)}
        answer = self.ask(tenant, who, "POST", f"/keys/{name}/actions/{operation}", body)
        if self.refused(answer, key, operation, who) or key is None:
            return
        if (key.id, strings) != (chosen.key, chosen.aad):
            require(answer, (422, "UNPROCESSABLE_CIPHERTEXT_ERR"))
            return
        require(answer, (200, None))
        self.opened(operation, key, chosen, answer.json)

    def opened(self, operation: str, key: ModelKey, blob: Blob, found: Any) -> None:
        old = blob.version != key.versions[-1]
        assert found["keyVersion"]["id"] == blob.version
        assert found.get("plaintext") == (blob.dek if operation == "unwrap" else None)
        assert ("ciphertext" in found) is (old or operation == "rewrap")
        if "ciphertext" in found:
            assert found["rewrappedKeyVersion"]["id"] == key.versions[-1]
            self.blobs.append(Blob(key.id, key.versions[-1], blob.dek, blob.aad, found["ciphertext"]))

    @rule(tenant=tenants, who=people, number=numbers, wish=st.sampled_from([3, 12, True, False]))
    def policies(self, tenant: int, who: str, number: int, wish: int | bool) -> None:
        key = self.pick(tenant, number)
        name = key.id if key else random_uuid()
        rotation = not isinstance(wish, bool)
        kind, says = (
            ("rotation", {"interval_month": wish}) if rotation else ("dualAuthDelete", {"enabled": wish})
        )
        path = f"/keys/{name}/policies?policy={kind}"
        answer = self.ask(tenant, who, "PUT", path, envelope(**{kind: says}))
        if self.refused(answer, key, "policies", who) or key is None:
            return
        if rotation and (key.imported or not key.root):
            require(answer, (400, "KEY_PAYLOAD_REQ_ERR" if key.root else "KEY_ROOT_REQ_ERR"))
        elif not rotation and key.dual_auth and not wish:
            require(answer, (400, "INVALID_FIELD_ERR"))
        else:
            require(answer, (200, None))
            if rotation:
                key.rotation = int(wish)
            else:
                key.dual_auth = bool(wish)

    @rule(tenant=tenants, who=people, number=numbers, what=st.sampled_from(["read", "metadata", "versions"]))
    def read(self, tenant: int, who: str, number: int, what: str) -> None:
        key = self.pick(tenant, number)
        path = f"/keys/{key.id if key else random_uuid()}" + ("" if what == "read" else f"/{what}")
        answer = self.ask(tenant, who, "GET", path)
        if self.refused(answer, key, what, who) or key is None:
            return
        require(answer, (200, None))
        if what == "versions":
            assert [one["id"] for one in answer.json["resources"]] == key.versions[::-1]
        else:
            self.require_shown(key, answer.resource, material=what == "read")

    def require_shown(self, key: ModelKey, shown: Any, *, material: bool) -> None:
        state = key.state(self.now)
        assert (shown["id"], shown["state"], shown["imported"]) == (key.id, state, key.imported)
        assert shown["deleted"] is (state == DESTROYED)
        assert ("payload" in shown) is (material and not key.root and state != DESTROYED)
        assert shown.get("keyVersion", {}).get("id") == (key.versions[-1] if key.root else None)
        assert ("lastRotateDate" in shown) is (key.rotated is not None)
        assert shown.get("rotation", {}).get("interval_month") == key.rotation
        if key.dual_auth:
            assert shown["dualAuthDelete"]["keySetForDeletion"] is (key.approval(self.now) is not None)

    @rule(tenant=tenants, who=people, states=st.sampled_from(["", "1", "2", "3", "5", "1,2,3,5"]))
    def list(self, tenant: int, who: str, states: str) -> None:
        wanted = [int(state) for state in states.split(",")] if states else [1, 2, 3]
        expected = sorted(key.id for key in self.keys[tenant].values() if key.state(self.now) in wanted)
        query = f"?state={states}" if states else ""
        answer = self.ask(tenant, who, "GET", f"/keys{query}")
        head = self.ask(tenant, who, "HEAD", f"/keys{query}")
        if not may(who, "list"):
            assert (answer.status, head.status) == (401, 401)
            return
        assert [one["id"] for one in answer.json["resources"]] == expected
        assert head.headers["key-total"] == str(len(expected))

    @rule(
        tenant=tenants,
        who=people,
        number=numbers,
        operation=st.sampled_from(
            (*SIMPLE, "read", "metadata", "versions", "wrap", "unwrap", "rotate", "policies")
        ),
    )
    def look_at_the_others_keys(self, tenant: int, who: str, number: int, operation: str) -> None:
        """A key of the other tenant, or one that was purged, is answered like one that never was."""
        theirs = [*self.keys[1 - tenant], *self.purged]
        if not theirs:
            return
        answers = [
            self.ask(tenant, who, *target(operation, name), self.any_body(operation))
            for name in (theirs[number % len(theirs)], random_uuid())
        ]
        known, unknown = ((one.status, one.body, sorted(one.headers)) for one in answers)
        assert known == unknown
        require(answers[0], UNKNOWN if may(who, operation) else NOBODY)

    def any_body(self, operation: str) -> object:
        if operation == "policies":
            return envelope(dualAuthDelete={"enabled": True})
        return {"ciphertext": self.blobs[-1].ciphertext if self.blobs else text(bytes(120))}

    @rule(tenant=tenants, who=people)
    def knock_at_the_others_instance(self, tenant: int, who: str) -> None:
        """Whoever has roles in one account has none in the other's instance."""
        here, there = self.tenants[tenant][who], self.tenants[1 - tenant]["owner"].instance.id
        for path in ("/keys", *(f"/keys/{name}" for name in list_of(self.keys[1 - tenant])[:1])):
            answer = self.bench.runner.run(here.send("GET", path, headers={"bluemix-instance": there}))
            require(answer, NOBODY)

    @rule(span=SPANS)
    def wait(self, span: int) -> None:
        self.bench.home.clock.advance(seconds=span)

    @invariant()
    def nothing_is_shared(self) -> None:
        """No key is in both models: what follows from it is asked in the rules."""
        if hasattr(self, "keys"):
            assert not self.keys[0].keys() & self.keys[1].keys()

    def pick(self, tenant: int, number: int) -> ModelKey | None:
        """Return a key of the tenant, now and then none: then a key is asked for that never was."""
        mine = list_of(self.keys[tenant])
        return self.keys[tenant][mine[number % len(mine)]] if mine and number % 20 else None

    def ask(self, tenant: int, who: str, method: str, path: str, body: object = None) -> Answer:
        people: Tenant = self.tenants[tenant]
        caller: Api = people[who]
        return self.bench.runner.run(caller.send(method, path, body))

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


def list_of(keys: dict[str, ModelKey]) -> list[str]:
    return [*keys]


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


def test_the_model_knows_each_operation() -> None:
    assert set(STATES) == set(MAY) - {"create", "list"}
