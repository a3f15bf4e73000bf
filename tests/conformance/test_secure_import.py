"""C35 of kms-api.md section 8: secure import, and each row of section 4.5, for create and for rotate."""

import os
from collections.abc import Awaitable, Callable

import pytest
from cryptography.hazmat.primitives import hashes

from api import Api
from conformance import imports
from conformance.imports import FORMS, HPCS, HYBRID, KEY_PROTECT, Form, b64, fields, new_token, proof
from conformance.world import World, check_error
from http_peer import Answer

SIZES = (16, 24, 32)
K, N, IV = bytes(range(32)), bytes(range(0xA0, 0xAC)), bytes(range(0x10, 0x1C))
Bring = Callable[[Api, dict[str, object]], Awaitable[Answer]]
WAYS: dict[str, tuple[Bring, str]] = {
    "create": (imports.create, "Key could not be created"),
    "rotate": (imports.rotate, "Key could not be rotated"),
}
forms = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.algorithm)
ways = pytest.mark.parametrize("way", WAYS)


def check_row(
    world: World,
    way: str,
    form: Form,
    changes: Callable[[imports.Challenge], dict[str, object]],
    expected: tuple[int, str, str | None],
    material: bytes = K,
) -> str:
    """Import with *changes* to what is right; return the message of the refusal."""
    status, code, field = expected
    bring, phrase = WAYS[way]

    async def story() -> str:
        api = await world.tenant()
        token = await new_token(api, form)
        answer = await bring(api, fields(token, form, material, **changes(token)))
        check_error(answer, status, code, phrase)
        target = answer.resource["reasons"][0].get("target")
        assert target == (None if field is None else {"type": "field", "name": field})
        return answer.message

    return world.run(story())


@forms
@pytest.mark.parametrize("size", SIZES)
def test_c35_import_rotate_and_use(world: World, form: Form, size: int) -> None:
    async def story() -> None:
        api = await world.tenant()
        token = await new_token(api, form)
        materials = [os.urandom(size) for _ in range(2)]
        first = fields(token, form, materials[0])
        made = await imports.create(api, first)
        assert made.status == 201, made.body
        key = made.resource["id"]
        assert made.resource["imported"] is True
        # Create and get show what the import was proven with, so that Terraform sees no drift (U12).
        for shown in (made.resource, (await api.send("GET", f"/keys/{key}")).resource):
            assert (shown["encryptedNonce"], shown["iv"]) == (first["encryptedNonce"], first["iv"])
            assert {"payload", "encryptionAlgorithm"}.isdisjoint(shown)
        wrapped = (await api.act(key, "wrap")).json
        rotated = await api.act(key, "rotate", fields(token, form, materials[1]))
        assert (rotated.status, rotated.body) == (204, b"")
        # The same material brought in the clear elsewhere opens it: it is the material that was sent.
        for material, blob in ((materials[0], wrapped), (materials[1], (await api.act(key, "wrap")).json)):
            twin = await api.create(payload=b64(material))
            opened = await api.act(twin["id"], "unwrap", {"ciphertext": blob["ciphertext"]})
            assert opened.json["plaintext"] == blob["plaintext"]
        listed = (await api.send("GET", "/keys")).json["resources"]
        assert all({"encryptedNonce", "iv"}.isdisjoint(one) for one in listed)

    world.run(story())


@forms
def test_c35_either_mode_of_the_nonce_goes_with_any_algorithm(world: World, form: Form) -> None:
    async def story() -> None:
        api = await world.tenant()
        token = await new_token(api, form)
        for octets in (12, 16):
            iv = os.urandom(octets)
            changes = {"iv": b64(iv), "encryptedNonce": b64(proof(K, iv, token.nonce))}
            answer = await imports.create(api, fields(token, form, K, **changes))
            assert answer.status == 201, answer.body

    world.run(story())


def test_c35_sha_256_is_the_default(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        token = await new_token(api, KEY_PROTECT)
        for absent in (None, ""):
            given = fields(token, KEY_PROTECT, K, encryptionAlgorithm=absent)
            assert (await imports.create(api, given)).status == 201
        given = fields(token, HPCS, K, encryptionAlgorithm=None)
        assert (await imports.create(api, given)).status == 422

    world.run(story())


def test_c35_a_plainly_imported_key_and_a_securely_imported_one_rotate_both_ways(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        token = await new_token(api, HYBRID)
        secure = (await imports.create(api, fields(token, HYBRID, K))).resource["id"]
        plain = (await api.create(payload=b64(K)))["id"]
        assert (await api.act(secure, "rotate", {"payload": b64(bytes(16))})).status == 204
        assert (await api.act(plain, "rotate", fields(token, HYBRID, bytes(24)))).status == 204

    world.run(story())


@ways
@forms
@pytest.mark.parametrize(("absent", "present"), [("iv", "encryptedNonce"), ("encryptedNonce", "iv")])
def test_c35_row_1_one_of_nonce_and_iv(world: World, form: Form, way: str, absent: str, present: str) -> None:
    message = check_row(world, way, form, lambda _: {absent: None}, (400, "INVALID_FIELD_ERR", absent))
    assert present in message


@ways
def test_c35_row_1_nonce_and_iv_without_a_payload(world: World, way: str) -> None:
    check_row(world, way, HYBRID, lambda _: {"payload": None}, (400, "INVALID_FIELD_ERR", "payload"))


@forms
def test_c35_row_2_a_standard_key(world: World, form: Form) -> None:
    expected = (400, "INVALID_FIELD_ERR", "encryptedNonce")
    check_row(world, "create", form, lambda _: {"extractable": True}, expected)


@ways
@forms
@pytest.mark.parametrize("field", ["payload", "encryptedNonce", "iv"])
def test_c35_row_3_base64(world: World, form: Form, way: str, field: str) -> None:
    message = check_row(world, way, form, lambda _: {field: "QUJ?"}, (400, "INVALID_FIELD_ERR", field))
    assert message.endswith("illegal base64 data at input byte 3")


@ways
@forms
@pytest.mark.parametrize("name", ["RSAES_OAEP_SHA_512", "rsaes_oaep_sha_256", 7, ["RSAES_OAEP_SHA_256"]])
def test_c35_row_4_an_unknown_algorithm(world: World, form: Form, way: str, name: object) -> None:
    expected = (400, "INVALID_FIELD_ERR", "encryptionAlgorithm")
    check_row(world, way, form, lambda _: {"encryptionAlgorithm": name}, expected)


@ways
@pytest.mark.parametrize(("form", "other"), [(KEY_PROTECT, HYBRID), (HYBRID, KEY_PROTECT), (HYBRID, HPCS)])
def test_c35_row_4_an_algorithm_that_is_not_the_tokens(
    world: World, form: Form, other: Form, way: str
) -> None:
    expected = (400, "INVALID_FIELD_ERR", "encryptionAlgorithm")
    check_row(world, way, form, lambda _: {"encryptionAlgorithm": other.algorithm}, expected)


@ways
@forms
def test_c35_row_5_no_token(world: World, form: Form, way: str) -> None:
    async def story() -> None:
        api, lender = await world.tenant(), await world.tenant()
        answer = await WAYS[way][0](api, fields(await new_token(lender, form), form, K))
        check_error(answer, 409, "IMPORT_TOKEN_EXPIRED_ERR", f"Conflict: {WAYS[way][1]}")

    world.run(story())


@ways
@forms
def test_c35_row_6_an_expired_token(world: World, form: Form, way: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        given = fields(await new_token(api, form, expiration=300), form, K)
        world.clock.advance(seconds=301)
        answer = await WAYS[way][0](api, given)
        check_error(answer, 409, "IMPORT_TOKEN_EXPIRED_ERR", f"Conflict: {WAYS[way][1]}")
        assert answer.message == "The import token has expired."

    world.run(story())


UNOPENED = (422, "UNPROCESSABLE_CIPHERTEXT_ERR", None)


@ways
@forms
@pytest.mark.parametrize("size", SIZES)
def test_c35_row_7_a_payload_that_does_not_open(world: World, form: Form, way: str, size: int) -> None:
    material = os.urandom(size)

    def damaged(token: imports.Challenge) -> dict[str, object]:
        octets = bytearray(imports.encrypted(token.pem, form, material))
        octets[size] ^= 1
        return {"payload": b64(bytes(octets))}

    check_row(world, way, form, damaged, UNOPENED, material)


@ways
@forms
@pytest.mark.parametrize("payload", [b"", b"\x00", bytes(512), b"\xff" * 512, bytes(1152), bytes(7500)])
def test_c35_row_7_a_payload_of_another_kind(world: World, form: Form, way: str, payload: bytes) -> None:
    check_row(world, way, form, lambda _: {"payload": b64(payload) or "\n"}, UNOPENED)


@ways
@pytest.mark.parametrize(
    ("mgf", "digest"),
    [(hashes.SHA1(), hashes.SHA256()), (hashes.SHA256(), hashes.SHA1())],  # noqa: S303
)
@pytest.mark.parametrize("form", [KEY_PROTECT, HPCS], ids=lambda form: form.algorithm)
def test_c35_row_7_two_hashes_in_one_oaep(
    world: World, form: Form, way: str, mgf: hashes.HashAlgorithm, digest: hashes.HashAlgorithm
) -> None:
    check_row(
        world, way, form, lambda token: {"payload": b64(imports.oaep(token.pem, K, mgf, digest))}, UNOPENED
    )


@ways
@forms
@pytest.mark.parametrize("size", [1, 15, 17, 31, 33, 48])
def test_c35_row_8_the_length_of_the_material(world: World, form: Form, way: str, size: int) -> None:
    def resized(token: imports.Challenge) -> dict[str, object]:
        return {"payload": b64(imports.encrypted(token.pem, form, bytes(size)))}

    message = check_row(world, way, form, resized, (400, "INVALID_FIELD_ERR", "payload"))
    assert "16, 24 or 32" in message


@ways
@forms
@pytest.mark.parametrize("size", [1, 8, 11, 13, 15, 17, 24])
def test_c35_row_9_the_length_of_the_iv(world: World, form: Form, way: str, size: int) -> None:
    check_row(world, way, form, lambda _: {"iv": b64(bytes(size))}, (400, "INVALID_FIELD_ERR", "iv"))


@ways
@forms
@pytest.mark.parametrize("size", SIZES)
def test_c35_row_9_a_nonce_that_does_not_open(world: World, form: Form, way: str, size: int) -> None:
    material, other = os.urandom(size), os.urandom(size)
    iv = os.urandom(12)

    def damaged(token: imports.Challenge) -> dict[str, object]:
        return {"iv": b64(iv), "encryptedNonce": b64(proof(other, iv, token.nonce))}

    check_row(world, way, form, damaged, (400, "INCORRECT_NONCE_IV_ERR", None), material)


@ways
@forms
@pytest.mark.parametrize("length", [0, 1, 12, 15, 17, 31])
@pytest.mark.parametrize("octets", [12, 16])
def test_c35_row_9_a_nonce_of_no_such_length(
    world: World, form: Form, way: str, length: int, octets: int
) -> None:
    changes: dict[str, object] = {"iv": b64(bytes(octets)), "encryptedNonce": b64(bytes(length)) or "\n"}
    check_row(world, way, form, lambda _: changes, (400, "INCORRECT_NONCE_IV_ERR", None))


@ways
@forms
@pytest.mark.parametrize("octets", [12, 16])
@pytest.mark.parametrize("nonce", [N, N[:11], N + b"\x00", b"", bytes(64)])
def test_c35_row_10_another_nonce(world: World, form: Form, way: str, octets: int, nonce: bytes) -> None:
    iv = os.urandom(octets)
    changes: dict[str, object] = {"iv": b64(iv), "encryptedNonce": b64(proof(K, iv, nonce))}
    check_row(world, way, form, lambda _: changes, (400, "INCORRECT_NONCE_ERR", None))


def test_c35_the_text_of_the_nonce_is_not_the_nonce(world: World) -> None:
    iv = os.urandom(12)

    def text(token: imports.Challenge) -> dict[str, object]:
        return {"iv": b64(iv), "encryptedNonce": b64(proof(K, iv, b64(token.nonce).encode()))}

    check_row(world, "create", KEY_PROTECT, text, (400, "INCORRECT_NONCE_ERR", None))


def test_c35_the_recipe_of_section_4_7() -> None:
    sealed = proof(K, IV, N)
    assert len(sealed) == 28
    assert len(b64(sealed)) == 40


def test_c35_a_refused_import_leaves_nothing_behind(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        token = await new_token(api, HYBRID)
        given = fields(token, HYBRID, K, iv=b64(IV))
        assert (await imports.create(api, given)).status == 400
        assert (await imports.rotate(api, given)).status == 400
        (kept,) = (await api.send("GET", "/keys")).json["resources"]
        assert "lastRotateDate" not in kept

    world.run(story())
