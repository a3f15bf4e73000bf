"""Reading query parameters."""

import re
from contextlib import suppress
from datetime import date
from typing import Final

from keystead.domain.errors import bad_query
from keystead.protocols.http.exchange import Exchange

_WHOLE: Final = re.compile(r"[0-9]{1,9}\Z")
_DAY: Final = len("2031-05-04")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.Z+-]{1,30})?\Z")
_BOOLEANS: Final = {"true": True, "false": False}


class Query:
    """The query of a request; of a parameter that is there twice the last one counts.

    Raises:
        Refused: ``INVALID_QUERY_PARAM`` when it is too large.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._fields = {name: values[-1] for name, values in exchange.query().items()}

    def text(self, name: str) -> str | None:
        """Return a parameter, ``None`` when absent."""
        return self._fields.get(name)

    def others(self, left_out: str) -> dict[str, str]:
        """Return every parameter but one."""
        return {name: value for name, value in self._fields.items() if name != left_out}

    def number(self, name: str, allowed: range) -> int:
        """Return one of *allowed*, the last of them when absent; `Refused` with ``INVALID_QUERY_PARAM``."""
        given = self.text(name)
        if given is None:
            return allowed[-1]
        if not _WHOLE.match(given) or int(given) not in allowed:
            raise bad_query(name, f"an integer between {allowed[0]} and {allowed[-1]} (inclusive)")
        return int(given)

    def day(self, name: str, default: date) -> date:
        """Return the date that a date or a time begins with; `Refused` with ``INVALID_QUERY_PARAM``."""
        given = self.text(name)
        if given is None:
            return default
        with suppress(ValueError):  # there is no such day
            if _MOMENT.match(given):
                return date.fromisoformat(given[:_DAY])
        raise bad_query(name, "a date such as 2031-05-04")

    def flag(self, name: str) -> bool | None:
        """Return a boolean parameter, ``None`` when absent; else `Refused` with ``INVALID_QUERY_PARAM``."""
        given = self.text(name)
        if given is None:
            return None
        if given.lower() not in _BOOLEANS:
            raise bad_query(name, "true or false")
        return _BOOLEANS[given.lower()]
