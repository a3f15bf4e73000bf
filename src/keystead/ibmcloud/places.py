"""Which servers a command talks to. Source: ``spec/cli.md`` 1.6."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from keystead.client.transport import base_url

DEFAULT_API: Final = "https://cloud.ibm.com"
DEFAULT_REGION: Final = "us-south"
_IBM_IAM: Final = "https://iam.cloud.ibm.com"
_IBM_CONTROLLER: Final = "https://resource-controller.cloud.ibm.com"
_IBM_CONTEXTS: Final = "https://cbr.cloud.ibm.com"
_AUTHORITIES: Final = ("KEYSTEAD_CA_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


def ca_file(environment: Mapping[str, str]) -> Path | None:
    """Return the file with the only authorities to trust; ``None`` for the system's."""
    named = next(filter(None, map(environment.get, _AUTHORITIES)), None)
    return Path(named) if named else None


def iam(environment: Mapping[str, str], api: str) -> str:
    """Return where tokens come from; *api* is what `login -a` named, or is stored."""
    named = environment.get("IBMCLOUD_IAM_API_ENDPOINT") or environment.get("IBMCLOUD_API_ENDPOINT")
    return base_url(named or (_IBM_IAM if _is_ibm(api) else api))


def key_api(environment: Mapping[str, str], stored: Mapping[str, Any]) -> str:
    """Return the base of the key API, without ``/api/v2``: KP_TARGET_ADDR wins over every region."""
    for name in ("KP_TARGET_ADDR", "KP_PRIVATE_ADDR", "IBMCLOUD_KP_API_ENDPOINT", "IBMCLOUD_API_ENDPOINT"):
        if named := environment.get(name):
            return base_url(named)
    api = str(stored.get("APIEndpoint") or DEFAULT_API)
    if not _is_ibm(api):
        return base_url(api)
    region = stored.get("KPRegion") or stored.get("Region") or DEFAULT_REGION
    return base_url(f"https://{region}.kms.cloud.ibm.com")


def controller(environment: Mapping[str, str], stored: Mapping[str, Any]) -> str:
    """Return the base of the resource controller and manager."""
    return _place(environment, stored, "IBMCLOUD_RESOURCE_CONTROLLER_API_ENDPOINT", _IBM_CONTROLLER)


def contexts(environment: Mapping[str, str], stored: Mapping[str, Any]) -> str:
    """Return the base of network zones and context rules."""
    return _place(environment, stored, "IBMCLOUD_CONTEXT_BASED_RESTRICTIONS_ENDPOINT", _IBM_CONTEXTS)


def _place(environment: Mapping[str, str], stored: Mapping[str, Any], variable: str, ibm: str) -> str:
    for name in (variable, "IBMCLOUD_API_ENDPOINT"):
        if named := environment.get(name):
            return base_url(named)
    api = str(stored.get("APIEndpoint") or DEFAULT_API)
    return base_url(ibm if _is_ibm(api) else api)


def _is_ibm(address: str) -> bool:
    host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    return host == "cloud.ibm.com" or host.endswith(".cloud.ibm.com")
