"""The resource controller, as the commands ask it. Source: ``spec/iam-and-provisioning.md`` section 5."""

import uuid
from collections.abc import Mapping
from typing import Self, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec

from keystead.client.errors import BadInput, unreadable
from keystead.client.refusals import refusal
from keystead.client.transport import Answer, Transport
from keystead.domain.ids import is_uuid
from keystead.ibmcloud import places, store
from keystead.ibmcloud.call import Call, Resource
from keystead.ibmcloud.sessions import StoredLogin, not_logged_in

T = TypeVar("T")
_INSTANCES = "/v2/resource_instances"
_PAGES = 100  # more of them than a server can have


class _Page(msgspec.Struct):
    resources: list[Resource]
    next_url: str | None = None


class Controller:
    """What the account of the login has; every method raises `RemoteError` when the server refuses."""

    def __init__(self, transport: Transport, url: str, login: StoredLogin) -> None:
        self._transport = transport
        self._url = url
        self._login = login

    @classmethod
    def open(cls, call: Call) -> Self:
        """Connect; `BadInput` without a login."""
        stored = store.read(call.environment)
        if not stored.get("IAMToken"):
            raise not_logged_in()
        transport = call.transport()
        login = StoredLogin(call.environment, transport)
        return cls(transport, places.controller(call.environment, stored), login)

    def ask(
        self, method: str, path: str, params: Mapping[str, str] | None = None, body: object = None
    ) -> Answer:
        """Send one request, *body* as JSON."""
        headers = {
            "authorization": f"Bearer {self._login.bearer().reveal().decode()}",
            "accept": "application/json",
            "transaction-id": str(uuid.uuid4()),
        }
        content = None if body is None else msgspec.json.encode(body)
        if content is not None:
            headers["content-type"] = "application/json"
        answer = self._transport.send(
            method, self._url + path, headers=headers, params=params, content=content
        )
        if not answer.ok:
            raise refusal(answer)
        return answer

    def one(self, method: str, path: str, body: object = None) -> Resource:
        """Send one request and return the object of its answer."""
        return _decoded(self.ask(method, path, None, body), Resource)

    def instances(self, **wanted: str) -> list[Resource]:
        """Return every instance that has all of *wanted*, page by page."""
        found: list[Resource] = []
        params = wanted
        for _ in range(_PAGES):
            page = _decoded(self.ask("GET", _INSTANCES, params), _Page)
            found += page.resources
            if not page.next_url:
                break
            params = dict(parse_qsl(urlsplit(page.next_url).query))
        return found

    def named(self, name: str) -> list[Resource]:
        """Return the instances that *name* names: one by id or CRN, or all with that name.

        Raises:
            BadInput: there is none.
        """
        if name.startswith("crn:"):
            found = [self.one("GET", instance_at(name))]
        else:
            found = self.instances(guid=name) if is_uuid(name) else self.instances(name=name)
        if not found:
            raise BadInput(f"Service instance {name} was not found.")
        return found

    def groups(self) -> list[Resource]:
        """Return the resource groups of the account."""
        return _decoded(self.ask("GET", "/v2/resource_groups"), _Page).resources


def instance_at(name: str, below: str = "") -> str:
    """Return the path of an instance, by id or CRN."""
    return f"{_INSTANCES}/{quote(name, safe='')}{below}"


def _decoded(answer: Answer, form: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unreadable("the server's answer does not have the form of the API", answer.status) from None
