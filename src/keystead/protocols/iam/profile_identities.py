"""The identities that a trusted profile trusts. Source: ``spec/iam-and-provisioning.md`` section 2."""

from typing import Final

from keystead.domain.errors import bad_field
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.identity_answers import answer, nothing
from keystead.protocols.iam.identity_bodies import if_match, read
from keystead.protocols.iam.profile_bodies import TrustedBodies, TrustedBody
from keystead.protocols.iam.profile_views import shown_identities, shown_identity
from keystead.service.profile_identities import (
    AddTrusted,
    ReadOneTrusted,
    ReadTrusted,
    RemoveTrusted,
    ReplaceTrusted,
)

_ONE: Final = "an object with `identifier`, `type`, which is user, serviceid or crn, and maybe `description`"
_ALL: Final = "an object with `identities`, a list of objects with `identifier` and `type`"


async def read_all(visit: Visit) -> Reply:
    """``GET /v1/profiles/{profile}/identities``."""
    found = await visit.serve(lambda: ReadTrusted(visit.names["profile"]))
    return answer(visit.exchange, 200, shown_identities(found))


async def replace_all(visit: Visit) -> Reply:
    """``PUT /v1/profiles/{profile}/identities``."""
    return answer(visit.exchange, 200, shown_identities(await visit.serve(lambda: _replacement(visit))))


async def add(visit: Visit) -> Reply:
    """``POST /v1/profiles/{profile}/identities/{kind}``."""
    added = await visit.serve(lambda: _addition(visit))
    return answer(visit.exchange, 200, shown_identity(added.one, added.account))


async def read_one(visit: Visit) -> Reply:
    """``GET /v1/profiles/{profile}/identities/{kind}/{identity}``."""
    found = await visit.serve(lambda: ReadOneTrusted(*_place(visit)))
    return answer(visit.exchange, 200, shown_identity(found.one, found.account))


async def remove(visit: Visit) -> Reply:
    """``DELETE /v1/profiles/{profile}/identities/{kind}/{identity}``."""
    await visit.serve(lambda: RemoveTrusted(*_place(visit)))
    return nothing(visit.exchange)


def _place(visit: Visit) -> tuple[str, str, str]:
    return visit.names["profile"], visit.names["kind"], visit.names["identity"]


def _replacement(visit: Visit) -> ReplaceTrusted:
    tag, body = if_match(visit.exchange), read(visit.exchange, TrustedBodies, _ALL)
    return ReplaceTrusted(
        profile=visit.names["profile"], tag=tag, orders=tuple(it.order() for it in body.identities)
    )


def _addition(visit: Visit) -> AddTrusted:
    body = read(visit.exchange, TrustedBody, _ONE)
    if body.type != visit.names["kind"]:
        raise bad_field("type", "the type that the path names")
    return AddTrusted(visit.names["profile"], body.order())
