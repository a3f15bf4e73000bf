"""Import tokens: made, retrieved, and used to bring material, in the right way and in wrong ones."""

import os
from datetime import timedelta
from typing import Final

from conformance.imports import HYBRID, Challenge, b64, challenge, fields, proof
from model.machine import NOBODY, PEOPLE, TENANTS, Base, may, require
from model.tenant import EXPIRED, INVALID, Brought, ModelToken
from model.walk import step

WAYS: Final = ("plain", "plain", "plain", "token", "token", "other nonce", "unopened nonce", "foreign token")
"""How material is brought; to one's own token but for the first and the last."""
_SECONDS: Final = (300, 600, 3600, 86_400, 86_400, 299)
_RETRIEVALS: Final = (1, 2, 2, 500, 501)


class Tokens(Base):
    """Steps with import tokens. Source: ``spec/kms-api.md`` section 4."""

    @step(2, tenant=TENANTS, who=PEOPLE, seconds=_SECONDS, retrievals=_RETRIEVALS)
    def make_token(self, tenant: int, who: str, seconds: int, retrievals: int) -> None:
        limits = {"expiration": seconds, "maxAllowedRetrievals": retrievals}
        answer = self.ask(tenant, who, "POST", "/import_token", {**HYBRID.token_body, **limits})
        if not may(who, "token"):
            require(answer, NOBODY)
        elif seconds < 300 or retrievals > 500:
            require(answer, INVALID)
        else:
            require(answer, (200, None))
            assert answer.json["remainingRetrievals"] == retrievals
            self.models[tenant].token = ModelToken(self.now + timedelta(seconds=seconds), retrievals)

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
            self.seen[tenant] = token, challenge(answer)

    def bring(self, tenant: int, way: str | None) -> Brought:
        """Return material as it is brought in one of the `WAYS`; plainly where no token was ever seen."""
        if way is None:
            return Brought(None, {})
        seen = self.seen.get(1 - tenant if way == "foreign token" else tenant)
        if way == "plain" or seen is None:
            return Brought("plain", {"payload": b64(os.urandom(32))})
        token, known = seen
        return Brought(way, _encrypted(known, way), token)


def _encrypted(known: Challenge, way: str) -> dict[str, object]:
    material, iv = os.urandom(32), os.urandom(12)
    changes = {
        "other nonce": {"iv": b64(iv), "encryptedNonce": b64(proof(material, iv, bytes(12)))},
        "unopened nonce": {"encryptedNonce": b64(bytes(28))},
    }
    return fields(known, HYBRID, material, **changes.get(way, {}))
