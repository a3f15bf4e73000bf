"""The rows of the route table that are about KMIP. Source: ``spec/kms-api.md`` section 2.1."""

from typing import Final

from keystead.domain.actions import Action
from keystead.protocols.rest import kmip_adapters as adapters
from keystead.protocols.rest import kmip_certificates as certificates
from keystead.protocols.rest import kmip_objects as objects
from keystead.protocols.rest.row import BASE, row

_ADAPTERS: Final = f"{BASE}/kmip_adapters"
_ADAPTER: Final = f"{_ADAPTERS}/{{adapter}}"
_CERTIFICATES: Final = f"{_ADAPTER}/certificates"
_CERTIFICATE: Final = f"{_CERTIFICATES}/{{certificate}}"
_OBJECTS: Final = f"{_ADAPTER}/kmip_objects"
_OBJECT: Final = f"{_OBJECTS}/{{object}}"
KMIP: Final = tuple(
    row(method, path, action, door, code, f"KMIP {what}")
    for method, path, action, door, code, what in (
        (
            "POST",
            _ADAPTERS,
            Action.ADAPTER_CREATE,
            adapters.create_adapter,
            201,
            "adapter could not be created",
        ),
        (
            "GET",
            _ADAPTERS,
            Action.ADAPTER_LIST,
            adapters.list_adapters,
            200,
            "adapters could not be retrieved",
        ),
        ("GET", _ADAPTER, Action.ADAPTER_READ, adapters.read_adapter, 200, "adapter could not be retrieved"),
        (
            "DELETE",
            _ADAPTER,
            Action.ADAPTER_DELETE,
            adapters.delete_adapter,
            204,
            "adapter could not be deleted",
        ),
        (
            "POST",
            _CERTIFICATES,
            Action.CERTIFICATE_CREATE,
            certificates.create_certificate,
            201,
            "client certificate could not be created",
        ),
        (
            "GET",
            _CERTIFICATES,
            Action.CERTIFICATE_LIST,
            certificates.list_certificates,
            200,
            "client certificates could not be retrieved",
        ),
        (
            "GET",
            _CERTIFICATE,
            Action.CERTIFICATE_READ,
            certificates.read_certificate,
            200,
            "client certificate could not be retrieved",
        ),
        (
            "DELETE",
            _CERTIFICATE,
            Action.CERTIFICATE_DELETE,
            certificates.delete_certificate,
            204,
            "client certificate could not be deleted",
        ),
        ("GET", _OBJECTS, Action.OBJECT_LIST, objects.list_objects, 200, "objects could not be retrieved"),
        ("GET", _OBJECT, Action.OBJECT_READ, objects.read_object, 200, "object could not be retrieved"),
        ("DELETE", _OBJECT, Action.OBJECT_DELETE, objects.destroy_object, 204, "object could not be deleted"),
    )
)
