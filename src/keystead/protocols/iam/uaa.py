"""The token door of Cloud Foundry, which old clients try first: it knows nobody, at once (TOK-20)."""

from typing import Final, NoReturn

from keystead.domain.actions import Action
from keystead.domain.errors import Refused, Unavailable
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.routes import Route
from keystead.protocols.http.visit import Visit, json_reply

_NAMES: Final = {400: "invalid_request", 401: "unauthorized"}


def fault(exchange: Exchange, phrase: str, error: Exception) -> Reply:  # noqa: ARG001 - the shape of a Fault
    """Answer *error* in the form of RFC 6749 section 5.2."""
    match error:
        case Refused():
            status = CODES[error.reason]
            return _reply(status, _NAMES.get(status, "invalid_request"), error.detail)
        case Unavailable():
            return _reply(503, "temporarily_unavailable", "Please try again")
        case _:
            return _reply(500, "server_error", "The request could not be completed")


async def refuse_token(visit: Visit) -> Reply:
    """``POST /oauth/token``."""
    return await visit.serve(_refuse)


def _refuse() -> NoReturn:
    raise Refused(Reason.UAA_CREDENTIALS, "Bad credentials")


def _reply(status: int, name: str, description: str) -> Reply:
    return json_reply(status, {"error": name, "error_description": description})


ROUTES: Final = (
    Route(
        method="POST",
        path="/oauth/token",
        action=Action.UAA_TOKEN,
        door=refuse_token,
        code=200,
        phrase="Token could not be issued",
        fault=fault,
    ),
)
