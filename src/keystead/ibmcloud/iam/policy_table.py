"""The commands of `iam` for policies, roles and authorizations. Source: ``spec/cli.md`` 2.2."""

from typing import Final

from keystead.ibmcloud.words import Command, Option

_FORCE: Final = Option("force", "f", says="do not ask")
_ROLES: Final = Option("roles", "r", "ROLE,...", "names of roles, with commas between several")
_ON: Final = (
    Option("service-name", takes="SERVICE", says="kms or hs-crypto; all services without it"),
    Option("service-instance", takes="INSTANCE", says="by id, CRN or name"),
    Option("region", takes="REGION", says="only instances there"),
    Option("resource-type", takes="TYPE", says="key, for a single one"),
    Option("resource", takes="ID", says="the key's id"),
    Option("resource-group-id", takes="ID", says="only instances of this group"),
    Option("resource-group-name", takes="NAME", says="the same by name"),
    Option("attributes", takes="NAME=VALUE,...", says="more of them, such as keyRing=ID"),
    Option("account-management", says="account management alone; no server here grants that"),
    Option("tags", takes="NAME:VALUE,...", says="access tags; no server here grants by them"),
)
_VERSION: Final = Option(
    "api-version", takes="VERSION", says="v1 (default) or v2, which has conditions on time"
)
_FILE: Final = Option(
    "file", takes="FILE", says="JSON of the whole, as the API takes it; with no other option"
)
_SAYS: Final = (_FILE, _ROLES, *_ON, Option("force", "f", says="accepted; nothing is asked"), _VERSION)
_ACTIONS: Final = Option("actions", takes="ACTION,...", says="such as kms.secrets.wrap")
_ROLE: Final = (
    Option("display-name", takes="NAME", says="how it is shown"),
    _ACTIONS,
    Option("description", "d", "TEXT", "what it is for"),
)


def _of(kind: str, whose: str, place: str, name: str) -> tuple[Command, ...]:
    run, one = f"iam.policies:{{}}{name}_polic{{}}", (place, "POLICY_ID")
    return (
        Command(
            f"iam {kind}-policies",
            f"List the policies of {whose}.",
            run.format("", "ies"),
            (place,),
            (_VERSION, Option("force", "f", says="accepted; nothing is asked")),
        ),
        Command(f"iam {kind}-policy", f"Show a policy of {whose}.", run.format("", "y"), one, (_VERSION,)),
        Command(
            f"iam {kind}-policy-create",
            f"Grant roles to {whose}.",
            run.format("create_", "y"),
            (place,),
            _SAYS,
        ),
        Command(
            f"iam {kind}-policy-update",
            f"Change a policy of {whose}; what is not named stays as it is.",
            run.format("update_", "y"),
            one,
            _SAYS,
        ),
        Command(
            f"iam {kind}-policy-delete",
            f"Delete a policy of {whose}.",
            run.format("delete_", "y"),
            one,
            (_FORCE,),
        ),
    )


POLICIES: Final = (
    *_of("user", "a user", "USER", "user"),
    *_of("service", "a service id", "SERVICE_ID", "service"),
    *_of("trusted-profile", "a trusted profile", "NAME_OR_ID", "profile"),
    Command(
        "iam roles",
        "List roles.",
        "iam.roles:roles",
        (),
        (Option("service", takes="SERVICE", says="roles of this service, too"),),
    ),
    Command("iam role", "Show a role of the account.", "iam.roles:role", ("NAME_OR_ID",)),
    Command(
        "iam role-create",
        "Make a role of actions in one service.",
        "iam.roles:create_role",
        ("NAME",),
        (Option("service-name", takes="SERVICE", says="kms or hs-crypto"), *_ROLE),
    ),
    Command(
        "iam role-update", "Change a role of the account.", "iam.roles:update_role", ("NAME_OR_ID",), _ROLE
    ),
    Command(
        "iam role-delete",
        "Delete a role of the account.",
        "iam.roles:delete_role",
        ("NAME_OR_ID",),
        (_FORCE,),
    ),
    Command("iam authorization-policies", "List authorizations.", "iam.authorizations:authorizations"),
    Command(
        "iam authorization-policy",
        "Show an authorization.",
        "iam.authorizations:authorization",
        ("ID",),
        (_VERSION,),
    ),
    Command(
        "iam authorization-policy-create",
        "Let a service use keys of another one.",
        "iam.authorizations:create_authorization",
        ("[SOURCE_SERVICE]", "[TARGET_SERVICE]", "[ROLE,...]"),
        (
            Option("source-service-instance-id", takes="ID", says="only this one of the source"),
            Option(
                "source-service-instance-name", takes="NAME", says="the same by name, of kms or hs-crypto"
            ),
            Option("source-service-account", takes="ID", says="account of the source; only your own here"),
            Option("source-resource-group-id", takes="ID", says="refused: a CRN names no group"),
            Option("source-resource-type", takes="TYPE", says="only what is of this type there"),
            Option("source-resource", takes="ID", says="only this there"),
            Option("target-service-instance-id", takes="ID", says="only this one of the target"),
            Option("target-service-instance-name", takes="NAME", says="the same by name"),
            Option("target-resource-group-id", takes="ID", says="only those of this group"),
            Option("target-resource-type", takes="TYPE", says="key, for a single one"),
            Option("target-resource", takes="ID", says="the key's id"),
            _FILE,
        ),
    ),
    Command(
        "iam authorization-policy-delete",
        "Take an authorization away.",
        "iam.authorizations:delete_authorization",
        ("ID",),
        (_FORCE,),
    ),
)
