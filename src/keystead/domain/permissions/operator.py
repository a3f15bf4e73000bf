"""Permissions for what is ordered on the server's machine, by a developer, or by time."""

from typing import Final

from keystead.domain.actions import Action, Scope
from keystead.domain.permissions.row import ANYBODY, MANAGERS, Permission, Severity


def _ack(verb: str, what: str) -> Permission:
    return Permission(
        ANYBODY, Scope.SERVICE, f"kms.secrets.ack-{verb}", "normal", f"acknowledge {what} of secret"
    )


def _receiver(event: str, severity: Severity, says: str) -> Permission:
    return Permission(ANYBODY, Scope.OPERATOR, f"keystead.{event}", severity, says)


OF_OPERATOR: Final = {
    Action.SERVICE_BEGIN: Permission(
        ANYBODY, Scope.OPERATOR, "kms.instance.create", "normal", "create instance"
    ),
    Action.IDENTITY_CREATE: Permission(
        ANYBODY, Scope.OPERATOR, "iam-identity.identity.create", "warning", "create identity"
    ),
    Action.IDENTITY_REMOVE: Permission(
        ANYBODY, Scope.OPERATOR, "iam-identity.identity.delete", "critical", "remove identity"
    ),
    Action.API_KEY_GIVE: Permission(
        ANYBODY, Scope.OPERATOR, "iam-identity.apikey.create", "warning", "create API key"
    ),
    Action.GRANT_CREATE: Permission(
        ANYBODY, Scope.OPERATOR, "iam-am.policy.create", "warning", "grant roles"
    ),
    Action.INSTANCE_REOPEN: Permission(
        ANYBODY,
        Scope.OPERATOR,
        "keystead.instance-policies.reopen",
        "critical",
        "turn off where requests may come from",
    ),
    Action.SIGNING_KEY_ROTATE: Permission(
        ANYBODY,
        Scope.OPERATOR,
        "keystead.signing-key.rotate",
        "critical",
        "rotate the key that signs access tokens",
    ),
    Action.DEV_CLOCK: Permission(
        MANAGERS, Scope.INSTANCE, "keystead.dev-clock.move", "warning", "move the clock"
    ),
    Action.DEV_FAULTS: Permission(
        MANAGERS, Scope.INSTANCE, "keystead.dev-faults.order", "warning", "order faults"
    ),
    Action.DEV_INSTANCE: Permission(
        MANAGERS, Scope.INSTANCE, "keystead.dev-instance.create", "warning", "create emulated instance"
    ),
    Action.TIME_EXPIRE: Permission(ANYBODY, Scope.SERVICE, "kms.secrets.expire", "normal", "expire secret"),
    Action.TIME_ROTATE: Permission(ANYBODY, Scope.SERVICE, "kms.secrets.rotate", "warning", "rotate secret"),
    Action.TIME_PURGE: Permission(ANYBODY, Scope.SERVICE, "kms.secrets.purge", "critical", "purge secret"),
    Action.TIME_RECLAIM: Permission(
        ANYBODY, Scope.SERVICE, "kms.instance.delete", "critical", "reclaim instance"
    ),
    Action.TIME_ACK_ROTATE: _ack("rotate", "rotation"),
    Action.TIME_ACK_RESTORE: _ack("restore", "restoration"),
    Action.TIME_ACK_ENABLE: _ack("enable", "enabling"),
    Action.TIME_ACK_DISABLE: _ack("disable", "disabling"),
    Action.TIME_ACK_DELETE: _ack("delete", "deletion"),
    Action.RECEIVER_SET: _receiver("receivers.set", "critical", "set receiver of a service"),
    Action.RECEIVER_REMOVE: _receiver("receivers.remove", "critical", "remove receiver of a service"),
    Action.RECEIVER_LIST: _receiver("receivers.list", "normal", "list receivers of services"),
    Action.NOTICE_LIST: _receiver("notices.list", "normal", "list events for services"),
}
