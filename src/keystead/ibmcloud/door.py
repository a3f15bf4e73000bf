"""Calls that need a login and no instance: IAM and the resource controller."""

import uuid
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

import msgspec

from keystead.client.errors import unreadable
from keystead.client.refusals import refusal
from keystead.client.transport import Answer, Transport
from keystead.ibmcloud import store
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.sessions import StoredLogin, not_logged_in

T = TypeVar("T")


class Door:
    """One base address; every method raises `RemoteError` when the server refuses.

    Args:
        transport: connections.
        url: the base address.
        login: names the bearer token of each call.
        beside: other base addresses, by how the paths begin that are asked there.
    """

    def __init__(
        self, transport: Transport, url: str, login: StoredLogin, beside: Mapping[str, str] | None = None
    ) -> None:
        self._transport = transport
        self._url = url
        self._login = login
        self._beside = beside or {}

    def ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request, *body* as JSON, and return an answer whose status is one of success."""
        sent = {
            "authorization": f"Bearer {self._login.bearer().reveal().decode()}",
            "accept": "application/json",
            "transaction-id": str(uuid.uuid4()),
            **(headers or {}),
        }
        content = None if body is None else msgspec.json.encode(body)
        if content is not None:
            sent["content-type"] = "application/json"
        base = next((url for start, url in self._beside.items() if path.startswith(start)), self._url)
        answer = self._transport.send(method, base + path, headers=sent, params=params, content=content)
        if not answer.ok:
            raise refusal(answer)
        return answer

    def one(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Resource:
        """Send one request and return the object of its answer."""
        return decoded(self.ask(method, path, None, body, headers), Resource)


def stored_login(call: Call) -> tuple[dict[str, object], Transport, StoredLogin]:
    """Return what is stored, connections, and the login; `BadInput` without one."""
    stored = store.read(call.environment)
    if not stored.get("IAMToken"):
        raise not_logged_in()
    transport = call.transport()
    return stored, transport, StoredLogin(call.environment, transport)


def at(kind: str, name: str, below: str = "") -> str:
    """Return the path of one thing; *name* may be any text."""
    return f"/{kind}/{quote(name, safe='')}{below}"


def decoded(answer: Answer, form: type[T]) -> T:
    """Return the body of *answer* as *form*; `RemoteError` when it is none."""
    try:
        return msgspec.json.decode(answer.body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unreadable("the server's answer does not have the form of the API", answer.status) from None
