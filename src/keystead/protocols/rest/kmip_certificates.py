"""Certificates of KMIP clients. Source: ``spec/kms-api.md`` sections 1.8 and 2.15."""

from typing import Any, Final

from keystead.crypto.certificates import fingerprint
from keystead.domain.errors import bad_field
from keystead.domain.kmip import ClientCertificate
from keystead.domain.moments import moment
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.kmip_adapters import DEFAULT_LIMIT, LIMITS, given_name
from keystead.protocols.rest.lenient import read_single
from keystead.protocols.rest.pages import counted_page
from keystead.protocols.rest.views import collection
from keystead.service.kmip_certificates import (
    CreateCertificate,
    DeleteCertificate,
    ListCertificates,
    ReadCertificate,
)

CERTIFICATE_TYPE: Final = "application/vnd.ibm.kms.kmip_client_certificate+json"
CERTIFICATE_CHARACTERS: Final = 16_384


async def create_certificate(visit: Visit) -> Reply:
    """``POST /kmip_adapters/{adapter}/certificates``."""

    def command() -> CreateCertificate:
        fields = read_single(visit.exchange.content(), "KMIP client certificate")
        pem = fields.text("certificate") or ""
        if len(pem) > CERTIFICATE_CHARACTERS:
            raise bad_field("certificate", f"at most {CERTIFICATE_CHARACTERS} characters")
        return CreateCertificate(
            adapter=visit.names["adapter"], name=given_name(fields), pem=pem, fingerprint=fingerprint(pem)
        )

    made = await visit.serve(command)
    return json_reply(201, collection(CERTIFICATE_TYPE, [_certificate(made)]))


async def list_certificates(visit: Visit) -> Reply:
    """``GET /kmip_adapters/{adapter}/certificates``."""

    def ask(_: queries.Query, limit: int, offset: int) -> ListCertificates:
        return ListCertificates(adapter=visit.names["adapter"], limit=limit, offset=offset)

    page, extra = await counted_page(visit, ask, DEFAULT_LIMIT, LIMITS)
    shown = [_certificate(it, whole=False) for it in page.items]
    return json_reply(200, collection(CERTIFICATE_TYPE, shown, **extra))


async def read_certificate(visit: Visit) -> Reply:
    """``GET /kmip_adapters/{adapter}/certificates/{certificate}``."""
    names = visit.names
    found = await visit.serve(lambda: ReadCertificate(adapter=names["adapter"], name=names["certificate"]))
    return json_reply(200, collection(CERTIFICATE_TYPE, [_certificate(found)]))


async def delete_certificate(visit: Visit) -> Reply:
    """``DELETE /kmip_adapters/{adapter}/certificates/{certificate}``."""
    names = visit.names
    await visit.serve(lambda: DeleteCertificate(adapter=names["adapter"], name=names["certificate"]))
    return Reply(204)


def _certificate(it: ClientCertificate, *, whole: bool = True) -> dict[str, Any]:
    view = {
        "id": it.id,
        "name": it.name,
        "created_at": moment(it.created_at),
        "created_by": it.created_by,
    }
    return {**view, "certificate": it.pem} if whole else view
