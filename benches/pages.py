"""``python -m benches.pages``: what pages of a long list cost the store, in SQLite and in PostgreSQL.

Milliseconds of one process that asks one question after the other, without HTTP; medians.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from benches.populate import begin, created_at, populate
from keystead.app import Service, open_service
from keystead.config import Settings
from keystead.domain.ids import InstanceId
from keystead.domain.listing import DateWithin, KeyDate, KeyFact, KeyQuery, Search, SortKey, seconds
from keystead.domain.ports import Store

_LIMIT: Final = 200
_TIMES: Final = 15
_SEARCHED: Final = 4_000  # a search looks at no more than 5,000


def questions(instance: InstanceId, service: Service, size: int) -> Iterator[tuple[str, KeyQuery]]:
    """Yield the pages that are asked for, with their names."""
    plain = KeyQuery(instance=instance, now=service.clock(), limit=_LIMIT)
    newest = replace(plain, sort=(SortKey(KeyDate.CREATED, descending=True),))
    recent = DateWithin(KeyDate.CREATED, since=seconds(created_at(max(0, size - _SEARCHED))))
    for name, query in (("by id", plain), ("newest first", newest)):
        for place, offset in (("first", 0), ("middle", size // 2), ("last", size - _LIMIT)):
            yield f"{name}, {place}", replace(query, offset=offset)
    yield (
        "by state and update, first",
        replace(plain, sort=(SortKey(KeyFact.STATE), SortKey(KeyDate.UPDATED))),
    )
    yield f"filter, newest {_SEARCHED:,}", replace(plain, dates=(recent,))
    yield f"search, newest {_SEARCHED:,}", replace(plain, dates=(recent,), search=Search(text="key 9"))


async def _measured(store: Store, query: KeyQuery) -> float:
    """Return the milliseconds that a page takes."""
    took = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        await store.keys(query)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


async def _asked(settings: Settings, size: int) -> dict[str, float]:
    service = await open_service(settings, ready_pairs=0)
    try:
        (instance,) = await service.store.instances()
        asked = {
            name: await _measured(service.store, query)
            for name, query in questions(instance.id, service, size)
        }
        began = time.perf_counter()
        await service.store.count(KeyQuery(instance=instance.id, now=service.clock()))
        return {**asked, "count": (time.perf_counter() - began) * 1000}
    finally:
        await service.close()


def main() -> None:
    """Fill a database, ask, and print."""
    words = argparse.ArgumentParser(prog="python -m benches.pages", description=__doc__)
    words.add_argument("--size", type=int, action="append", help="keys; several times for several sizes")
    words.add_argument("--postgres", help="address of an empty database; without it SQLite is asked")
    words.add_argument("--output", type=Path, default=Path("build/pages.json"))
    given = words.parse_args()
    found: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), database=given.postgres)
        begin(settings)
        done = 0
        for size in sorted(given.size or (1_000, 100_000)):
            populate(settings, size - done, done)
            done = size
            found[size] = asyncio.run(_asked(settings, size))
    for size, rows in found.items():
        print(f"{size:,} keys, {'PostgreSQL' if given.postgres else 'SQLite'}")  # noqa: T201 - its result
        for name, took in rows.items():
            print(f"  {name:<28}{took:9.2f} ms")  # noqa: T201
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
