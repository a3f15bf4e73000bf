"""What a verified token stands on, from one moment to the next: identities, an API key, a profile's trust."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from keystead.domain.access import Behind, Caller, unauthorized
from keystead.domain.crns import is_part
from keystead.domain.identities import Holder
from keystead.domain.ids import AccountId, IamId
from keystead.domain.ports import Directory
from keystead.identity.claims import Assumption, Claimed
from keystead.identity.external import ExternalTokens

OUTSIDER: Final = "oidc-"
"""What begins the IAM ids of people and workloads that a provider vouched for, and that are nobody here."""
_CRN: Final = "crn-"


@dataclass(frozen=True, slots=True)
class LookUp:
    """What the directory said of somebody and his API key."""

    iam_id: IamId
    api_key: str | None
    found: Holder


@dataclass(frozen=True, slots=True)
class Standing:
    """Who calls; it holds until then, and while all look-ups give what they gave."""

    caller: Caller
    looked_up: tuple[LookUp, ...]
    until: datetime

    async def holds(self, directory: Directory) -> bool:
        """Tell whether nothing of it has changed."""
        for it in self.looked_up:
            found = await directory.holder(it.iam_id, it.api_key)
            if found is not it.found and found != it.found:
                return False
        return True


async def look_up(directory: Directory, iam_id: IamId, api_key: str | None, account: AccountId) -> LookUp:
    """Return what *directory* says; `Refused` with ``UNAUTHORIZED`` where there is nobody in *account*."""
    found = await directory.holder(iam_id, api_key)
    if found is None or found.identity.account != account:
        raise unauthorized()
    return LookUp(iam_id, api_key, found)


async def standing_of(
    claimed: Claimed, directory: Directory, realms: Mapping[str, ExternalTokens], now: datetime
) -> Standing:
    """Return what a token of ours stands on at *now*; `Refused` with ``UNAUTHORIZED`` where that is gone."""
    if claimed.by is not None:
        return await _assumed(claimed, claimed.by, directory, realms, now)
    mine = await look_up(directory, claimed.iam_id, claimed.api_key, claimed.account)
    _require_usable((mine,), now)
    return himself(mine, datetime.fromtimestamp(claimed.expiration, UTC))


def himself(mine: LookUp, until: datetime) -> Standing:
    """Return the standing of somebody who speaks for himself, which no profile does; `Refused`."""
    who = mine.found.identity
    if who.kind == "profile":
        raise unauthorized()
    until = _end((mine,), until)
    caller = Caller(
        iam_id=who.iam_id, name=who.name, account=who.account, kind=who.kind, credential="token", until=until
    )
    return Standing(caller, (mine,), until)


async def _assumed(
    claimed: Claimed,
    by: Assumption,
    directory: Directory,
    realms: Mapping[str, ExternalTokens],
    now: datetime,
) -> Standing:
    _require_realm(by.realm, claimed.account, realms)
    behind: tuple[LookUp, ...] = ()
    if not by.iam_id.startswith(OUTSIDER):
        behind = (await look_up(directory, by.iam_id, claimed.api_key, claimed.account),)
        _require_usable(behind, now)
    until = _end(behind, datetime.fromtimestamp(claimed.expiration, UTC))
    who = Behind(iam_id=by.iam_id, name=by.name)
    if claimed.iam_id.startswith(_CRN):
        return _part_of_service(claimed, behind, who, until)
    profile = await look_up(directory, claimed.iam_id, None, claimed.account)
    it = profile.found.identity
    if it.kind != "profile" or not it.trust.still(by.bond, by.iam_id):
        raise unauthorized()
    caller = Caller(
        iam_id=it.iam_id,
        name=it.name,
        account=it.account,
        kind="profile",
        credential="token",
        until=until,
        behind=who,
    )
    return Standing(caller, (profile, *behind), until)


def _part_of_service(claimed: Claimed, behind: tuple[LookUp, ...], who: Behind, until: datetime) -> Standing:
    crn = claimed.iam_id.removeprefix(_CRN)
    if not any(it.found.identity.kind == "service" and is_part(crn, it.found.identity.name) for it in behind):
        raise unauthorized()
    caller = Caller(
        iam_id=claimed.iam_id,
        name=crn,
        account=claimed.account,
        kind="service",
        credential="token",
        until=until,
        behind=who,
    )
    return Standing(caller, behind, until)


def _require_realm(realm: str | None, account: AccountId, realms: Mapping[str, ExternalTokens]) -> None:
    """Raise `Refused` where a provider is none of the account's any more."""
    if realm is not None and (realm not in realms or realms[realm].issuer.account != account):
        raise unauthorized()


def _require_usable(looked_up: Collection[LookUp], now: datetime) -> None:
    if any(it.found.api_key is not None and not it.found.api_key.usable(now) for it in looked_up):
        raise unauthorized()


def _end(looked_up: Collection[LookUp], until: datetime) -> datetime:
    ends = (it.found.api_key.expires_at for it in looked_up if it.found.api_key is not None)
    return min((until, *(end for end in ends if end is not None)))
