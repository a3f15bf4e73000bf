"""What every answer must be, whatever was asked; and a service that stays open for many questions."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from api import Api, open_api
from conformance.provisioned import check_refused
from conformance.world import raw
from http_peer import Answer
from keystead.config import Waits
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.grants import granted
from keystead.domain.ids import InstanceId, is_uuid, random_uuid
from keystead.domain.keys import KeyState
from keystead.domain.listing import KeyQuery
from keystead.domain.policies import PolicyKind
from keystead.protocols.http.exchange import MAX_BODY_OCTETS
from keystead.protocols.iam.context_errors import ROOTS as CONTEXTS
from keystead.protocols.iam.identity_errors import ROOTS as IDENTITIES
from keystead.protocols.iam.policy_errors import ROOTS as POLICIES
from keystead.protocols.provisioning.answers import ROOTS as PROVISIONING
from keystead.units.pairs import Stock
from keystead.units.software import SoftwareUnit
from loops import Loop
from rsa_pairs import Pair

ALIAS = "fuzzed"
_HIDDEN = frozenset({401, 404, 405})


@dataclass
class Bench:
    """A service, its owner, and two keys; one event loop throughout."""

    runner: Loop
    api: Api
    names: tuple[str, ...] = ()  # of a root key, its alias, and a standard key
    changes: Callable[[], object] | None = None  # where the store does not tell whether something did
    state: object = None  # after the last answer
    mark: object = None  # what it was read at: it stays while nothing is committed

    @classmethod
    def open(
        cls, folder: Path, database: str | None, pairs: Stock[Pair], changes: Callable[[], object] | None
    ) -> "Bench":
        """Open it; *database* as `open_api` takes it."""
        runner = Loop()
        waits = Waits(enable_after=0, rotate_every=0, purge_after=0)
        api = runner.run(open_api(folder, database, waits=waits))
        assert isinstance(api.service.unit, SoftwareUnit)
        api.service.unit._pairs = pairs
        bench = cls(runner, api, changes=changes)
        bench.renew()
        return bench

    def renew(self) -> None:
        """Go to a new instance, in which there are two keys again and nothing else."""
        self.runner.run(self._renew())

    async def _renew(self) -> None:
        api, change = self.api, Change()
        instance = replace(api.instance, id=InstanceId(random_uuid()))
        grant = granted(
            id=random_uuid(),
            subject=api.iam_id,
            account=instance.account,
            roles=(Role.MANAGER, Role.KEY_PURGE),
            instance=instance.id,
        )
        change.add(instance, grant)
        await api.service.store.commit(change, None)
        self.api = replace(api, instance=instance)
        root = await self.api.create("root", aliases=[ALIAS])
        standard = await self.api.create("standard", extractable=True)
        self.names = root["id"], ALIAS, standard["id"]
        await self._look()

    def close(self) -> None:
        """Close it."""
        self.runner.run(self.api.service.close())
        self.runner.close()

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str | None]) -> Answer:
        """Ask, judge the answer, and require that a refusal changed nothing."""
        try:
            return self.runner.run(self._asked(method, path, body, headers))
        except BaseException as error:
            error.add_note(f"{method} {path}, on {self.api.service.settings.database}")
            raise

    async def _asked(self, method: str, path: str, body: bytes, headers: Mapping[str, str | None]) -> Answer:
        octets = {name.lower().encode(): _octets(value) for name, value in headers.items()}
        whole = body if len(body) <= MAX_BODY_OCTETS else None
        answer = await raw(self.api, method, path, whole, octets)
        judge(method, path, answer)
        before = self.state
        await self._look()
        if answer.status >= 400:
            assert self.state == before, f"{method} {path}: refused, and yet something changed"
        return answer

    def open_up(self) -> None:
        """Turn off what would refuse everything that is asked after it."""
        off = [{"policy_type": kind, "policy_data": {"enabled": False}} for kind in PolicyKind]
        body = json.dumps({"metadata": {}, "resources": off}).encode()
        assert self.ask("PUT", "/api/v2/instance/policies", body, {}).status == 204

    async def _look(self) -> None:
        """Read the state, unless nothing was committed since."""
        mark = self.changes() if self.changes is not None else self.api.service.store.mark()
        if self.mark is None or mark != self.mark:
            self.state, self.mark = await self._state(), mark

    async def _state(self) -> object:
        """Return everything of the instance's keys, its rings, its policies and its import token."""
        everything = frozenset(KeyState)
        query = KeyQuery(instance=self.api.instance.id, now=self.api.clock(), states=everything, limit=5000)
        store = self.api.service.store
        instance = self.api.instance.id
        of_keys = await store.keys(query), await store.rings(instance), await store.count_aliases(instance)
        return of_keys, await store.policies(instance), await store.import_token(instance)


def _octets(value: str | None) -> bytes | None:
    return None if value is None else value.encode("latin-1", "replace")


def judge(method: str, path: str, answer: Answer) -> None:
    """Require a whole answer: known status, correlation id, and errors in the wire's form."""
    where = f"{method} {path}: {answer.status} {answer.body!r}"
    assert 200 <= answer.status < 500, where
    assert is_uuid(answer.headers["correlation-id"]), where
    assert answer.headers["cache-control"] == "no-cache, no-store", where
    if answer.status < 400 or method == "HEAD":
        return
    assert answer.headers["content-type"] == "application/json", where
    error = json.loads(answer.body)
    if path.startswith(IDENTITIES):
        _judge_iam(error, where)
        return
    if path.startswith((*POLICIES, *CONTEXTS)):
        assert set(error) == {"trace", "errors", "status_code"}, where
        return
    if path.startswith(("/identity", "/oidc")) and answer.status not in {404, 405}:
        _judge_iam(error, where)
        return
    if path.startswith("/oauth/") and answer.status not in {404, 405}:
        assert set(error) == {"error", "error_description"}, where
        return
    if path.startswith(PROVISIONING):
        check_refused(answer, answer.status)
        return
    assert error["metadata"]["collectionType"] == "application/vnd.ibm.kms.error+json", where
    (resource,) = error["resources"]
    assert resource["errorMsg"], where
    for reason in resource.get("reasons", []):
        assert reason["status"] == answer.status, where
        assert resource["errorMsg"].endswith(f"({reason['code']})"), where
    assert answer.status in _HIDDEN or "reasons" in resource or "Bluemix-Instance" in where, where


def _judge_iam(error: dict[str, Any], where: str) -> None:
    assert set(error) == {"errorCode", "errorMessage", "context"}, where
    assert all(isinstance(value, str) for value in error["context"].values()), where
