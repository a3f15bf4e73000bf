"""One-time codes: a user who is logged in has one made, and logs in with it elsewhere.

Source: ``spec/iam-and-provisioning.md`` sections 1.1 (TOK-3) and 1.2.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from keystead.domain.errors import Refused
from keystead.domain.identities import IssuedToken, Passcode
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.service.case import Case, Tools
from keystead.service.tokens import noted, owner

LIFETIME: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CreatePasscode:
    """Make a code for the caller; an older one of his is worth nothing any more."""

    token: KeyMaterial  # the one that he comes with

    async def run(self, case: Case, tools: Tools) -> KeyMaterial:
        """Make it, for a user who speaks for himself; its text is shown this once."""
        if case.caller.kind != "user":
            raise Refused(Reason.IDENTITY_FORBIDDEN, "One-time codes are for users.")
        me = await tools.tokens.vouch(self.token)
        text, digest = tools.tokens.new_passcode()
        was = await tools.store.passcode_of(me.iam_id)
        new = Passcode(
            iam_id=me.iam_id,
            account=me.account,
            digest=digest,
            ends=case.now + LIFETIME,
            until=me.until,
            api_key=me.api_key,
            vouch=me.vouch,
            revision=1 if was is None else was.revision + 1,
        )
        case.change.put(new, was=was)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueForPasscode:
    """An access token for whom a code was made, once."""

    passcode: KeyMaterial
    client_id: str
    peer: str  # who asks, as far as the network tells

    async def run(self, case: Case, tools: Tools) -> IssuedToken:
        """Use the code up and sign; of several who come with it at once one alone gets a token."""
        with tools.limits.guessing(self.peer, case.now):
            code = await tools.store.passcode(tools.tokens.passcode_digest(self.passcode))
            if code is None or case.now >= code.ends:
                raise _no_such_code()
        try:
            token = await tools.tokens.issue_for_passcode(code, self.client_id)
        except Refused:
            raise _no_such_code() from None
        case.change.remove(code)
        return noted(token, owner(token, "token"), case)


def _no_such_code() -> Refused:
    return Refused(Reason.IAM_PASSCODE, "The passcode is not valid, was used, or has expired.")
