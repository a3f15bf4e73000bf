"""A process that tells services: ``python -m suites.courier_worker DATA NODE DATABASE AT``.

Opens the service of NODE at the time AT, prints ``ready``, waits for a line, delivers what is due, and prints
how many notices were taken and how many tries failed.
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
        await service.courier.make()
        numbers = service.courier.numbers
        print(json.dumps([numbers.delivered, numbers.failed]), flush=True)  # noqa: T201
    finally:
        await service.close()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
