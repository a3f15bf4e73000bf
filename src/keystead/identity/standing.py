"""What a verified token stands on, from one moment to the next: identities, an API key, a profile's trust."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from keystead.domain.access import Behind, Caller, unauthorized
from keystead.domain.crns import is_part
from keystead.domain.identities import PARTS, Holder, Identity, part_of
from keystead.domain.ids import OUTSIDERS, AccountId, IamId
from keystead.domain.ports.directory import Directory
from keystead.domain.trust import Vouch
from keystead.identity.claims import Assumption, Claimed
from keystead.identity.external import ExternalTokens


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


def require_vouched(
    vouch: Vouch, who: IamId, account: AccountId, realms: Mapping[str, ExternalTokens]
) -> None:
    """Raise `Refused` where a provider is none of the account's any more, or is not to speak for *who*."""
    issuer = realms[vouch.realm].issuer if vouch.realm in realms else None
    if issuer is None or issuer.account != account:
        raise unauthorized()
    if not who.startswith(OUTSIDERS) and issuer.identities.get(vouch.value) != who:
        raise unauthorized()


async def standing_of(
    claimed: Claimed, directory: Directory, realms: Mapping[str, ExternalTokens], now: datetime
) -> Standing:
    """Return what a token of ours stands on at *now*; `Refused` with ``UNAUTHORIZED`` where that is gone."""
    if claimed.vouch is not None:
        who = claimed.iam_id if claimed.by is None else claimed.by.iam_id
        require_vouched(claimed.vouch, who, claimed.account, realms)
    if claimed.by is not None:
        return await _assumed(claimed, claimed.by, directory, now)
    mine = await look_up(directory, claimed.iam_id, claimed.api_key, claimed.account)
    _require_usable((mine,), now)
    return himself(mine, datetime.fromtimestamp(claimed.expiration, UTC))


def himself(mine: LookUp, until: datetime) -> Standing:
    """Return the standing of somebody who speaks for himself, which no profile does; `Refused`."""
    if mine.found.identity.kind == "profile":
        raise unauthorized()
    return _standing(mine.found.identity, (mine,), until, None)


async def _assumed(claimed: Claimed, by: Assumption, directory: Directory, now: datetime) -> Standing:
    behind: tuple[LookUp, ...] = ()
    if not by.iam_id.startswith(OUTSIDERS):
        behind = (await look_up(directory, by.iam_id, claimed.api_key, claimed.account),)
        _require_usable(behind, now)
    until, who = datetime.fromtimestamp(claimed.expiration, UTC), Behind(iam_id=by.iam_id, name=by.name)
    if claimed.iam_id.startswith(PARTS):
        crn = claimed.iam_id.removeprefix(PARTS)
        service = behind[0].found.identity if behind else None
        if service is None or service.kind != "service" or not is_part(crn, service.name):
            raise unauthorized()
        return _standing(part_of(service, crn), behind, until, who)
    profile = await look_up(directory, claimed.iam_id, None, claimed.account)
    one = profile.found.identity
    if one.kind != "profile" or not one.trust.still(by.bond, by.iam_id):
        raise unauthorized()
    return _standing(one, (profile, *behind), until, who)


def _standing(
    who: Identity, looked_up: tuple[LookUp, ...], until: datetime, behind: Behind | None
) -> Standing:
    until = _end(looked_up, until)
    caller = Caller(
        iam_id=who.iam_id,
        name=who.name,
        account=who.account,
        kind=who.kind,
        credential="token",
        until=until,
        behind=behind,
    )
    return Standing(caller, looked_up, until)


def _require_usable(looked_up: Collection[LookUp], now: datetime) -> None:
    if any(it.found.api_key is not None and not it.found.api_key.usable(now) for it in looked_up):
        raise unauthorized()


def _end(looked_up: Collection[LookUp], until: datetime) -> datetime:
    ends = (it.found.api_key.expires_at for it in looked_up if it.found.api_key is not None)
    return min((until, *(end for end in ends if end is not None)))
