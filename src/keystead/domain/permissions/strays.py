"""What the audit log calls requests that match no operation, by what they are about.

Nobody is judged by these rows, and nothing is done. Source: ``spec/iam-and-provisioning.md`` section 6.2.
"""

from typing import Final

from keystead.domain.actions import Scope
from keystead.domain.permissions.row import ANYBODY, Permission


def _stray(event: str, what: str) -> Permission:
    return Permission(ANYBODY, Scope.INSTANCE, f"kms.{event}", "normal", f"ask for no operation on {what}")


SECRETS: Final = _stray("secrets.default", "secrets")
ALIASES: Final = _stray("secrets-alias.request", "aliases")
RINGS: Final = _stray("key-rings.request", "key rings")
POLICIES: Final = _stray("policies.default", "policies of secrets")
REGISTRATIONS: Final = _stray("registrations.default", "registrations")
IMPORT_TOKENS: Final = _stray("import-token.request", "import tokens")
INSTANCE_POLICIES: Final = _stray("instance-policies.request", "instance policies")
KMIP_MANAGEMENT: Final = _stray("kmip-management.default", "KMIP adapters")
