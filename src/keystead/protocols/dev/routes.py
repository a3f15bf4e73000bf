"""The emulator's routes, which no production server has: its clock, faults to order, fresh instances."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from keystead.domain.actions import Action
from keystead.domain.errors import Refused, bad_field
from keystead.domain.moments import moment
from keystead.domain.reasons import Reason
from keystead.protocols.dev.clock import MovableClock, span
from keystead.protocols.dev.faults import Effect, Fault, Faults
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.routes import Fault as WriteError
from keystead.protocols.http.routes import Route
from keystead.protocols.http.visit import Visit, json_reply
from keystead.service.emulated import MakeInstance, MoveClock, OrderFaults

T = TypeVar("T")
_STATUSES: Final = frozenset(status.value for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST)


class _ClockBody(msgspec.Struct, forbid_unknown_fields=True):
    advance: str | int


class _FaultBody(msgspec.Struct, forbid_unknown_fields=True):
    path: Annotated[str, msgspec.Meta(pattern="^/", max_length=512)]
    effect: Effect
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] | None = None
    status: int = 503
    delay_seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 1.0
    count: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1


async def _nothing() -> None:
    """Do nothing, where nothing hangs on the clock."""


@dataclass(slots=True)  # not frozen: the service that is told of the clock is built with these routes
class Emulator:
    """The clock and the faults of one server; ``moved`` does what time has made due, when the clock moved."""

    clock: MovableClock
    faults: Faults
    moved: Callable[[], Awaitable[object]] = _nothing

    async def move_clock(self, visit: Visit) -> Reply:
        """``POST /dev/clock``: ``{"advance": "30d"}``."""

        def command() -> MoveClock:
            by = span(str(_body(visit.exchange, _ClockBody).advance))
            return MoveClock(lambda: self.clock.advance(by))

        now = await visit.serve(command)
        await self.moved()  # a test that moves the clock finds it done
        return json_reply(200, {"time": moment(now)})

    async def add_fault(self, visit: Visit) -> Reply:
        """``POST /dev/faults``."""

        def command() -> OrderFaults:
            fault = _fault(_body(visit.exchange, _FaultBody))
            return OrderFaults(lambda: self.faults.add(fault))

        await visit.serve(command)
        return Reply(204)

    async def clear_faults(self, visit: Visit) -> Reply:
        """``DELETE /dev/faults``."""
        await visit.serve(lambda: OrderFaults(self.faults.clear))
        return Reply(204)

    async def make_instance(self, visit: Visit) -> Reply:
        """``POST /dev/instances``."""
        made = await visit.serve(MakeInstance)
        answer = {
            "instance_id": made.instance.id,
            "crn": made.instance.crn,
            "api_key": made.api_key.reveal().decode("ascii"),
        }
        return json_reply(201, answer)

    def routes(self, fault: WriteError) -> tuple[Route, ...]:
        """Return the routes; *fault* writes their errors."""
        return tuple(
            Route(method=method, path=path, action=action, door=door, code=code, phrase=phrase, fault=fault)
            for method, path, action, door, code, phrase in (
                ("POST", "/dev/clock", Action.DEV_CLOCK, self.move_clock, 200, "Clock could not be moved"),
                ("POST", "/dev/faults", Action.DEV_FAULTS, self.add_fault, 204, "Fault could not be ordered"),
                (
                    "DELETE",
                    "/dev/faults",
                    Action.DEV_FAULTS,
                    self.clear_faults,
                    204,
                    "Faults could not be cleared",
                ),
                (
                    "POST",
                    "/dev/instances",
                    Action.DEV_INSTANCE,
                    self.make_instance,
                    201,
                    "Instance could not be made",
                ),
            )
        )


def emulator(folder: Path) -> Emulator:
    """Return the emulator of a server whose data are in *folder*."""
    return Emulator(MovableClock(folder / "clock.json"), Faults())


def _body(exchange: Exchange, of: type[T]) -> T:
    try:
        return msgspec.json.decode(exchange.content(), type=of)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(Reason.BAD_BODY, f"Invalid body data was passed: {error}") from None


def _fault(body: _FaultBody) -> Fault:
    if body.status not in _STATUSES:
        raise bad_field("status", "a status of 400 or more that HTTP knows")
    return Fault(
        method=body.method,
        path=body.path,
        effect=body.effect,
        status=body.status,
        delay_seconds=body.delay_seconds,
        left=body.count,
    )
