"""Every route of every door, and how what matches none of them is answered."""

from typing import Any, Final

from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.iam.context_errors import ROOTS as CONTEXT_ROOTS
from keystead.protocols.iam.context_errors import fault as context_fault
from keystead.protocols.iam.context_routes import ROUTES as CONTEXT_ROUTES
from keystead.protocols.iam.identity_errors import ROOTS as IDENTITY_ROOTS
from keystead.protocols.iam.identity_errors import fault as identity_fault
from keystead.protocols.iam.identity_routes import ROUTES as IDENTITY_ROUTES
from keystead.protocols.iam.policy_errors import ROOTS as POLICY_ROOTS
from keystead.protocols.iam.policy_errors import fault as policy_fault
from keystead.protocols.iam.policy_routes import ROUTES as POLICY_ROUTES
from keystead.protocols.iam.routes import ROUTES as IAM_ROUTES
from keystead.protocols.iam.uaa import ROUTES as UAA_ROUTES
from keystead.protocols.openapi.routes import reference
from keystead.protocols.provisioning.answers import ROOTS as PROVISIONING_ROOTS
from keystead.protocols.provisioning.answers import fault as provisioning_fault
from keystead.protocols.provisioning.routes import ROUTES as PROVISIONING_ROUTES
from keystead.protocols.rest.errors import fault
from keystead.protocols.rest.routes import ROUTES as REST_ROUTES


def api_document() -> dict[str, Any]:
    """Return the OpenAPI document of every route in `DESCRIBED`."""
    from keystead.protocols.openapi.document import document  # noqa: PLC0415 - few processes are ever asked
    from keystead.protocols.sections import sections  # noqa: PLC0415

    return document(sections(REFERENCE))


REFERENCE: Final = reference(api_document, fault)
"""The routes that serve the document."""
DESCRIBED: Final = (*REST_ROUTES, *IAM_ROUTES, *REFERENCE)
"""The routes that the document is about: those of the key API and what it needs."""
ROUTES: Final = (
    *DESCRIBED,
    *PROVISIONING_ROUTES,
    *IDENTITY_ROUTES,
    *POLICY_ROUTES,
    *CONTEXT_ROUTES,
    *UAA_ROUTES,
)
"""Every route that a server has in production."""


def unrouted(exchange: Exchange, phrase: str, error: Exception) -> Reply:
    """Answer what matches no route, in the form of the door that it was for."""
    if exchange.path.startswith(IDENTITY_ROOTS):
        return identity_fault(exchange, phrase, error)
    if exchange.path.startswith(POLICY_ROOTS):
        return policy_fault(exchange, phrase, error)
    if exchange.path.startswith(CONTEXT_ROOTS):
        return context_fault(exchange, phrase, error)
    ours = exchange.path.startswith(PROVISIONING_ROOTS)
    return (provisioning_fault if ours else fault)(exchange, phrase, error)
