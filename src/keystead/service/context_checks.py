"""What the commands on network zones and context rules ask alike."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.domain.zones import MOST_ADDRESSES, MOST_TOGETHER, Zone
from keystead.service.case import Case, Tools

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sort:
    """The order that a list is wanted in."""

    by: str = "id"
    descending: bool = False

    def of(self, keys: Mapping[str, Callable[[T], Any]], them: Iterable[T]) -> tuple[T, ...]:
        """Return *them* in this order; the door has seen that *keys* has it."""
        return tuple(sorted(them, key=keys[self.by], reverse=self.descending))


def require_own(account: str, case: Case) -> None:
    """Raise `Refused` with ``CONTEXT_FORBIDDEN`` for any account but the caller's."""
    if account != case.account:
        raise Refused(Reason.CONTEXT_FORBIDDEN, "This is not your account")


def require_tag(tag: str, of: str) -> None:
    """Raise `Refused` where *tag*, what the caller knows, is not the tag *of* what there is."""
    if tag not in ("*", of):
        raise Refused(Reason.CONTEXT_CHANGED, "It was changed since: If-Match is not its ETag")


def require_addresses(named: Collection[str], zones: Iterable[Zone]) -> None:
    """Raise `Refused` where the zones that a rule has *named* hold more addresses than it may have."""
    if sum(len(zone.addresses) for zone in zones if zone.id in named) > MOST_ADDRESSES:
        raise Refused(
            Reason.CONTEXT_LIMIT, f"The zones of one rule have at most {MOST_ADDRESSES} addresses together"
        )


def require_together(sizes: Iterable[int], what: str) -> None:
    """Raise `Refused` where *sizes*, those of all zones or rules, are more than an account may have."""
    if sum(sizes) > MOST_TOGETHER:
        raise Refused(Reason.CONTEXT_LIMIT, f"An account has at most {MOST_TOGETHER} {what} together")


def new_id(tools: Tools) -> str:
    """Return an id of the form that zones and rules have."""
    return tools.new_id().replace("-", "")
