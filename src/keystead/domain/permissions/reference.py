"""Permissions for the API's own description."""

from typing import Final

from keystead.domain.actions import Action, Scope
from keystead.domain.permissions.row import ANYBODY, Permission

OF_REFERENCE: Final = {
    # Public, for both say the same to everybody: what every copy of this program can do, and nothing of
    # this server, its instances or its keys. Tools fetch the document before they have a token.
    Action.API_DOCUMENT_READ: Permission(
        ANYBODY, Scope.PUBLIC, "keystead.api-document.read", "normal", "read API document"
    ),
    Action.API_REFERENCE_READ: Permission(
        ANYBODY, Scope.PUBLIC, "keystead.api-reference.read", "normal", "read API reference"
    ),
}
