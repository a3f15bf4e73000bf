"""Set a key for deletion, the first of two steps by two people, and take that back."""

from dataclasses import dataclass

from keystead.domain.dual_auth import set_for_deletion, unset_for_deletion
from keystead.domain.keys import Key
from keystead.domain.moments import moment
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True)
class SetForDeletion:
    """Approve that somebody else deletes the key."""

    async def run(self, case: Case, tools: Tools) -> None:
        """Note the approver; who comes second finds the first one's approval and changes nothing."""
        _save(case, set_for_deletion(case.key, case.caller.person, case.now, tools.windows))


@dataclass(frozen=True, slots=True)
class UnsetForDeletion:
    """Take the approval back, whoever gave it."""

    async def run(self, case: Case, tools: Tools) -> None:  # noqa: ARG002 - every command has this shape
        """Forget it."""
        _save(case, unset_for_deletion(case.key, case.now))


def _save(case: Case, after: Key) -> None:
    case.response.update(initialValue=_facts(case.key), newValue=_facts(after))
    if after is not case.key:
        case.change.save(after, was=case.key)


def _facts(key: Key) -> dict[str, object]:
    policy = key.dual_auth
    if policy is None or policy.set_by is None or policy.set_until is None:
        return {}
    return {"authID": policy.set_by, "authExpiration": moment(policy.set_until)}
