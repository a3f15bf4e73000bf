"""What a listing must show, from what the wire shows of each key; no code is shared with the stores."""

from datetime import datetime
from typing import Any

from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import DateUnset, DateWithin, KeyQuery, Search


def page_of(query: KeyQuery, keys: list[Key]) -> tuple[Key, ...]:
    """Return the page that *query* asks for among *keys*, which are all of one instance."""
    found = sorted((key for key in keys if selects(query, key)), key=lambda key: key.id)
    for one in reversed(query.sort):
        ranks = sorted({_rank(_state_or(query, key, one.by)) for key in found}, reverse=one.descending)
        found = [key for rank in ranks for key in found if _rank(_state_or(query, key, one.by)) == rank]
    return tuple(found[query.offset :][: query.limit])


def selects(query: KeyQuery, key: Key) -> bool:
    """Tell whether *query* is about *key*."""
    return (
        _state(query, key) in query.states
        and (query.rings is None or key.ring in query.rings)
        and query.extractable in (None, key.extractable)
        and all(_dated(condition, key) for condition in query.dates)
        and (query.search is None or _matches(query.search, key) != query.search.negated)
    )


def _state(query: KeyQuery, key: Key) -> KeyState:
    expired = key.expires_at is not None and key.expires_at <= query.now
    return KeyState.DEACTIVATED if expired and key.state in (1, 2) else key.state


def _state_or(query: KeyQuery, key: Key, by: str) -> object:
    return _state(query, key) if by == "state" else getattr(key, by)


def _rank(value: Any) -> str:
    """Return a text that sorts as the value is shown; what is not set comes first."""
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value or "")


def _dated(condition: DateWithin | DateUnset, key: Key) -> bool:
    date: datetime | None = getattr(key, condition.date)
    if date is None or isinstance(condition, DateUnset):
        return date is None and isinstance(condition, DateUnset)
    shown = date.replace(microsecond=0).timestamp()
    earliest = shown if condition.since is None else condition.since
    latest = shown + 1 if condition.before is None else condition.before
    return earliest <= shown < latest


def _matches(search: Search, key: Key) -> bool:
    text = search.text.casefold()
    if text == key.id:
        return True
    names = [key.name] * search.names + list(key.aliases) * search.aliases
    if search.exact:
        return text in [name.casefold() for name in names]
    return any(text in name.casefold() for name in names)
