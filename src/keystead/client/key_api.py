"""Calls of the Key Protect v2 API: one instance, any path. Source: ``spec/kms-api.md`` section 1."""

import uuid
from collections.abc import Mapping

import msgspec

from keystead.client.login import Login
from keystead.client.refusals import refusal
from keystead.client.transport import Answer, Transport


class KeyApi:
    """One instance at one server.

    Args:
        transport: connections.
        base: what every path is put behind, like ``https://server/api/v2``.
        instance: id of the instance.
        login: names the bearer token of each call.
    """

    def __init__(self, transport: Transport, base: str, instance: str, login: Login) -> None:
        self._transport = transport
        self._base = base
        self._instance = instance
        self._login = login

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request, *body* as JSON, and return an answer whose status is one of success.

        Raises:
            RemoteError: refused, or no usable answer.
            BadInput: the login has expired.
        """
        content = None if body is None else msgspec.json.encode(body)
        sent = self._headers() | dict(headers or {})
        if content is not None:
            sent["content-type"] = "application/json"
        answer = self._transport.send(method, self._base + path, headers=sent, params=params, content=content)
        if not answer.ok:
            raise refusal(answer)
        return answer

    def _headers(self) -> dict[str, str]:
        return {
            "authorization": f"Bearer {self._login.bearer().reveal().decode()}",
            "bluemix-instance": self._instance,
            "correlation-id": str(uuid.uuid4()),
            "accept": "application/json",
        }
