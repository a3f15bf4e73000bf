"""A process that makes a round: ``python -m suites.rounds_worker DATA NODE DATABASE AT``.

Opens the service of NODE at the time AT, prints ``ready``, waits for a line, makes a round, and prints how
often each event happened.
"""

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

from keystead.app import open_service
from keystead.config import Settings


async def work(data: str, node: str, database: str, at: str) -> None:
    settings = Settings(data=Path(data), node=node, database=database)
    now = datetime.fromisoformat(at)
    service = await open_service(settings, lambda: now, ready_pairs=0)
    try:
        print("ready", flush=True)  # noqa: T201 - this is how it talks
        sys.stdin.readline()
        print(json.dumps(await service.rounds.make()), flush=True)  # noqa: T201
    finally:
        await service.close()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
