"""kill -9 of PostgreSQL under load: 503 while it is gone, recovery without a restart, nothing lost."""

import asyncio
import os
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from chaos import checks
from chaos.campaign import Campaign, until_dead
from chaos.database import Mortal
from chaos.load import Caller
from chaos.serving import make_place
from postgres import NoPostgres

ROUNDS = 4


@pytest.fixture
def mortal() -> Iterator[Mortal]:
    try:
        database = Mortal()
    except NoPostgres as error:
        if os.environ.get("KEYSTEAD_REQUIRE_POSTGRES") == "1":
            pytest.fail(f"PostgreSQL is required: {error}")
        pytest.skip(str(error))
    yield database
    database.stop()


def test_postgres_itself(tmp_path: Path, mortal: Mortal) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails

    async def whole() -> None:
        place = await make_place(tmp_path / "server", mortal.fresh())
        campaign = Campaign(place, random.Random(seed))  # noqa: S311 - moments to kill at
        await place.start()
        assert place.process is not None
        pid = place.process.pid
        try:
            for _ in range(ROUNDS):
                await _round(campaign, mortal)
            assert place.process.pid == pid  # one server outlived every death of its database
            place.kill()
            await place.start()  # events of what was done, but not answered, come into the log now
            async with AsyncExitStack() as stack:
                callers, _ = await campaign.connect(stack)
                await campaign.check_everything(callers[0])
        finally:
            place.kill()
        checks.verify_by_command(place)

    asyncio.run(whole())


async def _round(campaign: Campaign, mortal: Mortal) -> None:
    async with AsyncExitStack() as stack:
        callers, shared = await campaign.connect(stack)
        for caller in callers:
            caller.no_store = True
        tasks = campaign.load(callers, shared)
        await asyncio.sleep(campaign.chance.uniform(0.05, 0.3))
        mortal.kill()
        await until_dead(tasks)
        campaign.gather()
        for _ in range(3):
            await _require_unavailable(callers[0])
        await asyncio.to_thread(mortal.revive)
        await _recovery(callers[0])
        await checks.settle(callers[0], [key for key in campaign.keys if key.touched], campaign.token)


async def _require_unavailable(caller: Caller) -> None:
    for method, path in (("GET", "/keys"), ("POST", "/import_token"), ("GET", "/import_token")):
        answer = await caller.look(method, path, {} if method == "POST" else None)
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"]
        assert "errorMsg" in answer.text


async def _recovery(caller: Caller) -> None:
    """Wait until the server serves again by itself."""
    for _ in range(600):
        answer = await caller.look("GET", "/keys?limit=1")
        if answer.status_code == 200:
            return
        assert answer.status_code == 503, answer.text
        await asyncio.sleep(0.05)
    raise AssertionError("the server did not recover")
