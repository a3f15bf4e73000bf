"""What services say of events in the life of keys that protect resources of theirs.

Source: ``spec/kms-api.md`` section 2.16; ``spec/iam-and-provisioning.md`` sections 3.3 (AUT-10) and 8.3
(INT-5 to INT-8).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from keystead.domain.access import require_service
from keystead.domain.crns import ResourceCrn
from keystead.domain.errors import Refused, bad_field
from keystead.domain.keys import Key
from keystead.domain.moments import moment
from keystead.domain.notices import Notice
from keystead.domain.reasons import Reason
from keystead.domain.registrations import Registration
from keystead.service.case import Case, Tools
from keystead.service.notices import each_resource, facts_of, is_about

_NO_CONTENT, _CONFLICT = 204, 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """A service has seen an event, and says what became of the data keys under the key that it was about."""

    event_id: str
    adopter_key_state: str
    at: datetime  # as the service says
    rewrapped_version: str | None  # that the data keys are wrapped with now
    delete_registration: bool  # whether the key protects the event's resources no longer

    async def run(self, case: Case, tools: Tools) -> None:
        """Note it, where the event was for this service and is still waited for."""
        case.request |= {"eventId": self.event_id, "adopterKeyState": self.adopter_key_state}
        service = require_service(case.caller)
        notice = await tools.store.notice(case.instance.id, self.event_id)
        if notice is None:
            raise Refused(Reason.EVENT_NOT_FOUND, "There is no event with this id")
        if not all(ResourceCrn(crn).belongs_to(service) for crn in notice.resources):
            raise Refused(Reason.RESOURCE_OWNER, "The event is for another service")
        key = await is_about(notice, case, tools)
        facts = {**facts_of(notice), "eventAckTimeStamp": moment(self.at)}
        case.response["eventAckData"] = facts
        after = self._acknowledged(notice, facts, case)
        if key is not None and self.delete_registration:
            await self._remove(key, notice, case, tools)
        elif key is not None and self.rewrapped_version is not None:
            await self._move(key, notice, case, tools)
        if after is not notice:
            case.change.put(after, was=notice)
            case.also = each_resource(notice, _NO_CONTENT, None, facts)

    def _acknowledged(self, notice: Notice, facts: dict[str, object], case: Case) -> Notice:
        """Return the notice as acknowledged; where the state is in conflict, each resource has that recorded.

        What comes too late has not: of that, or of its absence, is recorded that nobody was in time.
        """
        try:
            return notice.acknowledged(case.now, self.adopter_key_state)
        except Refused as refused:
            if not notice.is_late(case.now):
                case.also = each_resource(notice, _CONFLICT, f"{refused.reason}: {refused.detail}", facts)
            raise

    async def _remove(self, key: Key, notice: Notice, case: Case, tools: Tools) -> None:
        """Take the event's resources off the key; those that are off already stay so.

        What was registered anew since is not what the event was about: an acknowledgement that comes twice
        must not take that off.
        """
        registered = await tools.store.registrations(case.instance.id, key.id)
        gone = [was for was in registered if was.crn in notice.resources and was.created_at <= notice.at]
        for was in gone:
            case.change.remove(was)
        case.response["deletedRegistrations"] = [was.crn for was in gone]

    async def _move(self, key: Key, notice: Notice, case: Case, tools: Tools) -> None:
        """Note for each resource that it uses another version now; one only moves forward (INT-5)."""
        ids: list[str] = [version.id for version in key.versions]
        if self.rewrapped_version not in ids:
            raise bad_field("id", "the id of a version of the key")
        to = ids.index(self.rewrapped_version)
        for was in await tools.store.registrations(case.instance.id, key.id):
            if was.crn in notice.resources and (was.version not in ids or ids.index(was.version) < to):
                case.change.put(self._moved(was, key, to, case), was=was)

    @staticmethod
    def _moved(was: Registration, key: Key, to: int, case: Case) -> Registration:
        return replace(
            was,
            version=key.versions[to].id,
            updated_at=case.now,
            updated_by=case.caller.iam_id,
            revision=was.revision + 1,
        )
