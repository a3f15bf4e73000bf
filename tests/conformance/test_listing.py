"""C10 to C12 of kms-api.md section 8: filter, sort and count keys."""

from typing import Any, Final
from urllib.parse import urlencode

import pytest

from conformance.listed import PHRASE, Five, listed, refused
from conformance.world import World, check_error

ALL: Final = "0,1,2,3,5"
FILTERS: Final = {
    "": {"Alpha", "Gamma Straße", "delta", "100%_eps"},
    "state=5": {"beta"},
    "state=1": {"Alpha", "Gamma Straße"},
    "state=2": {"100%_eps"},
    "state=3": {"delta"},
    "state=1,3,5": {"Alpha", "beta", "Gamma Straße", "delta"},
    "state=1,2 state=2,3": {"100%_eps"},
    "state=1 state=2": set(),
    "extractable=true": set(),
    "extractable=True state=5": {"beta"},
    "extractable=FALSE": {"Alpha", "Gamma Straße", "delta", "100%_eps"},
    "extractable=true extractable=false": set(),
    "expirationDate=none": {"Alpha", "Gamma Straße"},
    "expirationDate=NONE state=5": {"beta"},
    "expirationDate=gt:2031-01-01T00:00:00Z": {"delta", "100%_eps"},
    "lastRotateDate=none": {"Gamma Straße", "delta"},
    'lastRotateDate=gte:"2031-01-01T00:00:00Z"': {"Alpha", "100%_eps"},
    "deletionDate=none": {"Alpha", "Gamma Straße", "delta", "100%_eps"},
    "deletionDate=gt:2031-01-01T00:00:00Z": set(),
    "deletionDate=gt:2031-01-01T00:00:00Z state=5": {"beta"},
    'creationDate=lt:"2031-01-01T00:00:00+02:00"': set(),
    "creationDate=lt:9999-12-31T23:59:59Z creationDate=gte:0001-01-01T00:00:00+23:59": {
        "Alpha", "Gamma Straße", "delta", "100%_eps",
    },
}  # fmt: skip


@pytest.mark.parametrize("spaces", ["", " ", "   "])
@pytest.mark.parametrize("text", FILTERS)
def test_c10_filter(world: World, those: Five, text: str, spaces: str) -> None:
    given = spaces + text.replace(" ", " " + spaces)  # IBM's Go client sends a leading space
    assert set(world.run(listed(those.api, filter=given))) == FILTERS[text]


@pytest.mark.parametrize("date", ["creationDate", "lastUpdateDate", "lastRotateDate", "expirationDate"])
def test_c10_a_shown_date_equals_itself(world: World, those: Five, date: str) -> None:
    async def story() -> None:
        name = "100%_eps"
        shown = await those.date(name, date)
        exact = shown.removesuffix("Z")
        for value in (shown, f'"{shown}"', f"gte:{shown}", f"lte:{exact}.000Z", f"lt:{exact}.5Z"):
            assert name in await listed(those.api, filter=f"{date}={value}"), value
        for value in (f"gt:{shown}", f"lt:{shown}", f"{exact}.5Z", f"gte:{exact}.000000001Z", "none"):
            assert name not in await listed(those.api, filter=f"{date}={value}"), value

    world.run(story())


def test_c10_a_range_and_everything_together(world: World, those: Five) -> None:
    async def story() -> None:
        low, high = await those.date("beta", "creationDate"), await those.date("100%_eps", "creationDate")
        between = f'creationDate=gte:"{low}" creationDate=lt:"{high}"'
        assert set(await listed(those.api, filter=between)) == {"Gamma Straße", "delta"}
        assert await listed(those.api, filter=between, state="3") == ["delta"]
        both = {"filter": f"{between} state=1,5", "sort": "-creationDate"}
        assert await listed(those.api, **both) == ["Gamma Straße", "beta"]
        three = {"filter": between, "search": "not:delta", "extractable": "false"}
        assert await listed(those.api, **three) == ["Gamma Straße"]
        assert await listed(those.api, filter=between, search="delta", state="1,2") == []

    world.run(story())


@pytest.mark.parametrize(
    "text",
    [
        " ".join(["creationDate=none"] * 4),
        " ".join(["state=1"] * 4),
        "state=4",
        "extractable=1",
        "name=x",
        "creationDate=tomorrow",
        "creationDate=ge:2031-01-01T00:00:00Z",
        "expirationDate=gt:none",
        "creationDate=2031-02-30T00:00:00Z",
        "state",
        "\x00",
        "creationDate=none" + " " * 2000,
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_c10_a_bad_filter_is_refused(world: World, method: str, text: str) -> None:
    answer = world.run(world.home.send(method, f"/keys?{urlencode({'filter': text})}"))
    if method == "HEAD":
        assert (answer.status, answer.body) == (400, b"")
        return
    check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", PHRASE)
    assert answer.resource["reasons"][0]["target"] == {"type": "query_param", "name": "filter"}


@pytest.mark.parametrize(("name", "value"), [("state", "1"), ("extractable", "false")])
def test_c10_a_property_is_a_parameter_or_in_the_filter(world: World, name: str, value: str) -> None:
    query = {name: value, "filter": f"{name}={value}"}
    assert f"without `{name}`" in world.run(refused(world.home, "filter", **query))


ORDERS: Final[dict[str, list[Any]]] = {
    "creationDate": ["Alpha", "beta", "Gamma Straße", "delta", "100%_eps"],
    "lastUpdateDate": ["Gamma Straße", "delta", ("100%_eps", "Alpha"), "beta"],
    "lastRotateDate": [("beta", "Gamma Straße", "delta"), "100%_eps", "Alpha"],
    "deletionDate": [("Alpha", "Gamma Straße", "delta", "100%_eps"), "beta"],
    "expirationDate": [("Alpha", "beta", "Gamma Straße"), "delta", "100%_eps"],
    "state": [("Alpha", "Gamma Straße"), "100%_eps", "delta", "beta"],
    "extractable": [("Alpha", "Gamma Straße", "delta", "100%_eps"), "beta"],
    "imported": [("Alpha", "beta", "delta", "100%_eps"), "Gamma Straße"],
    "id": [("Alpha", "beta", "Gamma Straße", "delta", "100%_eps")],
}


def in_order(those: Five, groups: list[Any], *, descending: bool) -> list[str]:
    """Return names group by group; those of one group are equal, and go by their ids."""
    whole = [(group,) if isinstance(group, str) else group for group in groups]
    turned = reversed(whole) if descending else whole
    return [name for group in turned for name in sorted(group, key=lambda name: str(those.keys[name]["id"]))]


@pytest.mark.parametrize("field", ORDERS)
def test_c11_each_field_both_ways(world: World, those: Five, field: str) -> None:
    up, down = (world.run(listed(those.api, sort=f"{sign}{field}", state=ALL)) for sign in ("", "-"))
    assert up == in_order(those, ORDERS[field], descending=False)
    expected = in_order(those, ORDERS[field], descending=True)
    assert down == (expected[::-1] if field == "id" else expected)


def test_c11_several_and_pages(world: World, those: Five) -> None:
    async def story() -> None:
        by_state = ["Gamma Straße", "Alpha", "100%_eps", "delta", "beta"]
        for sort in ("state,-creationDate", "state, -creationDate,id", "state,-creationDate,creationDate"):
            assert await listed(those.api, sort=sort, state=ALL) == by_state
        pages = [
            await listed(those.api, sort="state,-creationDate", state=ALL, limit="2", offset=str(at))
            for at in (0, 2, 4, 6)
        ]
        assert pages == [by_state[:2], by_state[2:4], by_state[4:], []]
        repeated = await those.api.send("GET", f"/keys?state={ALL}&sort=state&sort=-creationDate")
        assert [key["name"] for key in repeated.json["resources"]] == by_state
        assert await listed(those.api, sort="-lastRotateDate,-id", search="not:a") == ["100%_eps"]

    world.run(story())


@pytest.mark.parametrize(
    "text", ["name", "--id", "id,,state", "-", "ID", "id;state", "id," * 9 + "id", "\x00"]
)
def test_c11_a_bad_order_is_refused(world: World, text: str) -> None:
    world.run(refused(world.home, "sort", sort=text))


def test_c12_head_takes_the_filter_and_no_search_or_order(world: World, those: Five) -> None:
    async def story() -> None:
        for query, total in (
            ("?filter=state=5", "1"),
            ("?filter=%20state=1,2%20expirationDate=none", "2"),
            ("?extractable=false&filter=state=2", "1"),
            ("?search=Alpha&sort=name", "4"),
        ):
            answer = await those.api.send("HEAD", f"/keys{query}")
            assert (answer.status, answer.body, answer.headers["key-total"]) == (200, b"", total)

    world.run(story())
