"""Pages of the service ids of an account, or of its trusted profiles."""

from collections.abc import Iterable
from dataclasses import dataclass

from keystead.domain.identities import Identity
from keystead.service.case import Case
from keystead.service.pages import begun


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityQuery:
    """Which of them are asked for."""

    account: str | None
    name: str | None
    after: str  # IAM id of the last one of the page before
    limit: int


@dataclass(frozen=True, slots=True)
class IdentityPage:
    """Some of them, and the IAM id of the last one where more follow."""

    items: tuple[Identity, ...]
    last: str | None


def page_of(every: Iterable[Identity], query: IdentityQuery, case: Case) -> IdentityPage:
    """Return those of *every*, ordered by IAM id, that *query* asks for, noted in *case*."""
    found = [it for it in every if query.name in (None, it.display_name) and it.iam_id > query.after]
    shown, last = begun(found, query.limit, case)
    return IdentityPage(shown, None if last is None else last.iam_id)
