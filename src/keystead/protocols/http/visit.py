"""A request at its door: what the door needs to ask the dispatcher and to answer."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from keystead.domain.keys import Windows
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.routes import Route
from keystead.service.case import Call, Command
from keystead.service.dispatch import Dispatcher

R = TypeVar("R")

PREFERENCES: Final = ("representation", "minimal")
_JSON: Final = (b"content-type", b"application/json")
_encode = msgspec.json.Encoder().encode


class Visit(msgspec.Struct, frozen=True):
    """One exchange, the row that matched it, and the way to the dispatcher."""

    exchange: Exchange
    route: Route
    names: Mapping[str, str]  # values of the path's named segments
    address: str | None
    dispatcher: Dispatcher
    windows: Windows

    async def serve(self, decode: Callable[[], Command[R]]) -> R:
        """Ask the dispatcher; *decode* makes the command once the caller is known and allowed."""
        exchange = self.exchange
        return await self.dispatcher.serve(
            Call(
                action=self.route.action,
                origin=exchange.origin(self.address),
                authorization=exchange.header(b"authorization"),
                instance=self.names.get("instance") or exchange.header(b"bluemix-instance"),
                key=self.names.get("key"),
                ring=exchange.header(b"x-kms-key-ring"),
                decode=exchange.guarded(decode),
                code=self.route.code,
            )
        )

    @property
    def prefers(self) -> str | None:
        """``representation`` or ``minimal`` when the client asked for one of them."""
        wanted = (self.exchange.header(b"prefer") or "").replace(" ", "").lower().split(",")
        return next((value for value in PREFERENCES if f"return={value}" in wanted), None)


def json_reply(status: int, content: Any, *headers: tuple[bytes, bytes]) -> Reply:
    """Return *content* as a JSON answer."""
    return Reply(status, _encode(content), (_JSON, *headers))


def retry_after(seconds: int = 1) -> tuple[bytes, bytes]:
    """Return the header that says how long to wait before the next try."""
    return b"retry-after", str(seconds).encode()
