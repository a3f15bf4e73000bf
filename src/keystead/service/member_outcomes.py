"""What came of a request about several members of access groups, or several groups of one member.

Each has an outcome of its own, as IBM's API has it. Where none of it could be done, the request is refused as
the first of them was. Source: ``spec/iam-and-provisioning.md`` section 2.
"""

from dataclasses import dataclass

from keystead.domain.access_groups import Member
from keystead.domain.errors import Refused
from keystead.service.case import Case


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one of several: *what* names it as the caller did."""

    what: str
    member: Member | None  # who is in the group now, or was until now
    refused: Refused | None = None


def noted(done: list[Outcome], case: Case) -> tuple[Outcome, ...]:
    """Return all that was *done*, noted in *case*; raise why nothing was."""
    fine = [it.member for it in done if it.member is not None]
    refused = [it.refused for it in done if it.refused is not None]
    if refused and not fine:
        raise refused[0]
    case.response["members"] = sorted({it.iam_id for it in fine})
    case.response["groups"] = sorted({it.group for it in fine})
    if refused:
        case.response["refused"] = len(refused)
    return tuple(done)
