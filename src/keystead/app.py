"""Builds a service from its settings: the only place that knows every driver."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from keystead.audit.log import MerkleLog
from keystead.audit.questions import LoggedEvents
from keystead.audit.uses import LoggedUses
from keystead.config import Settings
from keystead.domain.access import Caller
from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, KeysteadError
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.ports.clock import Clock
from keystead.domain.ports.store import Store
from keystead.domain.ports.unit import CryptoUnit
from keystead.identity.signing import make_signing_key
from keystead.identity.tokens import TokenService
from keystead.jobs.courier import Courier
from keystead.jobs.reckoner import Reckoner
from keystead.jobs.rounds import Rounds
from keystead.jobs.webhook import post
from keystead.logbook import keep_anchor, open_log
from keystead.parts import database, external_tokens, master_key, trusted_proxies
from keystead.protocols.http.application import Application, Probe
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.proxies import Proxies
from keystead.protocols.http.routes import Route
from keystead.protocols.http.visit import json_reply
from keystead.protocols.rest.strays import stray
from keystead.protocols.routes import ROUTES, unrouted
from keystead.running import Service
from keystead.service.case import Tools
from keystead.service.dispatch import Dispatcher
from keystead.service.limits import limits
from keystead.service.reckoning import Reckoning
from keystead.units.software import SoftwareUnit

if TYPE_CHECKING:
    from keystead.spans import Tracing

_OPERATOR: Final = Caller(
    iam_id=IamId("operator"), name="operator", account=None, kind="clientid", credential="none"
)


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


async def open_service(
    settings: Settings,
    clock: Clock = utc_now,
    *,
    ready_pairs: int = 2,
    token_clock: Clock | None = None,
    more_routes: Sequence[Route] = (),
    tracing: "Tracing | None" = None,
) -> Service:
    """Open unit, store and audit log, recover what a crash left, and connect the doors.

    Args:
        settings: what to open.
        clock: the time in UTC.
        ready_pairs: RSA key pairs made ahead for import tokens; 0 where none will be asked for.
        token_clock: the time that access tokens live by, where that is not *clock*.
        more_routes: beside those of every server.
        tracing: puts spans around what serves requests from outside.

    Raises:
        KeysteadError: what cannot be opened, and what to do about it.
    """
    proxies = trusted_proxies(settings)
    externals = external_tokens(settings, token_clock or clock)
    for folder in ("unit", "audit"):
        (settings.data / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as opened:
        unit = SoftwareUnit(master_key(settings), ready_pairs=ready_pairs)
        opened.push_async_callback(unit.close)
        store = await database(settings, unit)
        opened.push_async_callback(store.close)
        log = await open_log(settings, unit)
        opened.push_async_callback(log.close)
        tokens = TokenService(
            store,
            unit,
            token_clock or clock,
            issuer=settings.issuer,
            lifetime_seconds=settings.token_seconds,
            externals=externals,
        )
        tools = _tools(settings, clock, store, unit, tokens, log)
        service = await _connected(settings, clock, tools, log, more_routes, proxies, tracing)
        opened.pop_all()  # from here on, `Service.close` closes them
    return service


def _tools(
    settings: Settings, clock: Clock, store: Store, unit: CryptoUnit, tokens: TokenService, log: MerkleLog
) -> Tools:
    audit = settings.data / "audit"
    return Tools(
        store=store,
        unit=unit,
        tokens=tokens,
        events=LoggedEvents(audit, unit),
        reckoning=Reckoning(store, LoggedUses(audit / settings.node, log), settings.node, clock),
        windows=settings.waits.windows(),
        new_id=random_uuid,
        endpoints=settings.endpoints,
        limits=limits(
            wrong_per_minute=settings.wrong_credentials_per_minute,
            requests_per_second=settings.requests_per_second,
            unwraps_per_second=settings.unwraps_per_second,
            unwraps_per_day=settings.unwraps_per_day,
        ),
    )


async def _connected(
    settings: Settings,
    clock: Clock,
    tools: Tools,
    log: MerkleLog,
    more_routes: Sequence[Route],
    proxies: Proxies | None,
    tracing: "Tracing | None",
) -> Service:
    store, unit, windows = tools.store, tools.unit, tools.windows
    if tracing is None:
        dispatcher = Dispatcher(tools, log, clock)
    else:
        dispatcher = tracing.dispatcher(tracing.tools(tools), log, clock)
    delivery = dispatcher.delivery
    operator = Dispatcher(tools, log, clock, operator=_OPERATOR, delivery=delivery)
    inner = Dispatcher(tools, log, clock, by_itself=True, delivery=delivery)
    rounds = Rounds(store, inner, clock, windows)
    courier = Courier(store, unit, inner, clock, post)
    reckoner = Reckoner(tools.reckoning)
    await dispatcher.deliver_pending()
    await _ensure_signing_key(store, unit, clock)
    routes = (*ROUTES, *more_routes)
    application = Application(
        routes, dispatcher, windows, fault=unrouted, stray=stray, probes=_probes(log), proxies=proxies
    )
    anchoring = asyncio.create_task(keep_anchor(log, settings))
    return Service(
        settings,
        store,
        unit,
        log,
        dispatcher,
        operator,
        application,
        clock,
        rounds,
        courier,
        reckoner,
        anchoring,
        tracing,
    )


async def _ensure_signing_key(store: Store, unit: CryptoUnit, clock: Clock) -> None:
    if await store.signing_keys():
        return
    change = Change()
    change.add(make_signing_key(unit, clock()))
    try:
        await store.commit(change, None)
    except Conflict:
        return  # another process on this database was faster; its key serves both


def _probes(log: MerkleLog) -> dict[str, Probe]:
    async def alive() -> Reply:
        return json_reply(200, {"status": "alive"})

    async def ready() -> Reply:
        try:
            log.require_ready()
        except KeysteadError:
            return json_reply(503, {"status": "the audit log cannot record"})
        return json_reply(200, {"status": "ready"})

    return {"/healthz": alive, "/readyz": ready}
