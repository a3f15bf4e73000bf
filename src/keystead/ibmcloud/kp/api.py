"""The key API as the commands of `kp` ask it."""

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from keystead.client.key_api import KeyApi
from keystead.client.transport import Answer, base_url
from keystead.ibmcloud import places
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.door import at, decoded, stored_login
from keystead.ibmcloud.resource.api import Controller

_WHOLE = {"prefer": "return=representation"}


class _Collection(msgspec.Struct):
    metadata: dict[str, object] = {}
    resources: list[Resource] = []


class Keys:
    """One instance; every method raises `RemoteError` when the server refuses.

    Args:
        api: the connection.
        ring: the ring that the command line names, if any.
    """

    def __init__(self, api: KeyApi, ring: str | None) -> None:
        self._api = api
        self._ring = {} if ring is None else {"x-kms-key-ring": ring}

    @classmethod
    def open(cls, call: Call, ring: str | None) -> Self:
        """Connect to the instance of *call*; `BadInput` without a login or an instance."""
        instance = call.instance
        stored, transport, login = stored_login(call)
        url = places.key_api(call.environment, stored) or _said_of_itself(call, instance)
        call.screen.note(f"Targeting endpoint: {url}")
        return cls(KeyApi(transport, f"{url}/api/v2", instance, login), ring)

    def ask(
        self, method: str, path: str, body: object = None, params: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request below ``/api/v2``."""
        return self._api.call(method, path, body, params=params, headers=self._ring | _WHOLE)

    def flat(self, method: str, path: str, body: object = None) -> Resource:
        """Send one request and return the object of its answer; an empty answer is an empty object."""
        answer = self.ask(method, path, body)
        return decoded(answer, Resource) if answer.body else {}

    def all(self, method: str, path: str, body: object = None, **params: str) -> list[Resource]:
        """Send one request and return the resources of its answer."""
        answer = self.ask(method, path, body, params)
        return decoded(answer, _Collection).resources if answer.body else []

    def one(self, method: str, path: str, body: object = None, **params: str) -> Resource:
        """Send one request and return the only resource of its answer; an empty answer has none."""
        found = self.all(method, path, body, **params)
        return found[0] if found else {}

    def whole(self, method: str, path: str, **params: str) -> Resource:
        """Send one request and return its answer with the metadata."""
        return decoded(self.ask(method, path, None, params), Resource)


def _said_of_itself(call: Call, instance: str) -> str:
    """Return the endpoint that an instance says it has, where nothing else names one."""
    found = Controller.open(call).instances(guid=instance)
    extensions: Any = (found[0].get("extensions") if found else None) or {}
    endpoint = (extensions.get("endpoints") or {}).get("public")
    if not endpoint:
        return places.regional_key_api()
    return base_url(endpoint if "://" in endpoint else f"https://{endpoint}")


def key_at(name: str, below: str = "") -> str:
    """Return the path of a key, by id or alias."""
    return at("keys", name, below)


def collection(media_type: str, *resources: Resource) -> Resource:
    """Return *resources* in the envelope of the API."""
    return {
        "metadata": {"collectionType": media_type, "collectionTotal": len(resources)},
        "resources": list(resources),
    }
