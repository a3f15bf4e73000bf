"""Says what a request is about that matches no route: its path tells.

Source: ``spec/iam-and-provisioning.md`` section 6.2, the row of what matched no operation.
"""

from types import MappingProxyType
from typing import Final

from keystead.domain.permissions import strays
from keystead.domain.permissions.row import Permission

_BASE: Final = "/api/v2/"
_FIRST: Final = MappingProxyType(
    {
        "key_rings": strays.RINGS,
        "import_token": strays.IMPORT_TOKENS,
        "instance": strays.INSTANCE_POLICIES,
        "kmip_adapters": strays.KMIP_MANAGEMENT,
    }
)
_UNDER_KEYS: Final = MappingProxyType(
    {
        "aliases": strays.ALIASES,
        "policies": strays.POLICIES,
        "registrations": strays.REGISTRATIONS,
    }
)
_DEPTH: Final = 3  # as in keys/{key}/policies


def stray(path: str) -> Permission | None:
    """Return the row of what *path* is about; ``None`` where it is no part of the key API."""
    if not path.startswith(_BASE):
        return None
    first, *under = path.removeprefix(_BASE).split("/", _DEPTH)[:_DEPTH]
    if first == "keys":
        return next((_UNDER_KEYS[part] for part in under if part in _UNDER_KEYS), strays.SECRETS)
    return _FIRST.get(first)
