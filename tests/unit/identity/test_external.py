"""Tokens of an OpenID provider: taken for whom it may speak for, refused in one way for all that is wrong."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from identity_provider import DISCOVERY, Provider, providing
from keystead.domain.access import Caller
from keystead.domain.errors import Refused, Unavailable
from keystead.domain.ids import AccountId, IamId
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.identity.external import ExternalIssuer, ExternalTokens
from keystead.identity.provider_keys import AGAIN, FRESH, https_fetch
from unit.identity.fakes import ACCOUNT, ALICE, World


def in_seconds(seconds: int) -> int:
    """Return that time, as a claim says it."""
    return int(datetime.now(UTC).timestamp()) + seconds


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    with providing(tmp_path / "provider") as running:
        yield running


def a_world(provider: Provider, *, found: bool = True, **settings: Any) -> World:
    """Return a world in which *provider* speaks for Alice."""
    world = World()
    world.clock.now = datetime.now(UTC)
    fields = {"account": ACCOUNT, "claim": "sub", "identities": {"alice": ALICE.iam_id}, **settings}
    issuer = ExternalIssuer(name=provider.url, audience="keystead", **fields)
    url = None if found else f"{provider.url}/keys"
    tokens = ExternalTokens(issuer, url, https_fetch(provider.ca_file), world.clock)
    world.service._externals = {provider.url: tokens}
    return world


async def caller(world: World, token: str) -> Caller:
    return await world.service.authenticate(f"Bearer {token}")


def admitted(world: World, token: str) -> Caller:
    return asyncio.run(caller(world, token))


def refused(world: World, token: str) -> None:
    with pytest.raises(Refused) as caught:
        admitted(world, token)
    assert caught.value.reason is Reason.UNAUTHORIZED


@pytest.mark.parametrize("found", [True, False])
def test_a_good_token(provider: Provider, found: bool) -> None:
    world = a_world(provider, found=found)
    who = admitted(world, provider.token())
    assert (who.iam_id, who.account, who.kind, who.credential) == (ALICE.iam_id, ACCOUNT, "user", "token")
    assert who.until is not None
    assert who.until <= world.clock.now + FRESH
    assert provider.asked == ([DISCOVERY, "/keys"] if found else ["/keys"])


@pytest.mark.parametrize(("kid", "algorithm"), [("one", "PS256"), ("one", "RS512"), ("two", "ES256")])
def test_algorithms(provider: Provider, kid: str, algorithm: str) -> None:
    assert admitted(a_world(provider), provider.token(kid, algorithm)).iam_id == ALICE.iam_id


@pytest.mark.parametrize("audience", ["keystead", ["another", "keystead"]])
def test_an_audience(provider: Provider, audience: object) -> None:
    assert admitted(a_world(provider), provider.token(aud=audience)).iam_id == ALICE.iam_id


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"aud": []},
        {"aud": {"keystead": 1}},
        {"sub": "mallory"},
        {"sub": "Alice"},
        {"sub": "alice "},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"iat": None},
        {"nbf": "now"},
        {"iat": "now"},
    ],
    ids=str,
)
def test_claims_that_open_nothing(provider: Provider, claims: dict[str, Any]) -> None:
    refused(a_world(provider), provider.token(**claims))


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -1), ("iat", 3600), ("nbf", 3600)])
def test_times_that_open_nothing(provider: Provider, claim: str, seconds: int) -> None:
    claims: dict[str, Any] = {claim: in_seconds(seconds)}
    refused(a_world(provider), provider.token(**claims))


def test_a_life_without_end_is_looked_at_again(provider: Provider) -> None:
    world = a_world(provider)
    assert admitted(world, provider.token(exp=10**15)).until == world.clock.now + FRESH


def test_an_issuer_that_speaks_for_another_account(provider: Provider) -> None:
    refused(a_world(provider, account=AccountId("f" * 32)), provider.token())


def test_somebody_who_has_no_identity_here_any_more(provider: Provider) -> None:
    world, token = a_world(provider), provider.token()

    async def story() -> None:
        await caller(world, token)
        del world.directory.identities[ALICE.iam_id]
        with pytest.raises(Refused):
            await caller(world, token)

    asyncio.run(story())
    refused(a_world(provider, identities={"alice": IamId("IBMid-nobody")}), provider.token())


@pytest.mark.parametrize(("verified", "good"), [(True, True), (False, False), (None, False), ("true", False)])
def test_an_address_counts_when_it_was_verified(provider: Provider, verified: object, good: bool) -> None:
    world = a_world(provider, claim="email", identities={"alice@example.com": ALICE.iam_id})
    token = provider.token(email="alice@example.com", email_verified=verified)
    if good:
        assert admitted(world, token).iam_id == ALICE.iam_id
    else:
        refused(world, token)


def test_a_key_of_another_with_the_same_id(provider: Provider, tmp_path: Path) -> None:
    with providing(tmp_path / "another") as other:
        refused(a_world(provider), other.token(iss=provider.url))


@pytest.mark.parametrize(
    "header", [{"crit": ["b64"], "b64": True}, {"kid": "unknown"}, {"kid": "../../keys"}, {"alg": "none"}]
)
def test_headers_that_open_nothing(provider: Provider, header: dict[str, Any]) -> None:
    token = provider.token()
    whole = {"alg": "RS256", "kid": "one", "typ": "JWT", **header}
    part = jwt_part(whole)
    refused(a_world(provider), f"{part}.{token.partition('.')[2]}")


def jwt_part(value: object) -> str:
    return b64(json.dumps(value).encode())


def b64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def test_a_published_secret_verifies_nothing(provider: Provider) -> None:
    secret = b"s" * 32
    provider.keys.append({"kty": "oct", "kid": "three", "k": b64(secret), "alg": "HS256"})
    claims = {
        "iss": provider.url,
        "aud": "keystead",
        "sub": "alice",
        "iat": in_seconds(0),
        "exp": in_seconds(600),
    }
    refused(a_world(provider), jwt.encode(claims, secret, "HS256", headers={"kid": "three"}))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(("bits", "more"), [(1024, {}), (2048, {"use": "enc"}), (2048, {"alg": "PS256"})])
def test_keys_that_verify_nothing(provider: Provider, bits: int, more: dict[str, Any]) -> None:
    provider.add_rsa("three", bits, **more)
    refused(a_world(provider), provider.token("three"))


def test_two_keys_of_one_id_verify_nothing(provider: Provider) -> None:
    provider.add_rsa("one")
    refused(a_world(provider), provider.token())


@pytest.mark.parametrize(
    "answers",
    [
        {"/keys": (500, b"")},
        {"/keys": (302, b"")},
        {"/keys": (200, b"not JSON")},
        {"/keys": (200, b"[" * 100_000)},
        {"/keys": (200, b'{"keys": {}}')},
        {"/keys": (200, b" " * 300_000)},
        {DISCOVERY: (404, b"")},
        {DISCOVERY: (200, b'{"issuer": "https://elsewhere.example", "jwks_uri": "https://127.0.0.1/"}')},
        {DISCOVERY: (200, b"[]")},
    ],
    ids=str,
)
def test_a_provider_that_does_not_answer_well_lets_nobody_in(
    provider: Provider, answers: dict[str, tuple[int, bytes]]
) -> None:
    provider.answers |= answers
    world, token = a_world(provider), provider.token()

    async def story() -> None:
        for _ in range(3):
            with pytest.raises(Unavailable):
                await caller(world, token)
        asked = len(provider.asked)
        provider.answers.clear()
        with pytest.raises(Unavailable):
            await caller(world, token)
        assert len(provider.asked) == asked  # it is left alone for a while
        world.clock.now += AGAIN
        assert (await caller(world, token)).iam_id == ALICE.iam_id

    asyncio.run(story())


def test_a_configuration_that_leads_to_plain_http(provider: Provider) -> None:
    document = {"issuer": provider.url, "jwks_uri": provider.url.replace("https", "http") + "/keys"}
    provider.answers[DISCOVERY] = 200, json.dumps(document).encode()
    with pytest.raises(Unavailable):
        admitted(a_world(provider), provider.token())


def test_a_provider_that_is_not_there_or_not_trusted(provider: Provider, tmp_path: Path) -> None:
    with providing(tmp_path / "another") as other:
        issuer_there = replace(provider, ca_file=other.ca_file)
    with pytest.raises(Unavailable, match="cannot be reached"):
        admitted(a_world(issuer_there), provider.token())
    provider.url, gone = other.url, other
    with pytest.raises(Unavailable, match="cannot be reached"):
        admitted(a_world(gone), provider.token())


def test_keys_are_kept_and_a_new_one_is_found(provider: Provider) -> None:
    world = a_world(provider, found=False)

    async def story() -> None:
        await asyncio.gather(*(caller(world, provider.token(jti=str(number))) for number in range(20)))
        assert provider.asked == ["/keys"]
        provider.add_rsa("three")
        with pytest.raises(Refused):
            await caller(world, provider.token("three"))  # asked a moment ago
        world.clock.now += AGAIN
        assert (await caller(world, provider.token("three"))).iam_id == ALICE.iam_id
        assert provider.asked == ["/keys"] * 2

    asyncio.run(story())


def test_a_key_that_was_withdrawn_is_soon_worth_nothing(provider: Provider) -> None:
    world, token = a_world(provider, found=False), provider.token(exp=in_seconds(86_400))

    async def story() -> None:
        await caller(world, token)
        provider.keys.pop(0)
        world.clock.now += FRESH - timedelta(seconds=1)
        await caller(world, token)
        world.clock.now += timedelta(seconds=1)
        with pytest.raises(Refused):
            await caller(world, token)

    asyncio.run(story())


def test_known_keys_outlive_a_provider_for_a_while_and_no_longer(provider: Provider) -> None:
    world, token = a_world(provider, found=False), provider.token(exp=in_seconds(86_400))

    async def story() -> None:
        await caller(world, token)
        provider.answers["/keys"] = 503, b""
        world.clock.now += FRESH - timedelta(seconds=1)
        await caller(world, provider.token(jti="another"))
        world.clock.now += timedelta(seconds=1)
        with pytest.raises(Unavailable):
            await caller(world, token)

    asyncio.run(story())


def test_our_own_tokens_are_taken_as_before(provider: Provider) -> None:
    world = a_world(provider)

    async def story() -> None:
        token = await world.service.issue_for_api_key(KeyMaterial(b"alices-key"), "default")
        who = await caller(world, token.access_token.reveal().decode())
        assert who.iam_id == ALICE.iam_id

    asyncio.run(story())
    assert provider.asked == []
