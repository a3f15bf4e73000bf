"""Reading bearer tokens that this service issued, and remembering the ones it has verified."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc.jws import CompactSignature, deserialize_compact

from keystead.domain.access import Caller
from keystead.domain.errors import Refused
from keystead.domain.ids import AccountId
from keystead.domain.reasons import Reason
from keystead.identity import verifying
from unit.identity.fakes import ACCOUNT, ALICE, ROBOT, SECOND_SIGNER, SIGNER, START, World


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the tokens whose signature is computed, however that ends."""
    texts: list[str] = []

    def watched(text: str, *args: object, **settings: object) -> CompactSignature:
        texts.append(text)
        return deserialize_compact(text, *args, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(verifying, "deserialize_compact", watched)
    return texts


def token(world: World, apikey: str = "alices-key") -> str:
    return asyncio.run(world.token(apikey))


def ask(world: World, authorization: str | None) -> Caller:
    return asyncio.run(world.service.authenticate(authorization))


def assert_refused(world: World, authorization: str | None, reason: Reason = Reason.UNAUTHORIZED) -> None:
    with pytest.raises(Refused) as caught:
        ask(world, authorization)
    assert caught.value.reason is reason
    if reason is Reason.UNAUTHORIZED:
        assert caught.value.detail == "The user does not have access to the specified resource"


def test_a_user_is_recognised() -> None:
    world = World()
    assert ask(world, f"Bearer {token(world)}") == Caller(
        iam_id=ALICE.iam_id, name="alice@example.com", account=ACCOUNT, kind="user", credential="token"
    )


def test_a_service_id_is_recognised() -> None:
    world = World()
    assert ask(world, f"Bearer {token(world, 'robots-key')}") == Caller(
        iam_id=ROBOT.iam_id, name=ROBOT.name, account=ACCOUNT, kind="serviceid", credential="token"
    )


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_has_no_case(scheme: str) -> None:
    world = World()
    assert ask(world, f"{scheme} {token(world)}").iam_id == ALICE.iam_id


def test_spaces_around_the_token_are_no_part_of_it() -> None:
    world = World()
    assert ask(world, f"Bearer   {token(world)} ").iam_id == ALICE.iam_id


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer    ", " ", "Basic Yng6Yng="])
def test_without_a_token_the_caller_is_nobody(header: str | None) -> None:
    assert_refused(World(), header)


@pytest.mark.parametrize("scheme", ["Basic", "Token", "", "Bearer:", "Bearer\t", "JWT", "ﬀBearer"])
def test_another_scheme_is_refused_even_with_a_good_token(scheme: str) -> None:
    world = World()
    assert_refused(world, f"{scheme} {token(world)}")


def test_a_token_ends_on_the_second() -> None:
    world = World(lifetime_seconds=120)
    header = f"Bearer {token(world)}"
    fraction = START.microsecond / 1_000_000
    world.clock.advance(120 - fraction - 0.000001)
    assert ask(world, header).iam_id == ALICE.iam_id
    world.clock.advance(0.000001)
    assert_refused(world, header)


def test_a_token_ends_on_the_second_when_it_was_never_seen_before() -> None:
    world = World(lifetime_seconds=120)
    header = f"Bearer {token(world)}"
    world.clock.advance(120 - START.microsecond / 1_000_000)
    assert_refused(world, header)


@pytest.mark.parametrize(("behind", "accepted"), [(0, True), (5, True), (6, False), (3600, False)])
def test_a_clock_may_be_five_seconds_slow(behind: int, accepted: bool) -> None:
    world = World()
    world.clock.now = START.replace(microsecond=0)
    header = f"Bearer {token(world)}"
    world.clock.advance(-behind)
    if accepted:
        assert ask(world, header).iam_id == ALICE.iam_id
    else:
        assert_refused(world, header)


def test_a_token_is_verified_once(seen: list[str]) -> None:
    world = World()
    text = token(world)
    for _ in range(5):
        ask(world, f"Bearer {text}")
    assert seen == [text]


def test_its_subject_is_looked_up_every_time() -> None:
    world = World()
    header = f"Bearer {token(world)}"
    world.directory.asked.clear()
    for _ in range(5):
        ask(world, header)
    assert world.directory.asked == [ALICE.iam_id] * 5


def test_who_left_is_refused_at_once_and_may_come_back() -> None:
    world = World()
    header = f"Bearer {token(world)}"
    ask(world, header)
    gone = world.directory.identities.pop(ALICE.iam_id)
    assert_refused(world, header)
    world.directory.identities[ALICE.iam_id] = gone
    assert ask(world, header).iam_id == ALICE.iam_id


def test_who_left_before_is_refused_too() -> None:
    world = World()
    header = f"Bearer {token(world)}"
    del world.directory.identities[ALICE.iam_id]
    assert_refused(world, header)


def test_a_new_name_shows_at_once() -> None:
    world = World()
    header = f"Bearer {token(world)}"
    ask(world, header)
    world.directory.identities[ALICE.iam_id] = replace(ALICE, name="alice@new.example")
    assert ask(world, header).name == "alice@new.example"


def test_an_equal_record_is_the_same_subject(seen: list[str]) -> None:
    world = World()
    header = f"Bearer {token(world)}"
    ask(world, header)
    world.directory.identities[ALICE.iam_id] = replace(ALICE)
    ask(world, header)
    assert len(seen) == 1


def test_a_token_does_not_follow_its_subject_into_another_account() -> None:
    world = World()
    header = f"Bearer {token(world)}"
    ask(world, header)
    world.directory.identities[ALICE.iam_id] = replace(ALICE, account=AccountId("f" * 32))
    assert_refused(world, header)


def test_only_verified_tokens_are_remembered(seen: list[str]) -> None:
    world = World()
    text = token(world)
    forged = text[:-1] + ("A" if text[-1] != "A" else "Q")  # no stray bits
    for _ in range(3):
        assert_refused(world, f"Bearer {forged}")
    assert seen == [forged] * 3
    assert not world.service._known


def test_the_memory_is_bounded_and_forgets_the_oldest(
    monkeypatch: pytest.MonkeyPatch, seen: list[str]
) -> None:
    monkeypatch.setattr(verifying, "_KNOWN_TOKENS", 2)
    world = World()
    first, second, third = (token(world) for _ in range(3))
    for text in (first, second, third, third, second, first):
        ask(world, f"Bearer {text}")
        assert len(world.service._known) <= 2
    assert seen == [first, second, third, first]


def test_an_ended_token_is_forgotten() -> None:
    world = World()
    header = f"Bearer {token(world)}"
    ask(world, header)
    world.clock.advance(3600)
    assert_refused(world, header)
    assert not world.service._known


def test_a_retired_key_verifies_what_it_signed_and_no_longer() -> None:
    world = World()
    header = f"Bearer {token(world)}"
    world.directory.signing = (replace(SIGNER, retired_at=START), SECOND_SIGNER)
    world.clock.advance(3599)
    assert ask(world, header).iam_id == ALICE.iam_id
    assert ask(world, f"Bearer {token(world)}").iam_id == ALICE.iam_id


def test_a_key_that_was_retired_long_ago_verifies_nothing() -> None:
    world = World()
    header = f"Bearer {token(world)}"
    world.directory.signing = (
        replace(SIGNER, retired_at=START - timedelta(hours=1, minutes=1)),
        SECOND_SIGNER,
    )
    assert_refused(world, header)


def test_another_services_token_is_refused() -> None:
    world, other = World(), World(issuer="https://keys.example/identity")
    assert_refused(world, f"Bearer {token(other)}")
    assert_refused(other, f"Bearer {token(world)}")
