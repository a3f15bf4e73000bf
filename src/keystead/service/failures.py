"""Tells the server's log of requests that failed for no fault of their callers.

The audit log has an event of each, with what was asked; where the service broke is for its own log.
"""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.errors import Tampered, Unavailable
from keystead.service.places import places

EVERY_SECONDS: Final = 1.0
_log = logging.getLogger(__name__)


class Failures:
    """Logs the kind and place of errors, never their text; of each kind at most one line a second.

    While a database is away every request fails, and anybody may send them.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._not_before: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def tell(self, action: Action, error: Exception) -> None:
        """Log that *action* ended with *error*, if the service is what failed."""
        match error:
            case Tampered():
                self._tell("record_tampered", action, error)
            case Unavailable():
                self._tell("request_unavailable", action, error)
            case _:
                pass  # a refusal is the caller's affair; a mistake of ours is told by who answers for it

    def _tell(self, event: str, action: Action, error: Exception) -> None:
        now = self._clock()
        if now < self._not_before.get(event, now):
            self._left_out[event] = self._left_out.get(event, 0) + 1
            return
        self._not_before[event] = now + EVERY_SECONDS
        facts = {
            "action": action.value,
            "error": type(error).__name__,
            "at": places(error),
            "left_out": self._left_out.pop(event, 0),
        }
        _log.error(event, extra={"facts": facts})
