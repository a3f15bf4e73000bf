"""Telling services of the life of keys: what is to be told commits with what happened.

Source: ``spec/iam-and-provisioning.md`` section 8.3 (INT-5 to INT-10).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.errors import Refused
from keystead.domain.happenings import Happening
from keystead.domain.ids import InstanceId
from keystead.domain.keys import Key
from keystead.domain.moments import moment
from keystead.domain.notices import Notice, NoticeKind
from keystead.domain.reasons import Reason
from keystead.service.case import Also, Case, Tools
from keystead.service.correlation import correlation_id
from keystead.service.find_key import find_key

UNANSWERED: Final[Mapping[NoticeKind, Action]] = MappingProxyType(
    {
        NoticeKind.ROTATE: Action.TIME_ACK_ROTATE,
        NoticeKind.RESTORE: Action.TIME_ACK_RESTORE,
        NoticeKind.ENABLE: Action.TIME_ACK_ENABLE,
        NoticeKind.DISABLE: Action.TIME_ACK_DISABLE,
        NoticeKind.DELETE: Action.TIME_ACK_DELETE,
    }
)
"""What is recorded of each resource when a service acknowledged that this happened, or none did."""
TIMED_OUT: Final = 408  # INT-7


async def tell(kind: NoticeKind, after: Key, case: Case, tools: Tools) -> None:
    """Have each service told that registered a resource with the key, and has a receiver.

    Whoever registers one meanwhile moves the key's revision: then this is decided anew.
    """
    if after.extractable:
        return  # protects no resources
    registered = await tools.store.registrations(case.instance.id, after.id)
    if not registered:
        return
    heard = {receiver.service for receiver in await tools.store.receivers()}
    happening = Happening(
        kind=kind,
        key=after,
        key_crn=case.instance.key_crn(after.id),
        at=case.now,
        until=case.now + tools.windows.acknowledge_within,
        correlation_id=correlation_id.get(),
    )
    for notice in happening.notices(registered, heard, _fresh(tools)):
        case.change.put(notice, was=None)


def _fresh(tools: Tools) -> Iterator[str]:
    while True:
        yield tools.new_id()


def facts_of(notice: Notice) -> dict[str, object]:
    """Return what the audit log says of a notice (INT-8)."""
    facts: dict[str, object] = {
        "eventId": notice.id,
        "eventType": str(notice.kind),
        "keyState": int(notice.key_state),
        "oldKeyVersionId": notice.version.id,
        "oldKeyVersionCreationDate": moment(notice.version.created_at),
    }
    if notice.new_version is not None:
        facts["newKeyVersionId"] = notice.new_version.id
        facts["newKeyVersionCreationDate"] = moment(notice.new_version.created_at)
    return facts


def each_resource(
    notice: Notice, code: int, failure: str | None, facts: Mapping[str, object]
) -> tuple[Also, ...]:
    """Return what the audit log is told of each resource of *notice* (AT-7)."""
    why = {} if failure is None else {"reasonForFailure": failure}
    action = UNANSWERED[notice.kind]
    return tuple(
        Also(
            action=action,
            code=code,
            failure=failure,
            response={"eventAckData": dict(facts), "resourceCRN": crn, **why},
        )
        for crn in notice.resources
    )


async def is_about(notice: Notice, case: Case, tools: Tools) -> Key | None:
    """Have the case recorded as one about *notice* and its key, which may be gone by now."""
    case.correlation_id = notice.correlation_id or None
    case.response |= {"eventAckData": facts_of(notice), "resourceCRN": list(notice.resources)}
    key = await find_key(tools.store, notice.instance, notice.key)
    if key is not None:
        case.is_about(key)
    return key


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Note that no service acknowledged a notice in time (INT-7)."""

    instance: InstanceId
    notice: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Mark it as expired, unless it was acknowledged meanwhile or another process did."""
        notice = await tools.store.notice(self.instance, self.notice)
        if notice is None or not notice.is_open or case.now < notice.until:
            raise Refused(Reason.TOO_EARLY, "Time has nothing to do with this event")
        await is_about(notice, case, tools)
        why = f"{notice.service} did not acknowledge the event in time"
        if notice.failure is not None:
            why += f", nor did its receiver take it: {notice.failure}"
        first, *others = each_resource(notice, TIMED_OUT, why, facts_of(notice))
        case.failure, case.response, case.also = why, first.response, tuple(others)
        case.change.put(notice.expired(case.now), was=notice)
