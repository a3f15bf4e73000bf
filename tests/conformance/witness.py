"""A caller who notes which operation refused him, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

from api import ROOTS, Api
from conformance.test_reasons import BARE
from conformance.world import RecordingLog, World, raw
from http_peer import Answer
from keystead.domain.actions import Action
from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.http.routes import RouteTree
from keystead.protocols.routes import ROUTES
from keystead.protocols.sections import sections

Pair = tuple[Action, Reason]
_TREE: Final = RouteTree(ROUTES)
_BY_TEXT: Final = {text: reason for reason, text in BARE.items()}


def described() -> set[Pair]:
    """Return what the document says that each operation may be refused with."""
    operations = [row for section in sections(()) for row in section.operations.items()]
    return {(action, reason) for action, operation in operations for reason in operation.refuses}


IN_DOCUMENT: Final = {action for action, _ in described()}


@dataclass
class Witness(Api):
    """Asks as `Api` does."""

    log: RecordingLog = field(default_factory=RecordingLog)
    given: set[Pair] = field(default_factory=set)

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        answer = await super().send(method, path, body, headers)
        self._note(method, path if path.startswith(ROOTS) else f"/api/v2{path}", answer)
        return answer

    async def send_too_much(self, method: str, path: str) -> None:
        """Send a body that is larger than is read."""
        self._note(method, path, await raw(self, method, path, None))

    async def other(self, *roles: Any, **limits: Any) -> "Witness":
        """Return another caller, whose refusals are noted with those of this one."""
        return replace(self, token=(await super().other(*roles, **limits)).token)

    def _note(self, method: str, target: str, answer: Answer) -> None:
        if answer.status < 400 or answer.status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            return  # the latter before anything was asked for
        try:
            route, _ = _TREE.find(method, target.partition("?")[0])
        except Refused:
            return
        if route.action in IN_DOCUMENT:
            self.given.add((route.action, self._reason(answer)))

    def _reason(self, answer: Answer) -> Reason:
        if not answer.body:  # of HEAD: the reason is in the record alone
            failure = self.log.events[-1].failure or ""
            name = failure.partition(":")[0]
            return Reason.RECORD_CORRUPTED if name == "Tampered" else Reason(name)
        if "errorCode" in answer.json:
            return Reason(answer.json["errorCode"])
        bare = _BY_TEXT.get(answer.resource["errorMsg"])
        return Reason(answer.code) if bare is None else bare


async def a_witness(world: World, given: set[Pair]) -> Witness:
    """Return the owner of a new instance, who notes what he is refused."""
    api = await world.tenant()
    return Witness(api.service, api.clock, api.instance, api.token, log=world.log, given=given)
