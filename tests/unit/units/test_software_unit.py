import asyncio
import base64
import threading
import traceback
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

import keystead
from keystead.crypto import wrapping
from keystead.domain.errors import Unavailable
from keystead.domain.import_tokens import ImportAlgorithm, TokenKind
from keystead.domain.material import KeyMaterial
from keystead.units.software import SoftwareUnit
from suites.unit_import_suite import UnitImportSuite, import_token, upload
from suites.unit_suite import AAD, DEK, UnitSuite, binding, elsewhere, root_key


def software_unit(master: str) -> SoftwareUnit:
    return SoftwareUnit(KeyMaterial(master.encode().ljust(32, b".")), ready_pairs=0)


class TestSoftwareUnit(UnitSuite):
    def unit(self, master: str) -> SoftwareUnit:
        return software_unit(master)


class TestSoftwareUnitImports(UnitImportSuite):
    def unit(self, master: str) -> SoftwareUnit:
        return software_unit(master)


def test_the_owner_opens_a_ciphertext_without_the_unit() -> None:
    async def story() -> None:
        unit, material = software_unit("a"), KeyMaterial(b"\x42" * 24)
        blob = (await unit.wrap(*await root_key(unit, material.reveal()), DEK, AAD)).blob
        assert wrapping.named(blob) == wrapping.material_id(material)
        assert wrapping.WrappingKey(material).unwrap(blob, AAD) == DEK
        await unit.close()

    asyncio.run(story())


@pytest.mark.parametrize("octets", [0, 16, 31, 33])
def test_a_master_key_has_32_octets(octets: int) -> None:
    with pytest.raises(ValueError, match="32 octets"):
        SoftwareUnit(KeyMaterial(bytes(octets)), ready_pairs=0)


def test_few_versions_stay_open_and_the_others_still_work() -> None:
    async def story() -> None:
        unit = SoftwareUnit(KeyMaterial(bytes(32)), ready_pairs=0, opened_limit=3)
        keys = [await root_key(unit) for _ in range(5)]
        for _ in range(2):
            for key in keys:
                blob = (await unit.wrap(*key, DEK, AAD)).blob
                assert (await unit.unwrap([key], blob, AAD)).dek == DEK
                assert len(unit._opened) <= 3
        await unit.close()
        assert len(unit._opened) == 0

    asyncio.run(story())


def test_standard_keys_and_refused_places_do_not_stay_open() -> None:
    async def story() -> None:
        unit = software_unit("a")
        place, held = await root_key(unit)
        with pytest.raises(Exception, match="do not open"):
            await unit.wrap(elsewhere(place, "key"), held, DEK, AAD)
        assert len(unit._opened) == 0
        await unit.close()

    asyncio.run(story())


def test_pairs_are_ready_for_tokens_and_no_thread_is_left() -> None:
    async def story() -> None:
        unit = SoftwareUnit(KeyMaterial(bytes(32)), ready_pairs=1)
        place = binding()
        secret = await unit.make_token(place.instance, "token", TokenKind.RSA_4096)
        assert secret.public_key_pem.startswith(b"-----BEGIN PUBLIC KEY-----\n")
        await unit.close()

    before = threading.active_count()
    asyncio.run(story())
    assert threading.active_count() <= before


class _Secrets:
    """Looks for secrets in texts, in each of the forms that a person or a program would write them."""

    def __init__(self, *secrets: KeyMaterial) -> None:
        self.forms = {form for secret in secrets for form in self._forms(secret.reveal())}

    @staticmethod
    def _forms(octets: bytes) -> set[str]:
        plain = {octets.hex(), repr(octets)[2:-1], str(list(octets))[1:-1]}
        return plain | {base64.b64encode(octets).decode(), base64.urlsafe_b64encode(octets).decode()}

    def found_in(self, error: BaseException) -> set[str]:
        """Search the traceback with the local variables of all frames but those of this file."""
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        text = []
        one: traceback.TracebackException | None = told
        while one is not None:
            ours = [frame for frame in one.stack if frame.filename.startswith(keystead.__path__[0])]
            one.stack = traceback.StackSummary.from_list(ours)
            assert ours or one is not told  # else nothing was searched
            text += [*one.format(chain=False), repr(error)]
            one = one.__cause__ or one.__context__
        return {form for form in self.forms if form in "".join(text)}


def test_the_search_for_secrets_can_find_one() -> None:
    secret = KeyMaterial(b"not so secret, is it")
    octets = secret.reveal()
    for text in (octets.hex(), octets.decode(), base64.b64encode(octets).decode()):
        unit = software_unit("a")
        asyncio.run(unit.close())
        with pytest.raises(Unavailable) as caught:
            unit.seal(text, DEK)  # its frame has the label in a local variable
        assert _Secrets(secret).found_in(caught.value)


def test_no_failure_of_the_unit_shows_material_in_its_traceback() -> None:
    material, dek = KeyMaterial(bytes(range(200, 232))), KeyMaterial(bytes(range(150, 182)))
    master = KeyMaterial(b"a".ljust(32, b"."))
    wrong_size = KeyMaterial(bytes(range(200, 220)))

    async def story() -> list[BaseException]:
        unit = software_unit("a")
        place, held = await root_key(unit, material.reveal())
        other = await root_key(unit)
        blob = (await unit.wrap(place, held, dek, AAD)).blob
        token = await import_token(unit, place, TokenKind.HYBRID)
        sent = upload(token, material, ImportAlgorithm.HYBRID, bytes(12))
        attempts: list[Coroutine[Any, Any, object]] = [
            unit.reveal(place, held),
            unit.take(place, wrong_size),
            unit.wrap(elsewhere(place, "key"), held, dek, AAD),
            unit.wrap(place, held, dek, ("\ud800",)),
            unit.unwrap([(place, held)], blob, ()),
            unit.unwrap([other], blob, AAD),
            unit.unwrap([(place, held)], blob[:-1], AAD),
            unit.take_upload(place, token, replace(sent, encrypted_nonce=bytes(28))),
            unit.take_upload(place, token, replace(sent, iv=bytes(11))),
            unit.take_upload(place, token, replace(sent, payload=bytes(1200))),
            unit.take_upload(place, token, replace(sent, algorithm=ImportAlgorithm.OAEP_SHA_256)),
            unit.take_upload(elsewhere(place, "instance"), token, sent),
            unit.take_upload(place, replace(token, secret=replace(token.secret, nonce=bytes(12))), sent),
        ]
        errors: list[BaseException] = [await _error_of(attempt) for attempt in attempts]
        await unit.close()
        return errors

    secrets = _Secrets(material, dek, master, wrong_size)
    for error in asyncio.run(story()):
        assert not secrets.found_in(error), error


async def _error_of(attempt: Coroutine[Any, Any, object]) -> BaseException:
    try:
        await attempt
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not tell
        return error
    raise AssertionError("this was to fail")
