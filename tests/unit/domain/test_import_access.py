"""The truth table of ``keyCreateImportAccess`` as kms-api.md section 2.9 writes it, over all switches."""

import itertools

import pytest

from keystead.domain.errors import Refused
from keystead.domain.import_access import require_creation, require_rotation
from keystead.domain.policies import (
    InstancePolicies,
    InstancePolicy,
    KeyCreateImportAccess,
    PolicyKind,
    Stamp,
)
from keystead.domain.reasons import Reason
from unit.domain.records import INSTANCE, ROOT, T0

STAMP = Stamp(created_at=T0, created_by=ROOT.created_by, updated_at=T0, updated_by=ROOT.created_by)
SWITCHES = list(itertools.product([False, True], repeat=5))
SORTS = list(itertools.product([False, True], repeat=3))


def policies(access: KeyCreateImportAccess, *, enabled: bool = True) -> InstancePolicies:
    policy = InstancePolicy(
        kind=PolicyKind.KEY_CREATE_IMPORT_ACCESS, enabled=enabled, stamp=STAMP, access=access
    )
    return InstancePolicies(instance=INSTANCE, policies=(policy,))


def denied(access: KeyCreateImportAccess, *, extractable: bool, imported: bool, by_token: bool) -> bool:
    """Return what the table says, row by row."""
    match (extractable, imported):
        case (False, False):
            return not access.create_root_key
        case (True, False):
            return not access.create_standard_key
        case (False, True):
            return not access.import_root_key or (access.enforce_token and not by_token)
        case _:  # standard keys cannot use tokens
            return not access.import_standard_key or access.enforce_token


@pytest.mark.parametrize("switches", SWITCHES)
def test_the_whole_table(switches: tuple[bool, bool, bool, bool, bool]) -> None:
    names = ("create_root_key", "create_standard_key", "import_root_key", "import_standard_key")
    access = KeyCreateImportAccess(**dict(zip((*names, "enforce_token"), switches, strict=True)))
    for extractable, imported, by_token in SORTS:
        sort = {"extractable": extractable, "imported": imported, "by_token": by_token}
        require_creation(None, **sort)
        require_creation(policies(access, enabled=False), **sort)
        if not denied(access, **sort):
            require_creation(policies(access), **sort)
            continue
        with pytest.raises(Refused) as caught:
            require_creation(policies(access), **sort)
        assert caught.value.reason is Reason.IMPORT_ACCESS


def test_a_rotation_is_judged_as_the_creation_of_a_root_key() -> None:
    only_root = policies(KeyCreateImportAccess(create_standard_key=False, import_standard_key=False))
    require_rotation(only_root, imported=True, by_token=False)
    require_rotation(only_root, imported=False, by_token=False)
    with pytest.raises(Refused):
        require_rotation(policies(KeyCreateImportAccess(import_root_key=False)), imported=True, by_token=True)
