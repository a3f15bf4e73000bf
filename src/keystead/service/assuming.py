"""Access tokens for who speaks as somebody else: as a trusted profile, or as a part of the service he is.

Source: ``spec/iam-and-provisioning.md`` sections 1.2 and 8.1.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, NoReturn

from keystead.domain.access import Behind, Caller
from keystead.domain.crns import SEGMENTS, ResourceCrn, is_part, service_of
from keystead.domain.errors import Refused
from keystead.domain.grants import is_from, services_called
from keystead.domain.identities import PARTS, Identity, IssuedToken, part_of
from keystead.domain.ids import PROFILES, AccountId, IamId, is_uuid
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.domain.trust import Assumer, Bond
from keystead.service.case import Case, Tools
from keystead.service.tokens import noted

ASSUME: Final = "urn:ibm:params:oauth:grant-type:assume"
WORKLOAD: Final = "urn:ibm:params:oauth:grant-type:cr-token"
AUTHORIZED: Final = "urn:ibm:params:oauth:grant-type:iam-authz"
_PART: Final = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileName:
    """Which profile is meant: by an id of it, its CRN, or its name in an account."""

    id: str | None = None
    crn: str | None = None
    name: str | None = None
    account: str | None = None  # ``None`` for that of who asks

    @property
    def iam_id(self) -> IamId | None:
        """The IAM id that id or CRN end with, where they have the form of one."""
        said = self.id or self.crn or ""
        uuid = said.rpartition("Profile-")[2]
        return IamId(f"{PROFILES}{uuid}") if is_uuid(uuid) else None

    def names(self, profile: Identity) -> bool:
        """Tell whether *profile* is meant; all that is said must be right."""
        said = (
            (self.id, (profile.id, profile.iam_id)),
            (self.crn, (profile.crn,)),
            (self.name, (profile.display_name,)),
            (self.account, (profile.account,)),
        )
        return all(wanted is None or wanted in known for wanted, known in said)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeProfile:
    """An access token as a profile, for whom an access token is about that the profile trusts."""

    token: KeyMaterial
    profile: ProfileName
    client_id: str

    async def run(self, case: Case, tools: Tools) -> IssuedToken:
        """Let the token service verify the token, look for the bond, and sign."""
        who = await _vouched(tools.tokens.vouch(self.token), case)
        return await _as_profile(who, self.profile, (ASSUME, self.client_id), case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeByWorkload:
    """An access token as a profile, for a workload that the profile is linked to or has a rule for."""

    token: KeyMaterial
    profile: ProfileName
    client_id: str

    async def run(self, case: Case, tools: Tools) -> IssuedToken:
        """Let the token service verify the token of the cluster, look for the bond, and sign."""
        who = await _vouched(tools.tokens.vouch_workload(self.token), case)
        return await _as_profile(who, self.profile, (WORKLOAD, self.client_id), case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueAuthorized:
    """An access token for a service as a part of itself, to which authorizations in force let it."""

    token: KeyMaterial
    desired: str
    client_id: str

    async def run(self, case: Case, tools: Tools) -> IssuedToken:
        """Look for an authorization, and sign; what the token may do is what authorizations say."""
        who, crn = await _vouched(tools.tokens.vouch(self.token), case), _crn(self.desired)
        service = await tools.store.identity(who.iam_id) if who.kind == "service" else None
        if service is None or not is_part(crn, service.name):
            _refuse("Only a service may ask for an identity, and only for its own CRN or a part of it.")
        given = await tools.store.grants(services_called(service_of(crn)))
        if not any(is_from(it, crn, who.account) for it in given if it.account == who.account):
            _refuse("No authorization in force is for a service with this CRN.")
        part = part_of(service, crn)
        token = await _signed(tools.tokens.issue_as(part, who, Bond(_PART), self.client_id, AUTHORIZED))
        return noted(token, _as(part, who), case)


async def _as_profile(
    who: Assumer, wanted: ProfileName, asked: tuple[str, str], case: Case, tools: Tools
) -> IssuedToken:
    grant, client_id = asked
    profile = await _profile(wanted, who.account, tools)
    bond = None if profile is None else profile.trust.bond(who)
    if profile is None or bond is None:
        _refuse("The trusted profile is not there, or does not trust who wants to assume it.")
    token = await _signed(tools.tokens.issue_as(profile, who, bond, client_id, grant))
    return noted(token, _as(profile, who), case)


async def _profile(wanted: ProfileName, account: AccountId, tools: Tools) -> Identity | None:
    """Return the profile that is meant; all of an account, which may say much, are read for a name alone."""
    if wanted.name is not None:
        everybody = await tools.store.identities(account)  # a list alone does not show that one was put back
        named = next((it.iam_id for it in everybody if it.kind == "profile" and wanted.names(it)), None)
    else:
        named = wanted.iam_id
    found = None if named is None else await tools.store.identity(named)
    if found is None or found.kind != "profile" or found.account != account or not wanted.names(found):
        return None
    return found


async def _vouched(vouching: Awaitable[Assumer], case: Case) -> Assumer:
    """Return whose the token is, noted in *case*; one refusal for all that can be wrong with it."""
    try:
        who = await vouching
    except Refused:
        _refuse("The token of who wants to assume it is not valid, or is of somebody assumed already.")
    case.caller = Caller(
        iam_id=who.iam_id, name=who.name, account=who.account, kind=who.kind, credential="token"
    )
    return who


async def _signed(signing: Awaitable[IssuedToken]) -> IssuedToken:
    try:
        return await signing
    except Refused:
        _refuse("The token of who wants to assume it has just ended, or says too much.")


def _crn(desired: str) -> str:
    crn = desired.removeprefix(PARTS)
    try:
        return ResourceCrn.parse(crn, "desired_iam_id").text
    except Refused:
        _refuse(f"The desired_iam_id must be crn- and a CRN of {SEGMENTS} segments, down to an instance.")


def _as(subject: Identity, who: Assumer) -> Caller:
    return Caller(
        iam_id=subject.iam_id,
        name=subject.name,
        account=subject.account,
        kind=subject.kind,
        credential="token",
        behind=Behind(iam_id=who.iam_id, name=who.name),
    )


def _refuse(why: str) -> NoReturn:
    raise Refused(Reason.IAM_PROFILE, why)
