"""The route table around instances. Source: ``spec/iam-and-provisioning.md`` sections 0 and 5."""

from typing import Final

from keystead.domain.permissions import Action
from keystead.protocols.http.routes import Door, Route
from keystead.protocols.provisioning import catalog
from keystead.protocols.provisioning.answers import fault


def _row(method: str, path: str, action: Action, door: Door, phrase: str) -> Route:
    return Route(method=method, path=path, action=action, door=door, code=200, phrase=phrase, fault=fault)


_ENTRY: Final = "/api/v1/{entry}"
_CATALOG: Final = tuple(
    _row("GET", path, action, door, "Catalog could not be read")
    for path, action, door in (
        ("/api/v1/", Action.CATALOG_SEARCH, catalog.search),
        (_ENTRY, Action.CATALOG_READ, catalog.read),
        (f"{_ENTRY}/plan", Action.CATALOG_PLANS, catalog.children("plan")),
        (f"{_ENTRY}/deployment", Action.CATALOG_DEPLOYMENTS, catalog.children("deployment")),
    )
)

ROUTES: Final = _CATALOG
