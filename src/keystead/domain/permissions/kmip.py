"""Permissions for KMIP adapters, their certificates and their objects."""

from typing import Final

from keystead.domain.actions import Action, Scope
from keystead.domain.permissions.row import KMIP_MANAGERS, Permission, Severity


def _kmip(verb: str, severity: Severity, says: str) -> Permission:
    return Permission(KMIP_MANAGERS, Scope.INSTANCE, f"kms.kmip-management.{verb}", severity, says)


OF_KMIP: Final = {
    Action.ADAPTER_CREATE: _kmip("create", "normal", "create KMIP adapter"),
    Action.ADAPTER_LIST: _kmip("list", "normal", "list KMIP adapters"),
    Action.ADAPTER_READ: _kmip("read", "normal", "read KMIP adapter"),
    Action.ADAPTER_DELETE: _kmip("delete", "warning", "delete KMIP adapter"),
    Action.CERTIFICATE_CREATE: _kmip("create", "normal", "create KMIP client certificate"),
    Action.CERTIFICATE_LIST: _kmip("list", "normal", "list KMIP client certificates"),
    Action.CERTIFICATE_READ: _kmip("read", "normal", "read KMIP client certificate"),
    Action.CERTIFICATE_DELETE: _kmip("delete", "warning", "delete KMIP client certificate"),
    Action.OBJECT_LIST: _kmip("list", "normal", "list KMIP objects"),
    Action.OBJECT_READ: _kmip("read", "normal", "read KMIP object"),
    Action.OBJECT_DELETE: _kmip("delete", "warning", "delete KMIP object"),
}
