"""API keys over the network: which there are. Source: ``spec/iam-and-provisioning.md`` section 2."""

from dataclasses import dataclass
from typing import Literal

from keystead.domain.identities import ApiKey
from keystead.service import whose
from keystead.service.case import Case, Tools
from keystead.service.pages import begun

Owner = Literal["user", "serviceid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyQuery:
    """Which API keys are asked for."""

    account: str | None
    iam_id: str | None
    every: bool  # of all identities, and not just of one
    kind: Owner | None
    after: str  # id of the last one of the page before
    limit: int


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Some API keys, and the id of the last one where more follow."""

    items: tuple[ApiKey, ...]
    last: str | None


@dataclass(frozen=True, slots=True)
class ListApiKeys:
    """The API keys that fit *query* and that the caller manages."""

    query: KeyQuery

    async def run(self, case: Case, tools: Tools) -> KeyPage:
        """Find them."""
        query = self.query
        whose.require_account(query.account, case)
        owners = await self._owners(case, tools)
        every = await whose.api_keys(case, tools)
        found = [key for key in every if key.iam_id in owners and key.id > query.after]
        shown, last = begun(found, query.limit, case)
        return KeyPage(shown, None if last is None else last.id)

    async def _owners(self, case: Case, tools: Tools) -> set[str]:
        query = self.query
        if query.iam_id is None and query.every:
            people = await whose.identities(case, tools)
        else:
            people = (await whose.identity(query.iam_id or case.caller.iam_id, case, tools),)
        return {
            who.iam_id
            for who in people
            if query.kind in (None, "user" if who.kind == "user" else "serviceid")
        }
