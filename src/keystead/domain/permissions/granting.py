"""Permissions for policies, roles and access groups, and for from where instances may be asked."""

from typing import Final

from keystead.domain.actions import Action, Role, Scope
from keystead.domain.permissions.row import ADMINISTRATORS, VIEWERS, WHICHEVER, Permission, Severity


def _policy(verb: str, roles: frozenset[Role], severity: Severity, says: str) -> Permission:
    return Permission(roles, Scope.GRANTING, f"iam-am.policy.{verb}", severity, says)


def _role(verb: str, severity: Severity, says: str) -> Permission:
    return Permission(ADMINISTRATORS, Scope.ROLES, f"iam-am.role.{verb}", severity, says)


def _group(event: str, severity: Severity, says: str) -> Permission:
    return Permission(ADMINISTRATORS, Scope.ROLES, f"iam-groups.{event}", severity, says)


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
    Action.ACCESS_GROUP_CREATE: _group("group.create", "warning", "create access group"),
    Action.ACCESS_GROUP_LIST: _group("group.read", "normal", "list access groups"),
    Action.ACCESS_GROUP_READ: _group("group.read", "normal", "read access group"),
    Action.ACCESS_GROUP_UPDATE: _group("group.update", "warning", "update access group"),
    Action.ACCESS_GROUP_DELETE: _group("group.delete", "critical", "delete access group"),
    Action.MEMBER_ADD: _group("member.add", "warning", "add members to access group"),
    Action.MEMBER_ADD_EVERYWHERE: _group("member.add", "warning", "add member to access groups"),
    Action.MEMBER_LIST: _group("member.read", "normal", "list members of access group"),
    Action.MEMBER_READ: _group("member.read", "normal", "check membership in access group"),
    Action.MEMBER_REMOVE: _group("member.delete", "critical", "remove member from access group"),
    Action.MEMBER_REMOVE_SEVERAL: _group("member.delete", "critical", "remove members from access group"),
    Action.MEMBER_REMOVE_EVERYWHERE: _group(
        "member.delete", "critical", "remove member from all access groups"
    ),
    Action.MEMBER_RULE_LIST: _group("rules.list", "normal", "list rules of access group"),
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
