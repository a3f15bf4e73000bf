"""What the identity API is sent: bodies, and the headers that belong to them."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

import msgspec

from keystead.domain.errors import Refused, bad_field
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Exchange
from keystead.service.api_keys import KeyOrder

NAME_CHARACTERS: Final = 255
DESCRIPTION_CHARACTERS: Final = 1000
MOST_CRNS: Final = 50
CRN_CHARACTERS: Final = 512
_END: Final = "a time such as 2031-05-04T09:08Z or 2031-05-04T09:08:07+0000"
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})\Z"
)
_TAG: Final = re.compile(r'(W/)?"?([^"]{1,200})"?\Z')
_SWITCH: Final = {"true": True, "false": False}
T = TypeVar("T")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS)]
Description = Annotated[str, msgspec.Meta(max_length=DESCRIPTION_CHARACTERS)]
Crn = Annotated[str, msgspec.Meta(min_length=1, max_length=CRN_CHARACTERS)]
Crns = Annotated[tuple[Crn, ...], msgspec.Meta(max_length=MOST_CRNS)]
Id = Annotated[str, msgspec.Meta(max_length=CRN_CHARACTERS)]


class FirstKey(msgspec.Struct, frozen=True):
    """The API key of a new service id."""

    name: Name
    description: Description = ""
    expires_at: str | None = None
    apikey: str | None = None
    store_value: bool | None = None

    def order(self, *, locked: bool = False, disabled: bool = False) -> KeyOrder:
        """Return what is wanted of the key; texts are made here, and kept by their owner alone (ID-2)."""
        if self.apikey is not None:
            raise bad_field("apikey", "left out: the text of an API key is made by the server")
        if self.store_value:
            raise bad_field("store_value", "false: the text of an API key is shown once and not stored")
        return KeyOrder(
            name=self.name,
            description=self.description,
            expires_at=end(self.expires_at or ""),
            locked=locked,
            disabled=disabled,
        )


class ApiKeyBody(FirstKey, frozen=True, kw_only=True):
    """A new API key."""

    iam_id: Id
    account_id: Id | None = None


class ApiKeyChanges(msgspec.Struct, frozen=True):
    """What is to be said of an API key from now on."""

    name: Name | None = None
    description: Description | None = None
    expires_at: str | None = None  # an empty one takes the end away


class ServiceIdBody(msgspec.Struct, frozen=True):
    """A new service id."""

    account_id: Id
    name: Name
    description: Description = ""
    unique_instance_crns: Crns = ()
    apikey: FirstKey | None = None


class ServiceIdChanges(msgspec.Struct, frozen=True):
    """What is to be said of a service id from now on."""

    name: Name | None = None
    description: Description | None = None
    unique_instance_crns: Crns | None = None


def read(exchange: Exchange, of: type[T], must_be: str) -> T:
    """Return the body; `Refused` with ``IAM_PARAMETER_MISSING``, and with what it *must be*."""
    try:
        return msgspec.json.decode(exchange.content(), type=of)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(Reason.IAM_PARAMETER_MISSING, f"The body must be: {must_be}") from None


def end(given: str) -> datetime | None:
    """Return the time at which a key ends, ``None`` for an empty text; `Refused` with ``INVALID_FIELD``."""
    if not given:
        return None
    try:
        if _MOMENT.match(given):
            return datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError):  # there is no such day, or it begins before the first year
        raise bad_field("expires_at", _END) from None
    raise bad_field("expires_at", _END)


def if_match(exchange: Exchange) -> str:
    """Return the tag of the header ``If-Match``; `Refused` with ``IAM_PARAMETER_MISSING`` without one."""
    tag = tag_in(exchange)
    if tag is None:
        raise Refused(Reason.IAM_PARAMETER_MISSING, "Header missing: If-Match, the entity_tag that you know.")
    return tag


def tag_in(exchange: Exchange) -> str | None:
    """Return the tag of the header ``If-Match``, without quotes; ``None`` where there is none."""
    found = _TAG.match((exchange.header(b"if-match") or "").strip())
    return None if found is None else found.group(2)


def switch(exchange: Exchange, name: bytes) -> bool:
    """Return a header that is true or false, false when absent; `Refused` with ``IAM_PARAMETER_MISSING``."""
    given = exchange.header(name) or "false"
    if given.lower() not in _SWITCH:
        raise Refused(Reason.IAM_PARAMETER_MISSING, f"The header {name.decode()} must be: true or false")
    return _SWITCH[given.lower()]
