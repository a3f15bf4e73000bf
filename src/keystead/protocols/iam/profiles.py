"""Trusted profiles. Source: ``spec/iam-and-provisioning.md`` section 2."""

from typing import Final

from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.identity_answers import Query, answer, nothing
from keystead.protocols.iam.identity_bodies import if_match, read
from keystead.protocols.iam.profile_bodies import ProfileBody, ProfileChanges
from keystead.protocols.iam.profile_views import shown_profile
from keystead.service.profiles import (
    CreateProfile,
    DeleteProfile,
    ListProfiles,
    ReadProfile,
    UpdateProfile,
)

_NEW: Final = "an object with `name` and `account_id`, and what else a trusted profile has"
_CHANGES: Final = "an object with `name` or `description`"


async def create(visit: Visit) -> Reply:
    """``POST /v1/profiles``."""
    made = await visit.serve(lambda: _creation(visit.exchange))
    return answer(visit.exchange, 201, shown_profile(made))


async def list_profiles(visit: Visit) -> Reply:
    """``GET /v1/profiles``."""
    page = await visit.serve(lambda: ListProfiles(Query(visit.exchange).identities()))
    items = [shown_profile(it) for it in page.items]
    return answer(visit.exchange, 200, Query(visit.exchange).page("profiles", items, page.last))


async def read_profile(visit: Visit) -> Reply:
    """``GET /v1/profiles/{profile}``."""
    found = await visit.serve(lambda: ReadProfile(visit.names["profile"]))
    return answer(visit.exchange, 200, shown_profile(found))


async def update(visit: Visit) -> Reply:
    """``PUT /v1/profiles/{profile}``."""
    return answer(visit.exchange, 200, shown_profile(await visit.serve(lambda: _update(visit))))


async def delete(visit: Visit) -> Reply:
    """``DELETE /v1/profiles/{profile}``."""
    await visit.serve(lambda: DeleteProfile(visit.names["profile"]))
    return nothing(visit.exchange)


def _creation(exchange: Exchange) -> CreateProfile:
    body = read(exchange, ProfileBody, _NEW)
    return CreateProfile(account=body.account_id, name=body.name, description=body.description)


def _update(visit: Visit) -> UpdateProfile:
    tag, changes = if_match(visit.exchange), read(visit.exchange, ProfileChanges, _CHANGES)
    return UpdateProfile(
        id=visit.names["profile"], tag=tag, name=changes.name, description=changes.description
    )
