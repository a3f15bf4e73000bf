"""A process that appends for ever and prints the ids that were acknowledged; the test kills it."""

import asyncio
import sys
from pathlib import Path

from keystead.audit.log import MerkleLog
from unit.audit.sample import HOST, ORIGIN, SIGNER, event


async def main(directory: Path) -> None:
    log = await MerkleLog.open(directory, SIGNER, ORIGIN, host=HOST, interval=0.002)
    print("open", log.size, flush=True)  # noqa: T201 - the test reads it

    async def client(lane: int) -> None:
        number = log.size * 8 + lane
        while True:
            await log.append(event(number))
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
            number += 8

    await asyncio.gather(*(client(lane) for lane in range(8)))


asyncio.run(main(Path(sys.argv[1])))
