"""What somebody who is logged in asks about tokens. Source: ``spec/iam-and-provisioning.md`` 1.1 (TOK-3)."""

from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.forms import TOKEN_CHARACTERS, Form
from keystead.protocols.iam.identity_answers import answer
from keystead.service.passcodes import CreatePasscode
from keystead.service.tokens import Introspect


async def create_passcode(visit: Visit) -> Reply:
    """``POST /identity/passcode``."""
    text = await visit.serve(lambda: CreatePasscode(KeyMaterial(_bearer(visit.exchange).encode())))
    return answer(visit.exchange, 200, {"passcode": text.reveal().decode("ascii")})


async def introspect(visit: Visit) -> Reply:
    """``POST /identity/introspect``, in the form of RFC 7662."""
    claims = await visit.serve(lambda: _introspection(visit.exchange))
    return answer(visit.exchange, 200, {"active": False} if claims is None else {**claims, "active": True})


def _bearer(exchange: Exchange) -> str:
    """Return the token of the header, which was good enough to come here."""
    return (exchange.header(b"authorization") or "").partition(" ")[2].strip(" ")


def _introspection(exchange: Exchange) -> Introspect:
    unknown = Refused(Reason.IAM_PARAMETER_MISSING, f"A token has at most {TOKEN_CHARACTERS} characters.")
    return Introspect(Form(exchange).secret("token", TOKEN_CHARACTERS, unknown))
