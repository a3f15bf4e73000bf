"""Tags of instances. Source: ``spec/iam-and-provisioning.md`` sections 3.4 and 5.6.

A tag is there while something has it; it is one whatever the case of its letters.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from keystead.domain.errors import Refused, bad_field
from keystead.domain.instances import Instance
from keystead.domain.reasons import Reason

TagKind = Literal["user", "access"]
KINDS: Final[tuple[TagKind, ...]] = ("user", "access")
MOST_TAGS: Final = 100
"""Tags of each kind on one instance; our choice, IBM lets there be more."""
ALL: Final = "*"
"""What stands for every tag where tags are detached."""
LONGEST: Final = 128
_NAME: Final = re.compile(r"[a-z0-9_ .-]+(:[a-z0-9_ .-]+)?\Z")
_RESOURCE_TYPE: Final = "resource-instance"
_FAMILY: Final = "resource_controller"


def tag_name(text: str, kind: TagKind) -> str:
    """Read a tag's name; `Refused` with ``INVALID_FIELD``."""
    name = text.strip().lower()
    if len(name) > LONGEST or _NAME.match(name) is None or (kind == "access" and ":" not in name):
        form = "key:value" if kind == "access" else "a word, or key:value"
        raise bad_field("tag_names", f"{form} of 1 to {LONGEST} letters, digits, spaces and . _ -")
    return name


def tags_of(it: Instance, kind: TagKind) -> tuple[str, ...]:
    """Return the tags of one *kind* that *it* has, in order."""
    return it.tags if kind == "user" else it.access_tags


def tagged(it: Instance, kind: TagKind, names: Iterable[str]) -> Instance:
    """Return *it* with these tags of one *kind*; `Refused` with ``INVALID_FIELD`` where they are too many."""
    wanted = tuple(sorted(set(names)))
    if len(wanted) > MOST_TAGS:
        raise Refused(Reason.INVALID_FIELD, f"The resource would have more than {MOST_TAGS} {kind} tags")
    return replace(it, tags=wanted) if kind == "user" else replace(it, access_tags=wanted)


def with_more(there: Iterable[str], names: Iterable[str], *, update: bool) -> set[str]:
    """Return the tags *there* and *names*; in an *update* a name takes the place of all with its key."""
    new = set(names)
    keys = {name.partition(":")[0] for name in new if ":" in name} if update else set()
    return new | {name for name in there if ":" not in name or name.partition(":")[0] not in keys}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is called *name* is *value*, or begins with it."""

    name: str
    value: str
    begins: bool

    def fits(self, value: str) -> bool:
        """Tell whether *value* meets it."""
        return value.startswith(self.value) if self.begins else value == self.value


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: every condition must be met by what an instance says of itself, or by one tag."""

    conditions: tuple[Condition, ...]

    def finds(self, it: Instance) -> bool:
        """Tell whether *it* meets all conditions."""
        facts = facts_of(it)
        return all(_meets(condition, facts[condition.name]) for condition in self.conditions)


def facts_of(it: Instance) -> dict[str, str | tuple[str, ...]]:
    """Return what a search compares, and shows."""
    return {
        "crn": it.crn,
        "name": it.name,
        "family": _FAMILY,
        "type": _RESOURCE_TYPE,
        "account_id": str(it.account),
        "region": it.region,
        "service_name": it.service,
        "tags": it.tags,
        "access_tags": it.access_tags,
        "service_tags": (),
    }


def _meets(condition: Condition, fact: str | tuple[str, ...]) -> bool:
    if isinstance(fact, str):
        return condition.fits(fact)
    lower = replace(condition, value=condition.value.lower())
    return any(lower.fits(tag) for tag in fact)
