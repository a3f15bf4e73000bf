"""Attributes that policies compare: of what they grant access to, and of services that are granted it.

Source: ``spec/iam-and-provisioning.md`` section 3.1, AUT-1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Operator = Literal["stringEquals", "stringMatch"]

ACCOUNT: Final = "accountId"
SERVICE: Final = "serviceName"
SERVICE_TYPE: Final = "serviceType"
INSTANCE: Final = "serviceInstance"
REGION: Final = "region"
GROUP: Final = "resourceGroupId"
RING: Final = "keyRing"
TYPE: Final = "resourceType"
RESOURCE: Final = "resource"
INSIDE: Final = frozenset({RING, TYPE, RESOURCE})
"""Attributes of what is in an instance; the others are those of the instance itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One condition: the attribute called *name* is *value*, or fits it with ``*`` and ``?``."""

    name: str
    value: str
    operator: Operator = "stringEquals"

    @property
    def is_exact(self) -> bool:
        """Whether one value fits, and no other."""
        return self.operator == "stringEquals"

    def fits(self, value: str | None) -> bool:
        """Tell whether *value* meets the condition; ``None``, what has no such attribute, never does."""
        if value is None:
            return False
        return value == self.value if self.is_exact else _matches(self.value, value)

    def implies(self, wider: "Attribute") -> bool:
        """Tell for certain that whatever meets this meets *wider*, of the same name, too."""
        if self.is_exact:
            return wider.fits(self.value)
        return self == wider or (not wider.is_exact and set(wider.value) == {"*"})


def fit(attributes: Iterable[Attribute], values: Mapping[str, str | None]) -> bool:
    """Tell whether *values* meet all of *attributes*."""
    return all(it.fits(values.get(it.name)) for it in attributes)


def covers(wider: Iterable[Attribute], narrower: Iterable[Attribute]) -> bool:
    """Tell for certain that whatever meets all of *narrower* meets all of *wider* too."""
    conditions = tuple(narrower)
    return all(any(it.name == wide.name and it.implies(wide) for it in conditions) for wide in wider)


def _matches(pattern: str, text: str) -> bool:
    """Compare in time that grows with the product of the two lengths at most, whoever wrote *pattern*."""
    at, here, star, resume = 0, 0, -1, 0
    while here < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume, at = at, here, at + 1
        elif at < len(pattern) and pattern[at] in ("?", text[here]):
            at, here = at + 1, here + 1
        elif star >= 0:
            resume += 1
            at, here = star + 1, resume
        else:
            return False
    return pattern[at:].strip("*") == ""
