"""Pages of what is listed whole and then cut: where there are few enough for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from keystead.service.case import Case

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of what was asked for, and how much there is in all."""

    items: tuple[T, ...]
    total: int


def cut(found: Sequence[T], limit: int, offset: int, case: Case) -> Page[T]:
    """Return one page of *found*, and note how much is on it."""
    items = tuple(found[offset : offset + limit])
    case.response["totalResources"] = len(items)
    return Page(items, len(found))


def begun(found: Sequence[T], limit: int, case: Case) -> tuple[tuple[T, ...], T | None]:
    """Return the first *limit* of *found*, noted in *case*, and the last of them where more follow."""
    items = tuple(found[:limit])
    case.response["totalResources"] = len(items)
    return items, items[-1] if len(items) < len(found) else None
