"""The API as an OpenAPI document: paths and methods from the route table, bodies from the spec.

Bodies are permissive on purpose: every field may also have a type that is wrong.
Source: ``spec/kms-api.md`` sections 1.2, 1.7, 2.3, 2.4, 2.6, 2.8, 2.9, 2.11, 2.12 and 4.
"""

from typing import Any, Final

from keystead.protocols.http.routes import Route

Schema = dict[str, Any]

_ANY: Final[Schema] = {}
_TEXT: Final[Schema] = {"type": "string"}
_BASE64: Final[Schema] = {
    "anyOf": [
        {"type": "string", "pattern": "^([A-Za-z0-9+/]{4}){0,40}([A-Za-z0-9+/]{2}==)?$"},
        {"enum": ["AAAAAAAAAAAAAAAAAAAAAA==", "AQIDBAUGBwgJCgsMDQ4PEA==", "AAAA\r\nAAAA"]},
        _ANY,
    ]
}
_AAD: Final[Schema] = {"anyOf": [{"type": "array", "items": {"anyOf": [_TEXT, {"type": "null"}]}}, _ANY]}
_SOURCE: Final[dict[str, Schema]] = {
    "payload": _BASE64,
    "encryptedNonce": _BASE64,
    "iv": _BASE64,
    "encryptionAlgorithm": {
        "anyOf": [{"enum": ["RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1", "HPKE_MLKEM768_X25519"]}, _ANY]
    },
}
_KEY_FIELDS: Final[dict[str, Schema]] = {
    "name": {"anyOf": [{"type": "string", "minLength": 2, "maxLength": 90}, _ANY]},
    "description": {"anyOf": [_TEXT, _ANY]},
    "tags": {"anyOf": [{"type": "array", "items": _TEXT}, _ANY]},
    "aliases": {"anyOf": [{"type": "array", "items": {"type": "string", "pattern": "^[a-z]{2,9}$"}}, _ANY]},
    "expirationDate": {
        "anyOf": [
            {"type": "string", "format": "date-time"},
            {"enum": ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2040-01-01T00:00:00Z"]},
            _ANY,
        ]
    },
    "extractable": {"anyOf": [{"type": "boolean"}, _ANY]},
    "type": _TEXT,
    **_SOURCE,
}
_FLAG: Final[Schema] = {"anyOf": [{"type": "boolean"}, {"type": "boolean"}, _ANY]}
_MONTHS: Final[Schema] = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 13}, _ANY]}
_POLICY_FIELDS: Final[dict[str, Schema]] = {
    "rotation": {
        "anyOf": [
            {"type": "object", "properties": {"enabled": _FLAG, "interval_month": _MONTHS}},
            _ANY,
        ]
    },
    "dualAuthDelete": {"anyOf": [{"type": "object", "properties": {"enabled": _FLAG}}, _ANY]},
}
# allowedIP and allowedNetwork are not turned on here: what would be asked after that is refused.
_INSTANCE_POLICY_FIELDS: Final[dict[str, Schema]] = {
    "policy_type": {
        "anyOf": [
            {"enum": ["dualAuthDelete", "metrics", "rotation", "keyCreateImportAccess", "x"]},
            {"type": "integer"},
        ]
    },
    "policy_data": {
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "enabled": _FLAG,
                    "attributes": {
                        "anyOf": [
                            {"type": "object", "properties": {"interval_month": _MONTHS}},
                            {"type": "object", "properties": {"enforce_token": _FLAG}},
                            _ANY,
                        ]
                    },
                },
                "additionalProperties": False,
            },
            _ANY,
        ]
    },
}
_TOKEN_FIELDS: Final[dict[str, Schema]] = {
    "expiration": {"anyOf": [{"type": "integer"}, {"type": "number"}, _ANY]},
    "maxAllowedRetrievals": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 501}, _ANY]},
    # RSA pairs take half a second each; that form has its tests elsewhere
    "publicKeyAlgorithm": {"anyOf": [{"enum": ["X25519_MLKEM768"]}, {"type": "integer"}]},
}
BUCKET: Final = "crn:v1:bluemix:public:cloud-object-storage:global:a/0a1b:77aa:bucket:ledger"
_REGISTRATION_FIELDS: Final[dict[str, Schema]] = {
    "keyVersionId": {"anyOf": [_TEXT, _ANY]},
    "preventKeyDeletion": {"anyOf": [{"type": "boolean"}, _ANY]},
    "description": {"anyOf": [_TEXT, _ANY]},
    "registrationMetadata": {"anyOf": [_TEXT, _ANY]},
    "resourceCrn": {"anyOf": [{"enum": [BUCKET]}, _ANY]},
}
_RINGS: Final[Schema] = {"anyOf": [{"enum": ["default", "fuzzed-ring", "other-ring"]}, _TEXT]}
_ALIASES: Final[Schema] = {"anyOf": [{"enum": ["fuzzed-alias", "other", "wrap", "x"]}, _TEXT]}
_ACTIONS: Final = (
    "wrap unwrap rewrap rotate disable restore setKeyForDeletion unsetKeyForDeletion deactivate".split()
)
_QUERIES: Final[dict[str, Schema]] = {
    "action": {"anyOf": [{"enum": _ACTIONS}, _TEXT]},
    "limit": {"anyOf": [{"type": "integer"}, _TEXT]},
    "offset": {"anyOf": [{"type": "integer"}, _TEXT]},
    "state": {"anyOf": [{"enum": ["0,1,2,3,5", "5", "1"]}, _TEXT]},
    "extractable": {"anyOf": [{"type": "boolean"}, _TEXT]},
    "search": {"anyOf": [{"enum": ["key", "not:exact:alias:key,", "name:", "escape:%_"]}, _TEXT]},
    "sort": {"anyOf": [{"enum": ["id", "-state,creationDate", "imported,-expirationDate", ","]}, _TEXT]},
    "filter": {
        "anyOf": [
            {"enum": ['creationDate=gte:"2031-01-01T00:00:00Z" state=1', "lastRotateDate=none", "state=4"]},
            {
                "type": "string",
                "pattern": "^(deletionDate|state|extractable)=(gt:|lt:)?.{0,30}$",
            },
            _TEXT,
        ]
    },
    "totalCount": {"anyOf": [{"type": "boolean"}, _TEXT]},
    "allKeyStates": {"anyOf": [{"type": "boolean"}, _TEXT]},
    "force": {"anyOf": [{"type": "boolean"}, _TEXT]},
    "preventKeyDeletion": {"anyOf": [{"type": "boolean"}, _TEXT]},
    "urlEncodedResourceCRNQuery": {"anyOf": [{"enum": [BUCKET, "crn:v1:*"]}, _TEXT]},
    "policy": {"anyOf": [{"enum": ["rotation", "dualAuthDelete", "metrics"]}, _TEXT]},
}
_HEADERS: Final[dict[str, Schema]] = {
    "Prefer": {"anyOf": [{"enum": ["return=representation", "return=minimal"]}, _TEXT]},
    "X-Kms-Key-Ring": _RINGS,
    "Correlation-Id": _TEXT,
    "If-Match": {"anyOf": [{"enum": ["*"]}, _TEXT]},
}


def document(routes: tuple[Route, ...], names: list[str]) -> Schema:
    """Return the document; *names* are ids and aliases of keys that are there."""
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, names)
    return {"openapi": "3.1.0", "info": {"title": "Keystead", "version": "2"}, "paths": paths}


def _operation(route: Route, names: list[str]) -> Schema:
    parameters = [_parameter("query", name, schema) for name, schema in _QUERIES.items()]
    parameters += [_parameter("header", name, schema) for name, schema in _HEADERS.items()]
    if "{key}" in route.path:
        parameters.append(_parameter("path", "key", {"anyOf": [{"enum": names}, _TEXT]}))
    if "{crn}" in route.path:
        parameters.append(_parameter("path", "crn", {"anyOf": [{"enum": [BUCKET]}, _TEXT]}))
    if "{alias}" in route.path:
        parameters.append(_parameter("path", "alias", _ALIASES))
    if "{ring}" in route.path:
        parameters.append(_parameter("path", "ring", _RINGS))
    operation: Schema = {"parameters": parameters, "responses": {"default": {"description": "any"}}}
    body = body_of(route)
    if body is not None:
        kind = "application/json" if route.path.startswith("/api") else "application/x-www-form-urlencoded"
        operation["requestBody"] = {"content": {kind: {"schema": body}}}
    return operation


def body_of(route: Route) -> Schema | None:
    """Return what a route's body may look like, or nothing where it takes none."""
    if route.method not in ("POST", "PUT", "PATCH"):
        return None
    if "registrations" in route.path:
        return _collection(_REGISTRATION_FIELDS)
    if route.path.endswith("/instance/policies"):
        return _collection(_INSTANCE_POLICY_FIELDS)
    if route.method == "PATCH":
        return _object({"keyRingID": {"anyOf": [_RINGS, _ANY]}})
    action = {"plaintext": _BASE64, "ciphertext": _BASE64, "aad": _AAD, **_SOURCE}
    return _BODIES.get(route.path.rpartition("/")[2], _object(action))


def _collection(fields: dict[str, Schema]) -> Schema:
    envelope = {
        "metadata": {"anyOf": [{"type": "object"}, {"type": "object"}, _ANY]},
        "resources": {"anyOf": [{"type": "array", "items": _object(fields), "maxItems": 2}, _ANY]},
    }
    return _object(envelope, required=["metadata", "resources"])


def _object(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    return {"type": "object", "properties": properties, "required": required or []}


def _parameter(place: str, name: str, schema: Schema) -> Schema:
    return {"in": place, "name": name, "required": place == "path", "schema": schema}


_BODIES: Final = {
    "keys": _collection(_KEY_FIELDS),
    "keys_with_policy_overrides": _collection({**_KEY_FIELDS, **_POLICY_FIELDS}),
    "policies": _collection(_POLICY_FIELDS),
    "import_token": _object(_TOKEN_FIELDS, required=["publicKeyAlgorithm"]),
    "token": _object(
        {
            "grant_type": {"enum": ["urn:ibm:params:oauth:grant-type:apikey", "x"]},
            "apikey": _TEXT,
            "response_type": _TEXT,
        }
    ),
    "wrap": _object({"plaintext": _BASE64, "aad": _AAD}),
    "unwrap": _object({"ciphertext": _BASE64, "aad": _AAD}),
    "rewrap": _object({"ciphertext": _BASE64, "aad": _AAD}),
}
