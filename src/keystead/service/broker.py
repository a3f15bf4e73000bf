"""Say where the keys of an instance of ``hs-crypto`` are worked with. Source: ``spec`` section 5.7 (TF-7)."""

from dataclasses import dataclass

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.service.case import Case, Tools
from keystead.service.resource_instances import ShownInstance

_SERVICE = "hs-crypto"


@dataclass(frozen=True, slots=True)
class ReadEndpoints:
    """Where the instance that the request names is reached."""

    async def run(self, case: Case, tools: Tools) -> ShownInstance:
        """Show it, if the broker of its service is asked, and it has not been deleted."""
        if case.instance.service != _SERVICE or case.instance.state != "active":
            raise Refused(Reason.INSTANCE_NOT_FOUND, "There is no such instance of hs-crypto")
        return ShownInstance(case.instance, tools.endpoints)
