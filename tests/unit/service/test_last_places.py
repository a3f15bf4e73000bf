"""The last place for a ring or an alias, wanted by many at once: one gets it, the others are told why not."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from api import Api, envelope, with_api
from http_peer import Answer
from keystead.domain.changes import Change
from keystead.domain.ids import KeyId, random_uuid
from keystead.domain.placing import MOST_ALIASES
from keystead.domain.rings import MOST_RINGS
from postgres import postgres_cluster, postgres_url  # noqa: F401 - fixtures


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    match request.param:
        case "sqlite":
            return f"sqlite:///{tmp_path / 'keystead.db'}"
        case "postgres":
            return str(request.getfixturevalue("postgres_url"))
        case _:
            return "memory:"


async def codes(asked: Sequence[Awaitable[Answer]]) -> list[str]:
    """Return what became of requests that are sent at once: reason codes, or the status of a success."""
    answers = await asyncio.gather(*asked)
    return sorted(
        str(answer.status) if answer.status < 300 else answer.resource["reasons"][0]["code"]
        for answer in answers
    )


async def fill_with_aliases(api: Api, number: int) -> None:
    """Store keys with so many aliases, as many as a key may have each."""
    stored = await api.service.store.key(api.instance.id, KeyId((await api.create())["id"]))
    change = Change()
    for at in range(0, number, 5):
        names = tuple(f"alias-{one}" for one in range(at, min(at + 5, number)))
        change.save(replace(stored, id=KeyId(random_uuid()), aliases=names), was=None)
    await api.service.store.commit(change, None)


def test_the_last_ring(tmp_path: Path, database: str) -> None:
    async def story(api: Api) -> None:
        for number in range(MOST_RINGS - 1):
            await api.add_ring(f"ring-{number}")
        wanted = [api.send("POST", f"/key_rings/last-{number}") for number in range(6)]
        assert await codes(wanted) == ["201", *["KEY_RING_QUOTA_ERR"] * 5]
        assert len(await api.service.store.rings(api.instance.id)) == MOST_RINGS

    with_api(tmp_path, story, database=database)


def test_one_ring_of_one_name(tmp_path: Path, database: str) -> None:
    async def story(api: Api) -> None:
        assert await codes([api.send("POST", "/key_rings/same") for _ in range(6)]) == [
            "201",
            *["KEY_RING_NOT_UNIQUE_ERR"] * 5,
        ]

    with_api(tmp_path, story, database=database)


def test_the_last_alias(tmp_path: Path, database: str) -> None:
    async def story(api: Api) -> None:
        await fill_with_aliases(api, MOST_ALIASES - 1)
        keys = [(await api.create())["id"] for _ in range(3)]
        wanted = [api.send("POST", f"/keys/{key}/aliases/last-{key}") for key in keys]
        wanted += [api.send("POST", "/keys", envelope(name="new", aliases=[f"new-{n}"])) for n in range(3)]
        assert await codes(wanted) == ["201", *["KEY_ALIAS_QUOTA_ERR"] * 5]
        assert await api.service.store.count_aliases(api.instance.id) == MOST_ALIASES
        taken = [api.send("POST", f"/keys/{keys[0]}/aliases/alias-0")]
        assert await codes(taken) == ["KEY_ALIAS_NOT_UNIQUE_ERR"]
        assert (await api.create("without any"))["id"]

    with_api(tmp_path, story, database=database)


def test_one_alias_for_many_keys(tmp_path: Path, database: str) -> None:
    async def story(api: Api) -> None:
        keys = [(await api.create())["id"] for _ in range(5)]
        wanted = [api.send("POST", f"/keys/{key}/aliases/same") for key in keys]
        assert await codes(wanted) == ["201", *["KEY_ALIAS_NOT_UNIQUE_ERR"] * 4]

    with_api(tmp_path, story, database=database)


def test_the_fifth_alias_of_a_key(tmp_path: Path, database: str) -> None:
    async def story(api: Api) -> None:
        key = (await api.create(aliases=["a0", "a1", "a2", "a3"]))["id"]
        wanted = [api.send("POST", f"/keys/{key}/aliases/last-{number}") for number in range(4)]
        assert await codes(wanted) == ["201", *["KEY_ALIAS_QUOTA_ERR"] * 3]

    with_api(tmp_path, story, database=database)


def test_a_ring_goes_while_keys_come(tmp_path: Path, database: str) -> None:
    async def story(api: Api) -> None:
        await api.add_ring("busy")
        key = (await api.create())["id"]
        outcome = await codes(
            [
                api.send("DELETE", "/key_rings/busy"),
                api.send("PATCH", f"/keys/{key}", {"keyRingID": "busy"}),
                api.send("POST", "/keys", envelope(name="new"), {"x-kms-key-ring": "busy"}),
            ]
        )
        there = await api.service.store.rings(api.instance.id)
        if there:  # a key was first
            assert "KEY_RING_NOT_EMPTY_ERR" in outcome
        else:
            assert outcome == ["204", *["KEY_RING_NOT_FOUND_ERR"] * 2]
        rings = {one["keyRingID"] for one in (await api.send("GET", "/keys")).json["resources"]}
        assert rings <= {"default", *(ring.id for ring in there)}

    with_api(tmp_path, story, database=database)
