"""One service for many tests: one event loop, a memory store, recorded events, two RSA pairs in turn."""

import itertools
from collections.abc import Collection, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
import pytest

from api import Api, FakeClock
from described import check_described
from http_peer import Answer, read_answer
from keystead.audit.encoding import encode
from keystead.audit.log import MerkleLog
from keystead.audit.positions import Positions
from keystead.audit.records import entry_of, lines_of
from keystead.audit.uses import seen_in
from keystead.config import Settings
from keystead.crypto import oaep
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.endpoints import PUBLIC, Endpoint
from keystead.domain.errors import TooMany, Unavailable
from keystead.domain.event_queries import EventPage, EventQuery, FoundEvent, Position
from keystead.domain.events import AuditEvent
from keystead.domain.identities import Account, ApiKey
from keystead.domain.ids import AccountId, IamId, InstanceId, random_uuid
from keystead.domain.instances import Instance
from keystead.domain.key_uses import Portion, Seen
from keystead.domain.keys import Windows
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.audit import AuditLog
from keystead.domain.ports.store import Store
from keystead.domain.ports.unit import CryptoUnit
from keystead.domain.reasons import Reason
from keystead.identity.api_keys import digest, new_api_key
from keystead.identity.external import ExternalTokens
from keystead.identity.signing import make_signing_key
from keystead.identity.tokens import TokenService
from keystead.jobs.courier import Courier
from keystead.jobs.reckoner import Reckoner
from keystead.jobs.rounds import Rounds
from keystead.jobs.webhook import post
from keystead.protocols.http.application import Application
from keystead.protocols.http.exchange import Exchange
from keystead.protocols.http.head import Head
from keystead.protocols.http.writer import octets_of
from keystead.protocols.rest.strays import stray
from keystead.protocols.routes import ROUTES, unrouted
from keystead.running import Service
from keystead.service import context_rules, create_instance, policy_rules, service_ids, zones
from keystead.service.case import Tools
from keystead.service.dispatch import Dispatcher
from keystead.service.limits import Limits, limits
from keystead.service.reckoning import Reckoning
from keystead.storage import contexts as storage_contexts
from keystead.storage import granting, memory_instances, memory_owners
from keystead.storage.memory import MemoryStore
from keystead.units.pairs import Stock
from keystead.units.software import SoftwareUnit
from loops import Loop

T = TypeVar("T")
OWNER = (Role.MANAGER, Role.KEY_PURGE)
A_DAY = 86_400
ODD_NAMES = "a.b a%20b a%2Fb a%00b ab%0A %C3%A9%C3%A9 %D9%A1%D9%A2 %EF%BC%A1%EF%BC%A2 a%2562 a+b ..".split()
"""Segments of a path that name no ring and no alias: other ASCII, NUL, line ends, other alphabets."""


@dataclass
class RecordingLog:
    """An audit log that keeps events in a list, and can be told to fail."""

    events: list[AuditEvent] = field(default_factory=list)
    ready: bool = True
    broken: bool = False

    def require_ready(self) -> None:
        if not self.ready:
            raise Unavailable("the audit log cannot record")

    async def append(self, event: AuditEvent) -> None:
        if self.broken:
            raise Unavailable("the audit log cannot record")
        self.events.append(event)

    async def holds(self, event_ids: Collection[str]) -> frozenset[str]:
        return frozenset(event.id for event in self.events if event.id in event_ids)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class RecordedEvents:
    """The events of a `RecordingLog` as those who read logs from a disk find them there."""

    log: RecordingLog
    positions: Positions
    busy: bool = False  # with another question

    async def find(self, query: EventQuery, position: Position | None, limit: int) -> EventPage:
        """Return the newest events that fit."""
        if self.busy:
            raise TooMany(Reason.TOO_MANY, "Please wait a few minutes and try again.", 1)
        end = len(self.log.events)
        if position is not None:
            end = self.positions.read(position, query.whose).of("local")
        found: list[FoundEvent] = []
        for index in reversed(range(end)):
            octets = encode(self.log.events[index], "127.0.0.1")
            if query.fits(msgspec.json.decode(octets)):
                found.append(FoundEvent("local", self.log.events[index].id, octets))
            if len(found) == limit:
                return EventPage(tuple(found), self.positions.write({"local": index}, query.whose))
        return EventPage(tuple(found), None)

    async def name(self) -> str:
        """Return what there is only one of."""
        return "the log"

    async def read(self, index: int) -> Portion:
        """Return what the events from *index* on say of the use of keys."""
        seen: list[Seen] = []
        for one in self.log.events[index:]:
            ((line,), _) = lines_of([entry_of(one, "127.0.0.1")], 0)
            seen += seen_in(line)
        last = self.log.events[-1].time if self.log.events[index:] else None
        return Portion(seen=tuple(seen), index=len(self.log.events), at=last, whole=True)


@dataclass
class World:
    """The service, its parts, and a tenant that was there from the beginning."""

    runner: Loop
    clock: FakeClock
    log: RecordingLog
    unit: SoftwareUnit
    store: MemoryStore
    home: Api
    renewed: datetime

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(story)

    async def renew(self) -> None:
        """Give `home` a fresh token if tests have moved the clock by hours."""
        if self.clock() - self.renewed > timedelta(hours=12):
            self.home, self.renewed = await again(self.home), self.clock()

    async def tenant(self, service: str = "kms") -> Api:
        """Return the owner of a new instance of *service*."""
        instance = replace(self.home.instance, id=InstanceId(random_uuid()), service=service)
        change = Change()
        change.add(instance)
        await self.store.commit(change, None)
        return await again(replace(self.home, instance=instance))

    def beside(
        self,
        api: Api,
        *,
        store: Store | None = None,
        log: AuditLog | None = None,
        unit: CryptoUnit | None = None,
        narrow: Limits | None = None,
        windows: Windows | None = None,
        externals: Mapping[str, ExternalTokens] | None = None,
        private_url: str | None = None,
    ) -> Api:
        """Return *api* at a second service over the same records, with some parts exchanged."""
        return replace(
            api,
            service=assembled(
                self.clock,
                store or self.store,
                unit or self.unit,
                log or self.log,
                narrow,
                windows,
                externals,
                private_url=private_url,
            ),
        )


async def again(api: Api) -> Api:
    """Return an owner of the same instance with a fresh token."""
    return await api.other(*OWNER)


def assembled(
    clock: FakeClock,
    store: Store,
    unit: CryptoUnit,
    log: AuditLog,
    narrow: Limits | None = None,
    windows: Windows | None = None,
    externals: Mapping[str, ExternalTokens] | None = None,
    *,
    private_url: str | None = None,
) -> Service:
    """Connect parts as `keystead.app` does."""
    settings = Settings(data=Path("not-there"), token_seconds=A_DAY, private_url=private_url)
    windows = windows or settings.waits.windows()
    tokens = TokenService(
        store,
        unit,
        clock,
        issuer=settings.issuer,
        lifetime_seconds=settings.token_seconds,
        externals=externals,
    )
    recorded = RecordedEvents(cast("RecordingLog", log), Positions(unit))
    tools = Tools(
        store=store,
        unit=unit,
        tokens=tokens,
        events=recorded,
        reckoning=Reckoning(store, recorded, settings.node, clock),
        windows=windows,
        new_id=random_uuid,
        endpoints=settings.endpoints,
        limits=narrow or limits(wrong_per_minute=1_000_000),
    )
    dispatcher = Dispatcher(tools, log, clock)
    application = Application(ROUTES, dispatcher, windows, fault=unrouted, stray=stray, probes={})
    operator = Dispatcher(tools, log, clock)  # unused: no test here acts as the operator
    inner = Dispatcher(tools, log, clock, by_itself=True, delivery=dispatcher.delivery)
    rounds = Rounds(store, inner, clock, windows)
    courier = Courier(store, unit, inner, clock, post)
    return Service(
        settings,
        store,
        unit,
        cast("MerkleLog", log),
        dispatcher,
        operator,
        application,
        clock,
        rounds,
        courier,
        Reckoner(tools.reckoning),
    )


def new_world() -> Iterator[World]:
    """Yield a new world and take it down."""
    with Loop() as runner, pytest.MonkeyPatch.context() as patch:
        for module in (memory_instances, create_instance):  # each test has an instance, and all one account
            patch.setattr(module, "MOST_INSTANCES", 100_000)
        for module in (memory_owners, service_ids):  # likewise with callers
            patch.setattr(module, "MOST_SERVICE_IDS", 100_000)
        for module in (granting, policy_rules):  # and with what they were granted
            patch.setattr(module, "MOST_GRANTS", 100_000)
            patch.setattr(module, "MOST_TIMED", 100_000)
        for module in (storage_contexts, context_rules):  # and with from where they may be asked
            patch.setattr(module, "MOST_RULES", 100_000)
        for module in (storage_contexts, zones):
            patch.setattr(module, "MOST_ZONES", 100_000)
        clock, log, store = FakeClock(), RecordingLog(), MemoryStore()
        unit = SoftwareUnit(KeyMaterial(bytes(range(32))), ready_pairs=0)
        unit._pairs = Stock(_pairs(), 0)
        home = runner.run(_founded(clock, log, store, unit))
        yield World(runner, clock, log, unit, store, home, clock())
        runner.run(unit.close())


def _pairs() -> Any:
    """Return a maker of RSA pairs that makes two and hands them out in turn: each next one is another."""
    made = [(private, oaep.public_pem(private)) for private in (oaep.generate(), oaep.generate())]
    turns = itertools.cycle(made)
    return lambda: next(turns)


async def _founded(clock: FakeClock, log: RecordingLog, store: MemoryStore, unit: SoftwareUnit) -> Api:
    service, now = assembled(clock, store, unit, log), clock()
    account = Account(id=AccountId(random_uuid().replace("-", "")), name="owner@example.com", created_at=now)
    instance = Instance(
        id=InstanceId(random_uuid()),
        account=account.id,
        name="keystead",
        service="kms",
        region="us-south",
        created_at=now,
    )
    change = Change()
    change.add(account, instance, make_signing_key(unit, now))
    await store.commit(change, None)
    return await again(Api(service, clock, instance, token=""))


async def another_account(world: World) -> Api:
    """Return the owner of an instance in an account that is new."""
    account = Account(
        id=AccountId(random_uuid().replace("-", "")), name="another@example.com", created_at=world.clock()
    )
    instance = replace(world.home.instance, id=InstanceId(random_uuid()), account=account.id)
    change = Change()
    change.add(account, instance)
    await world.store.commit(change, None)
    return await again(replace(world.home, instance=instance))


async def another_api_key(world: World, subject: IamId) -> str:
    """Give *subject* one more API key and return its text."""
    text, change = new_api_key(), Change()
    record = ApiKey(
        id=f"ApiKey-{random_uuid()}",
        iam_id=subject,
        account=world.home.instance.account,
        name="another",
        digest=digest(world.unit, text),
        created_at=world.clock(),
    )
    change.add(record)
    await world.store.commit(change, None)
    return text.reveal().decode()


def in_seconds(world: World, seconds: int) -> str:
    """Return the time in so many seconds, as the wire writes it."""
    return f"{world.clock() + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


async def raw(
    api: Api,
    method: str,
    target: str,
    body: bytes | None = b"",
    headers: Mapping[bytes, bytes | None] | None = None,
    address: str | None = "127.0.0.1",
    endpoint: Endpoint = PUBLIC,
) -> Answer:
    """Send what no HTTP client would: any method, target and header octets.

    Headers replace the usual ones, and ``None`` leaves one out. A *body* of ``None`` is one that was larger
    than is read.
    """
    usual = {b"authorization": f"Bearer {api.token}".encode(), b"bluemix-instance": api.instance.id.encode()}
    given = {name: value for name, value in {**usual, **(headers or {})}.items() if value is not None}
    path, _, query = target.partition("?")
    exchange = Exchange(Head(method, path, query.encode(), given), body)
    exchange.endpoint = endpoint
    reply = await api.service.application.answer(exchange, address)
    octets = octets_of(exchange, reply, b"now", ends=False)
    answer = read_answer(octets, head=method == "HEAD")
    check_described(method, path, answer)
    return answer


def check_error(answer: Answer, status: int, code: str, phrase: str) -> None:
    """Check that *answer* is an error in exactly the wire's form (``spec/kms-api.md`` section 1.11)."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["metadata"] == {
        "collectionType": "application/vnd.ibm.kms.error+json",
        "collectionTotal": 1,
    }
    resource = answer.resource
    assert set(resource) == {"errorMsg", "reasons"}
    assert resource["errorMsg"].startswith(REASON_PHRASES[status] + ": "), resource["errorMsg"]
    assert resource["errorMsg"].endswith(f"{phrase}: Please see `reasons` for more details ({code})")
    (reason,) = resource["reasons"]
    assert set(reason) - {"target"} == {"code", "message", "status", "moreInfo"}
    assert (reason["code"], reason["status"]) == (code, status)
    assert reason["moreInfo"] == MORE.get(code, "https://cloud.ibm.com/apidocs/key-protect")


MORE = {
    "PROTECTED_RESOURCE_ERR": "https://cloud.ibm.com/docs/key-protect"
    "?topic=key-protect-troubleshooting#unable-to-delete-keys"
}


REASON_PHRASES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    412: "Precondition Failed",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
}
