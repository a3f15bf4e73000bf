"""Trusted profiles over the network: made, shown, changed and deleted, by an Administrator of the account.

Source: ``spec/iam-and-provisioning.md`` section 2.
"""

from dataclasses import dataclass, replace

from keystead.domain.errors import Refused
from keystead.domain.identities import MOST_PROFILES, Identity
from keystead.domain.ids import PROFILES, IamId
from keystead.domain.reasons import Reason
from keystead.domain.trust import MOST_TRUST, Trust
from keystead.service import whose
from keystead.service.case import Case, Tools
from keystead.service.identity_pages import IdentityPage, IdentityQuery, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProfile:
    """Make a profile, which trusts nobody yet."""

    account: str
    name: str
    description: str

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Make it, unless the account has as many as it may have, or one of this name."""
        whose.require_account(self.account, case)
        every = await _profiles(case, tools)
        if len(every) >= MOST_PROFILES:
            raise Refused(Reason.IDENTITY_LIMIT, f"An account has at most {MOST_PROFILES} trusted profiles.")
        _require_name(self.name, every)
        uuid = tools.new_id()
        made = Identity(
            iam_id=IamId(f"{PROFILES}{uuid}"),
            account=case.account,
            kind="profile",
            name=f"Profile-{uuid}",
            display_name=self.name,
            created_at=case.now,
            description=self.description,
        )
        case.change.put(made, was=None)
        _note(made, case)
        return made


@dataclass(frozen=True, slots=True)
class ListProfiles:
    """The profiles that fit *query*."""

    query: IdentityQuery

    async def run(self, case: Case, tools: Tools) -> IdentityPage:
        """Find them."""
        whose.require_account(self.query.account, case)
        return page_of(await _profiles(case, tools), self.query, case)


@dataclass(frozen=True, slots=True)
class ReadProfile:
    """The profile with this id."""

    id: str

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Show it."""
        return await the_profile(self.id, case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateProfile:
    """Change what is said of a profile; ``None`` leaves it as it is."""

    id: str
    tag: str  # the state that the caller knows, or ``*``
    name: str | None
    description: str | None

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Change it."""
        was = await the_profile(self.id, case, tools)
        whose.require_open(was, self.tag)
        if self.name not in (None, was.display_name):
            _require_name(self.name, await _profiles(case, tools))
        new = replace(
            was,
            display_name=was.display_name if self.name is None else self.name,
            description=was.description if self.description is None else self.description,
        )
        return whose.changed(new, was, case)


@dataclass(frozen=True, slots=True)
class DeleteProfile:
    """Delete the profile with this id, and with it what it was granted."""

    id: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Delete it; whoever is this profile now is nobody from the next request on."""
        case.change.remove(await the_profile(self.id, case, tools))


async def the_profile(wanted: str, case: Case, tools: Tools) -> Identity:
    """Return the profile with this id, noted in *case*; `Refused` with ``IDENTITY_NOT_FOUND``."""
    for one in await _profiles(case, tools):
        if wanted in (one.id, one.iam_id):
            _note(one, case)
            return one
    raise whose.not_there("trusted profile")


def trusting(trust: Trust, was: Identity, case: Case) -> Identity:
    """Have *was* trust *trust* from now on, and nobody else; what takes too much may only come to less."""
    if trust.size > max(MOST_TRUST, was.trust.size):
        raise Refused(
            Reason.IDENTITY_LIMIT,
            f"Identities, rules and links of a trusted profile take at most {MOST_TRUST} octets together.",
        )
    return whose.changed(replace(was, trust=trust), was, case)


async def _profiles(case: Case, tools: Tools) -> tuple[Identity, ...]:
    return tuple(who for who in await whose.identities(case, tools) if who.kind == "profile")


def _require_name(name: str | None, every: tuple[Identity, ...]) -> None:
    if any(it.display_name == name for it in every):
        raise Refused(Reason.IDENTITY_CHANGED, "There is a trusted profile of this name in the account.")


def _note(one: Identity, case: Case) -> None:
    case.response["iamId"] = one.iam_id
