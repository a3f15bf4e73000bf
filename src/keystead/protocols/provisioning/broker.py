"""The broker of ``hs-crypto``, which Terraform's provider 1.26 asks where an instance's keys are (TF-7)."""

from urllib.parse import urlsplit

from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer
from keystead.service.broker import ReadEndpoints


async def read_endpoints(visit: Visit) -> Reply:
    """``GET /crypto_v2/instances/{instance}``: hosts and ports, without a scheme."""
    shown = await visit.serve(ReadEndpoints)
    places = {"public": _place(shown.endpoints.public), "private": _place(shown.endpoints.private)}
    return answer(visit.exchange, {"instance_id": shown.instance.id, "kms": places})


def _place(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{port}"
