"""What is remembered between requests is little, however many tokens and headers there were."""

import gc
from dataclasses import replace
from pathlib import Path

from api import Api, log_in, with_api
from conformance.world import raw
from keystead.domain.changes import Change
from keystead.domain.identities import ApiKey
from keystead.domain.ids import random_uuid
from keystead.domain.keys import Key
from keystead.identity.api_keys import digest, new_api_key

KEYS = 5
TOKENS = 200


async def api_key_of(api: Api) -> str:
    """Give the owner another API key and return its text."""
    text, change = new_api_key(), Change()
    record = ApiKey(
        id=f"ApiKey-{random_uuid()}",
        iam_id=api.iam_id,
        account=api.instance.account,
        name="another",
        digest=digest(api.service.unit, text),
        created_at=api.clock(),
    )
    change.add(record)
    await api.service.store.commit(change, None)
    return text.reveal().decode()


def living_keys() -> int:
    gc.collect()
    return sum(1 for one in gc.get_objects() if type(one) is Key)


def longest_remembered() -> int:
    """Return the length of the longest text that anything is looked up by."""
    gc.collect()
    names = [name for one in gc.get_objects() if type(one) is dict for name in list(one)]
    texts = [text for name in names for text in (name if isinstance(name, tuple) else (name,))]
    return max(len(text) for text in texts if isinstance(text, str))


def test_tokens_do_not_keep_old_snapshots(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        ids = [(await api.create(f"key {i}"))["id"] for i in range(KEYS)]
        text, before, tokens = await api_key_of(api), living_keys(), set()
        for _ in range(TOKENS):
            renewed = replace(api, token=await log_in(api.service, text))
            tokens.add(renewed.token)
            for key in ids:
                assert (await renewed.send("GET", f"/keys/{key}/metadata")).status == 200
            await api_key_of(api)  # from here on everything is another version
        assert len(tokens) == TOKENS
        assert living_keys() <= before + 6 * KEYS

    with_api(tmp_path, story, database=None)


def test_a_header_of_a_million_blanks(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        assert (await api.send("GET", "/keys")).status == 200
        before = longest_remembered()  # the tests' own names are in this process too
        assert before >= len(api.token)
        blanks = " " * (1 << 20)
        for text in (
            f"Bearer {blanks}{api.token}",
            f"Bearer {api.token}{blanks}",
            blanks,
            f"{blanks}Bearer x",
        ):
            answer = await raw(api, "GET", "/api/v2/keys", headers={b"authorization": text.encode()})
            assert answer.status == 401
        assert longest_remembered() <= max(before, 10_000)

    with_api(tmp_path, story)
