"""Cloud resource names of others' resources, and patterns over them.

Source: ``spec/kms-api.md`` section 2.14; ``spec/iam-and-provisioning.md`` section 8.2.
"""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from keystead.domain.errors import bad_field, bad_query
from keystead.domain.ids import AccountId

SEGMENTS: Final = 10
MAX_CHARACTERS: Final = 512
_SERVICE, _SCOPE, _INSTANCE = 4, 6, 7
_ACCOUNT: Final = "a/"
_OWNED: Final = (_SCOPE, _INSTANCE, 8, 9)
_FIXED: Final = 8  # segments without wildcards where a pattern searches a whole instance


@dataclass(frozen=True, slots=True)
class ResourceCrn:
    """The name of a resource that a key may protect: ten segments, at least down to a service instance."""

    text: str

    @classmethod
    def parse(cls, text: str, field: str) -> "ResourceCrn":
        """Read *text*, given as *field*; `Refused` with ``INVALID_FIELD``."""
        parts = text.split(":")
        whole = len(parts) == SEGMENTS and parts[0] == "crn" and parts[_SERVICE] and parts[_INSTANCE]
        if not whole or len(text) > MAX_CHARACTERS or not text.isprintable() or "*" in text:
            raise bad_field(field, "the CRN of a resource: ten segments, down to a service instance")
        return cls(text)

    def belongs_to(self, service: str) -> bool:
        """Tell whether *service*, a CRN of a service, an instance or a resource of it, owns this resource."""
        mine, theirs = self.text.split(":"), service.split(":")
        if len(theirs) != SEGMENTS or mine[_SERVICE] != theirs[_SERVICE]:
            return False
        return all(theirs[at] in ("", mine[at]) for at in _OWNED)


def is_part(crn: str, service: str) -> bool:
    """Tell whether *crn* says what *service* says, which is a CRN as well, and maybe more."""
    mine, theirs = crn.split(":"), service.split(":")
    if len(mine) != SEGMENTS or len(theirs) != SEGMENTS:
        return False
    return all(wanted in ("", found) for found, wanted in zip(mine, theirs, strict=True))


def service_of(crn: str) -> str:
    """Return the name of the service whose resource *crn* is."""
    return crn.split(":")[_SERVICE]


def of_account(service: str, account: AccountId) -> str:
    """Return the CRN of all that *account* has in *service*, which has no instances."""
    return f"crn:v1:bluemix:public:{service}::{_ACCOUNT}{account}:::"


def account_of(crn: str) -> str | None:
    """Return the id of the account in *crn*; ``None`` where it names none."""
    parts = crn.split(":")
    if len(parts) != SEGMENTS or not parts[_SCOPE].startswith(_ACCOUNT):
        return None
    return parts[_SCOPE].removeprefix(_ACCOUNT)


def service_instance_in(crn: str) -> str:
    """Return the id of the service instance in *crn*, which has all segments; empty where it names none."""
    return crn.split(":")[_INSTANCE]


def service_instance_of(crn: str) -> str:
    """Return *crn* down to its service instance, which all resources of one owner share."""
    return ":".join(crn.split(":")[: _INSTANCE + 1])


@dataclass(frozen=True, slots=True)
class CrnPattern:
    """Matches CRNs segment by segment; ``*`` stands for anything within one."""

    segments: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, name: str, *, whole_instance: bool) -> "CrnPattern":
        """Read *text*, given as the query parameter *name*; `Refused` with ``INVALID_QUERY_PARAM``."""
        segments = tuple(text.split(":"))
        if len(segments) > SEGMENTS or len(text) > MAX_CHARACTERS or segments[0] != "crn":
            raise bad_query(name, f"a CRN, or the beginning of one, of at most {MAX_CHARACTERS} characters")
        if whole_instance and any("*" in segment for segment in segments[:_FIXED]):
            raise bad_query(name, f"a CRN without wildcards in its first {_FIXED} segments")
        return cls(segments)

    def matches(self, crn: str) -> bool:
        """Tell whether *crn* fits; where segments were left out, the last one is a beginning."""
        last = len(self.segments) - 1
        cut = len(self.segments) < SEGMENTS
        for at, (wanted, found) in enumerate(zip_longest(self.segments, crn.split(":"))):
            if wanted is None:
                return cut
            if found is None or not _fits(wanted + "*" if cut and at == last else wanted, found):
                return False
        return True


def _fits(pattern: str, text: str) -> bool:
    """Match ``*`` in time that grows with the lengths only: the leftmost place for each piece will do."""
    first, *pieces = pattern.split("*")
    if not pieces:
        return text == first
    last = pieces.pop()
    if not text.startswith(first) or not text[len(first) :].endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in pieces:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return at <= end
