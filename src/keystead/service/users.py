"""The users of an account, shown over the network to its Administrators; the operator makes them."""

from dataclasses import dataclass

from keystead.domain.identities import Identity
from keystead.service import whose
from keystead.service.case import Case, Tools
from keystead.service.pages import begun


@dataclass(frozen=True, slots=True)
class UserPage:
    """Some users, how many fit in all, and the IAM id of the last one where more follow."""

    items: tuple[Identity, ...]
    total: int
    last: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUsers:
    """The users of an account, ordered by IAM id."""

    account: str
    email: str | None  # only who has this address, in whatever case
    after: str  # IAM id of the last one of the page before
    limit: int

    async def run(self, case: Case, tools: Tools) -> UserPage:
        """Find them."""
        found = [it for it in await _users(self.account, case, tools) if self._fits(it)]
        shown, last = begun([it for it in found if it.iam_id > self.after], self.limit, case)
        return UserPage(shown, len(found), None if last is None else last.iam_id)

    def _fits(self, who: Identity) -> bool:
        return self.email is None or who.name.casefold() == self.email.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadUser:
    """The user with this IAM id."""

    account: str
    iam_id: str

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Show him."""
        for who in await _users(self.account, case, tools):
            if who.iam_id == self.iam_id:
                case.response["iamId"] = who.iam_id
                return who
        raise whose.not_there("user")


async def _users(account: str, case: Case, tools: Tools) -> tuple[Identity, ...]:
    whose.require_account(account, case)
    return tuple(who for who in await whose.identities(case, tools) if who.kind == "user")
