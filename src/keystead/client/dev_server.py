"""What a development server can be told: move its clock, let things go wrong, make another instance."""

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from keystead.client.errors import unreadable
from keystead.client.key_api import KeyApi
from keystead.client.key_protect import KeyProtect
from keystead.client.login import Login
from keystead.client.transport import Answer, Transport

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FreshInstance:
    """An instance that shares nothing with any other, and the API key of its owner."""

    instance_id: str
    crn: str
    api_key: str


class _Time(msgspec.Struct):
    time: str


class DevServer(KeyProtect):
    """The same session at the emulator's door; a production server has none and answers 404."""

    def __init__(self, transport: Transport, url: str, instance: str, login: Login) -> None:
        super().__init__(transport, url, instance, login)
        self._ask = KeyApi(transport, f"{url}/dev", instance, login).call

    def advance(self, by: str) -> str:
        """Move the clock forward by ``30d``, ``4h``, ``90m`` or ``10s`` and return the time there."""
        return _decoded(self._ask("POST", "/clock", {"advance": by}), _Time).time

    def fault(self, path: str, effect: str, **more: Any) -> None:
        """Let a request of *path* meet *effect*; *more* as in ``POST /dev/faults``."""
        self._ask("POST", "/faults", {"path": path, "effect": effect, **more})

    def clear_faults(self) -> None:
        """Let nothing more go wrong."""
        self._ask("DELETE", "/faults")

    def new_instance(self) -> FreshInstance:
        """Make an instance with an account and an API key of its own."""
        return _decoded(self._ask("POST", "/instances"), FreshInstance)


def _decoded(answer: Answer, of: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=of)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise unreadable("the server's answer is not what a development server says") from None
