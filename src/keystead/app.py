"""Builds a service from its settings: the only place that knows every driver."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from keystead.audit.log import MerkleLog
from keystead.audit.questions import LoggedEvents
from keystead.audit.uses import LoggedUses
from keystead.config import Settings
from keystead.domain.access import Caller
from keystead.domain.actions import Action
from keystead.domain.changes import Change
from keystead.domain.errors import Conflict, KeysteadError
from keystead.domain.events import Origin
from keystead.domain.ids import IamId, random_uuid
from keystead.domain.material import KeyMaterial
from keystead.domain.ports import Clock, CryptoUnit, Store
from keystead.identity.api_keys import digest, fresh
from keystead.identity.signing import make_signing_key
from keystead.identity.tokens import TokenService
from keystead.jobs.courier import Courier
from keystead.jobs.reckoner import Reckoner
from keystead.jobs.rounds import Rounds
from keystead.jobs.webhook import post
from keystead.logbook import keep_anchor, open_log, write_anchor
from keystead.parts import database, external_tokens, master_key, trusted_proxies
from keystead.protocols.http.application import Application, Probe
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.proxies import Proxies
from keystead.protocols.http.routes import Route
from keystead.protocols.http.visit import json_reply
from keystead.protocols.iam.context_errors import ROOTS as CONTEXT_ROOTS
from keystead.protocols.iam.context_errors import fault as context_fault
from keystead.protocols.iam.context_routes import ROUTES as CONTEXT_ROUTES
from keystead.protocols.iam.identity_errors import ROOTS as IDENTITY_ROOTS
from keystead.protocols.iam.identity_errors import fault as identity_fault
from keystead.protocols.iam.identity_routes import ROUTES as IDENTITY_ROUTES
from keystead.protocols.iam.policy_errors import ROOTS as POLICY_ROOTS
from keystead.protocols.iam.policy_errors import fault as policy_fault
from keystead.protocols.iam.policy_routes import ROUTES as POLICY_ROUTES
from keystead.protocols.iam.routes import ROUTES as IAM_ROUTES
from keystead.protocols.iam.uaa import ROUTES as UAA_ROUTES
from keystead.protocols.openapi.routes import reference
from keystead.protocols.provisioning.answers import ROOTS as PROVISIONING_ROOTS
from keystead.protocols.provisioning.answers import fault as provisioning_fault
from keystead.protocols.provisioning.routes import ROUTES as PROVISIONING_ROUTES
from keystead.protocols.rest.errors import fault
from keystead.protocols.rest.routes import ROUTES as REST_ROUTES
from keystead.protocols.rest.strays import stray
from keystead.service.case import Call, Command, Tools
from keystead.service.dispatch import Dispatcher
from keystead.service.limits import limits
from keystead.service.operator import Begin, Beginning
from keystead.service.reckoning import Reckoning
from keystead.units.software import SoftwareUnit

if TYPE_CHECKING:
    from keystead.spans import Tracing


def api_document() -> dict[str, Any]:
    """Return the OpenAPI document of every route in `DESCRIBED`."""
    from keystead.protocols.openapi.document import document  # noqa: PLC0415 - few processes are ever asked
    from keystead.protocols.sections import sections  # noqa: PLC0415

    return document(sections(REFERENCE))


REFERENCE: Final = reference(api_document, fault)
"""The routes that serve the document."""
DESCRIBED: Final = (*REST_ROUTES, *IAM_ROUTES, *REFERENCE)
"""The routes that the document is about: those of the key API and what it needs."""
ROUTES: Final = (
    *DESCRIBED,
    *PROVISIONING_ROUTES,
    *IDENTITY_ROUTES,
    *POLICY_ROUTES,
    *CONTEXT_ROUTES,
    *UAA_ROUTES,
)
"""Every route that a server has in production."""
_OPERATOR: Final = Caller(
    iam_id=IamId("operator"), name="operator", account=None, kind="clientid", credential="none"
)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Service:
    """A running service and its parts."""

    settings: Settings
    store: Store
    unit: CryptoUnit
    log: MerkleLog
    dispatcher: Dispatcher  # for requests from outside
    operator: Dispatcher  # for commands given on this machine
    application: Application
    clock: Clock
    rounds: Rounds  # does what time has made due, while a server makes them
    courier: Courier  # tells services of the life of keys, while a server lets it
    reckoner: Reckoner  # counts what keys are used for, while a server lets it
    anchoring: asyncio.Task[None] | None = None  # keeps the audit log's anchor fresh, where there is one
    tracing: "Tracing | None" = None

    def new_api_key(self) -> tuple[KeyMaterial, bytes]:
        """Return the text of a fresh API key, to be shown once, and the keyed hash to store of it."""
        return fresh(self.unit)

    async def operate(self, action: Action, command: Command[R], instance: str | None = None) -> R:
        """Do an operator's command, through the dispatcher like any other."""
        return await self.operator.serve(
            Call(
                action=action,
                origin=Origin(uri="keystead", address=None, agent=None, correlation_id=random_uuid()),
                authorization=None,
                instance=instance,
                key=None,
                ring=None,
                decode=lambda: command,
                code=201,
            )
        )

    async def begin(
        self, text: KeyMaterial, *, email: str, kind: Literal["kms", "hs-crypto"], region: str
    ) -> Beginning:
        """Make the first account, its owner with the API key *text*, and an instance."""
        command = Begin(email=email, service=kind, region=region, digest=digest(self.unit, text))
        return await self.operate(Action.SERVICE_BEGIN, command)

    async def close(self) -> None:
        """Write what is left, forget all material, and release everything, whatever fails on the way."""
        if self.anchoring is not None:
            self.anchoring.cancel()
        try:
            await self.log.close()
            write_anchor(self.log, self.settings)
        finally:
            try:
                await self.store.close()
            finally:
                await self.unit.close()
                if self.tracing is not None:
                    await asyncio.to_thread(self.tracing.close)


def unrouted(exchange: Exchange, phrase: str, error: Exception) -> Reply:
    """Answer what matches no route, in the form of the door that it was for."""
    if exchange.path.startswith(IDENTITY_ROOTS):
        return identity_fault(exchange, phrase, error)
    if exchange.path.startswith(POLICY_ROOTS):
        return policy_fault(exchange, phrase, error)
    if exchange.path.startswith(CONTEXT_ROOTS):
        return context_fault(exchange, phrase, error)
    ours = exchange.path.startswith(PROVISIONING_ROOTS)
    return (provisioning_fault if ours else fault)(exchange, phrase, error)


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
    audit = settings.data / "audit"
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
        tools = Tools(
            store=store,
            unit=unit,
            tokens=tokens,
            events=LoggedEvents(audit, unit),
            reckoning=Reckoning(store, LoggedUses(audit / settings.node, log), settings.node, clock),
            windows=settings.waits.windows(),
            new_id=random_uuid,
            endpoint=settings.endpoint,
            limits=limits(
                wrong_per_minute=settings.wrong_credentials_per_minute,
                unwraps_per_second=settings.unwraps_per_second,
                unwraps_per_day=settings.unwraps_per_day,
            ),
        )
        service = await _connected(settings, clock, tools, log, more_routes, proxies, tracing)
        opened.pop_all()  # from here on, `Service.close` closes them
    return service


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
