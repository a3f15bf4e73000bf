"""Two `keystead serve` processes on one database: what one has acknowledged, the other enforces at once."""

import base64
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from e2e.places import Place, made
from postgres import Cluster
from servers import NotReady, Server, run

Nodes = tuple[Server, Server]

ROUNDS = 60
KEYS = "/api/v2/keys"
DEK = {"plaintext": base64.b64encode(bytes(range(32))).decode()}


@dataclass(frozen=True)
class Use:
    """A wrap as its caller saw it: what came back, and between which moments."""

    began: float
    ended: float
    status: int


@dataclass
class Load:
    """Wraps with one key at one server, until told to stop."""

    client: httpx2.Client
    key: str
    stop: threading.Event
    uses: list[Use] = field(default_factory=list)

    def __call__(self) -> None:
        while not self.stop.is_set():
            began = time.monotonic()
            answer = wrap(self.client, self.key)
            self.uses.append(Use(began, time.monotonic(), answer.status_code))


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Nodes a and b of one service on SQLite."""
    with both(made(tmp_path_factory.mktemp("sqlite"), "a", "b")) as nodes:
        yield nodes


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory, postgres_cluster: Cluster) -> Iterator[Nodes]:
    """Nodes a and b of one service on PostgreSQL."""
    folder = tmp_path_factory.mktemp("postgresql")
    with both(made(folder, "a", "b", database=postgres_cluster.empty())) as nodes:
        yield nodes


@contextmanager
def both(place: Place) -> Iterator[Nodes]:
    with place.serving("a") as a, place.serving("b") as b:
        yield a, b
        assert (a.stop(), b.stop()) == (0, 0)


@pytest.fixture(params=["sqlite", "postgresql"])
def nodes(request: pytest.FixtureRequest) -> Nodes:
    """Nodes a and b of one service; the tests share it and make keys of their own."""
    pair: Nodes = request.getfixturevalue(request.param)
    return pair


def test_no_answer_is_stale(nodes: Nodes) -> None:
    with clients(nodes) as (a, b):
        key, busy = create(a), create(b)
        # The key of the rounds is under load too: an answer may fall on either side of a change, not behind.
        with loads(nodes, (key, busy)) as running:
            spans = [hammer((a, b) if turn % 2 else (b, a), key) for turn in range(ROUNDS)]
        state = a.get(f"{KEYS}/{key}/metadata").json()["resources"][0]["state"]
    assert state == 1
    for load in running:
        statuses = Counter(use.status for use in load.uses)
        assert statuses[200], statuses
        assert set(statuses) <= ({200} if load.key == busy else {200, 409, 410}), statuses
        for use in load.uses:
            refused = load.key == key and any(span[0] < use.began and use.ended < span[1] for span in spans)
            assert use.status != 200 or not refused, use


def hammer(order: tuple[httpx2.Client, httpx2.Client], key: str) -> tuple[float, float]:
    """Disable here and wrap there, enable there and wrap here; return when every wrap had to be refused."""
    here, there = order
    path = f"{KEYS}/{key}"
    assert here.post(f"{path}/actions/disable").status_code == 204
    began = time.monotonic()
    assert wrap(there, key).status_code == 409
    ended = time.monotonic()
    assert there.post(f"{path}/actions/enable").status_code == 204
    assert wrap(here, key).status_code == 200
    return began, ended


def test_delete_and_restore(nodes: Nodes) -> None:
    with clients(nodes) as (a, b):
        key, busy = create(a), create(a)
        wrapped = wrap(a, key).json()["ciphertext"]
        with loads(nodes, (busy,)):
            for turn in range(ROUNDS // 2):
                here, there = (a, b) if turn % 2 else (b, a)
                assert here.delete(f"{KEYS}/{key}").status_code == 204
                assert wrap(there, key).status_code == 410
                assert there.post(f"{KEYS}/{key}/restore").status_code == 201
                opened = here.post(f"{KEYS}/{key}/actions/unwrap", json={"ciphertext": wrapped})
                assert opened.json()["plaintext"] == DEK["plaintext"]


def test_rotations_and_new_keys_are_seen(nodes: Nodes) -> None:
    with clients(nodes) as (a, b):
        key = create(a)
        for turn in range(ROUNDS // 4):
            here, there = (a, b) if turn % 2 else (b, a)
            assert here.post(f"{KEYS}/{key}/actions/rotate").status_code == 204
            newest = here.get(f"{KEYS}/{key}/metadata").json()["resources"][0]["keyVersion"]["id"]
            assert wrap(there, key).json()["keyVersion"]["id"] == newest
            assert wrap(there, create(here)).status_code == 200
            made_here = create(here)
            here.delete(f"{KEYS}/{made_here}")
            assert here.delete(f"{KEYS}/{made_here}/purge").status_code == 204
            assert wrap(there, made_here).status_code == 404


def test_an_import_token_of_one_serves_the_other(nodes: Nodes) -> None:
    with clients(nodes) as (a, b):
        for here, there in ((a, b), (b, a)):
            assert here.post("/api/v2/import_token", json={"maxAllowedRetrievals": 1}).status_code == 200
            assert there.get("/api/v2/import_token").status_code == 200
            assert here.get("/api/v2/import_token").status_code == 409


def test_an_instance_that_one_makes_and_removes_is_so_at_the_other(nodes: Nodes) -> None:
    wish = {"name": "payroll", "target": "eu-de", "resource_plan_id": "eedd3585-90c6-4c8f-be3d-062069e99fc3"}
    with clients(nodes) as (a, b):
        for turn in range(4):
            here, there = (a, b) if turn % 2 else (b, a)
            made = here.post("/v2/resource_instances", json=wish)
            assert made.status_code == 201, made.text
            within = {"bluemix-instance": made.json()["guid"]}
            path = f"/v2/resource_instances/{made.json()['guid']}"
            new = {"metadata": {}, "resources": [{"name": "a key", "extractable": False}]}
            key = there.post(KEYS, json=new, headers=within)
            assert key.status_code == 201, key.text
            assert here.delete(path).status_code == 409
            used = f"{KEYS}/{key.json()['resources'][0]['id']}"
            assert here.get(f"{used}/metadata", headers=within).status_code == 200
            assert there.delete(used, headers=within).status_code == 204
            assert there.delete(path).status_code == 204
            for client in (here, there):
                assert client.get(KEYS, headers=within).status_code == 401
                assert client.post(KEYS, json=new, headers=within).status_code == 401
                assert client.get(path).json()["state"] == "removed"
                assert client.delete(path).status_code == 410


def test_a_grant_holds_at_once_at_both(nodes: Nodes) -> None:
    folder = nodes[0].log.parent
    with clients(nodes) as (a, _):
        key = create(a)
    made_one = access(folder, "service-id", "newcomer")
    strangers = [
        replace(node, exports={**node.exports, "KEYSTEAD_API_KEY": made_one["api key"]}) for node in nodes
    ]
    with strangers[0].client() as at_a, strangers[1].client() as at_b:
        assert [wrap(client, key).status_code for client in (at_a, at_b)] == [401, 401]
        access(folder, "grant", made_one["iam id"], "--role", "Reader")
        assert [wrap(client, key).status_code for client in (at_a, at_b)] == [200, 200]


def test_an_api_key_that_is_disabled_at_one_stops_working_at_both(nodes: Nodes) -> None:
    with clients(nodes) as (a, b):
        key = create(a)
        owner = a.get("/v1/apikeys").json()["apikeys"][0]["iam_id"]
        for here, there in ((a, b), (b, a)):
            made_one = here.post("/v1/apikeys", json={"name": "another", "iam_id": owner}).json()
            path = f"/v1/apikeys/{made_one['id']}"
            others = [
                replace(it, exports={**it.exports, "KEYSTEAD_API_KEY": made_one["apikey"]}) for it in nodes
            ]
            with others[0].client() as at_a, others[1].client() as at_b:
                for method, way, status in (
                    ("POST", "/disable", 401),
                    ("DELETE", "/disable", 200),
                    ("POST", "/lock", 401),
                    ("DELETE", "/lock", 200),
                    ("DELETE", "", 401),
                ):
                    assert there.request(method, path + way).status_code == 204
                    assert [wrap(client, key).status_code for client in (at_a, at_b)] == [status, status]


def test_with_a_service_id_go_its_tokens_at_both(nodes: Nodes) -> None:
    with clients(nodes) as (a, b):
        key = create(a)
        account = a.get("/v1/apikeys").json()["apikeys"][0]["account_id"]
        body = {"account_id": account, "name": "brief", "apikey": {"name": "first"}}
        who = a.post("/v1/serviceids/", json=body).json()
        access(nodes[0].log.parent, "grant", who["iam_id"], "--role", "Reader")
        text = who["apikey"]["apikey"]
        others = [replace(it, exports={**it.exports, "KEYSTEAD_API_KEY": text}) for it in nodes]
        with others[0].client() as at_a, others[1].client() as at_b:
            assert [wrap(client, key).status_code for client in (at_a, at_b)] == [200, 200]
            assert b.delete(f"/v1/serviceids/{who['id']}").status_code == 204
            assert [wrap(client, key).status_code for client in (at_a, at_b)] == [401, 401]


def test_a_policy_holds_at_once_at_both_with_a_token_that_was_there_before(nodes: Nodes) -> None:
    with clients(nodes) as (a, b):
        key = create(a)
        account = a.get("/v1/apikeys").json()["apikeys"][0]["account_id"]
        body = {"account_id": account, "name": "brief", "apikey": {"name": "first"}}
        who = a.post("/v1/serviceids/", json=body).json()
        text = who["apikey"]["apikey"]
        others = [replace(it, exports={**it.exports, "KEYSTEAD_API_KEY": text}) for it in nodes]
        on = [{"name": "accountId", "value": account}, {"name": "serviceName", "value": "kms"}]
        policy: dict[str, Any] = {
            "type": "access",
            "subjects": [{"attributes": [{"name": "iam_id", "value": who["iam_id"]}]}],
            "roles": [{"role_id": "crn:v1:bluemix:public:iam::::serviceRole:Reader"}],
            "resources": [{"attributes": on}],
        }
        narrow = {**policy, "resources": [{"attributes": [*on, {"name": "keyRing", "value": "elsewhere"}]}]}
        with others[0].client() as at_a, others[1].client() as at_b:
            for here, there in ((a, b), (b, a)):
                assert [wrap(it, key).status_code for it in (at_a, at_b)] == [401, 401]
                made_one = here.post("/v1/policies", json=policy)
                assert made_one.status_code == 201, made_one.text
                path = f"/v1/policies/{made_one.json()['id']}"
                assert [wrap(it, key).status_code for it in (at_a, at_b)] == [200, 200]
                head = {"if-match": made_one.headers["etag"]}
                assert there.put(path, json=narrow, headers=head).status_code == 200
                assert [wrap(it, key).status_code for it in (at_a, at_b)] == [401, 401]
                assert here.put(path, json=policy, headers={"if-match": "*"}).status_code == 200
                assert [wrap(it, key).status_code for it in (at_a, at_b)] == [200, 200]
                assert there.delete(path).status_code == 204


def test_a_context_rule_holds_at_once_at_both(nodes: Nodes) -> None:
    with clients(nodes) as (a, b):
        key = create(a)
        account = a.get("/v1/apikeys").json()["apikeys"][0]["account_id"]
        about = {"accountId": account, "serviceName": "kms", "serviceInstance": nodes[0].instance}
        resources = [{"attributes": [{"name": name, "value": it} for name, it in about.items()]}]
        for here, there in ((a, b), (b, a)):
            body = {"name": "brief", "account_id": account, "addresses": []}
            zone = here.post("/v1/zones", json=body).json()["id"]
            inside = {"attributes": [{"name": "networkZoneId", "value": zone}]}
            rule = {"resources": resources, "contexts": [inside]}
            made_one = here.post("/v1/rules", json=rule)
            assert made_one.status_code == 201, made_one.text
            assert [wrap(it, key).status_code for it in (a, b)] == [401, 401]
            wide = {**body, "addresses": [{"type": "subnet", "value": "127.0.0.0/8"}]}
            assert there.put(f"/v1/zones/{zone}", json=wide, headers={"if-match": "*"}).status_code == 200
            assert [wrap(it, key).status_code for it in (a, b)] == [200, 200]
            path = f"/v1/rules/{made_one.json()['id']}"
            closed = {**rule, "contexts": []}
            assert there.put(path, json=closed, headers={"if-match": "*"}).status_code == 200
            assert [wrap(it, key).status_code for it in (a, b)] == [401, 401]
            assert here.delete(path).status_code == 204
            assert [wrap(it, key).status_code for it in (a, b)] == [200, 200]
            assert there.delete(f"/v1/zones/{zone}").status_code == 204


ASSUME = "urn:ibm:params:oauth:grant-type:assume"
PASSCODE = "urn:ibm:params:oauth:grant-type:passcode"


def test_a_profile_that_is_taken_away_at_one_is_nobody_at_both(nodes: Nodes) -> None:
    with clients(nodes) as (a, b):
        key, me = create(a), a.get("/v1/apikeys").json()["apikeys"][0]
        bearer = {it: str(it.headers["authorization"]).partition(" ")[2] for it in (a, b)}
        on = [{"name": "accountId", "value": me["account_id"]}]
        for here, there in ((a, b), (b, a)):
            body = {"account_id": me["account_id"], "name": "reader"}
            profile = here.post("/v1/profiles", json=body).json()
            path = f"/v1/profiles/{profile['id']}"
            trusted = {"identifier": me["iam_id"], "type": "user"}
            assert there.post(f"{path}/identities/user", json=trusted).status_code == 200
            policy = {
                "type": "access",
                "subjects": [{"attributes": [{"name": "iam_id", "value": profile["iam_id"]}]}],
                "roles": [{"role_id": "crn:v1:bluemix:public:iam::::serviceRole:Reader"}],
                "resources": [{"attributes": on}],
            }
            assert here.post("/v1/policies", json=policy).status_code == 201
            asked = {"grant_type": ASSUME, "access_token": bearer[here], "profile_id": profile["id"]}
            given = ask_token(there, asked)
            assert given.status_code == 200, given.text
            head = {"authorization": f"Bearer {given.json()['access_token']}"}
            wraps = [it.post(f"{KEYS}/{key}/actions/wrap", json=DEK, headers=head) for it in (a, b)]
            assert [it.status_code for it in wraps] == [200, 200]
            assert there.delete(f"{path}/identities/user/{me['iam_id']}").status_code == 204
            wraps = [it.post(f"{KEYS}/{key}/actions/wrap", json=DEK, headers=head) for it in (a, b)]
            assert [it.status_code for it in wraps] == [401, 401]
            assert ask_token(here, asked).json()["errorCode"] == "BXNIM0513E"
            assert here.delete(path).status_code == 204


def test_an_access_group_at_one_counts_at_both(nodes: Nodes) -> None:
    """With tokens that were there before, whichever process is told that a member or the group is gone."""
    with clients(nodes) as (a, b):
        key = create(a)
        account = a.get("/v1/apikeys").json()["apikeys"][0]["account_id"]
        body = {"account_id": account, "name": "brief", "apikey": {"name": "first"}}
        who = a.post("/v1/serviceids/", json=body).json()
        text = who["apikey"]["apikey"]
        others = [replace(it, exports={**it.exports, "KEYSTEAD_API_KEY": text}) for it in nodes]
        members = {"members": [{"iam_id": who["iam_id"], "type": "service"}]}
        with others[0].client() as at_a, others[1].client() as at_b:
            for here, there in ((a, b), (b, a)):
                group = make_access_group(here, account)
                path = f"/v2/groups/{group}"
                policy = {
                    "type": "access",
                    "subjects": [{"attributes": [{"name": "access_group_id", "value": group}]}],
                    "roles": [{"role_id": "crn:v1:bluemix:public:iam::::serviceRole:Reader"}],
                    "resources": [{"attributes": [{"name": "accountId", "value": account}]}],
                }
                granted = there.post("/v1/policies", json=policy)
                assert granted.status_code == 201, granted.text
                by_policy = f"/v1/policies/{granted.json()['id']}"
                for end in (f"{path}/members/{who['iam_id']}", by_policy, f"{path}?force=true"):
                    assert there.put(f"{path}/members", json=members).status_code == 207
                    assert [wrap(it, key).status_code for it in (at_a, at_b)] == [200, 200]
                    assert here.delete(end).status_code == 204
                    assert [wrap(it, key).status_code for it in (at_a, at_b)] == [401, 401]
                    if end == by_policy:
                        state = {"state": "active"}
                        back = there.patch(by_policy, json=state, headers={"if-match": "*"})
                        assert back.status_code == 200
                        assert [wrap(it, key).status_code for it in (at_a, at_b)] == [200, 200]


def test_a_passcode_of_one_is_used_once_at_either(nodes: Nodes) -> None:
    with clients(nodes) as (a, b):
        for here, there in ((a, b), (b, a)):
            code = here.post("/identity/passcode").json()["passcode"]
            asked = {"grant_type": PASSCODE, "passcode": code}
            assert [ask_token(it, asked).status_code for it in (there, here, there)] == [200, 400, 400]


def ask_token(client: httpx2.Client, form: dict[str, str]) -> httpx2.Response:
    """Ask for a token, as nobody: with no credentials but those of the form."""
    head = {"content-type": "application/x-www-form-urlencoded", "authorization": "Basic Yng6Yng="}
    return client.post("/identity/token", content=urlencode(form), headers=head)


def access(folder: Path, *words: str) -> dict[str, str]:
    """Run `keystead access` beside the servers, and return what it tells."""
    done = run("access", *words, "--config", "a.toml", folder=folder)
    assert done.returncode == 0, done.stderr
    return dict(re.split(r"  +", line, maxsplit=1) for line in done.stdout.splitlines())


def test_a_node_needs_a_name_of_its_own(tmp_path: Path) -> None:
    place = made(tmp_path, "a")
    with place.serving("a") as server:
        with pytest.raises(NotReady, match="in use by another process"), place.serving("a"):
            pass
        with server.client() as client:
            assert wrap(client, "nothing").status_code == 404


@contextmanager
def clients(nodes: Nodes) -> Iterator[tuple[httpx2.Client, httpx2.Client]]:
    with nodes[0].client() as a, nodes[1].client() as b:
        yield a, b


@contextmanager
def loads(nodes: Nodes, keys: tuple[str, ...]) -> Iterator[list[Load]]:
    """Wrap with each of *keys* at each of *nodes* meanwhile; read what came back afterwards."""
    stop = threading.Event()
    with ExitStack() as stack:
        running = [Load(stack.enter_context(node.client()), key, stop) for node in nodes for key in keys]
        threads = [threading.Thread(target=load) for load in running]
        for thread in threads:
            thread.start()
        try:
            yield running
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def make_access_group(client: httpx2.Client, account: str) -> str:
    """Make a group and return its id."""
    made = client.post(f"/v2/groups?account_id={account}", json={"name": "readers"})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def create(client: httpx2.Client) -> str:
    kind = "application/vnd.ibm.kms.key+json"
    resource = {"type": kind, "name": "shared key", "extractable": False}
    body = {"metadata": {"collectionType": kind, "collectionTotal": 1}, "resources": [resource]}
    answer = client.post(KEYS, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["resources"][0]["id"])


def wrap(client: httpx2.Client, key: str) -> httpx2.Response:
    return client.post(f"{KEYS}/{key}/actions/wrap", json=DEK)
