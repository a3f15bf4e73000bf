"""The commands of `resource`. Source: ``spec/cli.md`` 2.3."""

from typing import Final

from keystead.ibmcloud.words import Command, Option

_GROUP: Final = Option("group", "g", "GROUP", "accepted; there is one group")
_LOCATION: Final = Option("location", takes="REGION", says="only in this region")
_TYPE: Final = Option("type", takes="TYPE", says="only of this type")
_PARAMETERS: Final = Option("parameters", "p", "JSON|@FILE", "a JSON object")
_NAMED: Final = "NAME_OR_ID"

RESOURCE: Final = (
    Command(
        "resource service-instances",
        "List instances.",
        "resource.reading:instances",
        options=(
            Option("service-name", takes="SERVICE", says="only of this service, kms or hs-crypto"),
            _LOCATION,
            _TYPE,
            _GROUP,
            Option("all-resource-groups", says="accepted; there is one group"),
            Option("long", says="ids as well"),
            Option("limit", takes="N", says="at most so many"),
        ),
    ),
    Command(
        "resource service-instance",
        "Show an instance.",
        "resource.reading:instance",
        (_NAMED,),
        (Option("id", says="only its CRN and GUID"), _LOCATION, _TYPE, _GROUP),
    ),
    Command(
        "resource service-instance-create",
        "Make an instance.",
        "resource.writing:create",
        ("NAME", "SERVICE", "PLAN", "LOCATION"),
        (
            _PARAMETERS,
            _GROUP,
            Option("service-endpoints", takes="KIND", says="public, private or public-and-private"),
            Option("allow-cleanup", says="noted, and shown"),
            Option("lock", says="lock it"),
        ),
    ),
    Command(
        "resource service-instance-update",
        "Change an instance.",
        "resource.writing:update",
        (_NAMED,),
        (
            Option("name", "n", "NAME", "its new name"),
            _PARAMETERS,
            Option("service-plan-id", takes="ID", says="its new plan"),
        ),
    ),
    Command(
        "resource service-instance-delete",
        "Remove an instance.",
        "resource.writing:delete",
        (_NAMED,),
        (
            Option("force", "f", says="do not ask"),
            Option("recursive", says="with what belongs to it"),
            _GROUP,
        ),
    ),
    *(
        Command(
            f"resource service-instance-{verb}",
            says,
            f"resource.writing:{verb}",
            (_NAMED,),
            (Option("force", "f", says="accepted; nothing is asked"),),
        )
        for verb, says in (
            ("lock", "Keep an instance from change."),
            ("unlock", "Let an instance be changed again."),
        )
    ),
    Command(
        "resource groups",
        "List resource groups.",
        "resource.reading:groups",
        options=(Option("default", says="only the default one"),),
    ),
    Command(
        "resource group",
        "Show a resource group.",
        "resource.reading:group",
        ("NAME",),
        (Option("id", says="only its id"),),
    ),
    Command("resource reclamations", "List what can be reclaimed: nothing.", "resource.reading:nothing"),
    Command("resource service-keys", "List resource keys: none.", "resource.reading:nothing"),
)
