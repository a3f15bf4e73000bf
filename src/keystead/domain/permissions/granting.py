"""Permissions for policies and roles, and for from where instances may be asked."""

from typing import Final

from keystead.domain.actions import Action, Role, Scope
from keystead.domain.permissions.row import ADMINISTRATORS, VIEWERS, WHICHEVER, Permission, Severity


def _policy(verb: str, roles: frozenset[Role], severity: Severity, says: str) -> Permission:
    return Permission(roles, Scope.GRANTING, f"iam-am.policy.{verb}", severity, says)


def _role(verb: str, severity: Severity, says: str) -> Permission:
    return Permission(ADMINISTRATORS, Scope.ROLES, f"iam-am.role.{verb}", severity, says)


def _context(event: str, roles: frozenset[Role], severity: Severity, says: str) -> Permission:
    return Permission(roles, Scope.CONTEXTS, f"context-based-restrictions.{event}", severity, says)


OF_GRANTING: Final = {
    Action.POLICY_CREATE: _policy("create", ADMINISTRATORS, "warning", "create policy"),
    Action.POLICY_LIST: _policy("list", VIEWERS, "normal", "list policies"),
    Action.POLICY_READ: _policy("read", VIEWERS, "normal", "read policy"),
    Action.POLICY_REPLACE: _policy("update", ADMINISTRATORS, "warning", "update policy"),
    Action.POLICY_RESTORE: _policy("restore", ADMINISTRATORS, "warning", "restore policy"),
    Action.POLICY_DELETE: _policy("delete", ADMINISTRATORS, "critical", "delete policy"),
    Action.ROLE_CREATE: _role("create", "warning", "create role"),
    Action.ROLE_REPLACE: _role("update", "warning", "update role"),
    Action.ROLE_DELETE: _role("delete", "critical", "delete role"),
    # Roles are shown to whoever holds anything in the account: they say what he could ask for.
    Action.ROLE_LIST: Permission(WHICHEVER, Scope.GRANTING, "iam-am.role.list", "normal", "list roles"),
    Action.ROLE_READ: Permission(WHICHEVER, Scope.GRANTING, "iam-am.role.read", "normal", "read role"),
    Action.ZONE_CREATE: _context("zone.create", ADMINISTRATORS, "warning", "create network zone"),
    Action.ZONE_LIST: _context("zone.list", VIEWERS, "normal", "list network zones"),
    Action.ZONE_READ: _context("zone.read", VIEWERS, "normal", "read network zone"),
    Action.ZONE_REPLACE: _context("zone.update", ADMINISTRATORS, "warning", "update network zone"),
    Action.ZONE_DELETE: _context("zone.delete", ADMINISTRATORS, "critical", "delete network zone"),
    # What IBM's API calls a rule, its events call a policy.
    Action.RULE_CREATE: _context("policy.create", ADMINISTRATORS, "warning", "create context rule"),
    Action.RULE_LIST: _context("policy.list", VIEWERS, "normal", "list context rules"),
    Action.RULE_READ: _context("policy.read", VIEWERS, "normal", "read context rule"),
    Action.RULE_REPLACE: _context("policy.update", ADMINISTRATORS, "warning", "update context rule"),
    Action.RULE_DELETE: _context("policy.delete", ADMINISTRATORS, "critical", "delete context rule"),
    Action.CONTEXT_SETTINGS_READ: _context(
        "account-settings.read", VIEWERS, "normal", "read settings of context rules"
    ),
    Action.CONTEXT_OPERATION_LIST: _context(
        "operations.list", VIEWERS, "normal", "list operations for context rules"
    ),
    Action.SERVICE_REF_LIST: _context(
        "service-references.list", VIEWERS, "normal", "list service references"
    ),
    Action.SERVICE_REF_READ: _context("service-references.read", VIEWERS, "normal", "read service reference"),
}
