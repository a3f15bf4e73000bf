"""What services say of events in the life of keys that protect resources of theirs.

Nothing tells services of such events yet, so there is none that an acknowledgement could be held against: it
is recorded, and moves nothing. Source: ``spec/kms-api.md`` section 2.16; ``spec/iam-and-provisioning.md``
sections 3.3 (AUT-10) and 8.3 (INT-6).
"""

from dataclasses import dataclass

from keystead.domain.crns import ResourceCrn
from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.service.case import Case, Tools
from keystead.service.registrations import require_service


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """A service has seen an event, and says what became of the data keys under the key that it was about."""

    event_id: str
    adopter_key_state: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Have it recorded, where a resource of the service is registered in the instance at all."""
        case.request |= {"eventId": self.event_id, "adopterKeyState": self.adopter_key_state}
        service = require_service(case)
        registered = await tools.store.registrations(case.instance.id, None)
        if not any(ResourceCrn(it.crn).belongs_to(service) for it in registered):
            raise Refused(Reason.RESOURCE_OWNER, "No resource of the service is registered in this instance")
