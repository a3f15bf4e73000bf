"""Refresh tokens (TOK-6): they renew for a month and no longer than their API key; nothing else renews."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.domain.errors import Refused
from keystead.domain.identities import ApiKey, IssuedToken
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.identity.refresh_tokens import LIFETIME_SECONDS
from unit.identity.fakes import ALICE, ROBOT, FakeUnit, World
from unit.identity.test_issue import claims_of, issue

MONTH = timedelta(seconds=LIFETIME_SECONDS)


def renew(world: World, token: KeyMaterial | str | bytes, client_id: str = "default") -> IssuedToken:
    octets = token.encode() if isinstance(token, str) else token
    secret = octets if isinstance(octets, KeyMaterial) else KeyMaterial(octets)
    return asyncio.run(world.service.issue_for_refresh_token(secret, client_id))


def refused(world: World, token: KeyMaterial | str | bytes) -> bool:
    with pytest.raises(Refused) as caught:
        renew(world, token)
    return caught.value.reason is Reason.IAM_REFRESH_TOKEN


def test_a_refresh_token_renews_more_than_once() -> None:
    world = World()
    first = issue(world, "robots-key")
    for _ in range(3):
        world.clock.now += timedelta(hours=2)
        again = renew(world, first.refresh_token, "bx")
        assert again.refresh_token.reveal() == first.refresh_token.reveal()
        claims = claims_of(world, again)
        assert (claims["iam_id"], claims["client_id"]) == (ROBOT.iam_id, "bx")
        assert claims["grant_type"] == "refresh_token"
        caller = asyncio.run(world.service.authenticate(f"Bearer {again.access_token.reveal().decode()}"))
        assert caller.iam_id == ROBOT.iam_id


def test_its_month_does_not_begin_anew() -> None:
    world = World()
    token = issue(world, "alices-key").refresh_token
    whole = world.clock.now.replace(microsecond=0)
    world.clock.now = whole + MONTH - timedelta(microseconds=1)
    assert renew(world, token).refresh_token.reveal() == token.reveal()
    world.clock.now = whole + MONTH
    assert refused(world, token)


@pytest.mark.parametrize("change", [{"locked": True}, {"disabled": True}, {"expires_at": "now"}])
def test_it_ends_with_its_api_key(change: dict[str, object]) -> None:
    world = World()
    token = issue(world, "alices-key").refresh_token
    (key,) = (key for key in world.directory.keys.values() if key.iam_id == ALICE.iam_id)
    if "expires_at" in change:
        change = {"expires_at": world.clock.now}
    world.directory.keys[key.digest] = ended(key, change)
    assert refused(world, token)


def ended(key: ApiKey, change: dict[str, object]) -> ApiKey:
    return replace(key, **change)  # type: ignore[arg-type]


def test_it_ends_with_the_key_s_record_and_with_its_owner() -> None:
    world = World()
    token = issue(world, "alices-key").refresh_token
    kept = dict(world.directory.keys)
    world.directory.keys.clear()
    assert refused(world, token)
    world.directory.keys |= kept
    del world.directory.identities[ALICE.iam_id]
    assert refused(world, token)


def test_neither_kind_of_token_passes_for_the_other() -> None:
    world = World()
    issued = issue(world, "alices-key")
    assert refused(world, issued.access_token)
    with pytest.raises(Refused):
        asyncio.run(world.service.authenticate(f"Bearer {issued.refresh_token.reveal().decode()}"))


def test_a_token_of_another_unit_renews_nothing() -> None:
    world = World()
    token = issue(world, "alices-key").refresh_token
    other = FakeUnit()
    other._key = bytes(32)
    world.service._unit = other
    assert refused(world, token)


WORLD = World()
TOKEN = issue(WORLD, "alices-key").refresh_token.reveal()


@given(st.integers(0, len(TOKEN) - 1), st.binary(min_size=1, max_size=1))
def test_a_changed_token_renews_nothing(at: int, octet: bytes) -> None:
    changed = TOKEN[:at] + octet + TOKEN[at + 1 :]
    if changed != TOKEN:
        assert refused(WORLD, changed)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_octets_are_refused(octets: bytes) -> None:
    if octets:
        assert refused(WORLD, octets)


@pytest.mark.parametrize("odd", [TOKEN + b"\n", b" " + TOKEN, TOKEN + b"=", TOKEN.upper(), b"2" + TOKEN[1:]])
def test_one_token_has_one_spelling(odd: bytes) -> None:
    assert refused(WORLD, odd)
