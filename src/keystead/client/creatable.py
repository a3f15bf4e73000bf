"""Looks whether ring and aliases of a new key can be had, before an import token is made for it.

As `rotatable` does, and for the same reason: a new import token replaces the one that is there.
"""

from collections.abc import Callable
from typing import Final

from keystead.client.answers import KeyBody
from keystead.client.errors import BadInput, RemoteError
from keystead.client.key_protect import KeyProtect, NewKey
from keystead.domain.ids import DEFAULT_RING

_GONE: Final = 410  # destroyed keys keep their aliases
_SAY_NOTHING: Final = frozenset({401, 403, 404, 405, 501})
"""Refusals that tell nothing of the key to come: not allowed, not there, not offered."""


def require_creatable(kms: KeyProtect, new: NewKey) -> None:
    """Raise `BadInput` where the server says that *new*'s ring is missing or that an alias is taken.

    What the caller may not ask is left to the server; `RemoteError` when it cannot be asked at all.
    """
    if new.ring not in {None, DEFAULT_RING}:
        rings = {ring.get("id") for ring in _asked(kms.rings)}
        # The whole list has the default ring; one without it shows a part.
        if DEFAULT_RING in rings and new.ring not in rings:
            raise BadInput(f"there is no key ring {new.ring}; check --ring")
    for alias in new.aliases:
        if _is_taken(kms, alias):
            raise BadInput(f"the alias {alias} is taken; choose another --alias")


def _is_taken(kms: KeyProtect, alias: str) -> bool:
    try:
        return bool(_asked(lambda: [kms.metadata(alias)]))
    except RemoteError as error:
        if error.status == _GONE:
            return True
        raise


def _asked(question: Callable[[], list[KeyBody]]) -> list[KeyBody]:
    try:
        return question()
    except RemoteError as error:
        if error.status in _SAY_NOTHING:
            return []
        raise
