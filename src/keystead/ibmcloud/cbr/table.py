"""The commands of `cbr`, spelled as IBM's plug-in documents them."""

from typing import Final

from keystead.ibmcloud.words import Command, Option

_FILE: Final = Option(
    "file", takes="FILE", says="JSON of the whole, as the API takes it; with no other option"
)
_ZONE: Final = (
    Option("name", takes="NAME", says="name of the zone"),
    Option("description", takes="TEXT", says="what it is for"),
    Option("addresses", takes="ADDRESS,...", says="addresses, ranges (first-last) and subnets"),
    Option("vpc", takes="CRN,...", says="VPCs; nothing calls from one here"),
    Option("service-ref", takes="NAME=VALUE,...", says="service_name=..., and location or service_instance"),
    Option("excluded", takes="ADDRESS,...", says="what is not in it all the same"),
    Option("empty-address-list", says="a zone that nothing is in"),
    _FILE,
)
_ON: Final = (
    Option("service-name", takes="SERVICE", says="kms or hs-crypto"),
    Option("service-group-id", takes="ID", says="refused: no group of services is here"),
    Option("service-instance", takes="GUID", says="only this instance"),
    Option("region", takes="REGION", says="only instances there"),
    Option("resource-type", takes="TYPE", says="refused: a rule is about instances and rings"),
    Option("resource", takes="ID", says="refused likewise"),
)
_RULE: Final = (
    Option("description", takes="TEXT", says="what it is for"),
    Option("resource-attributes", takes="NAME=VALUE,...", says="more of them, such as keyRing=ID"),
    Option("context-attributes", takes="NAME=VALUE,...", says="endpointType=... and networkZoneId=..."),
    Option("api-types", takes="CRN,...", says="APIs that it is about; all without it"),
    Option("enforcement-mode", takes="MODE", says="enabled (default), disabled or report"),
    *_ON,
    Option("resource-group-id", takes="ID", says="only instances of this group"),
    Option("tags", takes="NAME:VALUE,...", says="access tags; they narrow nothing here"),
    Option("zone-id", takes="ID,...", says="zones of the context"),
    Option("empty-context-list", says="a rule that lets nobody in"),
    _FILE,
)
_NO_TYPE: Final = Option("resource-type", takes="TYPE", says="refused: no service here has any")
_SORT: Final = Option("sort", takes="FIELD", says="with a hyphen before it for the other direction")

CBR: Final = (
    Command(
        "cbr zones",
        "List network zones.",
        "cbr.zones:zones",
        (),
        (Option("name", takes="NAME", says="only the one with this name"), _SORT),
    ),
    Command("cbr zone", "Show a network zone.", "cbr.zones:zone", ("ZONE-ID",)),
    Command("cbr zone-create", "Make a network zone.", "cbr.zones:create_zone", (), _ZONE),
    Command(
        "cbr zone-update",
        "Replace a network zone; what is not named is empty then.",
        "cbr.zones:update_zone",
        ("ZONE-ID",),
        _ZONE,
    ),
    Command(
        "cbr zone-patch",
        "Change a network zone; what is not named stays as it is.",
        "cbr.zones:patch_zone",
        ("ZONE-ID",),
        (
            Option("name", takes="NAME", says="name of the zone"),
            Option("description", takes="TEXT", says="what it is for"),
        ),
    ),
    Command("cbr zone-delete", "Delete a network zone.", "cbr.zones:delete_zone", ("ZONE-ID",)),
    Command(
        "cbr rules",
        "List context rules.",
        "cbr.rules:rules",
        (),
        (
            Option("enforcement-mode", takes="MODE", says="enabled, disabled or report"),
            *_ON,
            Option("zone-id", takes="ID", says="only those that name this zone"),
            _SORT,
        ),
    ),
    Command("cbr rule", "Show a context rule.", "cbr.rules:rule", ("RULE-ID",)),
    Command("cbr rule-create", "Make a context rule.", "cbr.rules:create_rule", (), _RULE),
    Command(
        "cbr rule-update",
        "Replace a context rule; what is not named is empty then.",
        "cbr.rules:update_rule",
        ("RULE-ID",),
        _RULE,
    ),
    Command(
        "cbr rule-patch",
        "Change a context rule; what is not named stays as it is.",
        "cbr.rules:patch_rule",
        ("RULE-ID",),
        (
            Option("description", takes="TEXT", says="what it is for"),
            Option("enforcement-mode", takes="MODE", says="enabled, disabled or report"),
        ),
    ),
    Command("cbr rule-delete", "Delete a context rule.", "cbr.rules:delete_rule", ("RULE-ID",)),
    Command("cbr services", "List services that rules can be about.", "cbr.services:services"),
    Command(
        "cbr service",
        "Show a service that rules can be about.",
        "cbr.services:service",
        ("SERVICE",),
        (_NO_TYPE,),
    ),
    Command(
        "cbr api-types",
        "List the API types that a rule may name.",
        "cbr.services:api_types",
        (),
        (
            Option("service-name", takes="SERVICE", says="kms or hs-crypto"),
            Option("service-group-id", takes="ID", says="no group of services is here"),
            _NO_TYPE,
        ),
    ),
    Command(
        "cbr service-ref-targets",
        "List services that a zone can refer to.",
        "cbr.services:targets",
        (),
        (Option("type", takes="TYPE", says="all (default) or platform_service"),),
    ),
    Command(
        "cbr service-ref-target",
        "Show a service that a zone can refer to.",
        "cbr.services:target",
        ("SERVICE-NAME",),
    ),
)
