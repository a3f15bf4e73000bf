"""Five keys that differ in all that lists look at, and what is asked about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from api import Api
from conformance.world import World, check_error, in_seconds

PHRASE: Final = "Keys could not be retrieved"


async def listed(api: Api, **query: str) -> list[str]:
    """Return the names of the keys that a listing shows, in its order; a count must agree with it."""
    answer = await api.send("GET", f"/keys?{urlencode(query)}")
    assert answer.status == 200, answer.body
    names = [key["name"] for key in answer.json["resources"]]
    assert answer.json["metadata"]["collectionTotal"] == len(names)
    if not query.keys() & {"search", "limit", "offset"}:
        head = await api.send("HEAD", f"/keys?{urlencode(query)}")
        assert (head.status, head.body, head.headers["key-total"]) == (200, b"", str(len(names)))
    return names


async def refused(api: Api, target: str, code: str = "INVALID_QUERY_PARAM_ERR", **query: str) -> str:
    answer = await api.send("GET", f"/keys?{urlencode(query)}")
    check_error(answer, 400, code, PHRASE)
    assert answer.resource["reasons"][0]["target"] == {"type": "query_param", "name": target}
    return answer.message


@dataclass(frozen=True)
class Five:
    """Five keys of a tenant that differ in everything that lists look at."""

    api: Api
    keys: Mapping[str, Any]  # by name, as they are shown

    async def date(self, name: str, date: str) -> str:
        shown = await self.api.send("GET", f"/keys/{self.keys[name]['id']}/metadata")
        return str(shown.resource[date])


async def five(world: World) -> Five:
    """Make five keys, a second apart, and do something to four of them."""
    api, keys = await world.tenant(), {}
    given: dict[str, dict[str, Any]] = {
        "Alpha": {"aliases": ["first", "payroll"]},
        "beta": {"extractable": True},
        "Gamma Straße": {"payload": "AAECAwQFBgcICQoLDA0ODw=="},
        "delta": {"expirationDate": in_seconds(world, 50)},
        "100%_eps": {"expirationDate": in_seconds(world, 9000)},
    }
    for name, fields in given.items():
        keys[name] = await api.create(name, **fields)
        world.clock.advance(seconds=1.25)
    await api.act(keys["100%_eps"]["id"], "rotate")
    world.clock.advance(seconds=1.25)
    await api.act(keys["Alpha"]["id"], "rotate")
    await api.act(keys["100%_eps"]["id"], "disable")
    world.clock.advance(seconds=1.25)
    await api.send("DELETE", f"/keys/{keys['beta']['id']}")
    world.clock.advance(seconds=60)  # delta expires
    return Five(api, keys)
