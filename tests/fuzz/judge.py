"""What every answer must be, whatever was asked; and a service that stays open for many questions."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api import Api, open_api
from conformance.provisioned import check_refused
from conformance.world import raw
from http_peer import Answer
from keystead.config import Waits
from keystead.domain.ids import is_uuid
from keystead.domain.keys import KeyState
from keystead.domain.listing import KeyQuery
from keystead.domain.policies import PolicyKind
from keystead.protocols.http.exchange import MAX_BODY_OCTETS
from keystead.protocols.iam.context_errors import ROOTS as CONTEXTS
from keystead.protocols.iam.identity_errors import ROOTS as IDENTITIES
from keystead.protocols.iam.policy_errors import ROOTS as POLICIES
from keystead.protocols.provisioning.answers import ROOTS as PROVISIONING

ALIAS = "fuzzed"
_HIDDEN = frozenset({401, 404, 405})


@dataclass
class Bench:
    """A service, its owner, and two keys; one event loop throughout."""

    runner: asyncio.Runner
    api: Api
    names: list[str]
    state: object = None  # after the last answer

    @classmethod
    def open(cls, folder: Path, database: str) -> "Bench":
        """Open it."""
        runner = asyncio.Runner()

        async def begin() -> tuple[Api, list[str]]:
            api = await open_api(folder, database, waits=Waits(enable_after=0, rotate_every=0, purge_after=0))
            made = await api.create("root", aliases=[ALIAS])
            standard = await api.create("standard", extractable=True)
            return api, [made["id"], ALIAS, standard["id"]]

        api, names = runner.run(begin())
        bench = cls(runner, api, names)
        bench.state = runner.run(bench._state())
        return bench

    def close(self) -> None:
        """Close it."""
        self.runner.run(self.api.service.close())
        self.runner.close()

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str | None]) -> Answer:
        """Ask, judge the answer, and require that a refusal changed nothing."""

        async def asked() -> Answer:
            octets = {name.lower().encode(): _octets(value) for name, value in headers.items()}
            whole = body if len(body) <= MAX_BODY_OCTETS else None
            answer = await raw(self.api, method, path, whole, octets)
            judge(method, path, answer)
            before, self.state = self.state, await self._state()
            if answer.status >= 400:
                assert self.state == before, f"{method} {path}: refused, and yet something changed"
            return answer

        return self.runner.run(asked())

    def open_up(self) -> None:
        """Turn off what would refuse everything that is asked after it."""
        off = [{"policy_type": kind, "policy_data": {"enabled": False}} for kind in PolicyKind]
        body = json.dumps({"metadata": {}, "resources": off}).encode()
        assert self.ask("PUT", "/api/v2/instance/policies", body, {}).status == 204

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
    assert answer.headers["cache-control"] == "no-store", where
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
