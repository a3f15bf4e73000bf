"""The commands of `iam` for trusted profiles. Source: ``spec/cli.md`` 2.2."""

from typing import Final

from keystead.ibmcloud.words import Command, Option

_DESCRIPTION: Final = Option("description", "d", "TEXT", "what it is for")
_FORCE: Final = Option("force", "f", says="do not ask")
_PROFILE: Final = ("NAME_OR_ID",)
_WHO: Final = (
    Option("id", takes="ID", says="a user, service id, or the CRN of a service"),
    Option("type", takes="TYPE", says="user, serviceid or crn"),
)

PROFILES: Final = (
    Command("iam trusted-profiles", "List trusted profiles.", "iam.profiles:profiles"),
    Command(
        "iam trusted-profile",
        "Show a trusted profile.",
        "iam.profiles:profile",
        _PROFILE,
        (Option("uuid", says="only its id"),),
    ),
    Command(
        "iam trusted-profile-create",
        "Make a trusted profile.",
        "iam.profiles:create_profile",
        ("NAME",),
        (_DESCRIPTION,),
    ),
    Command(
        "iam trusted-profile-delete",
        "Delete a trusted profile.",
        "iam.profiles:delete_profile",
        _PROFILE,
        (_FORCE,),
    ),
    Command(
        "iam trusted-profile-identities",
        "List who may be a trusted profile.",
        "iam.profiles:trusted",
        _PROFILE,
    ),
    Command(
        "iam trusted-profile-identity-create",
        "Let somebody be a trusted profile.",
        "iam.profiles:create_trusted",
        _PROFILE,
        (*_WHO, _DESCRIPTION),
    ),
    Command(
        "iam trusted-profile-identity-delete",
        "Let somebody be a trusted profile no longer.",
        "iam.profiles:delete_trusted",
        _PROFILE,
        (*_WHO, _FORCE),
    ),
)
