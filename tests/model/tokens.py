"""Import tokens: made, retrieved, and used to bring material, in the right way and in wrong ones."""

import os
from datetime import timedelta
from typing import Final

from conformance.imports import (
    FORMS,
    HYBRID,
    KEY_PROTECT,
    Challenge,
    Form,
    b64,
    challenge,
    encrypted,
    fields,
    proof,
)
from model.events import Events
from model.machine import NOBODY, PEOPLE, TENANTS, may, require
from model.tenant import EXPIRED, INVALID, Brought, ModelToken
from model.walk import step

WAYS: Final = (
    "plain",
    "plain",
    "plain",
    "token",
    "token",
    "other nonce",
    "unopened nonce",
    "foreign token",
    "other algorithm",
    "other payload",
)
"""How material is brought; to one's own token but for the first and the last."""
KINDS: Final = tuple(form.algorithm for form in FORMS)
_FORMS: Final = {form.algorithm: form for form in FORMS}
_SECONDS: Final = (300, 600, 3600, 86_400, 86_400, 299)
_RETRIEVALS: Final = (1, 2, 2, 500, 501)


class Tokens(Events):
    """Steps with import tokens. Source: ``spec/kms-api.md`` section 4."""

    @step(2, tenant=TENANTS, who=PEOPLE, seconds=_SECONDS, retrievals=_RETRIEVALS, kind=KINDS)
    def make_token(self, tenant: int, who: str, seconds: int, retrievals: int, kind: str) -> None:
        form = _FORMS[kind]
        limits = {"expiration": seconds, "maxAllowedRetrievals": retrievals}
        answer = self.ask(tenant, who, "POST", "/import_token", {**form.token_body, **limits})
        if not may(who, "token"):
            require(answer, NOBODY)
        elif seconds < 300 or retrievals > 500:
            require(answer, INVALID)
        else:
            require(answer, (200, None))
            assert answer.json["remainingRetrievals"] == retrievals
            expires = self.now + timedelta(seconds=seconds)
            token = ModelToken(expires, retrievals, form, self._public_key(tenant))
            assert self.last_token is None or token.public_key != self.last_token.public_key
            self.models[tenant].token = self.last_token = token

    def _public_key(self, tenant: int) -> bytes:
        store, instance = self.bench.home.service.store, self.tenants[tenant]["owner"].instance.id
        token = self.bench.runner.run(store.import_token(instance))
        assert token is not None
        return token.secret.public_key_pem

    @step(3, tenant=TENANTS, who=PEOPLE)
    def read_token(self, tenant: int, who: str) -> None:
        token = self.models[tenant].token
        answer = self.ask(tenant, who, "GET", "/import_token")
        if not may(who, "token"):
            require(answer, NOBODY)
        elif token is None:
            require(answer, (404, "IMPORT_TOKEN_NOT_FOUND_ERR"))
        elif token.retrieval(self.now) is not None:
            require(answer, EXPIRED)
        else:
            require(answer, (200, None))
            token.remaining -= 1
            assert answer.json["remainingRetrievals"] == token.remaining
            known = challenge(answer)
            assert known.pem == token.public_key
            self.seen[tenant] = token, known

    def bring(self, tenant: int, way: str | None) -> Brought:
        """Return material as it is brought in one of the `WAYS`; plainly where no token was ever seen."""
        if way is None:
            return Brought(None, {})
        seen = self.seen.get(1 - tenant if way == "foreign token" else tenant)
        if way == "plain" or seen is None:
            return Brought("plain", {"payload": b64(os.urandom(32))})
        token, known = seen
        return Brought(way, _encrypted(known, way, token.form), token)


def _encrypted(known: Challenge, way: str, form: Form) -> dict[str, object]:
    material, iv = os.urandom(32), os.urandom(form.iv_octets)
    match way:
        case "other nonce":
            nonce = b64(proof(material, iv, bytes(12)))
            return fields(known, form, material, iv=b64(iv), encryptedNonce=nonce)
        case "unopened nonce":
            return fields(known, form, material, encryptedNonce=b64(bytes(28)))
        case "other payload":
            *octets, last = encrypted(known.pem, form, material)
            return fields(known, form, material, payload=b64(bytes([*octets, last ^ 1])))
        case "other algorithm":
            other = KEY_PROTECT if form is HYBRID else HYBRID
            return fields(known, form, material, encryptionAlgorithm=other.algorithm)
        case _:
            return fields(known, form, material)
