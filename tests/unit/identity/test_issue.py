"""Tokens as they are issued: every claim, and one answer for every API key that may not."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

from keystead.domain.errors import Refused, Unavailable
from keystead.domain.identities import ApiKey, IssuedToken
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from unit.identity.fakes import ACCOUNT, ALICE, ROBOT, SECOND_SIGNER, SIGNER, START, World

IAT = 1935652087  # START without its fraction


def issue(world: World, apikey: str, client_id: str = "default") -> IssuedToken:
    return asyncio.run(world.service.issue_for_api_key(KeyMaterial(apikey.encode()), client_id))


def claims_of(world: World, token: IssuedToken) -> dict[str, object]:
    """Verify with PyJWT and the published key set, as a client would."""
    text = token.access_token.reveal().decode()
    key_set = jwt.PyJWKSet.from_json(asyncio.run(world.service.jwks()).decode())
    key = key_set[jwt.get_unverified_header(text)["kid"]]
    past = {"verify_exp": False, "verify_iat": False}  # the test's clock is set, PyJWT's is not
    claims: dict[str, object] = jwt.decode(text, key, algorithms=["RS256"], options=past)  # type: ignore[arg-type]
    return claims


def test_the_start_is_where_the_expectations_think() -> None:
    assert int(START.timestamp()) == IAT


def test_the_header_has_three_members() -> None:
    text = issue(World(), "alices-key").access_token.reveal().decode()
    assert jwt.get_unverified_header(text) == {"alg": "RS256", "typ": "JWT", "kid": SIGNER.id}


def test_every_claim_of_a_user() -> None:
    world = World()
    claims = claims_of(world, issue(world, "alices-key", "bx"))
    assert len(str(claims.pop("jti"))) == 36
    assert claims == {
        "iam_id": "IBMid-2700ABCDEF",
        "id": "IBMid-2700ABCDEF",
        "realmid": "IBMid",
        "identifier": "2700ABCDEF",
        "sub": "alice@example.com",
        "name": "Alice van Example",
        "given_name": "Alice",
        "family_name": "van Example",
        "email": "alice@example.com",
        "account": {"valid": True, "bss": ACCOUNT, "frozen": True},
        "authn": {"sub": "alice@example.com", "iam_id": "IBMid-2700ABCDEF", "name": "Alice van Example"},
        "iat": IAT,
        "exp": IAT + 3600,
        "iss": "https://iam.cloud.ibm.com/identity",
        "grant_type": "urn:ibm:params:oauth:grant-type:apikey",
        "scope": "ibm openid",
        "client_id": "bx",
        "acr": 1,
        "amr": ["pwd"],
        "apikey_id": "ApiKey-alices-key",
    }


def test_every_claim_of_a_service_id() -> None:
    world = World()
    claims = claims_of(world, issue(world, "robots-key"))
    name = "ServiceId-6d0f3c52-7a41-4b1e-9a3e-5d2c1f0b8e77"
    assert len(str(claims.pop("jti"))) == 36
    assert claims == {
        "iam_id": f"iam-{name}",
        "id": f"iam-{name}",
        "realmid": "iam",
        "identifier": name,
        "sub": name,
        "sub_type": "ServiceId",
        "account": {"valid": True, "bss": ACCOUNT, "frozen": True},
        "authn": {"sub": name, "iam_id": f"iam-{name}", "sub_type": "ServiceId", "name": "backup robot"},
        "iat": IAT,
        "exp": IAT + 3600,
        "iss": "https://iam.cloud.ibm.com/identity",
        "grant_type": "urn:ibm:params:oauth:grant-type:apikey",
        "scope": "ibm openid",
        "client_id": "default",
        "acr": 1,
        "amr": ["pwd"],
        "apikey_id": "ApiKey-robots-key",
    }


def test_each_token_has_its_own_jti() -> None:
    world = World()
    assert len({claims_of(world, issue(world, "alices-key"))["jti"] for _ in range(5)}) == 5


def test_what_comes_beside_the_token() -> None:
    token = issue(World(), "alices-key")
    assert (token.expires_in, token.expiration, token.identity) == (3600, IAT + 3600, ALICE)


def test_the_token_does_not_print() -> None:
    token = issue(World(), "alices-key")
    assert token.access_token.reveal().decode() not in repr(token)


def test_issuer_and_lifetime_are_settings() -> None:
    world = World(issuer="https://keys.example/identity", lifetime_seconds=120)
    token = issue(world, "alices-key")
    claims = claims_of(world, token)
    assert (claims["iss"], claims["exp"]) == ("https://keys.example/identity", IAT + 120)
    assert (token.expires_in, token.expiration) == (120, IAT + 120)


@pytest.mark.parametrize("seconds", [0, -1, 119, 86_401])
def test_a_lifetime_out_of_range_does_not_start(seconds: int) -> None:
    with pytest.raises(ValueError, match="120 to 86400"):
        World(lifetime_seconds=seconds)


def test_the_newest_key_signs() -> None:
    world = World()
    world.directory.signing = (SIGNER, SECOND_SIGNER)
    text = issue(world, "alices-key").access_token.reveal().decode()
    assert jwt.get_unverified_header(text)["kid"] == SECOND_SIGNER.id


def test_without_signing_key_there_is_no_token() -> None:
    world = World()
    world.directory.signing = ()
    with pytest.raises(Unavailable):
        issue(world, "alices-key")


def assert_not_found(world: World, apikey: str) -> None:
    with pytest.raises(Refused) as caught:
        issue(world, apikey)
    assert caught.value.reason is Reason.IAM_KEY_NOT_FOUND
    assert caught.value.detail == "Provided API key could not be found."


@pytest.mark.parametrize(
    "apikey", ["", "unknown", "alices-key ", "Alices-key", "\0", "ключ", "x" * 1024, "x" * 100_000]
)
def test_an_unknown_text_is_not_found(apikey: str) -> None:
    assert_not_found(World(), apikey)


def test_a_text_beyond_the_limit_is_not_even_hashed() -> None:
    world = World()
    world.add_key("x" * 1024, ALICE)
    world.add_key("x" * 1025, ALICE)
    assert issue(world, "x" * 1024).identity == ALICE
    assert_not_found(world, "x" * 1025)


def spoil(world: World, key: ApiKey) -> None:
    world.directory.keys[key.digest] = key


def test_a_locked_disabled_or_expired_key_is_not_found() -> None:
    world = World()
    key = world.add_key("k", ROBOT)
    for spoilt in (
        replace(key, locked=True),
        replace(key, disabled=True),
        replace(key, expires_at=START),
        replace(key, expires_at=START - timedelta(days=1)),
    ):
        spoil(world, spoilt)
        assert_not_found(world, "k")
    spoil(world, replace(key, expires_at=START + timedelta(microseconds=1)))
    assert issue(world, "k").identity == ROBOT


def test_a_key_of_somebody_who_left_is_not_found() -> None:
    world = World()
    del world.directory.identities[ALICE.iam_id]
    assert_not_found(world, "alices-key")


def test_names_too_long_for_a_token_are_our_mistake_and_no_token() -> None:
    world = World()
    world.directory.identities[ALICE.iam_id] = replace(ALICE, display_name="é" * 2000)
    with pytest.raises(ValueError, match="too long"):
        issue(world, "alices-key")


def test_a_single_name_is_all_given_name() -> None:
    world = World()
    world.directory.identities[ALICE.iam_id] = replace(ALICE, display_name="Plato")
    claims = claims_of(world, issue(world, "alices-key"))
    assert (claims["name"], claims["given_name"], claims["family_name"]) == ("Plato", "Plato", "")


def test_the_payload_is_plain_json() -> None:
    world = World()
    world.directory.identities[ALICE.iam_id] = replace(ALICE, display_name='Zoë "Ω" O\'Neil')
    claims = claims_of(world, issue(world, "alices-key"))
    assert claims["name"] == 'Zoë "Ω" O\'Neil'
    assert json.loads(json.dumps(claims)) == claims
