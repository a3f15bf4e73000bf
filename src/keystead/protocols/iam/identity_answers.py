"""What the identity API shows: API keys, service ids, and pages of them."""

import re
from typing import Any, Final
from urllib.parse import urlencode

from keystead.domain.errors import bad_query
from keystead.domain.identities import ApiKey, Identity
from keystead.domain.moments import moment
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import json_reply
from keystead.service.api_keys import NewApiKey
from keystead.service.identity_pages import IdentityQuery

PAGE_SIZES: Final = range(1, 101)
_DEFAULT_SIZE: Final = 20
_WHOLE: Final = re.compile(r"[0-9]{1,9}\Z")
_TOKEN: Final = re.compile(r"[A-Za-z0-9-]{1,100}\Z")


class Query:
    """The query of a listing; of a parameter that is there twice the last one counts.

    Raises:
        Refused: ``INVALID_QUERY_PARAM`` for what cannot be read.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._fields = {name: values[-1] for name, values in exchange.query().items()}
        self._path = exchange.path

    def text(self, name: str) -> str | None:
        """Return a parameter, ``None`` when absent."""
        return self._fields.get(name)

    def size(self, name: str = "pagesize", default: int = _DEFAULT_SIZE) -> int:
        """Return how many are wanted at once."""
        given = self.text(name)
        if given is None:
            return default
        if not _WHOLE.match(given) or int(given) not in PAGE_SIZES:
            raise bad_query(name, "an integer between 1 and 100 (inclusive)")
        return int(given)

    def after(self, name: str = "pagetoken") -> str:
        """Return what the page before ended with; every id comes after the empty text."""
        given = self.text(name)
        if given is not None and not _TOKEN.match(given):
            raise bad_query(name, "what the page before names for the next one")
        return given or ""

    def identities(self) -> IdentityQuery:
        """Return which identities of one sort are asked for."""
        return IdentityQuery(
            account=self.text("account_id"), name=self.text("name"), after=self.after(), limit=self.size()
        )

    def page(self, name: str, items: list[dict[str, Any]], last: str | None) -> dict[str, Any]:
        """Return a page of *items*, which goes on after *last*."""
        here = {key: value for key, value in self._fields.items() if key != "pagetoken"}
        page: dict[str, Any] = {"offset": 0, "limit": self.size(), "first": self._to(here)}
        if last is not None:
            page["next"] = self._to({**here, "pagetoken": last})
        return {**page, name: items}

    def _to(self, fields: dict[str, str]) -> str:
        return f"{self._path}?{urlencode(fields)}" if fields else self._path


def answer(exchange: Exchange, status: int, content: Any) -> Reply:
    """Return *content* as a JSON answer; nobody on the way keeps it."""
    return json_reply(status, content, *_headers(exchange))


def nothing(exchange: Exchange) -> Reply:
    """Return the answer to what was done and shows nothing."""
    return Reply(204, b"", _headers(exchange))


def shown_key(key: ApiKey, text: str = "") -> dict[str, Any]:
    """Return an API key as the wire shows it; only a new one has its *text* (ID-2)."""
    view = {
        "id": key.id,
        "entity_tag": key.entity_tag,
        "crn": key.crn,
        "locked": key.locked,
        "disabled": key.disabled,
        "created_at": moment(key.created_at),
        "created_by": key.created_by or key.iam_id,
        "modified_at": moment(key.modified_at or key.created_at),
        "name": key.name,
        "iam_id": key.iam_id,
        "account_id": key.account,
        "apikey": text,
    }
    if key.description:
        view["description"] = key.description
    if key.expires_at is not None:
        view["expires_at"] = moment(key.expires_at)
    return view


def new_key(new: NewApiKey) -> dict[str, Any]:
    """Return a new API key with its text."""
    return shown_key(new.key, new.text.reveal().decode("ascii"))


def shown_service_id(who: Identity) -> dict[str, Any]:
    """Return a service id as the wire shows it."""
    view = {
        "id": who.id,
        "iam_id": who.iam_id,
        "entity_tag": who.entity_tag,
        "crn": who.crn,
        "locked": who.locked,
        "created_at": moment(who.created_at),
        "modified_at": moment(who.modified_at or who.created_at),
        "account_id": who.account,
        "name": who.display_name,
        "unique_instance_crns": list(who.instance_crns),
    }
    if who.description:
        view["description"] = who.description
    return view


def _headers(exchange: Exchange) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"transaction-id", exchange.correlation_id.encode()),)
