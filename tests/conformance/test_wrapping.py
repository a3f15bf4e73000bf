"""C13 to C18 of kms-api.md section 8: wrap, unwrap and rewrap."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from api import Api
from conformance.world import World, check_error
from http_peer import Answer

PHRASES = {
    "wrap": "Wrap with key could not be performed",
    "unwrap": "Unwrap with key could not be performed",
    "rewrap": "Rewrap with key could not be performed",
    "rotate": "Key could not be rotated",
    "disable": "Key could not be disabled",
    "enable": "Key could not be enabled",
}
DEK = base64.b64encode(b"thirty-five octets of client's data").decode()
AN_HOUR = {"hours": 1}


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


async def ok(api: Api, key: str, action: str, body: object = None) -> dict[str, Any]:
    answer = await api.act(key, action, body)
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json)


def refused(answer: Answer, action: str, status: int, code: str) -> str:
    check_error(answer, status, code, PHRASES[action])
    return answer.message


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"null", b'{"plaintext":""}', b'{"plaintext":null,"aad":null}', b'{"unknown":1}']
)
def test_c13_wrap_without_plaintext_makes_32_octets(world: World, body: bytes) -> None:
    async def story() -> None:
        key = await world.home.create()
        one, two = [await ok(world.home, key["id"], "wrap", body) for _ in range(2)]
        assert set(one) == {"ciphertext", "keyVersion", "plaintext"}
        assert one["keyVersion"] == {"id": key["keyVersion"]["id"]}
        assert len(base64.b64decode(one["plaintext"], validate=True)) == 32
        assert one["plaintext"] != two["plaintext"]
        opened = await ok(world.home, key["id"], "unwrap", {"ciphertext": one["ciphertext"]})
        assert opened == {"plaintext": one["plaintext"], "keyVersion": one["keyVersion"]}

    world.run(story())


@pytest.mark.parametrize("octets", [b"\x00", b"x" * 35, bytes(range(256)) * 12])
def test_c13_wrap_with_plaintext_does_not_show_it(world: World, octets: bytes) -> None:
    async def story() -> None:
        key = await world.home.create()
        wrapped = await ok(world.home, key["id"], "wrap", {"plaintext": b64(octets)})
        assert set(wrapped) == {"ciphertext", "keyVersion"}
        assert len(wrapped["ciphertext"]) % 4 == 0
        again = await ok(world.home, key["id"], "wrap", {"plaintext": b64(octets)})
        assert wrapped["ciphertext"] != again["ciphertext"]
        opened = await ok(world.home, key["id"], "unwrap", {"ciphertext": wrapped["ciphertext"]})
        assert base64.b64decode(opened["plaintext"]) == octets

    world.run(story())


def test_c13_line_breaks_inside_base64_are_ignored(world: World) -> None:
    async def story() -> None:
        key = await world.home.create()
        broken = "\r\n".join(DEK[i : i + 7] for i in range(0, len(DEK), 7)) + "\n"
        wrapped = await ok(world.home, key["id"], "wrap", {"plaintext": broken})
        lines = wrapped["ciphertext"][:64] + "\n" + wrapped["ciphertext"][64:]
        opened = await ok(world.home, key["id"], "unwrap", {"ciphertext": lines})
        assert opened["plaintext"] == DEK

    world.run(story())


ILLEGAL = {
    "not base64!": 3,
    "QUJ": 3,
    "QUJDRA": 6,
    "QUJDRA=": 6,
    "QUJD=": 4,
    "QUJD====": 4,
    "=": 0,
    "QU-_": 2,
    "é": 0,
    "QUI=QUI=": 3,
}


@pytest.mark.parametrize("text", ILLEGAL)
def test_c13_plaintext_that_is_not_base64(world: World, text: str) -> None:
    async def story() -> None:
        key = await world.home.create()
        message = refused(
            await world.home.act(key["id"], "wrap", {"plaintext": text}), "wrap", 400, "INVALID_FIELD_ERR"
        )
        assert message == (
            "The field `plaintext` must be: a base64 encoded key material: "
            f"illegal base64 data at input byte {ILLEGAL[text]}"
        )

    world.run(story())


@pytest.mark.parametrize("plaintext", ["A" * 4100, "\n", 7, True, ["QUJD"], {}])
def test_c13_plaintext_outside_its_limits(world: World, plaintext: object) -> None:
    async def story() -> None:
        key = await world.home.create()
        answer = await world.home.act(key["id"], "wrap", {"plaintext": plaintext})
        refused(answer, "wrap", 400, "INVALID_FIELD_ERR")
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": "plaintext"}

    world.run(story())


def test_c14_wrap_rotate_unwrap(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        old = await ok(api, key, "wrap", {"plaintext": DEK, "aad": ["a"]})
        assert (await api.act(key, "rotate")).status == 204
        opened = await ok(api, key, "unwrap", {"ciphertext": old["ciphertext"], "aad": ["a"]})
        assert set(opened) == {"plaintext", "ciphertext", "keyVersion", "rewrappedKeyVersion"}
        assert (opened["plaintext"], opened["keyVersion"]) == (DEK, old["keyVersion"])
        current = (await api.send("GET", f"/keys/{key}")).resource["keyVersion"]["id"]
        assert opened["rewrappedKeyVersion"] == {"id": current}
        assert current != old["keyVersion"]["id"]
        second = await ok(api, key, "unwrap", {"ciphertext": opened["ciphertext"], "aad": ["a"]})
        assert second == {"plaintext": DEK, "keyVersion": {"id": current}}
        assert (await ok(api, key, "wrap"))["keyVersion"] == {"id": current}

    world.run(story())


@pytest.mark.parametrize("aad", [[], ["one"], ["one", "two", ""]])
def test_c15_rewrap_has_three_fields_and_keeps_aad(world: World, aad: list[str]) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = (await api.create())["id"]
        old = await ok(api, key, "wrap", {"plaintext": DEK, "aad": aad})
        same = await ok(api, key, "rewrap", {"ciphertext": old["ciphertext"], "aad": aad})
        assert same["keyVersion"] == same["rewrappedKeyVersion"] == old["keyVersion"]
        assert same["ciphertext"] != old["ciphertext"]
        await api.act(key, "rotate")
        new = await ok(api, key, "rewrap", {"ciphertext": old["ciphertext"], "aad": aad})
        assert set(new) == {"ciphertext", "keyVersion", "rewrappedKeyVersion"}
        assert new["keyVersion"] == old["keyVersion"] != new["rewrappedKeyVersion"]
        opened = await ok(api, key, "unwrap", {"ciphertext": new["ciphertext"], "aad": aad})
        assert opened == {"plaintext": DEK, "keyVersion": new["rewrappedKeyVersion"]}
        answer = await api.act(key, "unwrap", {"ciphertext": new["ciphertext"], "aad": [*aad, "more"]})
        refused(answer, "unwrap", 422, "UNPROCESSABLE_CIPHERTEXT_ERR")

    world.run(story())


@pytest.mark.parametrize("action", ["unwrap", "rewrap"])
@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (["a", "b"], ["a", "c"]),
        (["a", "b"], ["b", "a"]),
        (["a", "b"], ["a"]),
        (["a", "b"], None),
        (["a", "b"], ["ab"]),
        (["ab"], ["a", "b"]),
        ([None], None),
        (None, [None]),
        (["a"], ["a", None]),
    ],
)
def test_c16_other_aad_is_422(world: World, action: str, given: object, wrong: object) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        wrapped = await ok(world.home, key, "wrap", {"plaintext": DEK, "aad": given})
        answer = await world.home.act(key, action, {"ciphertext": wrapped["ciphertext"], "aad": wrong})
        message = refused(answer, action, 422, "UNPROCESSABLE_CIPHERTEXT_ERR")
        assert message.startswith("The provided ciphertext is invalid or corrupted")

    world.run(story())


@pytest.mark.parametrize(
    ("one", "same"), [([None], [""]), ([""], [None]), (None, []), ([], None), (["é😀"],) * 2]
)
def test_c16_equal_aad(world: World, one: object, same: object) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        wrapped = await ok(world.home, key, "wrap", {"plaintext": DEK, "aad": one})
        opened = await ok(world.home, key, "unwrap", {"ciphertext": wrapped["ciphertext"], "aad": same})
        assert opened["plaintext"] == DEK

    world.run(story())


@pytest.mark.parametrize("aad", ["a", 7, [7], [["a"]], ["a"] * 256, ["a" * 256], {"0": "a"}])
def test_c16_aad_outside_its_limits(world: World, aad: object) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        refused(await world.home.act(key, "wrap", {"aad": aad}), "wrap", 400, "INVALID_FIELD_ERR")

    world.run(story())


def test_c16_the_largest_aad(world: World) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        aad = ["a" * 255] * 255
        wrapped = await ok(world.home, key, "wrap", {"plaintext": DEK, "aad": aad})
        opened = await ok(world.home, key, "unwrap", {"ciphertext": wrapped["ciphertext"], "aad": aad})
        assert opened["plaintext"] == DEK

    world.run(story())


@pytest.mark.parametrize("action", ["unwrap", "rewrap"])
def test_c17_an_empty_body_is_missing(world: World, action: str) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        answer = await world.home.act(key, action, b"")
        assert refused(answer, action, 400, "NO_BODY_ERR") == "Missing body in request"

    world.run(story())


@pytest.mark.parametrize("action", ["unwrap", "rewrap"])
@pytest.mark.parametrize("text", [None, "", 7, "not base64!", "QUI", "A" * 65_540])
def test_c17_ciphertext_that_is_not_base64(world: World, action: str, text: object) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        answer = await world.home.act(key, action, {"ciphertext": text})
        message = refused(answer, action, 400, "INVALID_FIELD_ERR")
        assert message.startswith("The field `ciphertext` must be: ")
        assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": "ciphertext"}

    world.run(story())


def _flips(blob: bytes) -> list[bytes]:
    places = (*range(0, len(blob), 9), len(blob) - 1)
    return [blob[:i] + bytes([blob[i] ^ 0x10]) + blob[i + 1 :] for i in places]


def _cuts(blob: bytes) -> list[bytes]:
    return [blob[:-1], blob[1:], blob[:1], blob[:17], blob[:-16], blob + b"\x00", bytes(len(blob))]


@pytest.mark.parametrize("action", ["unwrap", "rewrap"])
@pytest.mark.parametrize("damage", [_flips, _cuts])
def test_c17_one_flipped_bit_is_422(
    world: World, action: str, damage: Callable[[bytes], list[bytes]]
) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        blob = base64.b64decode((await ok(world.home, key, "wrap", {"plaintext": DEK}))["ciphertext"])
        for bad in damage(blob):
            answer = await world.home.act(key, action, {"ciphertext": b64(bad)})
            refused(answer, action, 422, "UNPROCESSABLE_CIPHERTEXT_ERR")

    world.run(story())


def test_c17_another_key_does_not_open_it_but_equal_material_does(world: World) -> None:
    async def story() -> None:
        api, foreign = await world.tenant(), await world.tenant()
        payload = b64(bytes(range(32)))
        mine = (await api.create(payload=payload))["id"]
        twin = (await foreign.create(payload=payload))["id"]
        wrapped = await ok(api, mine, "wrap", {"plaintext": DEK})
        assert (await ok(foreign, twin, "unwrap", {"ciphertext": wrapped["ciphertext"]}))["plaintext"] == DEK
        other = (await api.create())["id"]
        answer = await api.act(other, "unwrap", {"ciphertext": wrapped["ciphertext"]})
        refused(answer, "unwrap", 422, "UNPROCESSABLE_CIPHERTEXT_ERR")

    world.run(story())


@pytest.mark.parametrize("action", PHRASES)
def test_c18_a_standard_key_does_none_of_it(world: World, action: str) -> None:
    async def story() -> None:
        key = (await world.home.create(extractable=True))["id"]
        answer = await world.home.act(key, action, {"ciphertext": "QUJD"})
        message = refused(answer, action, 400, "KEY_ROOT_REQ_ERR")
        assert message == "Requested action can only be completed with a root key"

    world.run(story())


def test_c18_a_standard_key_has_no_versions(world: World) -> None:
    async def story() -> None:
        key = (await world.home.create(extractable=True))["id"]
        path, phrase = f"/keys/{key}/versions", "KeyVersion(s) could not be retrieved"
        check_error(await world.home.send("GET", path), 400, "KEY_ROOT_REQ_ERR", phrase)
        await world.home.send("DELETE", f"/keys/{key}")
        check_error(await world.home.send("GET", path), 410, "KEY_DELETED_ERR", phrase)
        everything = await world.home.send("GET", f"{path}?allKeyStates=true")
        check_error(everything, 400, "KEY_ROOT_REQ_ERR", phrase)

    world.run(story())


def test_c13_numbers_in_answers_have_no_fraction_and_texts_are_padded(world: World) -> None:
    async def story() -> None:
        key = (await world.home.create())["id"]
        body = (await world.home.act(key, "wrap", {"plaintext": b64(b"x")})).body
        assert base64.b64decode(json.loads(body)["ciphertext"], validate=True)[0] == 1

    world.run(story())
