"""Certificates that KMIP clients show to an adapter. Source: ``spec/kms-api.md`` section 2.15."""

from dataclasses import dataclass

from keystead.domain.kmip import Adapter, ClientCertificate
from keystead.domain.kmip_rules import no_certificate, require_place_for_certificate, require_unused
from keystead.service.case import Case, Tools
from keystead.service.kmip_adapters import as_kept, find_adapter, made_up
from keystead.service.pages import Page, cut


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCertificate:
    """One more client of an adapter.

    Args:
        adapter: its id or name.
        name: of the certificate, or ``None`` for one that is made up.
        pem: the certificate as it was given.
        fingerprint: SHA-256 of it in DER.
    """

    adapter: str
    name: str | None
    pem: str
    fingerprint: bytes

    async def run(self, case: Case, tools: Tools) -> ClientCertificate:
        """Add it, if no adapter of any instance has it."""
        adapter = await find_adapter(self.adapter, case, tools)
        name = self.name or made_up("kmip_cert", tools)
        require_place_for_certificate(name, await tools.store.certificates(adapter.instance, adapter.id))
        require_unused(await tools.store.certificate_in_use(self.fingerprint))
        made = ClientCertificate(
            instance=adapter.instance,
            adapter=adapter.id,
            id=tools.new_id(),
            name=name,
            pem=self.pem,
            fingerprint=self.fingerprint,
            created_at=case.now,
            created_by=case.caller.iam_id,
        )
        _note(made, case)
        case.change.put(made, was=None)
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCertificates:
    """The certificates of an adapter."""

    adapter: str
    limit: int
    offset: int

    async def run(self, case: Case, tools: Tools) -> Page[ClientCertificate]:
        """Find them, ordered by id."""
        adapter = await find_adapter(self.adapter, case, tools)
        found = await tools.store.certificates(adapter.instance, adapter.id)
        return cut(found, self.limit, self.offset, case)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCertificate:
    """One certificate, by id or name."""

    adapter: str
    name: str

    async def run(self, case: Case, tools: Tools) -> ClientCertificate:
        """Find it."""
        return await _find(await find_adapter(self.adapter, case, tools), self.name, case, tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCertificate:
    """Remove a certificate: its client is served no more."""

    adapter: str
    name: str

    async def run(self, case: Case, tools: Tools) -> None:
        """Remove it."""
        adapter = await find_adapter(self.adapter, case, tools)
        case.change.remove(await _find(adapter, self.name, case, tools))


async def _find(adapter: Adapter, name: str, case: Case, tools: Tools) -> ClientCertificate:
    for certificate in await tools.store.certificates(adapter.instance, adapter.id):
        if as_kept(name) in (certificate.id, certificate.name):
            _note(certificate, case)
            return certificate
    raise no_certificate()


def _note(certificate: ClientCertificate, case: Case) -> None:
    case.response.update(certificateId=certificate.id, certificateName=certificate.name)
