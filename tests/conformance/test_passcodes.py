"""One-time codes and what tokens say: sections 1.1 (TOK-3) and 1.2 of iam-and-provisioning.md."""

import asyncio
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from api import Api
from conformance.identities import check_refused
from conformance.profiles import Realms, a_user, assume, exchange, scene, speaking, trust
from conformance.world import World
from http_peer import Answer
from keystead.domain.changes import Change
from keystead.domain.reasons import Reason
from keystead.service.limits import limits

CODES = "/identity/passcode"
INTROSPECT = "/identity/introspect"


async def a_code(api: Api) -> str:
    made = await api.send("POST", CODES)
    assert made.status == 200, made.body
    assert set(made.json) == {"passcode"}
    return str(made.json["passcode"])


async def use(api: Api, code: str) -> Answer:
    return await exchange(api, "passcode", passcode=code)


def is_refused(answer: Answer) -> bool:
    return (answer.status, answer.json.get("errorCode")) == (400, str(Reason.IAM_PASSCODE))


async def introspected(api: Api, token: str) -> dict[str, object]:
    answer = await api.send("POST", INTROSPECT, urlencode({"token": token}).encode())
    assert answer.status == 200, answer.body
    return dict(answer.json)


def test_a_code_gives_its_user_one_token_once_in_whatever_process(world: World) -> None:
    async def story() -> None:
        ada = await a_user(world.home)
        code = await a_code(ada)
        answers = await asyncio.gather(*(use(each, code) for each in (ada, world.beside(ada)) * 3))
        assert sorted(it.status for it in answers) == [200, 400, 400, 400, 400, 400]
        given = next(it for it in answers if it.status == 200)
        assert given.json["refresh_token"] == "not_supported"
        one = speaking(ada, given)
        assert one.iam_id == ada.iam_id
        assert (await one.send("GET", "/v1/apikeys")).status == 200
        event = next(it for it in reversed(world.log.events) if it.action.endswith("passcode.create"))
        assert code not in repr(event)

    world.run(story())


def test_a_code_ends_soon_and_where_there_is_a_newer_one(world: World) -> None:
    async def story() -> None:
        ada = await a_user(world.home)
        old, new = await a_code(ada), await a_code(ada)
        assert is_refused(await use(ada, old))
        world.clock.advance(seconds=300)
        assert is_refused(await use(ada, new))
        last = await a_code(ada)
        world.clock.advance(seconds=299)
        assert (await use(ada, last)).status == 200

    world.run(story())


def test_what_a_code_gives_lasts_no_longer_than_what_it_was_made_with(world: World) -> None:
    async def story() -> None:
        ada = await a_user(world.home)
        world.clock.advance(hours=23)  # of the day that a token is good for here
        first = await use(ada, await a_code(ada))
        assert first.json["expires_in"] == 3600
        again = await use(ada, await a_code(speaking(ada, first)))
        assert again.json["expiration"] == first.json["expiration"]
        code = await a_code(ada)
        key = next(it for it in await world.store.api_keys(ada.instance.account) if it.iam_id == ada.iam_id)
        change = Change()
        change.remove(key)
        await world.store.commit(change, None)
        assert is_refused(await use(ada, code))
        assert (await speaking(ada, again).send("GET", "/v1/apikeys")).status == 401
        await world.renew()

    world.run(story())


def test_codes_are_for_users(world: World) -> None:
    async def story() -> None:
        robot = await world.home.other()
        check_refused(await robot.send("POST", CODES), Reason.IDENTITY_FORBIDDEN)
        check_refused(
            await robot.send("POST", CODES, None, {"authorization": "Bearer x"}), Reason.IDENTITY_TOKEN
        )

    world.run(story())


def test_a_user_of_a_provider_has_a_code_until_his_token_ends(world: World) -> None:
    async def story() -> None:
        ada = await a_user(world.home)
        realms = Realms(world.home, alice=ada.iam_id)
        there = replace(world.beside(ada, externals=realms.externals), token=realms.token(seconds=200))
        given = await use(there, await a_code(there))
        assert given.json["expires_in"] == 200
        assert speaking(there, given).iam_id == ada.iam_id

    world.run(story())


def test_what_a_code_gives_ends_with_the_word_of_the_provider(world: World) -> None:
    async def story() -> None:
        admin, _, profile = await scene(world)
        ada, eve = await a_user(admin), await a_user(admin)
        await trust(admin, profile, ada)
        realms = Realms(admin, alice=ada.iam_id)
        there = replace(world.beside(ada, externals=realms.externals), token=realms.token())
        given = speaking(there, await use(there, await a_code(there)))
        one = speaking(there, await assume(given, profile))
        code = await a_code(given)  # by a token of ours, behind which is the provider all the same
        renamed = Realms(admin, alice=eve.iam_id, ada=ada.iam_id).externals
        for externals in (None, renamed, Realms(world.home, alice=ada.iam_id).externals):
            after = world.beside(ada, externals=externals)
            for token in (given.token, one.token):
                assert (await replace(after, token=token).send("GET", "/v1/apikeys")).status == 401
                assert await introspected(after, token) == {"active": False}
            assert is_refused(await use(after, code))
            assert (await replace(after, token=ada.token).send("GET", "/v1/apikeys")).status == 200
        for token in (given.token, one.token):
            assert (await replace(there, token=token).send("GET", "/v1/apikeys")).status == 200
        assert (await use(there, code)).status == 200

    world.run(story())


def test_a_code_whose_token_would_be_too_long_gives_none(world: World) -> None:
    async def story() -> None:
        ada = await a_user(world.home)
        code = await a_code(ada)
        short = await world.store.identity(ada.iam_id)
        assert short is not None
        change = Change()
        change.put(replace(short, display_name="a" * 6000, revision=2), was=short)
        await world.store.commit(change, None)
        assert is_refused(await use(ada, code))

    world.run(story())


def test_guesses_are_counted(world: World) -> None:
    async def story() -> None:
        ada = await a_user(world.home)
        narrow = world.beside(ada, narrow=limits(wrong_per_minute=3))
        code = await a_code(ada)
        for _ in range(3):
            assert is_refused(await use(narrow, "AAAAAAAAAAAA"))
        answer = await use(narrow, code)
        assert (answer.status, answer.json["errorCode"]) == (429, str(Reason.IAM_TOO_MANY))
        world.clock.advance(seconds=61)
        assert (await use(narrow, code)).status == 200

    world.run(story())


@pytest.mark.parametrize("code", ["", "x" * 65, "\0", "ä", "a b", "%00"])
def test_what_is_no_code_is_refused(world: World, code: str) -> None:
    async def story() -> None:
        answer = await use(world.home, code)
        assert answer.status == 400
        expected = Reason.IAM_PASSCODE if code else Reason.IAM_PARAMETER_MISSING
        assert answer.json["errorCode"] == str(expected)

    world.run(story())


def test_what_a_token_says_is_told_to_its_account(world: World) -> None:
    async def story() -> None:
        admin, ada, profile = await scene(world)
        await trust(admin, profile, ada)
        one = speaking(ada, await assume(ada, profile))
        for token, iam_id in ((ada.token, ada.iam_id), (one.token, profile["iam_id"])):
            found = await introspected(ada, token)
            assert (found["active"], found["iam_id"]) == (True, iam_id)
        nothing = {"active": False}
        assert await introspected(world.home, ada.token) == nothing  # of another account
        realms = Realms(admin, alice=ada.iam_id)
        there = world.beside(ada, externals=realms.externals)
        for token in ("x", ada.token[:-9], "x" * 8000, "\0é", realms.token()):
            assert await introspected(there, token) == nothing
        await admin.send("DELETE", f"/v1/profiles/{profile['id']}")
        assert await introspected(ada, one.token) == nothing

    world.run(story())


@pytest.mark.parametrize("body", [b"", b"token=", b"token", b"\xff", b"token=" + b"x" * 8193, b"{}"])
def test_what_asks_for_no_token_is_refused(world: World, body: bytes) -> None:
    async def story() -> None:
        answer = await world.home.send("POST", INTROSPECT, body)
        reason = Reason.IAM_GRANT_UNKNOWN if body == b"\xff" else Reason.IAM_PARAMETER_MISSING
        assert (answer.status, answer.json["errorCode"]) == (400, str(reason))

    world.run(story())
