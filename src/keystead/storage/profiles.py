"""What holds for trusted profiles whatever else is written at the same time, in every store."""

from collections.abc import Iterable

from keystead.domain.identities import MOST_PROFILES, Identity
from keystead.storage.answers import overtaken


def require_profile_place(everybody: Iterable[Identity], new: Identity) -> None:
    """Raise `Conflict` where *new* is one profile more than there may be, or has another's name.

    Args:
        everybody: all that there will be, *new* among them.
        new: the profile that was written.
    """
    names = [it.display_name for it in everybody if (it.account, it.kind) == (new.account, "profile")]
    if len(names) > MOST_PROFILES or names.count(new.display_name) > 1:
        raise overtaken()
