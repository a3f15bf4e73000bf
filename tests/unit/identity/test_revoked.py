"""A token is worth no more than the API key that it was given for, from one moment to the next."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from keystead.domain.access import Caller
from keystead.domain.errors import Refused
from keystead.domain.identities import ApiKey
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from unit.identity.fakes import ALICE, ROBOT, START, World
from unit.identity.forging import CLAIMS, HEADER, signed


def key_of(world: World, text: str = "alices-key") -> ApiKey:
    return next(key for key in world.directory.keys.values() if key.name == text)


def ask(world: World, header: str) -> Caller:
    return asyncio.run(world.service.authenticate(header))


def header_of(world: World, text: str = "alices-key") -> str:
    return f"Bearer {asyncio.run(world.token(text))}"


def is_refused(world: World, header: str) -> bool:
    try:
        ask(world, header)
    except Refused as refused:
        return refused.reason is Reason.UNAUTHORIZED
    return False


def lock(world: World, key: ApiKey) -> None:
    world.directory.keys[key.digest] = replace(key, locked=True)


def disable(world: World, key: ApiKey) -> None:
    world.directory.keys[key.digest] = replace(key, disabled=True)


def expire(world: World, key: ApiKey) -> None:
    world.directory.keys[key.digest] = replace(key, expires_at=world.clock())


def delete(world: World, key: ApiKey) -> None:
    del world.directory.keys[key.digest]


WAYS = pytest.mark.parametrize("end", [lock, disable, expire, delete])


@WAYS
@pytest.mark.parametrize("seen_before", [True, False])
def test_its_tokens_are_refused_at_once_and_nobody_elses(
    end: Callable[[World, ApiKey], None], seen_before: bool
) -> None:
    world = World()
    world.add_key("alices-other-key", ALICE)
    mine, other, robot = (header_of(world, it) for it in ("alices-key", "alices-other-key", "robots-key"))
    for header in (mine, other, robot) if seen_before else ():
        ask(world, header)
    end(world, key_of(world))
    assert is_refused(world, mine)
    assert ask(world, other).iam_id == ALICE.iam_id
    assert ask(world, robot).iam_id == ROBOT.iam_id


@WAYS
def test_what_its_refresh_token_gave_goes_too(end: Callable[[World, ApiKey], None]) -> None:
    world = World()
    issued = asyncio.run(world.service.issue_for_api_key(KeyMaterial(b"alices-key"), "bx"))
    renewed = asyncio.run(world.service.issue_for_refresh_token(issued.refresh_token, "bx"))
    header = f"Bearer {renewed.access_token.reveal().decode()}"
    ask(world, header)
    end(world, key_of(world))
    assert is_refused(world, header)
    with pytest.raises(Refused) as caught:
        asyncio.run(world.service.issue_for_refresh_token(issued.refresh_token, "bx"))
    assert caught.value.reason is Reason.IAM_REFRESH_TOKEN


@pytest.mark.parametrize("end", [lock, disable])
def test_what_is_taken_back_counts_at_once(end: Callable[[World, ApiKey], None]) -> None:
    world = World()
    header, key = header_of(world), key_of(world)
    end(world, key)
    assert is_refused(world, header)
    world.directory.keys[key.digest] = key
    assert ask(world, header).iam_id == ALICE.iam_id


def test_a_token_ends_with_its_key_to_the_microsecond() -> None:
    world = World()
    key, end = key_of(world), START + timedelta(seconds=10)
    world.directory.keys[key.digest] = replace(key, expires_at=end)
    header = header_of(world)
    assert ask(world, header).until == end
    world.clock.now = end - timedelta(microseconds=1)
    assert not is_refused(world, header)
    world.clock.now = end
    assert is_refused(world, header)


def test_a_key_that_ends_later_makes_no_token_longer() -> None:
    world = World()
    key = key_of(world)
    world.directory.keys[key.digest] = replace(key, expires_at=START + timedelta(days=1))
    header = header_of(world)
    ask(world, header)
    world.clock.advance(3600)
    assert is_refused(world, header)


def test_the_key_of_another_is_none_of_ones_own() -> None:
    world = World()
    world.directory.keys[key_of(world).digest] = replace(key_of(world), iam_id=ROBOT.iam_id)
    assert is_refused(world, f"Bearer {signed(HEADER, CLAIMS | {'apikey_id': 'ApiKey-alices-key'})}")


def test_a_token_of_an_older_version_names_no_key_and_is_good_until_it_ends() -> None:
    world = World()
    assert ask(world, f"Bearer {signed(HEADER, CLAIMS)}").iam_id == ALICE.iam_id


@pytest.mark.parametrize("odd", ["", "nothing", 1, True, [], {}, ["ApiKey-alices-key"]])
def test_a_claim_that_names_no_key_is_refused(odd: object) -> None:
    assert is_refused(World(), f"Bearer {signed(HEADER, CLAIMS | {'apikey_id': odd})}")
