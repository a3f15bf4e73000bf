"""Create and read an instance's import token."""

from dataclasses import dataclass
from datetime import timedelta

from keystead.domain.errors import Refused
from keystead.domain.import_tokens import ImportToken, TokenKind
from keystead.domain.moments import moment
from keystead.domain.reasons import Reason
from keystead.service.case import Case, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateImportToken:
    """A fresh token; the one before it stops working at once."""

    seconds: int
    retrievals: int
    kind: TokenKind

    async def run(self, case: Case, tools: Tools) -> ImportToken:
        """Let the unit make the key pair and the nonce."""
        token_id = tools.new_id()
        token = ImportToken(
            instance=case.instance.id,
            id=token_id,
            secret=await tools.unit.make_token(case.instance.id, token_id, self.kind),
            created_at=case.now,
            expires_at=case.now + timedelta(seconds=self.seconds),
            max_retrievals=self.retrievals,
            remaining=self.retrievals,
        )
        case.change.put_token(token, was=None)
        case.response.update(expirationDate=moment(token.expires_at), maxAllowedRetrievals=self.retrievals)
        return token


@dataclass(frozen=True, slots=True)
class ReadImportToken:
    """The public key and the nonce; each reading is counted."""

    async def run(self, case: Case, tools: Tools) -> ImportToken:
        """Count the retrieval and show the token."""
        token = await tools.store.import_token(case.instance.id)
        if token is None:
            raise Refused(Reason.IMPORT_TOKEN_NOT_FOUND, "No import token exists for this instance")
        after = token.retrieved(case.now)
        case.change.put_token(after, was=token)
        case.response.update(maxAllowedRetrievals=after.max_retrievals, remainingRetrievals=after.remaining)
        return after
