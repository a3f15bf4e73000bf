"""The route table of the token door. Source: ``spec/iam-and-provisioning.md`` section 1."""

from typing import Final

from keystead.domain.actions import Action
from keystead.protocols.http.routes import Route
from keystead.protocols.iam.errors import fault
from keystead.protocols.iam.tokens import discovery, issue_token, token_keys

_ISSUE: Final = "Token could not be issued"

ROUTES: Final = (
    *(
        Route(
            method="POST",
            path=path,
            action=Action.TOKEN_ISSUE,
            door=issue_token,
            code=200,
            phrase=_ISSUE,
            fault=fault,
        )
        for path in ("/identity/token", "/oidc/token")
    ),
    Route(
        method="GET",
        path="/identity/keys",
        action=Action.TOKEN_KEYS,
        door=token_keys,
        code=200,
        phrase="Keys could not be read",
        fault=fault,
    ),
    Route(
        method="GET",
        path="/identity/.well-known/openid-configuration",
        action=Action.TOKEN_DISCOVERY,
        door=discovery,
        code=200,
        phrase="Configuration could not be read",
        fault=fault,
    ),
)
