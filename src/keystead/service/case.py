"""One request on its way through the service."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec

from keystead.domain.access import ANONYMOUS, Access, Caller, Visible
from keystead.domain.actions import Action
from keystead.domain.changes import Change
from keystead.domain.endpoints import PUBLIC, Endpoint, Endpoints
from keystead.domain.events import Origin
from keystead.domain.grants import Grant
from keystead.domain.ids import AccountId, RingId
from keystead.domain.instances import Instance
from keystead.domain.keys import Key, Windows
from keystead.domain.permissions.row import Permission
from keystead.domain.policies import InstancePolicies
from keystead.domain.ports.audit import LoggedEvents
from keystead.domain.ports.store import Store
from keystead.domain.ports.tokens import Tokens
from keystead.domain.ports.unit import CryptoUnit
from keystead.domain.restrictions import Restriction, Restrictions
from keystead.service.limits import Limits
from keystead.service.reckoning import Reckoning

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What commands work with."""

    store: Store
    unit: CryptoUnit
    tokens: Tokens
    events: LoggedEvents
    reckoning: Reckoning
    windows: Windows
    new_id: Callable[[], str]  # a fresh UUID
    endpoints: Endpoints  # where clients reach this service
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """What is recorded beside the event of a command, for one of several things that it is about."""

    action: Action
    code: int
    failure: str | None
    response: dict[str, object]


class Case(msgspec.Struct):
    """What is known about a request so far, and what it wants written and recorded.

    The dispatcher fills it step by step; ``instance`` and ``key`` are set before a command that needs them.
    """

    action: Action
    now: datetime
    caller: Caller = ANONYMOUS
    ring: RingId | None = None  # the ring that the request names
    access: Access | None = None  # what the caller may do in the instance
    visible: Visible | None = None  # for listings
    held: tuple[Grant, ...] = ()  # what the caller was granted in his account, for what is about no instance
    policies: InstancePolicies | None = None  # of the instance, as they were when the request came in
    measured: bool = False  # whether the instance has its requests counted
    restrictions: Restrictions | None = None  # of the instance, where there are any
    address: str | None = None  # where the request came from, for the restrictions
    endpoint: Endpoint = PUBLIC  # likewise
    broken: tuple[Restriction, ...] = ()  # those that the request does not meet
    told: int = 0  # how many of them the audit log knows of
    change: Change = msgspec.field(default_factory=Change)
    request: dict[str, object] = msgspec.field(default_factory=dict)  # for the audit event
    response: dict[str, object] = msgspec.field(default_factory=dict)
    failure: str | None = None  # what the event says went wrong, where the command recorded just that
    also: tuple[Also, ...] = ()  # recorded as well, also where the command is refused
    correlation_id: str | None = None  # of what this is an answer to, instead of the request's own
    _instance: Instance | None = None
    _key: Key | None = None

    @property
    def instance(self) -> Instance:
        """The instance that the request names."""
        if self._instance is None:
            raise LookupError("this action has no instance")
        return self._instance

    @property
    def account(self) -> AccountId:
        """The caller's account."""
        if self.caller.account is None:
            raise LookupError("this caller has no account")
        return self.caller.account

    @property
    def key(self) -> Key:
        """The key that the request is about."""
        if self._key is None:
            raise LookupError("this action has no key")
        return self._key

    @property
    def known_instance(self) -> Instance | None:
        """The instance, if the request got that far."""
        return self._instance

    @property
    def known_key(self) -> Key | None:
        """The key, if the request got that far."""
        return self._key

    def begin_again(self) -> None:
        """Forget what a command wanted that lost a race."""
        self.change, self.also = Change(), ()

    def is_in(self, instance: Instance) -> None:
        """Say which instance the request is for."""
        self._instance = instance

    def is_about(self, key: Key) -> None:
        """Say which key the request is about."""
        self._key = key


class Command(Protocol[R_co]):
    """What a door wants done; it states its story and nothing else."""

    async def run(self, case: Case, tools: Tools) -> R_co:
        """Do it; writes go into ``case.change``, facts for the audit event into ``case``."""


class Stray(msgspec.Struct, frozen=True, kw_only=True):
    """A request that no route takes: nothing is done, and who asked where is all that is recorded."""

    row: Permission
    origin: Origin
    authorization: str | None
    instance: str | None
    ring: str | None


class Call(msgspec.Struct, Generic[R_co], frozen=True, kw_only=True):
    """A request as a door hands it over: names as text, the body not decoded yet.

    ``decode`` is called after the caller is known and allowed, so that an outsider learns nothing about
    how bodies are judged (``spec/kms-api.md`` section 1.12).
    """

    action: Action
    origin: Origin
    authorization: str | None
    instance: str | None  # id; what is read around instances names them by their CRNs as well
    key: str | None  # id or alias
    ring: str | None
    decode: Callable[[], Command[R_co]]
    code: int  # reason code of success, for the audit event
