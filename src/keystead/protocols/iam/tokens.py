"""Tokens for API keys and refresh tokens. Source: ``spec/iam-and-provisioning.md`` 1.2 to 1.6."""

import base64
from typing import Final
from urllib.parse import parse_qsl

from keystead.domain.errors import Refused
from keystead.domain.material import KeyMaterial
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.peers import peer_of
from keystead.protocols.http.visit import Visit, json_reply
from keystead.service.tokens import IssueToken, ReadIssuer, ReadTokenKeys, RenewToken

APIKEY_GRANT: Final = "urn:ibm:params:oauth:grant-type:apikey"
REFRESH_GRANT: Final = "refresh_token"
_FORM_FIELDS: Final = 50
APIKEY_CHARACTERS: Final = 1024
REFRESH_CHARACTERS: Final = 8192
_NO_CLIENT: Final = "default"
_CLIENTS: Final = {"bx:bx": "bx"}  # what IBM's older clients send as HTTP Basic credentials (TOK-5)


async def issue_token(visit: Visit) -> Reply:
    """``POST /identity/token`` and ``POST /oidc/token``."""
    token = await visit.serve(lambda: _command(visit.exchange, peer_of(visit.address)))
    answer = {
        "access_token": token.access_token.reveal().decode("ascii"),
        "refresh_token": token.refresh_token.reveal().decode("ascii"),
        "token_type": "Bearer",
        "expires_in": token.expires_in,
        "expiration": token.expiration,
        "scope": "ibm openid",
    }
    return json_reply(200, answer, (b"transaction-id", visit.exchange.correlation_id.encode()))


async def token_keys(visit: Visit) -> Reply:
    """``GET /identity/keys``."""
    return Reply(200, await visit.serve(ReadTokenKeys), ((b"content-type", b"application/json"),))


async def discovery(visit: Visit) -> Reply:
    """``GET /identity/.well-known/openid-configuration`` (TOK-17).

    Nobody can log in with a password or a one-time code here; clients read those addresses all the same.
    """
    issuer = await visit.serve(ReadIssuer)
    here = f"{issuer.endpoint}/identity"
    answer = {
        "issuer": issuer.name,
        "authorization_endpoint": f"{here}/authorize",
        "token_endpoint": f"{here}/token",
        "jwks_uri": f"{here}/keys",
        "passcode_endpoint": f"{here}/passcode",
        "userinfo_endpoint": f"{here}/userinfo",
        "grant_types_supported": [APIKEY_GRANT, REFRESH_GRANT],
        "response_types_supported": ["cloud_iam"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    return json_reply(200, answer)


def _command(exchange: Exchange, peer: str) -> IssueToken | RenewToken:
    form = _form(exchange)
    client = _client(exchange.header(b"authorization"))
    grant = form.get("grant_type")
    if grant == REFRESH_GRANT:
        token = _needed(form, "refresh_token")
        if len(token) > REFRESH_CHARACTERS:
            raise Refused(Reason.IAM_REFRESH_TOKEN, "The refresh token is not valid.")
        return RenewToken(refresh_token=KeyMaterial(token.encode()), client_id=client, peer=peer)
    if grant != APIKEY_GRANT:
        raise Refused(Reason.IAM_GRANT_UNKNOWN, "The grant_type is missing or not supported.")
    apikey = _needed(form, "apikey")
    if len(apikey) > APIKEY_CHARACTERS:
        raise Refused(Reason.IAM_KEY_NOT_FOUND, "Provided API key could not be found.")
    return IssueToken(apikey=KeyMaterial(apikey.encode()), client_id=client, peer=peer)


def _needed(form: dict[str, str], name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise Refused(Reason.IAM_PARAMETER_MISSING, f"Property missing or empty: {name}.")
    return value


def _form(exchange: Exchange) -> dict[str, str]:
    try:
        text = exchange.content().decode("ascii")
        return dict(parse_qsl(text, max_num_fields=_FORM_FIELDS, keep_blank_values=True))
    except ValueError:
        raise Refused(Reason.IAM_GRANT_UNKNOWN, "The body is not a form that can be read.") from None


def _client(authorization: str | None) -> str:
    """Return the client id; no credentials and ``bx:bx`` are fine, anything else is a wrong client."""
    if authorization is None:
        return _NO_CLIENT
    scheme, _, credentials = authorization.partition(" ")
    try:
        pair = base64.b64decode(credentials, validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:  # not ASCII, not base64, not UTF-8
        pair = ""
    if pair not in _CLIENTS:
        raise Refused(Reason.IAM_CLIENT, "The client credentials are not known.")
    return _CLIENTS[pair]
