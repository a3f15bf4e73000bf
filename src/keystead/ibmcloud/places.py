"""Which servers a command talks to. Source: ``spec/cli.md`` 1.6."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from keystead.client.errors import BadInput
from keystead.client.transport import base_url

DEFAULT_API: Final = "https://cloud.ibm.com"
DEFAULT_REGION: Final = "us-south"
_IBM_IAM: Final = "https://iam.cloud.ibm.com"
_IBM_CONTROLLER: Final = "https://resource-controller.cloud.ibm.com"
_IBM_CATALOG: Final = "https://globalcatalog.cloud.ibm.com"
_IBM_USERS: Final = "https://user-management.cloud.ibm.com"
_IBM_CONTEXTS: Final = "https://cbr.cloud.ibm.com"
_IAM: Final = "IBMCLOUD_IAM_API_ENDPOINT"
_CONTROLLER: Final = "IBMCLOUD_RESOURCE_CONTROLLER_API_ENDPOINT"
_EVERYTHING: Final = "IBMCLOUD_API_ENDPOINT"
_DAY: Final = 86_400
_SECONDS: Final = re.compile("[0-9]{1,5}")
_AUTHORITIES: Final = ("KEYSTEAD_CA_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


def ca_file(environment: Mapping[str, str]) -> Path | None:
    """Return the file with the only authorities to trust; ``None`` for the system's."""
    named = next(filter(None, map(environment.get, _AUTHORITIES)), None)
    return Path(named) if named else None


def iam(environment: Mapping[str, str], api: str) -> str:
    """Return where tokens come from; *api* is what `login -a` named, or is stored."""
    named = environment.get(_IAM) or environment.get(_EVERYTHING)
    return base_url(named or (_IBM_IAM if _is_ibm(api) else api))


def key_api(environment: Mapping[str, str], stored: Mapping[str, Any]) -> str | None:
    """Return the base of the key API, without ``/api/v2``; ``None`` where nothing names one.

    KP_TARGET_ADDR wins over every region.
    """
    for name in ("KP_TARGET_ADDR", "KP_PRIVATE_ADDR", "IBMCLOUD_KP_API_ENDPOINT", _EVERYTHING):
        if named := environment.get(name):
            return base_url(named)
    api = str(stored.get("APIEndpoint") or DEFAULT_API)
    if not _is_ibm(api):
        return base_url(api)
    region = stored.get("KPRegion") or stored.get("Region")
    return None if not region else regional_key_api(str(region))


def regional_key_api(region: str = DEFAULT_REGION) -> str:
    """Return IBM's own base of the key API in *region*."""
    return base_url(f"https://{region}.kms.cloud.ibm.com")


def http_timeout(environment: Mapping[str, str]) -> int | None:
    """Return how many seconds a server may be silent; ``None`` for what is usual.

    Raises:
        BadInput: the variable holds no number of seconds.
    """
    text = environment.get("IBMCLOUD_HTTP_TIMEOUT") or "0"
    if not (_SECONDS.fullmatch(text) and int(text) <= _DAY):
        raise BadInput(f"IBMCLOUD_HTTP_TIMEOUT is a whole number of seconds, at most {_DAY}, not '{text}'.")
    return int(text) or None


def controller(environment: Mapping[str, str], stored: Mapping[str, Any]) -> str:
    """Return the base of the resource controller."""
    return _place(environment, stored, _IBM_CONTROLLER, _CONTROLLER)


def beside_controller(environment: Mapping[str, str], stored: Mapping[str, Any]) -> dict[str, str]:
    """Return where resource groups and the catalog are, by how their paths begin.

    Like the variables of other doors below, theirs win, and the door that they stand beside is asked else.
    """
    groups = ("IBMCLOUD_RESOURCE_MANAGEMENT_API_ENDPOINT", _CONTROLLER)
    catalog = ("IBMCLOUD_RESOURCE_CATALOG_API_ENDPOINT", _CONTROLLER)
    return {
        "/v2/resource_groups": _place(environment, stored, _IBM_CONTROLLER, *groups),
        "/api/v1/": _place(environment, stored, _IBM_CATALOG, *catalog),
    }


def beside_iam(environment: Mapping[str, str], stored: Mapping[str, Any]) -> dict[str, str]:
    """Return where policies, roles and users are, by how their paths begin."""
    policies = _place(environment, stored, _IBM_IAM, "IBMCLOUD_IAMPAP_API_ENDPOINT", _IAM)
    users = _place(environment, stored, _IBM_USERS, "IBMCLOUD_USER_MANAGEMENT_ENDPOINT", _IAM)
    paths = ("/v1/policies", "/v2/policies", "/v2/roles")
    return {**dict.fromkeys(paths, policies), "/v2/accounts/": users}


def contexts(environment: Mapping[str, str], stored: Mapping[str, Any]) -> str:
    """Return the base of network zones and context rules."""
    return _place(environment, stored, _IBM_CONTEXTS, "IBMCLOUD_CONTEXT_BASED_RESTRICTIONS_ENDPOINT")


def _place(environment: Mapping[str, str], stored: Mapping[str, Any], ibm: str, *variables: str) -> str:
    for name in (*variables, _EVERYTHING):
        if named := environment.get(name):
            return base_url(named)
    api = str(stored.get("APIEndpoint") or DEFAULT_API)
    return base_url(ibm if _is_ibm(api) else api)


def _is_ibm(address: str) -> bool:
    host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    return host == "cloud.ibm.com" or host.endswith(".cloud.ibm.com")
