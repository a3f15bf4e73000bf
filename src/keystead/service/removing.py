"""Remove users, and whoever else is no trusted profile: with their API keys, grants and memberships.

Their tokens, refresh tokens and passcodes stand on these records, and are worth nothing from the next request
on, in every process.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from keystead.domain.errors import KeysteadError, Refused
from keystead.domain.grants import Grant
from keystead.domain.identities import Identity
from keystead.domain.reasons import Reason
from keystead.service import whose
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveUser:
    """Remove the user with this IAM id from the account, for an Administrator of it."""

    account: str
    iam_id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Remove him."""
        whose.require_account(self.account, case)
        for who in await whose.identities(case, tools):
            if who.kind == "user" and who.iam_id == self.iam_id:
                await remove(who, case, tools)
                return
        raise whose.not_there("user")


@dataclass(frozen=True, slots=True)
class RemoveIdentity:
    """Remove a user, service id or service of the instance's account, for the operator.

    Args:
        name: its IAM id, or the e-mail address of the one user who has it.
    """

    name: str

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Remove it."""
        who = self._one(await tools.store.identities(case.instance.account))
        if who.kind == "profile":
            raise KeysteadError(f"{who.iam_id} is a trusted profile: delete it with `ibmcloud iam`")
        await remove(who, case, tools)
        return who

    def _one(self, everybody: Sequence[Identity]) -> Identity:
        found = [who for who in everybody if self._names(who)]
        if not found:
            raise KeysteadError(f"there is no {self.name} in this account; nothing was changed")
        if len(found) > 1:
            ids = ", ".join(who.iam_id for who in found)
            raise KeysteadError(f"{self.name} is several users: name one of {ids}")
        return found[0]

    def _names(self, who: Identity) -> bool:
        is_address = who.kind == "user" and who.name.casefold() == self.name.casefold()
        return is_address or who.iam_id == self.name


async def remove(who: Identity, case: Case, tools: Tools) -> None:
    """Have *who* removed with what goes with identities.

    Raises:
        Refused: ``IDENTITY_LOCKED``, or ``IDENTITY_NEEDED`` for the last Administrator of the account.
    """
    whose.require_open(who, None)
    grants = await tools.store.account_grants(who.account)
    if {it.subject for it in grants if it.is_steward} == {who.iam_id}:
        raise Refused(Reason.IDENTITY_NEEDED, "It is the account's last Administrator: make another first.")
    code = await tools.store.passcode_of(who.iam_id)
    if code is not None:
        case.change.remove(code)
    case.change.remove(who)
    case.response |= {"iamId": who.iam_id, "name": who.name, **await _going_with(who, grants, tools)}


async def _going_with(who: Identity, grants: Sequence[Grant], tools: Tools) -> dict[str, int]:
    """Count what goes with *who*, for the audit log: afterwards nobody can look it up."""
    keys = await tools.store.api_keys(who.account)
    return {
        "apiKeys": sum(it.iam_id == who.iam_id for it in keys),
        "policies": sum(it.subject == who.iam_id and it.is_active for it in grants),
        "groupMemberships": len(await tools.store.memberships(who.iam_id)),
    }
