"""Which thread writes: the loop's while the disk is quick, another while it is not."""

import asyncio
import threading
import time
from typing import cast

from keystead.audit.events_file import EventsFile
from keystead.audit.writer import QUICK_IN_A_ROW, QUICK_SECONDS, Writer


class Disk:
    """Remembers in which thread each group was written; a group says what happens to it."""

    def __init__(self) -> None:
        self.threads: list[int] = []

    def append(self, octets: bytes) -> None:
        self.threads.append(threading.get_ident())
        if octets == b"slow":
            time.sleep(QUICK_SECONDS * 2)
        if octets == b"broken":
            raise OSError("broken")


async def written(writer: Writer, octets: bytes) -> BaseException | None:
    done: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
    writer.put(octets, done.set_result)
    return await done


async def quick(writer: Writer, disk: Disk) -> None:
    """Write until the loop does: on a busy machine some of the writes are not quick."""
    here = threading.get_ident()
    for _ in range(100 * QUICK_IN_A_ROW):
        await written(writer, b"x")
        if disk.threads[-1] == here:
            return
    raise AssertionError("the loop never wrote")


def test_a_disk_is_trusted_after_many_quick_writes_and_until_a_slow_one() -> None:
    async def run() -> None:
        disk = Disk()
        writer = Writer(cast("EventsFile", disk), asyncio.get_running_loop())
        here = threading.get_ident()
        await quick(writer, disk)
        assert here not in disk.threads[:QUICK_IN_A_ROW]
        await written(writer, b"slow")
        count = len(disk.threads)
        for _ in range(QUICK_IN_A_ROW):
            await written(writer, b"x")
        assert here not in disk.threads[count:]
        writer.close()

    asyncio.run(run())


def test_what_goes_wrong_is_told_whoever_writes() -> None:
    async def run() -> None:
        disk = Disk()
        writer = Writer(cast("EventsFile", disk), asyncio.get_running_loop())
        assert str(await written(writer, b"broken")) == "broken"
        await quick(writer, disk)
        assert str(await written(writer, b"broken")) == "broken"
        assert await written(writer, b"x") is None
        assert disk.threads[-1] != threading.get_ident()  # a disk that fails is not trusted
        writer.close()

    asyncio.run(run())


def test_nobody_is_told_before_put_returns() -> None:
    async def run() -> None:
        disk = Disk()
        writer = Writer(cast("EventsFile", disk), asyncio.get_running_loop())
        await quick(writer, disk)
        told: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        writer.put(b"x", told.set_result)
        assert not told.done()
        assert await told is None
        writer.close()

    asyncio.run(run())
