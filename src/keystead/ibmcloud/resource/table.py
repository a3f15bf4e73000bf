"""The commands of `resource`. Source: ``spec/cli.md`` 2.3."""

from typing import Final

from keystead.ibmcloud.words import Command, Option

_GROUP: Final = Option("group", "g", "GROUP", "only in this resource group")
_NEW_IN: Final = Option("group", "g", "GROUP", "in this resource group; the one targeted without it")
_FORCE: Final = Option("force", "f", says="do not ask")
_COMMENT: Final = Option("comment", takes="TEXT", says="why")
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
            Option("all-resource-groups", says="and not only in the one targeted"),
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
            _NEW_IN,
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
            _FORCE,
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
        "resource.groups:listed",
        options=(Option("default", says="only the default one"),),
    ),
    Command(
        "resource group",
        "Show a resource group.",
        "resource.groups:shown",
        ("NAME",),
        (Option("id", says="only its id"),),
    ),
    Command("resource group-create", "Make a resource group.", "resource.groups:create", ("NAME",)),
    Command(
        "resource group-update",
        "Rename a resource group.",
        "resource.groups:update",
        ("NAME_OR_ID",),
        (
            Option("name", "n", "NAME", "its new name"),
            Option("force", "f", says="accepted; nothing is asked"),
        ),
    ),
    Command(
        "resource group-delete",
        "Delete a resource group that holds no instance.",
        "resource.groups:delete",
        ("NAME_OR_ID",),
        (_FORCE,),
    ),
    Command(
        "resource reclamations",
        "List deleted instances that can be restored.",
        "resource.reclamations:listed",
        options=(Option("resource-instance-id", takes="ID", says="only of this instance"),),
    ),
    Command(
        "resource reclamation-restore",
        "Restore a deleted instance.",
        "resource.reclamations:restore",
        ("ID",),
        (_COMMENT, Option("force", "f", says="accepted; nothing is asked")),
    ),
    Command(
        "resource reclamation-delete",
        "Remove a deleted instance for good.",
        "resource.reclamations:delete",
        ("ID",),
        (_COMMENT, _FORCE),
    ),
    Command(
        "resource service-keys",
        "List resource keys: none.",
        "resource.reading:nothing",
        options=(
            Option("instance-id", takes="ID", says="accepted"),
            Option("instance-name", takes="NAME", says="accepted"),
            Option("all-resource-groups", says="accepted"),
            _GROUP,
        ),
    ),
    Command(
        "resource service-key-create",
        "Refused: API keys of service ids are what opens an instance.",
        "resource.writing:no_key",
        ("NAME", "[ROLE]"),
        (
            Option("instance-id", takes="ID"),
            Option("instance-name", takes="NAME"),
            Option("service-id", takes="ID"),
            _PARAMETERS,
            _GROUP,
        ),
    ),
    Command(
        "catalog service", "Show a service with its plans and regions.", "resource.catalog:service", (_NAMED,)
    ),
    Command("catalog service-marketplace", "List the services.", "resource.catalog:marketplace"),
    Command("catalog search", "Search the services by words.", "resource.catalog:search", ("[QUERY]",)),
)
