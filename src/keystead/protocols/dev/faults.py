"""Faults to order, for tests of what clients do when something goes wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

from keystead.domain.errors import bad_field
from keystead.protocols.dev.ordered import ordered
from keystead.protocols.http.connection import Answer, HangUp
from keystead.protocols.http.exchange import Exchange, Reply

Refuse = Callable[[Exchange, Exception], Reply]
"""Writes an error in the form of the door that a request is for."""
Effect = Literal["status", "delay", "cut", "lose-answer"]
"""Answer with a status, serve late, end the connection before the request is served, or after."""

_MOST_WAITING: Final = 1000
_OWN: Final = "dev"  # faults must not keep anybody from taking them away


@dataclass(slots=True, kw_only=True)
class Fault:
    """What is to go wrong, on which route, how often."""

    method: str | None  # None: any
    path: str  # a segment in braces stands for any one
    effect: Effect
    status: int
    delay_seconds: float
    left: int  # how often still

    def meets(self, exchange: Exchange) -> bool:
        """Tell whether *exchange* is a request that this is for."""
        if self.method not in (None, exchange.method):
            return False
        wanted, asked = self.path.split("/"), exchange.path.split("/")
        return len(wanted) == len(asked) and all(
            one == other or (one.startswith("{") and one.endswith("}"))
            for one, other in zip(wanted, asked, strict=True)
        )


class Faults:
    """The faults that wait, in order; the first that meets a request happens to it."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let *fault* happen.

        Raises:
            Refused: ``INVALID_FIELD`` where too many wait, or where none would ever meet a request.
        """
        if _is_own(fault.path):
            raise bad_field("path", "one that is not below /dev, where nothing goes wrong")
        if len(self.waiting) >= _MOST_WAITING:
            raise bad_field("path", f"one of at most {_MOST_WAITING} faults that wait")
        self.waiting.append(fault)

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self.waiting.clear()

    def around(self, answer: Answer, refuse: Refuse) -> Answer:
        """Return *answer* with the faults that are ordered, which *refuse* writes as the service's own."""

        def answered(exchange: Exchange, address: str | None) -> Awaitable[Reply]:
            fault = self._take(exchange) if self.waiting else None  # a step less where nothing is ordered
            return answer(exchange, address) if fault is None else harmed(fault, exchange, address)

        async def harmed(fault: Fault, exchange: Exchange, address: str | None) -> Reply:
            if fault.effect == "cut":
                raise HangUp
            if fault.effect == "status":
                return ordered(fault.status, exchange, refuse)
            if fault.effect == "delay":
                await asyncio.sleep(fault.delay_seconds)
            reply = await answer(exchange, address)
            if fault.effect == "lose-answer":
                raise HangUp
            return reply

        return answered

    def _take(self, exchange: Exchange) -> Fault | None:
        if _is_own(exchange.path):
            return None
        fault = next((one for one in self.waiting if one.meets(exchange)), None)
        if fault is not None:
            fault.left -= 1
            if fault.left < 1:
                self.waiting.remove(fault)
        return fault


def _is_own(path: str) -> bool:
    return f"{path}/".startswith(f"/{_OWN}/")
