"""C5 to C8 and C12 of kms-api.md section 8: create, show, list and count keys."""

import base64

import pytest

from api import Api, envelope
from conformance.world import World, check_error, in_seconds
from http_peer import Answer

C = set("type id name state extractable imported crn keyRingID deleted creationDate createdBy".split())
F = C | set("algorithmType algorithmMetadata algorithmBitSize algorithmMode lastUpdateDate".split())
DELETED = set(
    "deletionDate deletedBy restoreAllowed restoreExpirationDate purgeAllowed purgeAllowedFrom "
    "purgeScheduledOn".split()
)
SECRET = base64.b64encode(b"a secret of any length").decode()
INVALID = (
    "Invalid body data was passed. "
    "Please ensure the data passed had valid formatting with no invalid characters: "
)
MATERIAL = base64.b64encode(bytes(32)).decode()


async def create(api: Api, prefer: str | None, **resource: object) -> Answer:
    return await api.send("POST", "/keys", envelope(name="a key", **resource), {"prefer": prefer})


@pytest.mark.parametrize("prefer", [None, "return=other", "respond-async"])
def test_c5_create_answers_with_column_c(world: World, prefer: str | None) -> None:
    root = world.run(create(world.home, prefer, extractable=False))
    standard = world.run(create(world.home, prefer))
    assert (root.status, standard.status) == (201, 201)
    assert set(root.resource) == C | {"keyVersion"}
    assert set(standard.resource) == C
    assert root.json["metadata"] == {
        "collectionType": "application/vnd.ibm.kms.key+json",
        "collectionTotal": 1,
    }


def test_c5_representation_is_full_and_minimal_is_the_id(world: World) -> None:
    root = world.run(create(world.home, "return=representation", extractable=False)).resource
    standard = world.run(create(world.home, "return=representation", payload=SECRET)).resource
    minimal = world.run(create(world.home, "return=minimal"))
    assert set(root) == F | {"keyVersion"}
    assert set(standard) == F | {"payload"}
    assert standard["payload"] == SECRET
    assert set(minimal.resource) == {"id"}
    assert minimal.json["metadata"]["collectionTotal"] == 1


def test_c5_what_was_given_is_shown(world: World) -> None:
    given = {
        "description": "two words",
        "tags": ["one", "two"],
        "aliases": ["given-alias"],
        "expirationDate": "2999-01-02T03:04:05.678+01:00",
    }
    made = world.run(create(world.home, None, extractable=False, **given)).resource
    assert made == {**made, **given, "expirationDate": "2999-01-02T02:04:05Z"}


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            {"metadata": {}, "resources": [{"name": "one"}, {"name": "two"}]},
            "BAD_BODY_ERR",
            INVALID + "Only creation of one key per request is supported",
        ),
        (
            {"resources": [{"name": "one"}]},
            "BAD_BODY_ERR",
            INVALID + "CollectionMetadata is empty",
        ),
        (
            envelope(name="key", payload="QUJ?", extractable=False),
            "INVALID_FIELD_ERR",
            "The field `payload` must be: a base64 encoded key material: illegal base64 data at input byte 3",
        ),
    ],
)
def test_c6_the_three_documented_messages(world: World, body: object, code: str, message: str) -> None:
    answer = world.run(world.home.send("POST", "/keys", body))
    check_error(answer, 400, code, "Key could not be created")
    assert answer.message == message


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[]", b'"x"', b'{"metadata":{},"resources":[]}'])
def test_c6_other_envelopes_are_bad_bodies(world: World, body: bytes) -> None:
    answer = world.run(world.home.send("POST", "/keys", body))
    check_error(answer, 400, "BAD_BODY_ERR", "Key could not be created")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", "x"),
        ("name", " x "),
        ("name", "x" * 91),
        ("name", "nul\x00byte"),
        ("name", "line\nbreak"),
        ("name", 7),
        ("description", "x"),
        ("description", "x" * 241),
        ("tags", ["x"] * 31),
        ("tags", ["x" * 31]),
        *[("tags", [f"a{bad}b"]) for bad in "<>,:&|"],
        ("tags", "x"),
        ("tags", [7]),
        ("aliases", ["aa", "bb", "cc", "dd", "ee", "ff"]),
        ("aliases", ["aa", "aa"]),
        ("aliases", ["x"]),
        ("aliases", ["bad.dot"]),
        ("aliases", ["7d0a1c5e-3b7f-4a57-9d4e-0f7c2e0f3a11"]),
        ("aliases", ["registrations"]),
        ("expirationDate", "2001-01-01T00:00:00Z"),
        ("expirationDate", "0001-01-01T00:00:00+23:59"),
        ("expirationDate", "tomorrow"),
        ("expirationDate", 7),
        ("extractable", "false"),
        ("extractable", 0),
        ("payload", base64.b64encode(bytes(7501)).decode()),
        ("payload", "\n"),
        ("payload", 7),
    ],
)
def test_c6_a_field_outside_its_limits_is_named(world: World, field: str, value: object) -> None:
    answer = world.run(world.home.send("POST", "/keys", envelope(**{"name": "a name", field: value})))
    check_error(answer, 400, "INVALID_FIELD_ERR", "Key could not be created")
    assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": field}
    assert answer.message.startswith(f"The field `{field}` must be: ")


@pytest.mark.parametrize("size", [0, 1, 15, 17, 31, 33, 64])
def test_c6_material_of_a_root_key_is_16_24_or_32_octets(world: World, size: int) -> None:
    payload = base64.b64encode(bytes(size)).decode() or "\n"
    answer = world.run(create(world.home, None, extractable=False, payload=payload))
    check_error(answer, 400, "INVALID_FIELD_ERR", "Key could not be created")
    assert answer.resource["reasons"][0]["target"] == {"type": "field", "name": "payload"}


@pytest.mark.parametrize("size", [16, 24, 32])
def test_c6_imported_material_shows_its_size_and_nothing_else(world: World, size: int) -> None:
    payload = base64.b64encode(bytes(size)).decode()
    made = world.run(create(world.home, "return=representation", extractable=False, payload=payload)).resource
    assert made["imported"] is True
    assert made["algorithmBitSize"] == 8 * size
    assert made["algorithmMetadata"]["bitLength"] == str(8 * size)
    assert "payload" not in made


def test_c6_an_alias_that_is_taken_makes_no_key(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await api.create(aliases=["taken"])
        answer = await create(api, None, aliases=["free", "taken"])
        check_error(answer, 409, "KEY_ALIAS_NOT_UNIQUE_ERR", "Key could not be created")
        assert (await api.send("HEAD", "/keys")).headers["key-total"] == "1"
        assert (await api.send("GET", "/keys/free")).status == 404

    world.run(story())


def test_c6_an_unknown_ring_makes_no_key(world: World) -> None:
    answer = world.run(world.home.send("POST", "/keys", envelope(name="key"), {"x-kms-key-ring": "no-ring"}))
    check_error(answer, 404, "KEY_RING_NOT_FOUND_ERR", "Key could not be created")


def test_c7_by_id_and_alias_and_destroyed(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        made = await api.create(aliases=["payroll"])
        names = (made["id"], made["id"].upper(), "payroll", "pay%72oll")
        shown = [(await api.send("GET", f"/keys/{name}")).resource for name in names]
        assert all(one == shown[0] for one in shown)
        assert set(shown[0]) == F | {"keyVersion", "aliases"}
        await api.send("DELETE", f"/keys/{made['id']}")
        for path in ("/keys/payroll", "/keys/payroll/metadata"):
            gone = await api.send("GET", path)
            assert gone.status == 200
            assert set(gone.resource) == F | DELETED | {"keyVersion", "aliases"}
            assert (gone.resource["state"], gone.resource["deleted"]) == (5, True)
        assert (await api.send("GET", "/keys/PAYROLL")).status == 404

    world.run(story())


def test_c7_payload_is_shown_of_standard_keys_alone_and_never_in_metadata(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        standard = await api.create(extractable=True, payload=SECRET)
        root = await api.create(payload=MATERIAL)
        assert "payload" not in standard
        assert "payload" not in root
        path = f"/keys/{standard['id']}"
        assert (await api.send("GET", path)).resource["payload"] == SECRET
        assert "payload" not in (await api.send("GET", f"{path}/metadata")).resource
        for part in ("", "/metadata"):
            assert "payload" not in (await api.send("GET", f"/keys/{root['id']}{part}")).resource
        assert all("payload" not in one for one in (await api.send("GET", "/keys")).json["resources"])
        await api.send("DELETE", path)
        assert "payload" not in (await api.send("GET", path)).resource

    world.run(story())


def test_c7_a_generated_standard_key_is_32_random_octets(world: World) -> None:
    async def story() -> None:
        seen = set()
        for _ in range(2):
            made = await world.home.create(extractable=True)
            shown = (await world.home.send("GET", f"/keys/{made['id']}")).resource
            seen.add(base64.b64decode(shown["payload"]))
            assert shown["imported"] is False
        assert [len(one) for one in seen] == [32, 32]

    world.run(story())


def test_c7_another_ring_or_instance_hides_a_key(world: World) -> None:
    async def story() -> None:
        api, foreign = await world.tenant(), await world.tenant()
        made = await api.create()
        for ring, status in (("default", 200), ("other", 404)):
            answer = await api.send("GET", f"/keys/{made['id']}", None, {"x-kms-key-ring": ring})
            assert answer.status == status
        answer = await foreign.send("GET", f"/keys/{made['id']}")
        check_error(answer, 404, "KEY_NOT_FOUND_ERR", "Key could not be retrieved")
        assert answer.message == "key does not exist"

    world.run(story())


async def ids(api: Api, query: str) -> list[str]:
    answer = await api.send("GET", f"/keys{query}")
    assert answer.status == 200, answer.body
    assert answer.json["metadata"]["collectionTotal"] == len(answer.json["resources"])
    return [one["id"] for one in answer.json["resources"]]


def test_c8_states_and_pages(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        active, off, standard, gone = [(await api.create(extractable=i == 2))["id"] for i in range(4)]
        await api.act(off, "disable")
        await api.send("DELETE", f"/keys/{gone}")
        living = sorted([active, off, standard])
        for query in ("", "?limit=5000", "?unknown=1", "?state=", "?limit=&offset=", "?state=0,1,2,3"):
            assert await ids(api, query) == living
        assert await ids(api, "?state=5") == [gone]
        assert await ids(api, "?state=1,2") == await ids(api, "?state=1&state=2") == living
        assert await ids(api, "?state=2") == [off]
        assert await ids(api, "?state=0&state=3") == []
        for true, false in (("true", "false"), ("True", "False"), ("1", "0"), ("T", "F"), ("t", "f")):
            assert await ids(api, f"?extractable={true}") == [standard]
            assert await ids(api, f"?extractable={false}") == sorted([active, off])
        assert await ids(api, "?limit=2") == living[:2]
        assert await ids(api, "?limit=2&offset=2") == living[2:]
        assert await ids(api, "?offset=3") == []
        assert (await api.send("GET", "/keys?offset=99")).json["resources"] == []
        assert "key-total" not in (await api.send("GET", "/keys?limit=1")).headers  # HEAD counts

    world.run(story())


BETWEEN = "The query_param `limit` must be: an integer between 1 and 5000 (inclusive)"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *[("limit", value) for value in ("0", "5001", "x", "-1", "1.0", "9" * 400, "%FF", "1%00")],
        *[("offset", value) for value in ("x", "-1", "9" * 19)],
        *[("state", value) for value in ("4", "6", "x", "1,,2", ",", "01")],
        *[("extractable", value) for value in ("yes", "2", "tRUE")],
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_c8_a_bad_value_is_refused(world: World, method: str, parameter: str, value: str) -> None:
    answer = world.run(world.home.send(method, f"/keys?{parameter}={value}"))
    if method == "HEAD":
        assert (answer.status, answer.body) == (400, b"")
        return
    check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", "Keys could not be retrieved")
    assert answer.resource["reasons"][0]["target"] == {"type": "query_param", "name": parameter}
    assert parameter != "limit" or answer.message == BETWEEN


def test_c8_a_ring_restricts_and_an_unknown_ring_is_empty(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        await api.add_ring("ring-b")
        inside = await api.send("POST", "/keys", envelope(name="in b"), {"x-kms-key-ring": "ring-b"})
        assert inside.resource["keyRingID"] == "ring-b"
        await api.create()
        for ring, count in ((None, 2), ("ring-b", 1), ("default", 1), ("unknown", 0)):
            answer = await api.send("GET", "/keys", None, {"x-kms-key-ring": ring})
            assert (answer.status, len(answer.json["resources"])) == (200, count)

    world.run(story())


def test_c12_head_counts_without_a_body(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        for query, total in (("", "0"), ("?state=5", "0")):
            assert (await api.send("HEAD", f"/keys{query}")).headers["key-total"] == total
        made = [await api.create(extractable=bool(i)) for i in range(3)]
        await api.send("DELETE", f"/keys/{made[0]['id']}")
        expected = {"": "2", "?state=5": "1", "?extractable=false": "0", "?limit=1&offset=1": "2"}
        for query, total in expected.items():
            answer = await api.send("HEAD", f"/keys{query}")
            assert (answer.status, answer.body, answer.headers["key-total"]) == (200, b"", total)
            assert "content-type" not in answer.headers

    world.run(story())


def test_c8_an_expired_key_is_listed_as_deactivated(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        now = in_seconds(world, 0)
        answer = await create(api, None, expirationDate=now)
        check_error(answer, 400, "INVALID_FIELD_ERR", "Key could not be created")
        made = await api.create(expirationDate=in_seconds(world, 60))
        world.clock.advance(seconds=59)
        assert await ids(api, "?state=1") == [made["id"]]
        world.clock.advance(seconds=1)
        assert await ids(api, "?state=3") == await ids(api, "") == [made["id"]]
        assert await ids(api, "?state=1") == []
        (listed,) = (await api.send("GET", "/keys")).json["resources"]
        assert listed["state"] == 3

    world.run(story())
