"""The commands of `iam` for access groups. Source: IBM's command reference; the form is ``spec/cli.md``'s."""

from typing import Final

from keystead.ibmcloud.words import Command, Option

_DESCRIPTION: Final = Option("description", "d", "TEXT", "what it is for")
_FORCE: Final = Option("force", "f", says="do not ask")
_UNASKED: Final = Option("force", "f", says="accepted; nobody is asked")
_GROUP: Final = ("GROUP",)


def _of(kind: str, whom: str, place: str, name: str) -> tuple[Command, ...]:
    """Return the commands for members of one kind."""
    path, run = f"iam access-group-{kind}", f"iam.group_members:{{}}_{name}"
    return (
        Command(f"{path}s", f"List the {whom}s in an access group.", run.format("list"), _GROUP),
        Command(
            f"{path}-add",
            f"Add {whom}s to an access group.",
            run.format("add"),
            (*_GROUP, place, f"[{place}2...]"),
        ),
        Command(
            f"{path}-remove",
            f"Remove a {whom} from an access group.",
            run.format("remove"),
            (*_GROUP, place),
            (_UNASKED,),
        ),
        Command(
            f"{path}-purge",
            f"Remove a {whom} from all access groups.",
            run.format("purge"),
            (place,),
            (_FORCE,),
        ),
    )


ACCESS_GROUPS: Final = (
    Command(
        "iam access-groups",
        "List access groups.",
        "iam.groups:groups",
        options=(
            Option("user", "u", "USER", "those that a user is in"),
            Option("service-id", "s", "SERVICE_ID", "those that a service id is in"),
            Option("trusted-profile", "p", "PROFILE", "those that a trusted profile is in"),
        ),
    ),
    Command(
        "iam access-group",
        "Show an access group.",
        "iam.groups:group",
        _GROUP,
        (Option("id", says="only its id"),),
    ),
    Command(
        "iam access-group-create",
        "Make an access group.",
        "iam.groups:create_group",
        ("NAME",),
        (_DESCRIPTION,),
    ),
    Command(
        "iam access-group-update",
        "Change an access group; what is not named stays as it is.",
        "iam.groups:update_group",
        _GROUP,
        (Option("name", "n", "NAME", "what it is called from now on"), _DESCRIPTION, _UNASKED),
    ),
    Command(
        "iam access-group-delete",
        "Delete an access group, and what it was granted.",
        "iam.groups:delete_group",
        _GROUP,
        (_FORCE, Option("recursive", "r", says="also where it has members")),
    ),
    *_of("user", "user", "USER", "user"),
    *_of("service-id", "service id", "SERVICE_ID", "service_id"),
    *_of("trusted-profile", "trusted profile", "PROFILE", "profile"),
)
