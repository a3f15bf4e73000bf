"""Who wants to be somebody else, as a token that was verified says: one of ours, a person, or a workload."""

import json
import re
from typing import Any, Final

from keystead.domain.access import unauthorized
from keystead.domain.ids import OUTSIDERS, IamId
from keystead.domain.ports.directory import Directory
from keystead.domain.trust import Assumer, Vouch
from keystead.identity.bearer import Unverified
from keystead.identity.claims import vouch_of
from keystead.identity.external import Told
from keystead.identity.standing import Standing, look_up

_NAME_OCTETS: Final = 512  # as JSON: it is four times in a token, which has its limits
_SERVICE_ACCOUNT: Final = re.compile(r"system:serviceaccount:([a-z0-9.-]{1,253}):([a-z0-9.-]{1,253})\Z")


def insider(standing: Standing, token: Unverified) -> Assumer:
    """Return whom a token of ours is about."""
    (mine,) = standing.looked_up
    who, claims = mine.found.identity, token.claims
    kind = who.kind
    if kind == "profile":
        raise unauthorized()
    return Assumer(
        iam_id=who.iam_id,
        name=who.name,
        display_name=who.display_name,
        kind=kind,
        account=who.account,
        until=_whole(claims.get("exp")),
        api_key=mine.api_key,
        vouch=vouch_of(claims),
        claims={},
    )


async def person(told: Told, directory: Directory) -> Assumer:
    """Return whom a provider's token is about; `Refused` where his identity here is gone.

    A workload without one is no person, and what its token calls ``namespace`` is not what `workload` makes
    sure of.
    """
    issuer, iam_id = told.issuer, told.iam_id
    if iam_id is None and issuer.cluster is not None:
        raise unauthorized()
    if iam_id is None:
        return _outsider(told, None, _believed(told))
    who = (await look_up(directory, iam_id, None, issuer.account)).found.identity
    kind = who.kind
    if kind == "profile":
        raise unauthorized()
    return Assumer(
        iam_id=who.iam_id,
        name=who.name,
        display_name=who.display_name,
        kind=kind,
        account=who.account,
        until=int(told.end.timestamp()),
        realm=issuer.name,
        vouch=Vouch(issuer.name, told.value),
        claims=_believed(told),
    )


def workload(told: Told) -> Assumer:
    """Return which service account of a Kubernetes cluster a token is about; `Refused` for any other."""
    subject = told.claims.get("sub")
    found = _SERVICE_ACCOUNT.match(subject) if isinstance(subject, str) else None
    if told.issuer.cluster is None or found is None:
        raise unauthorized()
    namespace, name = found.groups()
    said = {"crn": told.issuer.cluster, "namespace": namespace, "name": name}
    return _outsider(told, told.issuer.cluster, {**_believed(told), **said})


def _outsider(told: Told, cluster: str | None, claims: dict[str, Any]) -> Assumer:
    """Return somebody who has no identity here; his provider's name for him goes into tokens and the log."""
    if not told.value.isprintable() or len(json.dumps(told.value)) > _NAME_OCTETS:
        raise unauthorized()
    return Assumer(
        iam_id=IamId(f"{OUTSIDERS}{told.issuer.name}#{told.value}"),
        name=told.value,
        display_name=told.value,
        kind="external",
        account=told.issuer.account,
        until=int(told.end.timestamp()),
        realm=told.issuer.name,
        cluster=cluster,
        vouch=Vouch(told.issuer.name, told.value),
        claims=claims,
    )


def _believed(told: Told) -> dict[str, Any]:
    """Return the claims without an ``email`` that is not verified: people write what they like there."""
    claims = dict(told.claims)
    if claims.get("email_verified") is not True:
        claims.pop("email", None)
    return claims


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise unauthorized()
    return value
