"""IBM's generated Python client (`keyprotect` 3), with less to write for each call."""

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
from keyprotect.ibm_key_protect_api_v2 import IbmKeyProtectApiV2

from servers import Server

KEY_TYPE = "application/vnd.ibm.kms.key+json"


@dataclass(frozen=True)
class Generated:
    """The client with its instance filled in; bodies become the streams that it asks for."""

    api: Any
    instance: str

    def create(self, name: str = "a key", *, root: bool = True, **more: Any) -> Any:
        """Create a key and return its resource; *more* goes into the resource."""
        resource = {"type": KEY_TYPE, "name": name, "extractable": not root, **more}
        envelope = {
            "metadata": {"collectionType": KEY_TYPE, "collectionTotal": 1},
            "resources": [resource],
        }
        return only(self.api.create_key(self.instance, stream(envelope)))

    def on(self, operation: str, key: str, **arguments: Any) -> Any:
        """Call *operation* on a key and return the whole answer."""
        return getattr(self.api, operation)(key, self.instance, **arguments)

    def act(self, action: str, key: str, body: object = None) -> Any:
        """Do wrap, unwrap, rewrap, rotate, disable or enable, and return the result."""
        given = {} if body is None else {f"key_action_{action}_body": stream(body)}
        return self.on(f"{action}_key", key, **given).get_result()

    def state(self, key: str) -> int:
        return int(only(self.on("get_key_metadata", key))["state"])


@contextmanager
def connected(server: Server) -> Iterator[Generated]:
    """Yield a client of *server* that is configured as its documentation says."""
    api = IbmKeyProtectApiV2(authenticator=IAMAuthenticator(server.apikey, url=server.url))
    api.set_service_url(server.url)
    try:
        yield Generated(api, server.instance)
    finally:
        api.get_http_client().close()


def stream(body: object) -> io.BytesIO:
    return io.BytesIO(json.dumps(body).encode())


def only(answer: Any) -> Any:
    """Return the one resource of a collection."""
    result = answer.get_result()
    assert result["metadata"]["collectionTotal"] == 1
    (resource,) = result["resources"]
    return resource


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@contextmanager
def refused(status: int, code: str, says: str = "") -> Iterator[None]:
    """Expect an `ApiException` with *status* whose reason has *code* and a message with *says*."""
    with pytest.raises(ApiException) as caught:
        yield
    assert caught.value.status_code == status, caught.value
    (error,) = caught.value.http_response.json()["resources"]
    (reason,) = error["reasons"]
    assert (reason["code"], reason["status"]) == (code, status)
    assert says in reason["message"]
    assert error["errorMsg"].endswith(f"Please see `reasons` for more details ({code})")
