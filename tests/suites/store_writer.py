"""A process that writes: ``python -m suites.store_writer URL INSTANCE KEY [REVISIONS]``.

Opens the store, saves revision after revision of the key, and prints each number once it was acknowledged.
Without INSTANCE it only opens and closes the store.
"""

import asyncio
import sys
from dataclasses import replace

from keystead.domain.ids import InstanceId, KeyId
from keystead.storage import open_store
from suites.store_samples import TestBinder, saved


async def write(url: str, instance: str = "", key: str = "", revisions: str = "0") -> None:
    store = await open_store(url, TestBinder())
    if instance:
        was = await store.key(InstanceId(instance), KeyId(key))
        for _ in range(int(revisions)):
            was = await saved(store, replace(was, revision=was.revision + 1), was)
            print(was.revision, flush=True)  # noqa: T201 - this is how it talks
    await store.close()


if __name__ == "__main__":
    asyncio.run(write(*sys.argv[1:]))
