"""Section 1.6 of iam-and-provisioning.md: another key signs tokens, and the one before it stays listed."""

import asyncio
import base64
import json
from pathlib import Path

from api import Api, log_in, with_api
from keystead.domain.actions import Action
from keystead.identity.signing import make_signing_key
from keystead.service.operator import AddApiKey, RotateSigningKey

HOUR = 3600


def kid(token: str) -> str:
    return str(json.loads(base64.urlsafe_b64decode(token.split(".", maxsplit=1)[0] + "=="))["kid"])


async def listed(api: Api) -> list[str]:
    answer = await api.send("GET", "/identity/keys")
    return [key["kid"] for key in answer.json["keys"]]


async def rotate(api: Api) -> str:
    new = make_signing_key(api.service.unit, api.clock())
    await api.service.operate(Action.SIGNING_KEY_ROTATE, RotateSigningKey(new))
    return new.id


def test_the_key_before_stays_listed_for_as_long_as_a_token_lives_and_a_minute(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        old, (text, digest) = kid(api.token), api.service.new_api_key()
        command = AddApiKey(subject=api.iam_id, name="another", digest=digest)
        await api.service.operate(Action.API_KEY_GIVE, command, api.instance.id)
        api.clock.advance(minutes=10)
        new = await rotate(api)
        assert await listed(api) == [old, new]
        assert kid(await log_in(api.service, text.reveal().decode())) == new
        api.clock.advance(minutes=49, seconds=59)
        assert (await api.send("GET", "/keys")).status == 200  # with a token that the old key signed
        api.clock.advance(minutes=10)
        assert await listed(api) == [old, new]
        api.clock.advance(minutes=1, seconds=1)
        assert await listed(api) == [new]
        assert (await api.send("GET", "/keys")).status == 401
        assert len(await api.service.store.signing_keys()) == 2

    with_api(tmp_path, story, token_seconds=HOUR)


def test_a_retired_key_is_forgotten_once_no_token_can_be_its_own(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        first = await listed(api)
        api.clock.advance(seconds=1)
        second = await rotate(api)
        api.clock.advance(days=1)
        third = await rotate(api)
        kept = [key.id for key in await api.service.store.signing_keys()]
        assert kept == [*first, second, third]
        api.clock.advance(seconds=1)
        fourth = await rotate(api)
        kept = [key.id for key in await api.service.store.signing_keys()]
        assert kept == [second, third, fourth]

    with_api(tmp_path, story)


def test_of_two_rotations_at_once_one_key_signs(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        api.clock.advance(seconds=1)
        made = await asyncio.gather(rotate(api), rotate(api))
        keys = await api.service.store.signing_keys()
        (signing,) = [key.id for key in keys if key.retired_at is None]
        assert signing in made
        assert len(keys) == 3

    with_api(tmp_path, story, database=None)


def test_the_event_names_keys_and_nothing_secret(tmp_path: Path) -> None:
    async def story(api: Api) -> None:
        old = kid(api.token)
        api.clock.advance(seconds=1)
        new = await rotate(api)
        await api.service.log.close()
        (event,) = [
            entry["event"]
            for line in (tmp_path / "audit" / "local" / "events").read_text().splitlines()
            if (entry := json.loads(line)["entry"])["event"]["action"] == "keystead.signing-key.rotate"
        ]
        assert (event["severity"], event["outcome"]) == ("critical", "success")
        assert event["initiator"]["id"] == "operator"
        assert (event["requestData"]["retired"], event["responseData"]) == ([old], {"kid": new})

    with_api(tmp_path, story)
