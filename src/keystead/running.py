"""A running service and its parts, and the commands of whoever operates it."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from keystead.audit.log import MerkleLog
from keystead.config import Settings
from keystead.domain.actions import Action
from keystead.domain.events import Origin
from keystead.domain.ids import random_uuid
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.clock import Clock
from keystead.domain.ports.store import Store
from keystead.domain.ports.unit import CryptoUnit
from keystead.identity.api_keys import digest, fresh
from keystead.jobs.courier import Courier
from keystead.jobs.reckoner import Reckoner
from keystead.jobs.rounds import Rounds
from keystead.logbook import write_anchor
from keystead.protocols.http.application import Application
from keystead.service.begin import Begin, Beginning
from keystead.service.case import Call, Command
from keystead.service.dispatch import Dispatcher

if TYPE_CHECKING:
    from keystead.spans import Tracing

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
