"""kill -9 at random points under load: nothing acknowledged is lost, and no key is there in part."""

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path

from chaos.campaign import Campaign
from chaos.serving import make_place
from postgres import Cluster, postgres_cluster  # noqa: F401 - a fixture

KILLS = int(os.environ.get("KEYSTEAD_KILLS", "200"))
ON_POSTGRES = KILLS * 3 // 10
_PER_FOLDER = 20
_AT_ONCE = 2  # campaigns that run beside each other


def test_sqlite(tmp_path: Path) -> None:
    assert _kill(tmp_path, KILLS - ON_POSTGRES, lambda: None) == KILLS - ON_POSTGRES


def test_postgres(tmp_path: Path, postgres_cluster: Cluster) -> None:  # noqa: F811 - the fixture
    assert _kill(tmp_path, ON_POSTGRES, postgres_cluster.fresh) == ON_POSTGRES


def _kill(folder: Path, kills: int, database: Callable[[], str | None]) -> int:
    """Kill so often, in campaigns on folders of their own; return how often it happened."""
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    shares = [min(_PER_FOLDER, kills - start) for start in range(0, kills, _PER_FOLDER)]

    async def lane(number: int) -> int:
        done = 0
        for i in range(number, len(shares), _AT_ONCE):
            place = await make_place(folder / str(i), database())
            campaign = Campaign(place, random.Random(seed + i))  # noqa: S311 - moments to kill at
            await campaign.run(shares[i])
            done += campaign.kills
        return done

    async def lanes() -> int:
        return sum(await asyncio.gather(*(lane(number) for number in range(_AT_ONCE))))

    return asyncio.run(lanes())
