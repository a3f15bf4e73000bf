"""Counts what keys are used for, while a server lets it: every minute, and no request waits for it."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from time import time
from typing import Final

from keystead.service.places import places
from keystead.service.reckoning import Reckoning

PERIOD_SECONDS: Final = 60.0
"""Between two looks at the log, once all of it is counted."""
_NEXT_SECONDS: Final = 10.0
"""The same while some of it is left: each commit empties what SQLite's processes remember of their keys."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Numbers:
    """What was counted since the start."""

    failed: int = 0  # times that it could not be counted
    whole_at: float = 0.0  # when all of the log had been counted last, in seconds since 1970


class Reckoner:
    """Has the log of this process counted."""

    def __init__(self, reckoning: Reckoning) -> None:
        self._reckoning = reckoning
        self.numbers = Numbers()
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Count now and at every period, until `stop`."""
        while not self._stopped.is_set():
            behind = not await self.make()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), _NEXT_SECONDS if behind else PERIOD_SECONDS)

    def stop(self) -> None:
        """End `run`."""
        self._stopped.set()

    async def make(self) -> bool:
        """Count what is new and tell whether that was all; whatever fails is logged."""
        try:
            whole = await self._reckoning.catch_up()
            await self._reckoning.sweep()
        except Exception as error:  # noqa: BLE001 - the next look comes, whatever went wrong in this one
            self.numbers.failed += 1
            facts = {"error": type(error).__name__, "at": places(error)}
            _log.error("uses_not_counted", extra={"facts": facts})
            return True
        if whole:
            self.numbers.whole_at = time()
        return whole
