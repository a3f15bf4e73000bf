"""How what the doors to network zones and context rules are sent is read, and what is alike in both.

Source: ``spec/iam-and-provisioning.md`` section 4.2; lengths as IBM's Terraform provider has them.
"""

from typing import Annotated, Final, TypeVar

import msgspec

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.domain.zones import bad_context
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.iam.identity_bodies import tag_in

T = TypeVar("T")

BODY_OCTETS: Final = 256 << 10
Description = Annotated[str, msgspec.Meta(pattern=r"\A[\x20-\xfe]*\Z", max_length=300)]
Word = Annotated[str, msgspec.Meta(pattern=r"\A[a-zA-Z0-9_\-/]+\Z", max_length=128)]


def read(exchange: Exchange, of: type[T], must_be: str) -> T:
    """Return the body; `Refused` with ``CONTEXT_BODY``, and with what it *must be*."""
    content = exchange.content()
    if len(content) > BODY_OCTETS:
        raise bad_context(f"The body is larger than {BODY_OCTETS} octets")
    try:
        return msgspec.json.decode(content, type=of)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad_context(f"the body must be {must_be}") from None


def if_match(exchange: Exchange) -> str:
    """Return the tag of the header ``If-Match``; `Refused` with ``CONTEXT_BODY`` without one.

    What has not the form of a tag is one that nothing has.
    """
    if exchange.header(b"if-match") is None:
        raise Refused(Reason.CONTEXT_BODY, "The header If-Match is missing: it names the ETag that you know")
    return tag_in(exchange) or ""
