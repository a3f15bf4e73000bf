"""Permissions for instances from outside: catalog, resource groups, tags."""

from typing import Final

from keystead.domain.actions import Action, Role, Scope
from keystead.domain.permissions.row import (
    ADMINISTRATORS,
    ANYBODY,
    EDITORS,
    OPERATORS,
    WHICHEVER,
    Permission,
    Severity,
)


def _catalog(event: str, says: str) -> Permission:
    return Permission(ANYBODY, Scope.PUBLIC, f"globalcatalog.{event}", "normal", says)


def _account(event: str, severity: Severity, says: str) -> Permission:
    return Permission(WHICHEVER, Scope.ACCOUNT, f"resource-controller.{event}", severity, says)


def _group(verb: str, roles: frozenset[Role], severity: Severity) -> Permission:
    event = f"resource-controller.group.{verb}"
    return Permission(roles, Scope.WHOLE_ACCOUNT, event, severity, f"{verb} resource group")


def _tagging(event: str, says: str, roles: frozenset[Role] = WHICHEVER) -> Permission:
    return Permission(roles, Scope.ACCOUNT, f"global-search-tagging.{event}", "normal", says)


OF_PROVISIONING: Final = {
    # Public as the document is, and as IBM's is (GC-4): it is the same on every server.
    Action.CATALOG_SEARCH: _catalog("entry.search", "search catalog"),
    Action.CATALOG_READ: _catalog("entry.read", "read catalog entry"),
    Action.CATALOG_PLANS: _catalog("plan.list", "list plans"),
    Action.CATALOG_DEPLOYMENTS: _catalog("deployment.list", "list deployments"),
    Action.CATALOG_CHILDREN: _catalog("child.list", "list children"),
    Action.GROUP_LIST: _account("group.list", "normal", "list resource groups"),
    Action.GROUP_READ: _account("group.read", "normal", "read resource group"),
    # Their commands ask for a grant on all of the group, or of the account.
    Action.GROUP_CREATE: _group("create", EDITORS, "warning"),
    Action.GROUP_UPDATE: _group("update", OPERATORS, "warning"),
    Action.GROUP_DELETE: _group("delete", ADMINISTRATORS, "critical"),
    Action.QUOTA_LIST: _account("quota.list", "normal", "list quota definitions"),
    Action.QUOTA_READ: _account("quota.read", "normal", "read quota definition"),
    Action.INSTANCE_LIST: _account("instance.list", "normal", "list instances"),
    Action.INSTANCE_READ: Permission(
        WHICHEVER, Scope.HELD, "resource-controller.instance.read", "normal", "read instance"
    ),
    Action.INSTANCE_CREATE: Permission(
        EDITORS, Scope.WHOLE_ACCOUNT, "kms.instance.create", "normal", "create instance"
    ),
    # Its command asks for more where another plan is wanted.
    Action.INSTANCE_UPDATE: Permission(
        OPERATORS, Scope.WHOLE, "kms.instance.update", "warning", "update instance"
    ),
    Action.INSTANCE_LOCK: Permission(EDITORS, Scope.WHOLE, "kms.instance.update", "warning", "lock instance"),
    Action.INSTANCE_UNLOCK: Permission(
        EDITORS, Scope.WHOLE, "kms.instance.update", "warning", "unlock instance"
    ),
    Action.INSTANCE_DELETE: Permission(
        EDITORS, Scope.WHOLE, "kms.instance.delete", "critical", "delete instance"
    ),
    Action.ENDPOINTS_READ: Permission(
        WHICHEVER, Scope.HELD, "hs-crypto.instances.read", "normal", "read endpoints of instance"
    ),
    Action.RESOURCE_KEY_LIST: _account("key.list", "normal", "list resource keys"),
    Action.RESOURCE_KEY_LIST_INSTANCE: Permission(
        WHICHEVER, Scope.HELD, "resource-controller.key.list", "normal", "list resource keys of instance"
    ),
    Action.INSTANCE_CANCEL: Permission(
        EDITORS, Scope.WHOLE, "kms.instance.update", "warning", "cancel operation on instance"
    ),
    Action.RECLAMATION_RECLAIM: Permission(
        EDITORS, Scope.ACCOUNT, "kms.instance.delete", "critical", "reclaim instance"
    ),
    Action.RECLAMATION_RESTORE: Permission(
        EDITORS, Scope.ACCOUNT, "kms.instance.restore", "warning", "restore instance"
    ),
    Action.RECLAMATION_LIST: _account("reclamation.list", "normal", "list reclamations"),
    Action.RESOURCE_SEARCH: _tagging("resource.search", "search resources"),
    Action.TAG_LIST: _tagging("tag.list", "list tags"),
    # Their commands ask for more where the tags are access tags.
    Action.TAG_ATTACH: _tagging("tag.attach", "attach tags", EDITORS),
    Action.TAG_DETACH: _tagging("tag.detach", "detach tags", EDITORS),
    Action.TAG_DELETE: _tagging("tag.delete", "delete tag", EDITORS),
}
