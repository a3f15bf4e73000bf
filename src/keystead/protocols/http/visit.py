"""A request at its door: what the door needs to ask the dispatcher and to answer."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeVar

import msgspec

from keystead.domain.actions import Action
from keystead.domain.errors import bad_query
from keystead.domain.keys import Windows
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.routes import Route
from keystead.service.case import Call, Command
from keystead.service.dispatch import Dispatcher

R = TypeVar("R")

PREFERENCES: Final = ("representation", "minimal")
_READING: Final = ("GET", "HEAD")
_KEY_API: Final = "/api/v2/"
_FORESEEN: Final = (Action.KEY_DELETE, Action.KEY_DISABLE, Action.KEY_IMPACT)  # these read ``dryRun``
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
                decode=exchange.guarded(self._meant(decode) if exchange.head.query_octets else decode),
                code=self.route.code,
            )
        )

    def _meant(self, decode: Callable[[], Command[R]]) -> Callable[[], Command[R]]:
        """Return *decode*, or what refuses a dry run of what has none: who meant one would have it done."""
        is_deed = self.exchange.method not in _READING and self.exchange.path.startswith(_KEY_API)
        if is_deed and self.route.action not in _FORESEEN and self.exchange.asks_for(b"dryrun"):
            return _no_dry_run
        return decode

    @property
    def prefers(self) -> str | None:
        """``representation`` or ``minimal`` when the client asked for one of them."""
        wanted = (self.exchange.header(b"prefer") or "").replace(" ", "").lower().split(",")
        return next((value for value in PREFERENCES if f"return={value}" in wanted), None)


def _no_dry_run() -> NoReturn:
    raise bad_query("dryRun", "left out: there is no dry run of this")


def json_reply(status: int, content: Any, *headers: tuple[bytes, bytes]) -> Reply:
    """Return *content* as a JSON answer."""
    return Reply(status, _encode(content), (_JSON, *headers))


def retry_after(seconds: int = 1) -> tuple[bytes, bytes]:
    """Return the header that says how long to wait before the next try."""
    return b"retry-after", str(seconds).encode()
