"""The route table of the identity API. Source: ``spec/iam-and-provisioning.md`` section 2."""

from typing import Final

from keystead.domain.permissions import Action
from keystead.protocols.http.routes import Door, Route
from keystead.protocols.iam import api_keys, service_ids
from keystead.protocols.iam.identity_errors import fault

_Row = tuple[str, str, Action, Door, int, str]
_KEYS: Final = "/v1/apikeys"
_KEY: Final = f"{_KEYS}/{{apikey}}"
_IDS: Final = "/v1/serviceids"
_ID: Final = f"{_IDS}/{{serviceid}}"
_API_KEYS: Final[tuple[_Row, ...]] = (
    ("POST", _KEYS, Action.API_KEY_CREATE, api_keys.create, 201, "created"),
    ("GET", _KEYS, Action.API_KEY_LIST, api_keys.list_keys, 200, "listed"),
    ("GET", f"{_KEYS}/details", Action.API_KEY_DETAILS, api_keys.details, 200, "retrieved"),
    ("GET", _KEY, Action.API_KEY_READ, api_keys.read_key, 200, "retrieved"),
    ("PUT", _KEY, Action.API_KEY_UPDATE, api_keys.update, 200, "updated"),
    ("DELETE", _KEY, Action.API_KEY_DELETE, api_keys.delete, 204, "deleted"),
    ("POST", f"{_KEY}/lock", Action.API_KEY_LOCK, api_keys.lock(locked=True), 204, "locked"),
    ("DELETE", f"{_KEY}/lock", Action.API_KEY_UNLOCK, api_keys.lock(locked=False), 204, "unlocked"),
    ("POST", f"{_KEY}/disable", Action.API_KEY_DISABLE, api_keys.disable(disabled=True), 204, "disabled"),
    ("DELETE", f"{_KEY}/disable", Action.API_KEY_ENABLE, api_keys.disable(disabled=False), 204, "enabled"),
)
_SERVICE_IDS: Final[tuple[_Row, ...]] = (
    *(
        row
        for path in (_IDS, f"{_IDS}/")  # the second is that of IBM's SDKs
        for row in (
            ("POST", path, Action.SERVICE_ID_CREATE, service_ids.create, 201, "created"),
            ("GET", path, Action.SERVICE_ID_LIST, service_ids.list_ids, 200, "listed"),
        )
    ),
    ("GET", _ID, Action.SERVICE_ID_READ, service_ids.read_id, 200, "retrieved"),
    ("PUT", _ID, Action.SERVICE_ID_UPDATE, service_ids.update, 200, "updated"),
    ("DELETE", _ID, Action.SERVICE_ID_DELETE, service_ids.delete, 204, "deleted"),
    ("POST", f"{_ID}/lock", Action.SERVICE_ID_LOCK, service_ids.lock(locked=True), 200, "locked"),
    ("DELETE", f"{_ID}/lock", Action.SERVICE_ID_UNLOCK, service_ids.lock(locked=False), 200, "unlocked"),
)


def _routes(what: str, rows: tuple[_Row, ...]) -> tuple[Route, ...]:
    return tuple(
        Route(
            method=method,
            path=path,
            action=action,
            door=door,
            code=code,
            phrase=f"{what} could not be {done}",
            fault=fault,
        )
        for method, path, action, door, code, done in rows
    )


ROUTES: Final = (*_routes("API key", _API_KEYS), *_routes("Service id", _SERVICE_IDS))
