"""The route table around instances. Source: ``spec/iam-and-provisioning.md`` sections 0 and 5."""

from typing import Final

from keystead.domain.actions import Action
from keystead.domain.catalog import ANY_KIND
from keystead.protocols.http.routes import Door, Route
from keystead.protocols.provisioning import (
    broker,
    catalog,
    reclamations,
    resource_groups,
    resource_instances,
    searching,
    tags,
    writing_instances,
)
from keystead.protocols.provisioning.answers import fault


def _row(method: str, path: str, action: Action, door: Door, phrase: str, code: int = 200) -> Route:
    return Route(method=method, path=path, action=action, door=door, code=code, phrase=phrase, fault=fault)


_ENTRY: Final = "/api/v1/{entry}"
_CATALOG: Final = tuple(
    _row("GET", path, action, door, "Catalog could not be read")
    for path, action, door in (
        ("/api/v1/", Action.CATALOG_SEARCH, catalog.search),
        (_ENTRY, Action.CATALOG_READ, catalog.read),
        (f"{_ENTRY}/plan", Action.CATALOG_PLANS, catalog.children("plan")),
        (f"{_ENTRY}/deployment", Action.CATALOG_DEPLOYMENTS, catalog.children("deployment")),
        (f"{_ENTRY}/*", Action.CATALOG_CHILDREN, catalog.children(ANY_KIND)),
        (f"{_ENTRY}/%2A", Action.CATALOG_CHILDREN, catalog.children(ANY_KIND)),  # as clients write it
    )
)

_GROUPS: Final = "/v2/resource_groups"
_GROUP: Final = f"{_GROUPS}/{{group}}"
_QUOTAS: Final = "/v2/quota_definitions"
_RESOURCE_GROUPS: Final = tuple(
    _row(method, path, action, door, f"Resource group could not be {what}", code)
    for method, path, action, door, what, code in (
        ("GET", _GROUPS, Action.GROUP_LIST, resource_groups.list_groups, "retrieved", 200),
        ("GET", _GROUP, Action.GROUP_READ, resource_groups.read_group, "retrieved", 200),
        ("POST", _GROUPS, Action.GROUP_CREATE, resource_groups.create_group, "created", 201),
        ("PATCH", _GROUP, Action.GROUP_UPDATE, resource_groups.rename_group, "updated", 200),
        ("DELETE", _GROUP, Action.GROUP_DELETE, resource_groups.delete_group, "deleted", 204),
    )
)
_QUOTA_DEFINITIONS: Final = (
    _row("GET", _QUOTAS, Action.QUOTA_LIST, resource_groups.list_quotas, "Quotas could not be retrieved"),
    _row(
        "GET",
        f"{_QUOTAS}/{{quota}}",
        Action.QUOTA_READ,
        resource_groups.read_quota,
        "Quota could not be retrieved",
    ),
)
_TAGS: Final = (
    _row(
        "POST", "/v3/resources/search", Action.RESOURCE_SEARCH, searching.search, "Search could not be done"
    ),
    _row("GET", "/v3/tags", Action.TAG_LIST, tags.list_tags, "Tags could not be retrieved"),
    _row(
        "POST", "/v3/tags/attach", Action.TAG_ATTACH, tags.change_tags("attach"), "Tags could not be attached"
    ),
    _row(
        "POST", "/v3/tags/detach", Action.TAG_DETACH, tags.change_tags("detach"), "Tags could not be detached"
    ),
    _row("DELETE", "/v3/tags/{tag}", Action.TAG_DELETE, tags.delete_tag, "Tag could not be deleted"),
)
_READ: Final = "Resource instance could not be retrieved"
_ONE: Final = "/{instance}"
_INSTANCES: Final = tuple(
    _row("GET", path, action, door, _READ)
    for root in ("/v2/resource_instances", "/v1/resource_instances")  # the second is that of old clients
    for path, action, door in (
        (root, Action.INSTANCE_LIST, resource_instances.list_instances),
        (f"{root}{_ONE}", Action.INSTANCE_READ, resource_instances.read_instance),
    )
)
_WRITING: Final = tuple(
    _row(method, f"{root}{path}", action, door, f"Resource instance could not be {what}", code)
    for root in ("/v2/resource_instances", "/v1/resource_instances")
    for method, path, action, door, what, code in (
        ("POST", "", Action.INSTANCE_CREATE, writing_instances.create_instance, "created", 201),
        ("PATCH", _ONE, Action.INSTANCE_UPDATE, writing_instances.update_instance, "updated", 200),
        ("DELETE", _ONE, Action.INSTANCE_DELETE, writing_instances.delete_instance, "deleted", 204),
        ("POST", f"{_ONE}/lock", Action.INSTANCE_LOCK, writing_instances.lock_instance, "locked", 200),
        (
            "DELETE",
            f"{_ONE}/lock",
            Action.INSTANCE_UNLOCK,
            writing_instances.unlock_instance,
            "unlocked",
            200,
        ),
        (
            "DELETE",
            f"{_ONE}/last_operation",
            Action.INSTANCE_CANCEL,
            writing_instances.cancel_operation,
            "cancelled",
            200,
        ),
    )
)
_AROUND_INSTANCES: Final = tuple(
    _row("GET", path, action, door, f"{what} could not be retrieved")
    for path, action, door, what in (
        (
            "/v2/resource_instances/{instance}/resource_keys",
            Action.RESOURCE_KEY_LIST_INSTANCE,
            resource_instances.list_keys,
            "Resource keys",
        ),
        ("/v2/resource_keys", Action.RESOURCE_KEY_LIST, resource_instances.list_keys, "Resource keys"),
        (
            "/v1/reclamations",
            Action.RECLAMATION_LIST,
            reclamations.list_reclamations,
            "Reclamations",
        ),
    )
)
_BROKER: Final = _row(
    "GET",
    "/crypto_v2/instances/{instance}",
    Action.ENDPOINTS_READ,
    broker.read_endpoints,
    "Endpoints could not be retrieved",
)
_RECLAMATIONS: Final = tuple(
    _row(
        "POST",
        f"/v1/reclamations/{{reclamation}}/actions/{way}",
        action,
        door,
        f"Resource instance could not be {what}",
    )
    for way, action, door, what in (
        ("reclaim", Action.RECLAMATION_RECLAIM, reclamations.end_by("reclaim"), "reclaimed"),
        ("restore", Action.RECLAMATION_RESTORE, reclamations.end_by("restore"), "restored"),
    )
)

ROUTES: Final = (
    *_CATALOG,
    *_RESOURCE_GROUPS,
    *_QUOTA_DEFINITIONS,
    *_TAGS,
    *_INSTANCES,
    *_WRITING,
    *_AROUND_INSTANCES,
    *_RECLAMATIONS,
    _BROKER,
)
