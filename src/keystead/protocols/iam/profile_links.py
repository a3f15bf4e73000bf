"""The links of a trusted profile to workloads. Source: ``spec/iam-and-provisioning.md`` section 2."""

from typing import Final

import msgspec

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.iam.identity_answers import Query, answer, nothing
from keystead.protocols.iam.identity_bodies import read
from keystead.protocols.iam.profile_bodies import LinkBody
from keystead.protocols.iam.profile_views import shown_link
from keystead.service.profile_links import CreateLink, DeleteLink, ListLinks, ReadLink

_LINK: Final = (
    "an object with `cr_type`, which is IKS_SA or ROKS_SA, and `link`, the `crn` of a cluster with the "
    "`namespace` and `name` of a service account"
)


async def create(visit: Visit) -> Reply:
    """``POST /v1/profiles/{profile}/links``."""
    made = await visit.serve(lambda: _creation(visit))
    return answer(visit.exchange, 201, shown_link(made))


async def list_links(visit: Visit) -> Reply:
    """``GET /v1/profiles/{profile}/links``."""
    found = await visit.serve(lambda: ListLinks(visit.names["profile"]))
    return answer(visit.exchange, 200, {"links": [shown_link(it) for it in found]})


async def read_link(visit: Visit) -> Reply:
    """``GET /v1/profiles/{profile}/links/{link}``."""
    found = await visit.serve(lambda: ReadLink(visit.names["profile"], visit.names["link"]))
    return answer(visit.exchange, 200, shown_link(found))


async def delete(visit: Visit) -> Reply:
    """``DELETE /v1/profiles/{profile}/links/{link}``."""
    await visit.serve(lambda: DeleteLink(visit.names["profile"], visit.names["link"]))
    return nothing(visit.exchange)


async def delete_named(visit: Visit) -> Reply:
    """``DELETE /v1/profiles/{profile}/links``, of the link to what the query names."""
    await visit.serve(lambda: _deletion(visit))
    return nothing(visit.exchange)


def _creation(visit: Visit) -> CreateLink:
    body = read(visit.exchange, LinkBody, _LINK)
    return CreateLink(visit.names["profile"], body.workload(), body.name)


def _deletion(visit: Visit) -> DeleteLink:
    query = Query(visit.exchange)
    said = {
        "cr_type": query.text("type"),
        "link": {it: query.text(it) for it in ("crn", "namespace", "name")},
    }
    try:
        workload = msgspec.convert(said, LinkBody).workload()
    except msgspec.ValidationError:
        raise Refused(
            Reason.IAM_PARAMETER_MISSING,
            "The query must name type, which is IKS_SA or ROKS_SA, crn, namespace and name.",
        ) from None
    return DeleteLink(visit.names["profile"], workload)
