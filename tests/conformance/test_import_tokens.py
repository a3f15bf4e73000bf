"""C34 of kms-api.md section 8: the import token."""

import base64
import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.imports import FORMS, HYBRID, KEY_PROTECT, Form, challenge, create, fields, new_token
from conformance.world import World, check_error, in_seconds

MADE, READ = "Import Token could not be created", "Import Token could not be retrieved"


@pytest.mark.parametrize(
    ("body", "seconds", "retrievals"),
    [
        (b"", 600, 1),
        (b"{}", 600, 1),
        (b"null", 600, 1),
        ({"expiration": 300, "maxAllowedRetrievals": 500}, 300, 500),
        ({"expiration": 86_400.0, "maxAllowedRetrievals": 1.0}, 86_400, 1),
    ],
)
def test_c34_post_is_200_and_shows_no_key(world: World, body: object, seconds: int, retrievals: int) -> None:
    answer = world.run(world.home.send("POST", "/import_token", body))
    assert answer.status == 200
    assert answer.json == {
        "creationDate": in_seconds(world, 0),
        "expirationDate": in_seconds(world, seconds),
        "maxAllowedRetrievals": retrievals,
        "remainingRetrievals": retrievals,
    }


@pytest.mark.parametrize("field", ["expiration", "maxAllowedRetrievals"])
@pytest.mark.parametrize("value", [0, -1, 299.5, 501 * 10**6, 10**300, "600", True, [600]])
def test_c34_out_of_range_is_refused(world: World, field: str, value: object) -> None:
    answer = world.run(world.home.send("POST", "/import_token", {field: value}))
    check_error(answer, 400, "INVALID_FIELD_ERR", MADE)
    assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": field}


def test_c34_an_unknown_kind_of_key_is_refused(world: World) -> None:
    answer = world.run(world.home.send("POST", "/import_token", {"publicKeyAlgorithm": "RSA_512"}))
    check_error(answer, 400, "INVALID_FIELD_ERR", MADE)


def test_c34_get_decrements_and_shows_the_same(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        made = await api.send("POST", "/import_token", {"maxAllowedRetrievals": 3})
        shown = [(await api.send("GET", "/import_token")).json for _ in range(3)]
        assert [one["remainingRetrievals"] for one in shown] == [2, 1, 0]
        for one in shown:
            assert set(one) == set(made.json) | {"payload", "nonce"}
            assert {**one, "remainingRetrievals": 2} == shown[0]
        used_up = await api.send("GET", "/import_token")
        check_error(used_up, 409, "IMPORT_TOKEN_EXPIRED_ERR", f"Conflict: {READ}")
        assert used_up.message == "The import token has expired."

    world.run(story())


def test_c34_the_public_key_is_pem_of_rsa_4096_and_the_nonce_has_12_octets(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        token = await new_token(api, KEY_PROTECT)
        lines = token.pem.decode("ascii").split("\n")
        assert lines[0] == "-----BEGIN PUBLIC KEY-----"
        assert lines[-2:] == ["-----END PUBLIC KEY-----", ""]
        assert {len(line) for line in lines[1:-3]} == {64}
        key = serialization.load_pem_public_key(token.pem)
        assert isinstance(key, rsa.RSAPublicKey)
        assert (key.key_size, key.public_numbers().e) == (4096, 65537)
        assert len(base64.b64encode(token.nonce)) == 16

    world.run(story())


def test_c34_without_a_token_get_is_404_and_import_409(world: World) -> None:
    async def story() -> None:
        api, lender = await world.tenant(), await world.tenant()
        check_error(await api.send("GET", "/import_token"), 404, "IMPORT_TOKEN_NOT_FOUND_ERR", READ)
        borrowed = fields(await new_token(lender, HYBRID), HYBRID, bytes(32))
        check_error(await create(api, borrowed), 409, "IMPORT_TOKEN_EXPIRED_ERR", "Key could not be created")

    world.run(story())


def test_c34_expiry(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        token = await new_token(api, HYBRID, expiration=300, maxAllowedRetrievals=9)
        world.clock.advance(seconds=300)
        assert (await api.send("GET", "/import_token")).status == 200
        assert (await create(api, fields(token, HYBRID, bytes(32)))).status == 201
        world.clock.advance(seconds=1)
        check_error(await api.send("GET", "/import_token"), 409, "IMPORT_TOKEN_EXPIRED_ERR", READ)
        late = await create(api, fields(token, HYBRID, bytes(32)))
        check_error(late, 409, "IMPORT_TOKEN_EXPIRED_ERR", "Conflict: Key could not be created")

    world.run(story())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.algorithm)
def test_c34_import_after_exhaustion_still_works_and_more_than_once(world: World, form: Form) -> None:
    async def story() -> None:
        api = await world.tenant()
        token = await new_token(api, form)
        assert (await api.send("GET", "/import_token")).status == 409
        for _ in range(2):
            assert (await create(api, fields(token, form, os.urandom(32)))).status == 201

    world.run(story())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.algorithm)
def test_c34_a_new_token_replaces_the_old_at_once(world: World, form: Form) -> None:
    async def story() -> None:
        api = await world.tenant()
        old = await new_token(api, form)
        new = await new_token(api, form)
        assert old.nonce != new.nonce
        assert old.pem != new.pem
        answer = await create(api, fields(old, form, bytes(32)))
        check_error(answer, 422, "UNPROCESSABLE_CIPHERTEXT_ERR", "Key could not be created")
        assert (await create(api, fields(new, form, bytes(32)))).status == 201

    world.run(story())


def test_c34_a_key_ring_header_is_ignored(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        ring = {"x-kms-key-ring": "no-such-ring"}
        assert (await api.send("POST", "/import_token", {}, ring)).status == 200
        challenge(await api.send("GET", "/import_token", None, ring))

    world.run(story())


def test_c34_the_hybrid_token_says_what_it_is(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await api.send("POST", "/import_token", HYBRID.token_body)
        shown = (await api.send("GET", "/import_token")).json
        assert shown["publicKeyAlgorithm"] == "X25519_MLKEM768"

    world.run(story())
