"""The identities that a trusted profile trusts. Source: ``spec/iam-and-provisioning.md`` section 2."""

from dataclasses import dataclass, replace

from keystead.domain.errors import Refused, bad_field
from keystead.domain.identities import PARTS, Identity
from keystead.domain.ids import AccountId, IamId
from keystead.domain.reasons import Reason
from keystead.domain.trust import MOST_IDENTITIES, TRUSTED_KINDS, Trusted, TrustedKind
from keystead.service import whose
from keystead.service.case import Case, Tools
from keystead.service.profiles import the_profile, trusting


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustOrder:
    """Who is to be trusted: a user by the IAM id, a service id by either of its ids, a service by its CRN."""

    kind: TrustedKind
    identifier: str
    description: str = ""
    accounts: tuple[str, ...] | None = None  # from where; the profile's is the only one


@dataclass(frozen=True, slots=True)
class OneTrusted:
    """Somebody whom a profile of the account trusts."""

    one: Trusted
    account: AccountId


@dataclass(frozen=True, slots=True)
class ReadTrusted:
    """All whom the profile with this id trusts."""

    profile: str

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Show them."""
        return await the_profile(self.profile, case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceTrusted:
    """Have the profile, in the state that *tag* names, trust these and no others."""

    profile: str
    tag: str
    orders: tuple[TrustOrder, ...]

    async def run(self, case: Case, tools: Tools) -> Identity:
        """Replace them."""
        was = await the_profile(self.profile, case, tools)
        whose.require_open(was, self.tag)
        everybody = await whose.identities(case, tools)
        trusted = tuple(_trusted(order, everybody) for order in self.orders)
        if len({it.iam_id for it in trusted}) < len(trusted):
            raise bad_field("identities", "each identity once")
        _note(trusted, case)
        return trusting(replace(was.trust, identities=trusted), was, case)


@dataclass(frozen=True, slots=True)
class AddTrusted:
    """Have the profile with this id trust one more; who was trusted before is described anew."""

    profile: str
    order: TrustOrder

    async def run(self, case: Case, tools: Tools) -> OneTrusted:
        """Add it, unless the profile trusts as many as it may."""
        was = await the_profile(self.profile, case, tools)
        one = _trusted(self.order, await whose.identities(case, tools))
        others = tuple(it for it in was.trust.identities if it.iam_id != one.iam_id)
        if len(others) >= MOST_IDENTITIES:
            raise Refused(
                Reason.IDENTITY_LIMIT, f"A trusted profile has at most {MOST_IDENTITIES} identities."
            )
        _note((one,), case)
        trusting(replace(was.trust, identities=(*others, one)), was, case)
        return OneTrusted(one, was.account)


@dataclass(frozen=True, slots=True)
class ReadOneTrusted:
    """One whom the profile with this id trusts."""

    profile: str
    kind: str
    identifier: str

    async def run(self, case: Case, tools: Tools) -> OneTrusted:
        """Show it."""
        profile = await the_profile(self.profile, case, tools)
        return OneTrusted(_found(profile, self.kind, self.identifier), profile.account)


@dataclass(frozen=True, slots=True)
class RemoveTrusted:
    """Have the profile with this id trust one less."""

    profile: str
    kind: str
    identifier: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Remove it: the tokens that it obtained are worth nothing from the next request on."""
        was = await the_profile(self.profile, case, tools)
        gone = _found(was, self.kind, self.identifier)
        _note((gone,), case)
        left = tuple(it for it in was.trust.identities if it != gone)
        trusting(replace(was.trust, identities=left), was, case)


def _trusted(order: TrustOrder, everybody: tuple[Identity, ...]) -> Trusted:
    for who in everybody:
        if order.accounts not in (None, (who.account,)):
            raise bad_field("accounts", "left out, or the account of the profile alone")
        if who.kind == TRUSTED_KINDS[order.kind] and order.identifier in _names(order.kind, who.iam_id):
            return Trusted(iam_id=who.iam_id, kind=order.kind, description=order.description)
    raise bad_field("identifier", f"what a {TRUSTED_KINDS[order.kind]} of the account is called")


def _names(kind: TrustedKind, iam_id: IamId) -> tuple[str, str]:
    """Return what somebody may be called: the IAM id, and that without what it begins with."""
    return iam_id, iam_id.removeprefix(PARTS if kind == "crn" else "iam-")


def _note(trusted: tuple[Trusted, ...], case: Case) -> None:
    case.response["trusted"] = [it.iam_id for it in trusted]


def _found(profile: Identity, kind: str, identifier: str) -> Trusted:
    for it in profile.trust.identities:
        if it.kind == kind and identifier in _names(it.kind, it.iam_id):
            return it
    raise whose.not_there("identity in this profile")
