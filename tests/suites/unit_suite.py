"""What every crypto unit promises; `UnitSuite` is run over each implementation.

Imports through a token are in `suites.unit_import_suite`.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keystead.domain.errors import Refused, Tampered, Unavailable
from keystead.domain.ids import InstanceId, KeyId, VersionId, random_uuid
from keystead.domain.import_tokens import TokenKind
from keystead.domain.keys import KeyVersion
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.unit import Binding, CryptoUnit, SealedMaterial
from keystead.domain.reasons import Reason

T = TypeVar("T")

# Each unit inherits the same methods, and a busy machine is no failure.
EXAMPLES = settings(
    deadline=None, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow]
)

DEK = KeyMaterial(bytes(range(100, 132)))
AAD = ("bucket", "object")
SIZES = (16, 24, 32)
PLACES = ("instance", "key", "version", "extractable")


def binding(*, extractable: bool = False) -> Binding:
    return Binding(
        instance=InstanceId(random_uuid()),
        key=KeyId(random_uuid()),
        version=VersionId(random_uuid()),
        extractable=extractable,
    )


def elsewhere(place: Binding, field: str) -> Binding:
    """Return *place* with one field changed."""
    if field == "extractable":
        return replace(place, extractable=not place.extractable)
    return replace(place, **{field: random_uuid()})  # type: ignore[arg-type]


def version(place: Binding, made: SealedMaterial) -> KeyVersion:
    return KeyVersion(
        id=place.version,
        created_at=datetime(2031, 5, 4, tzinfo=UTC),
        sealed=made.sealed,
        material_id=made.material_id,
        bits=made.bits,
    )


async def root_key(unit: CryptoUnit, octets: bytes | None = None) -> tuple[Binding, KeyVersion]:
    place = binding()
    made = await (unit.generate(place) if octets is None else unit.take(place, KeyMaterial(octets)))
    return place, version(place, made)


async def refused(reason: Reason, attempt: Coroutine[Any, Any, object]) -> Refused:
    with pytest.raises(Refused) as caught:
        await attempt
    assert caught.value.reason is reason
    return caught.value


class UnitSuite:
    """Subclass it as ``Test...`` and say how a unit is made."""

    def unit(self, master: str) -> CryptoUnit:
        """Return a new unit; units made with the same word share a master key."""
        raise NotImplementedError

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(story)

    def test_generated_material_is_256_bits_and_never_the_same(self) -> None:
        async def story(unit: CryptoUnit) -> None:
            place = binding()
            first, second = await unit.generate(place), await unit.generate(place)
            assert first.bits == second.bits == 256
            assert len(first.material_id) == 16
            assert first.material_id != second.material_id
            await unit.close()

        self.run(story(self.unit("a")))

    @pytest.mark.parametrize("size", SIZES)
    def test_material_of_every_aes_size_wraps_and_unwraps(self, size: int) -> None:
        async def story(unit: CryptoUnit) -> None:
            place, held = await root_key(unit, bytes(range(size)))
            assert held.bits == 8 * size
            wrapped = await unit.wrap(place, held, DEK, AAD)
            assert wrapped.made is None
            opened = await unit.unwrap([(place, held)], wrapped.blob, AAD)
            assert opened.dek == DEK
            assert opened.version == place.version
            await unit.close()

        self.run(story(self.unit("a")))

    @pytest.mark.parametrize("size", [0, 1, 15, 17, 31, 33, 64])
    def test_a_root_key_of_another_size_is_refused(self, size: int) -> None:
        async def story(unit: CryptoUnit) -> None:
            error = await refused(Reason.INVALID_FIELD, unit.take(binding(), KeyMaterial(bytes(size))))
            assert error.target is not None
            assert error.target.name == "payload"
            await unit.close()

        self.run(story(self.unit("a")))

    @pytest.mark.parametrize("size", [1, 16, 7500])
    def test_a_standard_key_is_revealed_as_it_was_taken(self, size: int) -> None:
        async def story(unit: CryptoUnit) -> None:
            place, secret = binding(extractable=True), KeyMaterial(b"\xa5" * size)
            made = await unit.take(place, secret)
            assert (made.material_id, made.bits) == (b"", 8 * size)
            assert await unit.reveal(place, version(place, made)) == secret
            generated = await unit.generate(place)
            assert (len(await unit.reveal(place, version(place, generated))), generated.bits) == (32, 256)
            await unit.close()

        self.run(story(self.unit("a")))

    @pytest.mark.parametrize("size", [0, 7501])
    def test_a_standard_key_that_is_empty_or_too_long_is_refused(self, size: int) -> None:
        async def story(unit: CryptoUnit) -> None:
            place = binding(extractable=True)
            await refused(Reason.INVALID_FIELD, unit.take(place, KeyMaterial(bytes(size))))
            await unit.close()

        self.run(story(self.unit("a")))

    def test_a_root_key_is_never_revealed_and_a_standard_key_never_wraps(self) -> None:
        async def story(unit: CryptoUnit) -> None:
            place, held = await root_key(unit)
            with pytest.raises(PermissionError):
                await unit.reveal(place, held)
            with pytest.raises(Tampered):  # not even when the caller claims that it is a standard key
                await unit.reveal(replace(place, extractable=True), held)
            standard = binding(extractable=True)
            kept = version(standard, await unit.generate(standard))
            with pytest.raises(PermissionError):
                await unit.wrap(standard, kept, DEK, AAD)
            with pytest.raises(Tampered):
                await unit.wrap(replace(standard, extractable=False), kept, DEK, AAD)
            await unit.close()

        self.run(story(self.unit("a")))

    def test_a_dek_made_by_the_unit_has_32_octets_and_comes_back(self) -> None:
        async def story(unit: CryptoUnit) -> None:
            place, held = await root_key(unit)
            first, second = [await unit.wrap(place, held, None, AAD) for _ in range(2)]
            assert first.made is not None
            assert second.made is not None
            assert len(first.made) == 32
            assert first.made != second.made
            assert (await unit.unwrap([(place, held)], first.blob, AAD)).dek == first.made
            await unit.close()

        self.run(story(self.unit("a")))

    @EXAMPLES
    @given(dek=st.binary(max_size=200), aad=st.lists(st.text(max_size=20), max_size=5))
    def test_any_dek_comes_back_under_the_same_aad(self, dek: bytes, aad: list[str]) -> None:
        async def story(unit: CryptoUnit) -> None:
            place, held = await root_key(unit)
            first, second = [(await unit.wrap(place, held, KeyMaterial(dek), aad)).blob for _ in range(2)]
            assert first != second
            assert (await unit.unwrap([(place, held)], first, tuple(aad))).dek == KeyMaterial(dek)
            await unit.close()

        self.run(story(self.unit("a")))

    @pytest.mark.parametrize(
        "other",
        [(), ("bucket",), ("object", "bucket"), ("bucket", "object", ""), ("bucketobject",), ("", *AAD)],
    )
    def test_another_aad_does_not_open(self, other: tuple[str, ...]) -> None:
        async def story(unit: CryptoUnit) -> None:
            place, held = await root_key(unit)
            blob = (await unit.wrap(place, held, DEK, AAD)).blob
            await refused(Reason.CIPHERTEXT, unit.unwrap([(place, held)], blob, other))
            await unit.close()

        self.run(story(self.unit("a")))

    def test_absent_aad_and_one_empty_string_differ(self) -> None:
        async def story(unit: CryptoUnit) -> None:
            place, held = await root_key(unit)
            blob = (await unit.wrap(place, held, DEK, ())).blob
            await refused(Reason.CIPHERTEXT, unit.unwrap([(place, held)], blob, ("",)))
            await unit.close()

        self.run(story(self.unit("a")))

    @EXAMPLES
    @given(data=st.data())
    def test_a_changed_ciphertext_does_not_open(self, data: st.DataObject) -> None:
        async def story(unit: CryptoUnit) -> None:
            place, held = await root_key(unit)
            blob = bytearray((await unit.wrap(place, held, DEK, AAD)).blob)
            at = data.draw(st.integers(0, 8 * len(blob) - 1))
            blob[at // 8] ^= 1 << at % 8
            await refused(Reason.CIPHERTEXT, unit.unwrap([(place, held)], bytes(blob), AAD))
            await unit.close()

        self.run(story(self.unit("a")))

    @EXAMPLES
    @given(junk=st.binary(max_size=300))
    def test_junk_is_refused_and_nothing_else(self, junk: bytes) -> None:
        async def story(unit: CryptoUnit) -> None:
            key = await root_key(unit)
            blob = (await unit.wrap(*key, DEK, AAD)).blob
            for ciphertext in (junk, blob[: len(junk)], blob[:17] + junk, blob + junk + b"\x00"):
                await refused(Reason.CIPHERTEXT, unit.unwrap([key], ciphertext, AAD))
            await unit.close()

        self.run(story(self.unit("a")))

    def test_another_keys_ciphertext_has_its_own_refusal(self) -> None:
        async def story(unit: CryptoUnit) -> None:
            mine, other = await root_key(unit), await root_key(unit)
            blob = (await unit.wrap(*other, DEK, AAD)).blob
            error = await refused(Reason.CIPHERTEXT, unit.unwrap([mine], blob, AAD))
            assert error.detail.endswith(": it was not wrapped by any version of this key")
            await unit.close()

        self.run(story(self.unit("a")))

    def test_equal_material_opens_the_same_ciphertexts_under_any_key_and_master(self) -> None:
        async def story(here: CryptoUnit, there: CryptoUnit) -> None:
            blob = (await here.wrap(*await root_key(here, b"\x11" * 32), DEK, AAD)).blob
            twin = await root_key(there, b"\x11" * 32)
            assert (await there.unwrap([twin], blob, AAD)).dek == DEK
            await here.close()
            await there.close()

        self.run(story(self.unit("a"), self.unit("b")))

    def test_every_version_still_unwraps_and_says_which_it_was(self) -> None:
        async def story(unit: CryptoUnit) -> None:
            first, second = await root_key(unit), await root_key(unit, b"\x07" * 16)
            third = await root_key(unit)
            key = [first, second, third]
            for wanted in key:
                blob = (await unit.wrap(*wanted, DEK, AAD)).blob
                opened = await unit.unwrap(key, blob, AAD)
                assert (opened.dek, opened.version) == (DEK, wanted[0].version)
            await unit.close()

        self.run(story(self.unit("a")))

    @pytest.mark.parametrize("field", PLACES)
    @pytest.mark.parametrize("warm", [False, True], ids=["unopened", "opened before"])
    def test_sealed_material_opens_nowhere_else(self, field: str, warm: bool) -> None:
        async def story(unit: CryptoUnit, fresh: CryptoUnit) -> None:
            place, held = await root_key(unit)
            blob = (await unit.wrap(place, held, DEK, AAD)).blob
            asked, wrong = unit if warm else fresh, elsewhere(place, field)
            with pytest.raises((Tampered, PermissionError)):
                await asked.wrap(wrong, held, DEK, AAD)
            with pytest.raises((Tampered, PermissionError)):
                await asked.unwrap([(wrong, held)], blob, AAD)
            assert (await asked.unwrap([(place, held)], blob, AAD)).dek == DEK
            await unit.close()
            await fresh.close()

        self.run(story(self.unit("a"), self.unit("a")))

    @pytest.mark.parametrize("field", PLACES)
    def test_a_standard_key_opens_nowhere_else(self, field: str) -> None:
        async def story(unit: CryptoUnit) -> None:
            place = binding(extractable=True)
            held = version(place, await unit.generate(place))
            with pytest.raises((Tampered, PermissionError)):
                await unit.reveal(elsewhere(place, field), held)
            await unit.close()

        self.run(story(self.unit("a")))

    def test_swapped_versions_are_noticed(self) -> None:
        async def story(unit: CryptoUnit) -> None:
            (here, mine), (there, other) = await root_key(unit), await root_key(unit)
            for place, held in ((here, other), (there, mine)):
                with pytest.raises(Tampered):
                    await unit.wrap(place, held, DEK, AAD)
            with pytest.raises(Tampered):  # the right octets under a false name
                await unit.wrap(here, replace(mine, material_id=other.material_id), DEK, AAD)
            await unit.close()

        self.run(story(self.unit("a")))

    @EXAMPLES
    @given(data=st.data())
    def test_changed_sealed_octets_are_noticed(self, data: st.DataObject) -> None:
        async def story(unit: CryptoUnit) -> None:
            place, held = await root_key(unit)
            await unit.wrap(place, held, DEK, AAD)
            sealed = bytearray(held.sealed)
            at = data.draw(st.integers(0, 8 * len(sealed) - 1))
            sealed[at // 8] ^= 1 << at % 8
            with pytest.raises(Tampered):
                await unit.wrap(place, replace(held, sealed=bytes(sealed)), DEK, AAD)
            await unit.close()

        self.run(story(self.unit("a")))

    def test_a_unit_with_the_same_master_key_goes_on_and_another_cannot(self) -> None:
        async def story(before: CryptoUnit, after: CryptoUnit, stranger: CryptoUnit) -> None:
            key = await root_key(before)
            blob = (await before.wrap(*key, DEK, AAD)).blob
            sealed, mac = before.seal("token signing", DEK), before.mac("key record", b"row")
            await before.close()
            assert (await after.unwrap([key], blob, AAD)).dek == DEK
            assert after.open("token signing", sealed) == DEK
            assert after.mac("key record", b"row") == mac
            with pytest.raises(Tampered):
                await stranger.unwrap([key], blob, AAD)
            with pytest.raises(Tampered):
                stranger.open("token signing", sealed)
            assert stranger.mac("key record", b"row") != mac
            await after.close()
            await stranger.close()

        self.run(story(self.unit("a"), self.unit("a"), self.unit("b")))

    def test_macs_depend_on_label_and_octets(self) -> None:
        async def story(unit: CryptoUnit) -> None:
            cases = [("key record", b"row"), ("key record", b"ro"), ("grant", b"row"), ("key recordr", b"ow")]
            macs = [unit.mac(*case) for case in cases]
            assert len(set(macs)) == len(cases)
            assert {len(mac) for mac in macs} == {32}
            assert [unit.mac(*case) for case in cases] == macs
            await unit.close()

        self.run(story(self.unit("a")))

    def test_a_service_secret_opens_under_its_label_only(self) -> None:
        async def story(unit: CryptoUnit) -> None:
            sealed = unit.seal("token signing", DEK)
            assert sealed != unit.seal("token signing", DEK)
            assert DEK.reveal() not in sealed
            assert unit.open("token signing", sealed) == DEK
            with pytest.raises(Tampered):
                unit.open("audit signing", sealed)
            with pytest.raises(Tampered):
                unit.open("token signing", sealed[:-1])
            place = binding(extractable=True)  # nor does one sort of sealed octets pass for another
            with pytest.raises(Tampered):
                await unit.reveal(place, version(place, SealedMaterial(sealed, b"", 256)))
            await unit.close()

        self.run(story(self.unit("a")))

    def test_a_closed_unit_is_unavailable(self) -> None:
        async def story(unit: CryptoUnit) -> None:
            key = await root_key(unit)
            blob = (await unit.wrap(*key, DEK, AAD)).blob
            sealed = unit.seal("token signing", DEK)
            unit.mac("key record", b"row")
            await unit.close()
            late: list[Coroutine[Any, Any, object]] = [
                unit.generate(key[0]),
                unit.take(key[0], DEK),
                unit.wrap(*key, DEK, AAD),
                unit.unwrap([key], blob, AAD),
                *(unit.make_token(key[0].instance, random_uuid(), kind) for kind in TokenKind),
            ]
            for attempt in late:
                with pytest.raises(Unavailable):
                    await attempt
            with pytest.raises(Unavailable):
                unit.mac("key record", b"row")
            with pytest.raises(Unavailable):
                unit.open("token signing", sealed)

        self.run(story(self.unit("a")))
