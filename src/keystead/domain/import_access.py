"""Whether an instance lets keys be created, imported or rotated the way that was asked for.

Source: ``spec/kms-api.md`` section 2.9, the truth table of ``keyCreateImportAccess``; 2.8 for rotation.
"""

from keystead.domain.errors import Refused
from keystead.domain.policies import InstancePolicies, KeyCreateImportAccess, PolicyKind
from keystead.domain.reasons import Reason


def require_creation(
    policies: InstancePolicies | None, *, extractable: bool, imported: bool, by_token: bool
) -> None:
    """Raise `Refused` with ``IMPORT_ACCESS`` unless a key of this sort may be created.

    Args:
        policies: of the instance.
        extractable: True for a standard key.
        imported: its material is brought.
        by_token: that material is encrypted to an import token.
    """
    access = _access(policies)
    if access is None:
        return
    if imported:
        switch = access.import_standard_key if extractable else access.import_root_key
        allowed = switch and (not access.enforce_token or (by_token and not extractable))
    else:
        allowed = access.create_standard_key if extractable else access.create_root_key
    if not allowed:
        raise Refused(
            Reason.IMPORT_ACCESS, "KeyCreateImportAccess instance policy does not allow this action"
        )


def require_rotation(policies: InstancePolicies | None, *, imported: bool, by_token: bool) -> None:
    """Raise `Refused` with ``IMPORT_ACCESS`` unless a root key may get material this way (U42)."""
    require_creation(policies, extractable=False, imported=imported, by_token=by_token)


def _access(policies: InstancePolicies | None) -> KeyCreateImportAccess | None:
    policy = policies.enabled(PolicyKind.KEY_CREATE_IMPORT_ACCESS) if policies else None
    return None if policy is None else policy.access
