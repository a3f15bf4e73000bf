"""C9 of kms-api.md section 8: search keys by name, alias and id."""

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from api import Api, envelope
from conformance.listed import Five, listed, refused
from conformance.world import World, in_seconds
from keystead.domain.actions import Role
from keystead.domain.changes import Change
from keystead.domain.ids import KeyId, random_uuid
from keystead.domain.listing import MOST_SEARCHED

SEARCHES: Final = {
    "a": {"Alpha", "Gamma Straße", "delta"},
    "ALPHA": {"Alpha"},
    "pay": {"Alpha"},
    "STRASSE": {"Gamma Straße"},
    "stra\u00dfe,": {"Gamma Straße"},
    "%": {"100%_eps"},
    "_": {"100%_eps"},
    "a_p": set(),
    "name:pay": set(),
    "name:a": {"Alpha", "Gamma Straße", "delta"},
    "alias:a": {"Alpha"},
    "alias:gamma": set(),
    "name:alias:pay": {"Alpha"},
    "exact:pay": set(),
    "exact:PAYROLL": {"Alpha"},
    "exact:gamma strasse": {"Gamma Straße"},
    "not:a": {"100%_eps"},
    "not:exact:delta": {"Alpha", "Gamma Straße", "100%_eps"},
    "exact:not:name:first": {"Alpha", "Gamma Straße", "delta", "100%_eps"},
    "escape:name:": set(),
    "not:escape:not:": {"Alpha", "Gamma Straße", "delta", "100%_eps"},
    "beta": set(),  # destroyed
}


@pytest.mark.parametrize("text", SEARCHES)
def test_c9_search(world: World, those: Five, text: str) -> None:
    assert set(world.run(listed(those.api, search=text))) == SEARCHES[text]


def test_c9_an_escaped_option_is_text(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        for name in ("name:x", "xx", "not:"):
            await api.create(name)
        assert await listed(api, search="escape:name:x") == ["name:x"]
        assert await listed(api, search="escape:not:") == ["not:"]

    world.run(story())


def test_c9_a_whole_id_finds_its_key(world: World, those: Five) -> None:
    async def story() -> None:
        key = those.keys["delta"]["id"]
        for text in (key, key.upper(), f"{key},", f"name:{key}", f"exact:alias:{key}"):
            assert await listed(those.api, search=text) == ["delta"]
        assert await listed(those.api, search=key[:-1]) == []
        assert "delta" not in await listed(those.api, search=f"not:{key}")

    world.run(story())


def test_c9_the_answer_says_what_was_searched_for(world: World, those: Five) -> None:
    async def metadata(query: str) -> Any:
        return (await those.api.send("GET", f"/keys{query}")).json["metadata"]

    asked = {"query": "ALP", "scopes": ["name", "alias"], "not": False, "exact": False}
    expected = {
        "collectionType": "application/vnd.ibm.kms.key+json",
        "collectionTotal": 1,
        "incompleteSearch": False,
        "searchQuery": asked,
    }
    assert world.run(metadata("?search=ALP,")) == expected
    other = {"query": "a,b", "scopes": ["alias"], "not": True, "exact": True}
    assert world.run(metadata("?search=exact:alias:not:a%2Cb"))["searchQuery"] == other
    for query in ("", "?search=", "?search=,", "?filter=state=1&sort=id"):
        assert set(world.run(metadata(query))) == {"collectionType", "collectionTotal"}


@pytest.mark.parametrize("text", ["name:", "not:not:x", "x" * 201, "nul\x00", "line\nbreak", "\x7f"])
def test_c9_a_bad_search_is_refused(world: World, text: str) -> None:
    world.run(refused(world.home, "search", search=text))


def test_c9_more_than_5000_keys_are_not_searched(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        first = await api.create("needle", aliases=["pin"], expirationDate=in_seconds(world, 9000))
        stored = await world.store.key(api.instance.id, first["id"])
        change = Change()
        for number in range(MOST_SEARCHED):
            other = replace(stored, id=KeyId(random_uuid()), name=f"straw {number}", aliases=())
            change.save(other if number else replace(other, expires_at=None), was=None)
        await world.store.commit(change, None)
        await _too_broad(api, first["id"])
        # One key less, by any other part of the query, and everything is searched.
        narrow = "expirationDate=gt:2031-01-01T00:00:00Z"
        assert await listed(api, search="needle", filter=narrow) == ["needle"]
        answer = await api.send("GET", f"/keys?{urlencode({'search': 'pin', 'filter': narrow})}")
        assert answer.json["metadata"]["incompleteSearch"] is False
        assert await listed(api, search="needle", state="5") == []
        assert len(await listed(api, limit="5000")) == MOST_SEARCHED

    world.run(story())


async def _too_broad(api: Api, key: str) -> None:
    other = random_uuid()
    for text in ("needle", "straw 7", "PIN", "pi", "name:pin", f"not:{key}", "not:pin", key[:-1], other):
        says = await refused(api, "search", "KEY_SEARCH_TOO_BROAD", search=text)
        assert "more than 5000 keys" in says
    for text in ("pin", "pin,", "exact:pin", "alias:pin", key, key.upper(), f"name:{key}"):
        answer = await api.send("GET", f"/keys?{urlencode({'search': text, 'sort': '-id'})}")
        assert (answer.status, answer.resource["name"]) == (200, "needle"), answer.body
        assert answer.json["metadata"]["incompleteSearch"] is True
        assert answer.json["metadata"]["searchQuery"]["query"] == text.removesuffix(",").rpartition(":")[2]
    hidden = await api.other(Role.READER, ring="ring-b")
    assert await listed(hidden, search="pin") == []  # there is nothing that this caller could see
    later = {"search": "pin", "offset": "1"}
    assert await listed(api, **later) == []
    not_these = {"search": "pin", "state": "1,2,3", "filter": "expirationDate=gt:2031-01-01T00:00:00Z"}
    assert await listed(api, **not_these) == ["needle"]


def test_c9_nobody_finds_a_key_of_another_ring(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await api.add_ring("ring-b")
        inside = await api.send("POST", "/keys", envelope(name="inside"), {"x-kms-key-ring": "ring-b"})
        outside = await api.create("outside", aliases=["out"])
        reader = await api.other(Role.READER, ring="ring-b")
        assert await listed(reader, search="side") == ["inside"]
        assert await listed(reader, sort="-creationDate", filter="state=1") == ["inside"]
        for text in ("out", outside["id"], "outside"):
            assert await listed(reader, search=text) == []
        assert await listed(reader, search=inside.resource["id"]) == ["inside"]

    world.run(story())
