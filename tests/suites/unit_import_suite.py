"""What every crypto unit promises about import tokens; `UnitImportSuite` is run over each implementation.

Source: ``spec/kms-api.md`` sections 4.4, 4.5 and 4.7.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from keystead.crypto import hybrid, nonces, oaep
from keystead.domain.errors import Tampered
from keystead.domain.ids import random_uuid
from keystead.domain.import_tokens import ImportAlgorithm, ImportToken, TokenKind, Upload
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.unit import Binding, CryptoUnit
from keystead.domain.reasons import Reason
from suites.unit_suite import AAD, DEK, SIZES, binding, elsewhere, refused, version

T = TypeVar("T")

MASTER = "imports"
GCM_IV, CBC_IV = bytes(range(0x10, 0x1C)), bytes(range(0x10, 0x20))
# Key Protect's dialect, that of HPCS, and ours; either nonce mode goes with any of them.
DIALECTS = [
    pytest.param(ImportAlgorithm.OAEP_SHA_256, GCM_IV, id="key-protect"),
    pytest.param(ImportAlgorithm.OAEP_SHA_1, CBC_IV, id="hpcs"),
    pytest.param(ImportAlgorithm.HYBRID, GCM_IV, id="hybrid"),
    pytest.param(ImportAlgorithm.OAEP_SHA_256, CBC_IV, id="key-protect-cbc"),
    pytest.param(ImportAlgorithm.HYBRID, CBC_IV, id="hybrid-cbc"),
]
Tokens = dict[TokenKind, ImportToken]


async def import_token(unit: CryptoUnit, place: Binding, kind: TokenKind) -> ImportToken:
    token_id, now = random_uuid(), datetime(2031, 5, 4, tzinfo=UTC)
    return ImportToken(
        instance=place.instance,
        id=token_id,
        secret=await unit.make_token(place.instance, token_id, kind),
        created_at=now,
        expires_at=now,
        max_retrievals=1,
        remaining=1,
    )


def encrypted(token: ImportToken, material: KeyMaterial, algorithm: ImportAlgorithm) -> bytes:
    """Encrypt *material* as the owner does."""
    public = token.secret.public_key_pem
    if algorithm is ImportAlgorithm.HYBRID:
        return hybrid.encrypt(public, material)
    return oaep.encrypt(public, material, sha1=algorithm is ImportAlgorithm.OAEP_SHA_1)


def upload(token: ImportToken, material: KeyMaterial, algorithm: ImportAlgorithm, iv: bytes) -> Upload:
    return Upload(
        payload=encrypted(token, material, algorithm),
        encrypted_nonce=nonces.encrypt(material, token.secret.nonce, iv),
        iv=iv,
        algorithm=algorithm,
    )


class UnitImportSuite:
    """Subclass it as ``Test...`` and say how a unit is made."""

    def unit(self, master: str) -> CryptoUnit:
        """Return a new unit; units made with the same word share a master key."""
        raise NotImplementedError

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(story)

    @pytest.fixture(scope="class")
    @classmethod
    def place(cls) -> Binding:
        return binding()

    @pytest.fixture(scope="class")
    @classmethod
    def tokens(cls, place: Binding) -> Tokens:
        """One token of each kind; an RSA key takes its time, so the tests share it."""

        async def story(unit: CryptoUnit) -> Tokens:
            made = {kind: await import_token(unit, place, kind) for kind in TokenKind}
            await unit.close()
            return made

        return asyncio.run(story(cls().unit(MASTER)))

    def refusal(self, place: Binding, token: ImportToken, sent: Upload, reason: Reason) -> str | None:
        """Expect *sent* to be refused; return the field that was to blame."""

        async def story(unit: CryptoUnit) -> str | None:
            error = await refused(reason, unit.take_upload(place, token, sent))
            await unit.close()
            return error.target.name if error.target else None

        return self.run(story(self.unit(MASTER)))

    def test_a_token_has_a_public_key_in_pem_and_a_nonce(self, tokens: Tokens) -> None:
        for kind, token in tokens.items():
            assert token.secret.kind is kind
            assert len(token.secret.nonce) == 12
            assert token.secret.public_key_pem.startswith(b"-----BEGIN ")
        assert tokens[TokenKind.RSA_4096].secret.public_key_pem.startswith(b"-----BEGIN PUBLIC KEY-----\n")
        assert tokens[TokenKind.RSA_4096].secret.nonce != tokens[TokenKind.HYBRID].secret.nonce

    def test_two_hybrid_tokens_differ_in_everything(self, place: Binding) -> None:
        async def story(unit: CryptoUnit) -> None:
            one, two = [await import_token(unit, place, TokenKind.HYBRID) for _ in range(2)]
            assert one.secret.public_key_pem != two.secret.public_key_pem
            assert one.secret.nonce != two.secret.nonce
            await unit.close()

        self.run(story(self.unit(MASTER)))

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize(("algorithm", "iv"), DIALECTS)
    def test_each_dialect_brings_material_of_each_size(
        self, place: Binding, tokens: Tokens, algorithm: ImportAlgorithm, iv: bytes, size: int
    ) -> None:
        async def story(unit: CryptoUnit) -> None:
            token, material = tokens[algorithm.kind], KeyMaterial(bytes(range(size)))
            made = await unit.take_upload(place, token, upload(token, material, algorithm, iv))
            plainly = await unit.take(place, material)
            assert (made.material_id, made.bits) == (plainly.material_id, 8 * size)
            blob = (await unit.wrap(place, version(place, made), DEK, AAD)).blob
            assert (await unit.unwrap([(place, version(place, plainly))], blob, AAD)).dek == DEK
            await unit.close()

        self.run(story(self.unit(MASTER)))

    def test_one_token_imports_many_times(self, place: Binding, tokens: Tokens) -> None:
        async def story(unit: CryptoUnit) -> None:
            token = tokens[TokenKind.HYBRID]
            sent = upload(token, DEK, ImportAlgorithm.HYBRID, GCM_IV)
            first, second = [await unit.take_upload(place, token, sent) for _ in range(2)]
            assert first.material_id == second.material_id
            await unit.close()

        self.run(story(self.unit(MASTER)))

    @pytest.mark.parametrize("algorithm", ImportAlgorithm)
    def test_an_algorithm_that_does_not_fit_the_token_is_refused(
        self, place: Binding, tokens: Tokens, algorithm: ImportAlgorithm
    ) -> None:
        sent = upload(tokens[algorithm.kind], DEK, algorithm, GCM_IV)
        other = next(token for kind, token in tokens.items() if kind is not algorithm.kind)
        assert self.refusal(place, other, sent, Reason.INVALID_FIELD) == "encryptionAlgorithm"

    @pytest.mark.parametrize("algorithm", ImportAlgorithm)
    @pytest.mark.parametrize("spoil", ["flipped", "short", "long", "empty"])
    def test_a_payload_that_does_not_open_is_refused(
        self, place: Binding, tokens: Tokens, algorithm: ImportAlgorithm, spoil: str
    ) -> None:
        token = tokens[algorithm.kind]
        sent = upload(token, DEK, algorithm, GCM_IV)
        flipped = sent.payload[:-1] + bytes([sent.payload[-1] ^ 1])
        payload = {"flipped": flipped, "short": sent.payload[:-1], "long": flipped + b"x", "empty": b""}[
            spoil
        ]
        self.refusal(place, token, replace(sent, payload=payload), Reason.CIPHERTEXT)

    def test_a_payload_under_the_other_hash_is_refused(self, place: Binding, tokens: Tokens) -> None:
        token = tokens[TokenKind.RSA_4096]
        for sent_as, said in (
            (ImportAlgorithm.OAEP_SHA_256, ImportAlgorithm.OAEP_SHA_1),
            (ImportAlgorithm.OAEP_SHA_1, ImportAlgorithm.OAEP_SHA_256),
        ):
            sent = replace(upload(token, DEK, sent_as, GCM_IV), algorithm=said)
            self.refusal(place, token, sent, Reason.CIPHERTEXT)

    @pytest.mark.parametrize("algorithm", ImportAlgorithm)
    @pytest.mark.parametrize("size", [1, 15, 20, 33, 64])
    def test_material_of_another_size_is_refused(
        self, place: Binding, tokens: Tokens, algorithm: ImportAlgorithm, size: int
    ) -> None:
        token = tokens[algorithm.kind]
        sent = replace(
            upload(token, DEK, algorithm, GCM_IV),
            payload=encrypted(token, KeyMaterial(bytes(size)), algorithm),
        )
        assert self.refusal(place, token, sent, Reason.INVALID_FIELD) == "payload"

    @pytest.mark.parametrize("iv", [b"", bytes(11), bytes(13), bytes(24)], ids=len)
    def test_an_iv_of_another_length_is_refused(self, place: Binding, tokens: Tokens, iv: bytes) -> None:
        token = tokens[TokenKind.HYBRID]
        sent = replace(upload(token, DEK, ImportAlgorithm.HYBRID, GCM_IV), iv=iv)
        assert self.refusal(place, token, sent, Reason.INVALID_FIELD) == "iv"

    @pytest.mark.parametrize(("algorithm", "iv"), DIALECTS)
    def test_a_nonce_that_does_not_open_is_refused(
        self, place: Binding, tokens: Tokens, algorithm: ImportAlgorithm, iv: bytes
    ) -> None:
        token = tokens[algorithm.kind]
        sent = upload(token, DEK, algorithm, iv)
        for nonce in (b"", sent.encrypted_nonce[:-1], sent.encrypted_nonce + b"x"):
            self.refusal(place, token, replace(sent, encrypted_nonce=nonce), Reason.INCORRECT_NONCE_IV)

    @pytest.mark.parametrize(("algorithm", "iv"), DIALECTS)
    @pytest.mark.parametrize("nonce", [b"", bytes(11), bytes(12), bytes(13)], ids=len)
    def test_another_nonce_is_refused(
        self, place: Binding, tokens: Tokens, algorithm: ImportAlgorithm, iv: bytes, nonce: bytes
    ) -> None:
        token = tokens[algorithm.kind]
        sent = replace(upload(token, DEK, algorithm, iv), encrypted_nonce=nonces.encrypt(DEK, nonce, iv))
        self.refusal(place, token, sent, Reason.INCORRECT_NONCE)

    def test_a_nonce_encrypted_with_other_material_is_refused(self, place: Binding, tokens: Tokens) -> None:
        token = tokens[TokenKind.HYBRID]
        other = nonces.encrypt(KeyMaterial(bytes(32)), token.secret.nonce, GCM_IV)
        sent = replace(upload(token, DEK, ImportAlgorithm.HYBRID, GCM_IV), encrypted_nonce=other)
        self.refusal(place, token, sent, Reason.INCORRECT_NONCE_IV)

    @pytest.mark.parametrize("change", ["instance", "token", "private key", "master key"])
    def test_a_private_key_opens_for_its_own_token_only(
        self, place: Binding, tokens: Tokens, change: str
    ) -> None:
        token = tokens[TokenKind.HYBRID]
        sent = upload(token, DEK, ImportAlgorithm.HYBRID, GCM_IV)
        swapped = replace(
            token.secret, sealed_private_key=tokens[TokenKind.RSA_4096].secret.sealed_private_key
        )
        where = elsewhere(place, "instance") if change == "instance" else place
        asked = {"token": replace(token, id=random_uuid()), "private key": replace(token, secret=swapped)}

        async def story(unit: CryptoUnit) -> None:
            with pytest.raises(Tampered):
                await unit.take_upload(where, asked.get(change, token), sent)
            await unit.close()

        self.run(story(self.unit("another" if change == "master key" else MASTER)))
