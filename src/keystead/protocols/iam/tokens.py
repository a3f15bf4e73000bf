"""Access tokens, and what verifies them. Source: ``spec/iam-and-provisioning.md`` 1.2 to 1.6."""

from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.peers import peer_of
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.iam.grants import GRANTS, command
from keystead.service.tokens import ReadIssuer, ReadTokenKeys


async def issue_token(visit: Visit) -> Reply:
    """``POST /identity/token`` and ``POST /oidc/token``."""
    token = await visit.serve(lambda: command(visit.exchange, peer_of(visit.address)))
    found = {
        "access_token": token.access_token.reveal().decode("ascii"),
        "refresh_token": token.refresh_token.reveal().decode("ascii"),
        "token_type": "Bearer",
        "expires_in": token.expires_in,
        "expiration": token.expiration,
        "scope": "ibm openid",
    }
    return json_reply(200, found, (b"transaction-id", visit.exchange.correlation_id.encode()))


async def token_keys(visit: Visit) -> Reply:
    """``GET /identity/keys``."""
    return Reply(200, await visit.serve(ReadTokenKeys), ((b"content-type", b"application/json"),))


async def discovery(visit: Visit) -> Reply:
    """``GET /identity/.well-known/openid-configuration`` (TOK-17).

    There is no page to log in at and nobody has a password; clients read those addresses all the same.
    """
    issuer = await visit.serve(ReadIssuer)
    here = f"{issuer.endpoint}/identity"
    found = {
        "issuer": issuer.name,
        "authorization_endpoint": f"{here}/authorize",
        "token_endpoint": f"{here}/token",
        "jwks_uri": f"{here}/keys",
        "passcode_endpoint": f"{here}/passcode",
        "userinfo_endpoint": f"{here}/userinfo",
        "grant_types_supported": list(GRANTS),
        "response_types_supported": ["cloud_iam"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    return json_reply(200, found)
