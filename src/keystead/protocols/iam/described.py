"""What the API document says of the token door. Source: ``spec/iam-and-provisioning.md`` 1.2 to 1.6."""

from http import HTTPStatus
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.reasons import CODES, Reason
from keystead.protocols.iam.forms import TOKEN_CHARACTERS
from keystead.protocols.iam.grants import (
    APIKEY_CHARACTERS,
    APIKEY_GRANT,
    GRANTS,
    PASSCODE_CHARACTERS,
    PASSCODE_GRANT,
    REFRESH_GRANT,
)
from keystead.protocols.iam.routes import ROUTES
from keystead.protocols.openapi.operation import FORM, Answer, Body, Header, Operation, Section
from keystead.protocols.openapi.shapes import (
    COUNT,
    UUID,
    Schema,
    any_of,
    choice,
    closed,
    listed,
    only,
    opened,
    ref,
    text,
)
from keystead.service.assuming import ASSUME, AUTHORIZED, WORKLOAD

_TAG: Final = "Access tokens"
_TRANSACTION: Final = {"Transaction-Id": Header(says="The same as Correlation-Id.")}
_WAIT: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_WITHOUT: Final = {500: "BXNIM0500E", 503: "BXNIM0999E"}
_A_TOKEN: Final = text(range(1, TOKEN_CHARACTERS + 1))
_SCHEMAS: Final[dict[str, Schema]] = {
    "NewToken": any_of(
        opened(
            {
                "grant_type": only(APIKEY_GRANT),
                "apikey": text(range(1, APIKEY_CHARACTERS + 1), examples=["an-api-key"]),
            }
        ),
        opened({"grant_type": only(REFRESH_GRANT), "refresh_token": _A_TOKEN}),
        opened(
            {"grant_type": only(PASSCODE_GRANT), "passcode": text(range(1, PASSCODE_CHARACTERS + 1))},
        ),
        opened({"grant_type": only(ASSUME), "access_token": _A_TOKEN}),
        opened({"grant_type": only(WORKLOAD), "cr_token": _A_TOKEN}),
        opened({"grant_type": only(AUTHORIZED), "access_token": _A_TOKEN, "desired_iam_id": text()}),
    ),
    "Token": closed(
        {
            "access_token": text(),
            "refresh_token": text(),
            "token_type": only("Bearer"),
            "expires_in": COUNT,
            "expiration": COUNT,
            "scope": only("ibm openid"),
        }
    ),
    "TokenKeys": closed(
        {
            "keys": listed(
                closed(
                    {
                        "kty": only("RSA"),
                        "n": text(),
                        "e": text(),
                        "alg": only("RS256"),
                        "use": only("sig"),
                        "kid": UUID,
                    }
                )
            )
        }
    ),
    "TokenIssuer": closed(
        {
            "issuer": text(),
            "authorization_endpoint": text(),
            "token_endpoint": text(),
            "jwks_uri": text(),
            "passcode_endpoint": text(),
            "userinfo_endpoint": text(),
            "grant_types_supported": listed(choice(GRANTS)),
            "response_types_supported": listed(only("cloud_iam")),
            "id_token_signing_alg_values_supported": listed(only("RS256")),
        }
    ),
    "TokenError": closed(
        {
            "errorCode": text(pattern="^BXNIM"),
            "errorMessage": text(),
            "context": closed({"requestId": UUID, "requestType": text(), "userAgent": text(), "url": text()}),
        }
    ),
}
_OPERATIONS: Final = {
    Action.TOKEN_ISSUE: Operation(
        tag=_TAG,
        summary="Exchange an API key, a token or a passcode for an access token",
        body=Body(schema=ref("NewToken"), media=FORM),
        answers={200: Answer(says="The token.", schema=ref("Token"), headers=_TRANSACTION)},
        refuses=tuple(reason for reason in CODES if reason.name.startswith("IAM_")),
    ),
    Action.TOKEN_KEYS: Operation(
        tag=_TAG,
        summary="Read the keys that verify access tokens",
        answers={200: Answer(says="A JSON Web Key Set.", schema=ref("TokenKeys"))},
        refuses=(Reason.IAM_GRANT_UNKNOWN,),
    ),
    Action.TOKEN_DISCOVERY: Operation(
        tag=_TAG,
        summary="Read where access tokens are issued",
        note="There are no pages to log in at, and nobody has a password.",
        answers={200: Answer(says="An OpenID configuration.", schema=ref("TokenIssuer"))},
        refuses=(Reason.IAM_GRANT_UNKNOWN,),
    ),
}


def section() -> Section:
    """Return this door's section of the document."""
    return Section(
        routes=ROUTES,
        operations=_OPERATIONS,
        schemas=_SCHEMAS,
        refusal=_refusal,
        security=({}, {"client": []}),
    )


def _refusal(status: int, reasons: tuple[Reason, ...]) -> Answer:
    codes = sorted(map(str, reasons)) or [_WITHOUT[status]]
    schema: Schema = {**ref("TokenError"), "properties": {"errorCode": {"enum": codes}}}
    headers = {"Retry-After": Header(says="Seconds to wait.")} if status in _WAIT else {}
    return Answer(says=", ".join(codes), schema=schema, headers={**_TRANSACTION, **headers})
