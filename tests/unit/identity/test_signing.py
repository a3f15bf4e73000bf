"""Signing keys: sealed at rest, opened once, published while they matter."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

from keystead.domain.errors import Tampered, Unavailable
from keystead.domain.material import KeyMaterial
from keystead.identity.signing import SigningKeys, open_signing_key
from unit.identity.fakes import SECOND_SIGNER, SIGNER, START, FakeDirectory, FakeUnit, World

UNIT = World().unit
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def keys(*records: object, unit: FakeUnit = UNIT) -> SigningKeys:
    return SigningKeys(FakeDirectory(signing=tuple(records)), unit, HOUR)  # type: ignore[arg-type]


def test_the_private_half_is_sealed_under_a_label_with_its_kid() -> None:
    opened = UNIT.open(f"keystead/token-signing/1/{SIGNER.id}", SIGNER.sealed_private_key)
    assert opened.reveal().startswith(b"\x30\x82")  # a DER sequence: PKCS #8
    assert opened.reveal()[100:200] not in SIGNER.sealed_private_key


def test_the_public_half_is_2048_bits_and_names_its_use() -> None:
    document = json.loads(SIGNER.public_jwk)
    assert set(document) == {"kty", "alg", "use", "kid", "n", "e"}
    assert (document["kty"], document["alg"], document["use"]) == ("RSA", "RS256", "sig")
    assert (document["kid"], document["e"]) == (SIGNER.id, "AQAB")
    assert jwt.PyJWK(document).key.key_size == 2048


def test_two_keys_differ_in_name_and_modulus() -> None:
    first, second = json.loads(SIGNER.public_jwk), json.loads(SECOND_SIGNER.public_jwk)
    assert first["kid"] != second["kid"]
    assert first["n"] != second["n"]


def test_a_key_under_another_name_does_not_open() -> None:
    with pytest.raises(Tampered):
        open_signing_key(UNIT, replace(SIGNER, id="../other"))


def test_a_foreign_public_half_is_noticed() -> None:
    with pytest.raises(Tampered):
        open_signing_key(UNIT, replace(SIGNER, public_jwk=SECOND_SIGNER.public_jwk))


def test_a_key_that_another_unit_sealed_verifies_nothing() -> None:
    stranger = FakeUnit()
    sealed = stranger.seal(f"keystead/token-signing/1/{SIGNER.id}", KeyMaterial(b"\x30\x82"))
    with pytest.raises(Tampered):
        asyncio.run(keys(replace(SIGNER, sealed_private_key=sealed)).find(SIGNER.id, START))


def test_each_key_is_opened_once() -> None:
    ring, unit = keys(SIGNER, SECOND_SIGNER), UNIT
    unit.opened.clear()
    for _ in range(3):
        asyncio.run(ring.find(SIGNER.id, START))
        asyncio.run(ring.newest())
    assert sorted(unit.opened) == sorted(f"keystead/token-signing/1/{k.id}" for k in (SIGNER, SECOND_SIGNER))


def test_a_record_that_changed_is_opened_again() -> None:
    directory = FakeDirectory(signing=(SIGNER,))
    ring = SigningKeys(directory, UNIT, HOUR)
    asyncio.run(ring.newest())
    directory.signing = (replace(SIGNER, public_jwk=b"{}"),)
    with pytest.raises(Tampered):
        asyncio.run(ring.newest())


@pytest.mark.parametrize("ask", ["newest", "find", "document"])
def test_what_was_opened_of_a_key_that_is_gone_is_dropped(ask: str) -> None:
    directory = FakeDirectory(signing=(SIGNER,))
    ring = SigningKeys(directory, UNIT, HOUR)
    asyncio.run(ring.newest())
    assert list(ring._opened) == [SIGNER.id]
    directory.signing = (SECOND_SIGNER,)
    if ask == "newest":
        asyncio.run(ring.newest())
    elif ask == "find":
        assert asyncio.run(ring.find(SIGNER.id, START)) is None
    else:
        asyncio.run(ring.document(START))
    assert SIGNER.id not in ring._opened
    directory.signing = ()
    assert json.loads(asyncio.run(ring.document(START))) == {"keys": []}
    assert ring._opened == {}


def test_the_newest_key_that_is_not_retired_signs() -> None:
    assert asyncio.run(keys(SIGNER, SECOND_SIGNER).newest()).kid == SECOND_SIGNER.id
    retired = replace(SECOND_SIGNER, retired_at=START)
    assert asyncio.run(keys(SIGNER, retired).newest()).kid == SIGNER.id


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(Unavailable):
        asyncio.run(keys().newest())
    with pytest.raises(Unavailable):
        asyncio.run(keys(replace(SIGNER, retired_at=START)).newest())


def test_a_retired_key_stays_for_one_lifetime_and_a_minute() -> None:
    ring = keys(replace(SIGNER, retired_at=START), SECOND_SIGNER)
    moment = timedelta(microseconds=1)
    for when, expected in (
        (START, [SIGNER.id, SECOND_SIGNER.id]),
        (START + HOUR + MINUTE - moment, [SIGNER.id, SECOND_SIGNER.id]),
        (START + HOUR + MINUTE, [SECOND_SIGNER.id]),
    ):
        listed = [key["kid"] for key in json.loads(asyncio.run(ring.document(when)))["keys"]]
        assert listed == expected
        assert (asyncio.run(ring.find(SIGNER.id, when)) is not None) is (SIGNER.id in expected)


def test_the_key_set_shows_no_private_member() -> None:
    (listed,) = json.loads(asyncio.run(keys(SIGNER).document(START)))["keys"]
    assert listed == json.loads(SIGNER.public_jwk)


def test_an_empty_key_set_is_a_document_too() -> None:
    assert json.loads(asyncio.run(keys().document(START))) == {"keys": []}
