"""Many of the same thing at once: each counts, and only once."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from api import Api, with_api

DATABASES = pytest.mark.parametrize("database", ["memory:", None])


@DATABASES
def test_retrievals_of_an_import_token(tmp_path: Path, database: str | None) -> None:
    async def story(api: Api) -> None:
        made = await api.send("POST", "/import_token", {"expiration": 600, "maxAllowedRetrievals": 100})
        assert made.status == 200, made.body
        answers = await asyncio.gather(*(api.send("GET", "/import_token") for _ in range(16)))
        assert [answer.status for answer in answers] == [200] * 16
        assert sorted(answer.json["remainingRetrievals"] for answer in answers) == list(range(84, 100))
        token = await api.service.store.import_token(api.instance.id)
        assert token is not None
        assert token.remaining == 84

    with_api(tmp_path, story, database=database)


@DATABASES
def test_rotations_of_different_keys(tmp_path: Path, database: str | None) -> None:
    async def story(api: Api) -> None:
        ids = [(await api.create(f"key {i}"))["id"] for i in range(16)]
        answers = await asyncio.gather(*(api.act(key, "rotate") for key in ids))
        assert [answer.status for answer in answers] == [204] * 16
        for key in ids:
            assert len((await api.send("GET", f"/keys/{key}/versions")).json["resources"]) == 2

    with_api(tmp_path, story, database=database)


@DATABASES
def test_one_key_is_disabled_once(tmp_path: Path, database: str | None) -> None:
    async def story(api: Api) -> None:
        key = (await api.create())["id"]
        answers = await asyncio.gather(*(api.act(key, "disable") for _ in range(8)))
        assert Counter(answer.status for answer in answers) == {204: 1, 409: 7}
        assert {answer.code for answer in answers if answer.status == 409} == {"KEY_ACTION_INVALID_STATE_ERR"}

    with_api(tmp_path, story, database=database)
