"""Counting beside the requests: what fails is logged without its text, and it ends when it is told to."""

import asyncio
from io import StringIO
from typing import Any, cast

import pytest

from journal_lines import journal_in
from keystead.domain.errors import Unavailable
from keystead.jobs import reckoner
from keystead.jobs.reckoner import Reckoner
from keystead.service.reckoning import Reckoning


class Scripted:
    """A reckoning that does what it is told, one thing after the other."""

    def __init__(self, *results: bool | Exception) -> None:
        self.results = list(results)
        self.swept = 0
        self.idle = asyncio.Event()

    async def catch_up(self) -> bool:
        if not self.results:
            self.idle.set()
            return True
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    async def sweep(self) -> None:
        self.swept += 1


def of(scripted: Any) -> Reckoner:
    return Reckoner(cast("Reckoning", scripted))


def test_a_failure_is_logged_and_waits_for_its_turn() -> None:
    written = StringIO()

    async def story() -> None:
        scripted = Scripted(Unavailable("the secret text"), False)
        one = of(scripted)
        assert await one.make()
        assert scripted.swept == 0
        assert (one.numbers.failed, one.numbers.whole_at) == (1, 0.0)
        assert not await one.make()
        assert scripted.swept == 1
        assert (one.numbers.failed, one.numbers.whole_at) == (1, 0.0)  # some of it was left
        assert await one.make()
        assert one.numbers.failed == 1
        assert one.numbers.whole_at > 1.7e9

    with journal_in(written):
        asyncio.run(story())
    assert '"event":"uses_not_counted"' in written.getvalue()
    assert "Unavailable" in written.getvalue()
    assert "secret" not in written.getvalue()


def test_it_goes_on_while_it_is_behind_and_ends_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reckoner, "_NEXT_SECONDS", 0.0)

    async def story() -> None:
        scripted = Scripted(False, False)
        one = of(scripted)
        running = asyncio.create_task(one.run())
        await scripted.idle.wait()
        one.stop()
        await asyncio.wait_for(running, 60)
        assert scripted.swept == 3

    asyncio.run(story())
