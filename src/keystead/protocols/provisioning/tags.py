"""Search and tags, as far as Terraform asks at every refresh. Source: ``spec`` section 5.6.

Nothing has tags here and nothing is found, but the doors are there: clients wait long for those that are not.
"""

from typing import Annotated, Final

import msgspec

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer
from keystead.service.reference import ReadReference
from keystead.service.tags import ForgetTags

MOST_RESOURCES: Final = 100  # of one request
_Crn = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class _Resource(msgspec.Struct, frozen=True):
    resource_id: _Crn


class _Tagging(msgspec.Struct, frozen=True):
    resources: Annotated[tuple[_Resource, ...], msgspec.Meta(min_length=1, max_length=MOST_RESOURCES)]


_decode: Final = msgspec.json.Decoder(_Tagging).decode


async def search(visit: Visit) -> Reply:
    """``POST /v3/resources/search``."""
    await visit.serve(ReadReference)
    return answer(visit.exchange, {"items": [], "limit": 10})


async def list_tags(visit: Visit) -> Reply:
    """``GET /v3/tags``."""
    await visit.serve(ReadReference)
    return answer(visit.exchange, {"items": [], "total_count": 0, "offset": 0, "limit": 100})


async def change_tags(visit: Visit) -> Reply:
    """``POST /v3/tags/attach`` and ``POST /v3/tags/detach``."""
    done = await visit.serve(lambda: ForgetTags(_resources(visit.exchange.content())))
    return answer(visit.exchange, {"results": [{"resource_id": crn, "is_error": False} for crn in done]})


def _resources(content: bytes) -> tuple[str, ...]:
    try:
        return tuple(it.resource_id for it in _decode(content).resources)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(
            Reason.BAD_BODY,
            f"The body must be: an object with `resources`, 1 to {MOST_RESOURCES} of `resource_id`",
        ) from None
