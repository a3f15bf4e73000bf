"""``make bench``: what a wrap costs beside a bare server, and the rest of the API in the same run.

Pages of up to a million keys are measured by themselves (``--only pages``): making the keys takes minutes.

Shared machines drift, so bare and ours take turns. Shown are medians over the rounds; ``of bare`` is the
median of the ratios, each of one round.
"""

import argparse
import asyncio
import base64
import gc
import itertools
import json
import os
import statistics
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvloop

from benches import pages
from benches.load import Result, run
from benches.populate import created_at, populate
from benches.report import Row, show
from benches.servers import Running, bare, keystead, pin_load
from keystead.config import Settings
from keystead.crypto import nonces, oaep
from keystead.domain.material import KeyMaterial

Requests = Callable[[int], Iterator[bytes]]

_CONNECTIONS = 64
_SMALL, _LARGE, _IN_USE = 1_000, 100_000, 10_000
_SEARCHED = 4_000  # a search looks at no more than 5,000
_PARTS = ("hot_path", "lists", "memory", "cold_start")
_SIZES = (1_000, 100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class _Caller:
    """Makes requests of the API's owner."""

    server: Running
    token: str

    @property
    def instance(self) -> str:
        return self.server.environment["KP_INSTANCE_ID"]

    def octets(self, method: str, path: str, body: object = None) -> bytes:
        """Return a whole HTTP request."""
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} /api/v2{path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {self.token}\r\n"
            f"bluemix-instance: {self.instance}\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send one request and return the JSON of its answer."""
        headers = {"authorization": f"Bearer {self.token}", "bluemix-instance": self.instance}
        content = None if body is None else json.dumps(body).encode()
        return _fetch(self.server, method, f"/api/v2{path}", content, headers)


def _fetch(server: Running, method: str, path: str, content: bytes | None, headers: dict[str, str]) -> Any:
    url = f"{server.environment['KEYSTEAD_URL']}{path}"
    request = urllib.request.Request(url, content, headers, method=method)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, context=server.context) as answer:  # noqa: S310
        text = answer.read()
    return json.loads(text) if text else None


def _log_in(server: Running) -> _Caller:
    apikey = server.environment["KEYSTEAD_API_KEY"]
    form = f"grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey={apikey}".encode()
    return _Caller(server, _fetch(server, "POST", "/identity/token", form, {})["access_token"])


def _key_body(**more: object) -> dict[str, object]:
    resource = {"type": "application/vnd.ibm.kms.key+json", "name": "bench", "extractable": False, **more}
    return {"metadata": {"collectionType": resource["type"], "collectionTotal": 1}, "resources": [resource]}


def _same(request: bytes) -> Requests:
    return lambda _number: itertools.repeat(request)


@contextmanager
def _collector_off() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def _load(server: Running, requests: Requests, seconds: float, rate: float = 0.0) -> Result:
    gc.collect()  # and not meanwhile: a pause of the load would be counted as one of the server
    with _collector_off(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(
            run(
                server.port,
                server.context,
                requests,
                connections=_CONNECTIONS,
                seconds=seconds,
                rate=rate,
            )
        )


def _row(name: str, results: list[Result], beside: list[Result] | None = None) -> Row:
    """Return the medians of *results*; *beside* are the bare handler's of the same rounds."""
    pairs = zip(results, beside, strict=True) if beside else ()
    ratios = [ours.rate / bare.rate for ours, bare in pairs]
    return Row(
        name=name,
        rate=statistics.median(result.rate for result in results),
        p50_ms=statistics.median(result.percentile(0.50) for result in results),
        p99_ms=statistics.median(result.percentile(0.99) for result in results),
        ratio=statistics.median(ratios) if ratios else None,
        errors=sum(result.errors for result in results),
        rounds=len(results),
    )


class _Bench:
    """Collects the rows of one run."""

    def __init__(self, folder: Path, seconds: float, rounds: int) -> None:
        self.folder = folder
        self.seconds = seconds
        self.rounds = rounds
        self.rows: list[Row] = []
        self.facts: dict[str, float] = {}

    def hot_path(self) -> None:
        """Bare, wrap, unwrap and mixed in turns; then wrap and bare in turns at half of wrap's full load."""
        with keystead(self.folder) as server, bare(self.folder) as plain:
            caller = _log_in(server)
            requests = _hot_requests(caller)
            turns: dict[str, list[Result]] = {name: [] for name in ("bare", *requests)}
            for _ in range(self.rounds):
                turns["bare"].append(_load(plain, requests["wrap"], self.seconds))
                for name, made in requests.items():
                    turns[name].append(_load(server, made, self.seconds))
            self.rows += [_row(name, results, turns["bare"]) for name, results in turns.items()]
            self._half_load(server, plain, requests["wrap"], self.rows[1].rate / 2)
            self._writes(caller)

    def _half_load(self, server: Running, plain: Running, wrap: Requests, rate: float) -> None:
        ours, beside = [], []
        for _ in range(self.rounds):
            ours.append(_load(server, wrap, self.seconds, rate))
            beside.append(_load(plain, wrap, self.seconds, rate))
        self.rows += [_row("wrap at half load", ours), _row("bare at the same rate", beside)]

    def _writes(self, caller: _Caller) -> None:
        create = _same(caller.octets("POST", "/keys", _key_body()))
        self.rows.append(_row("create", [_load(caller.server, create, self.seconds) for _ in range(3)]))
        caller.ask("POST", "/import_token", {"expiration": 3600})
        token = caller.ask("GET", "/import_token")
        imported = _same(caller.octets("POST", "/keys", _key_body(**_upload(token))))
        uploads = [_load(caller.server, imported, self.seconds) for _ in range(3)]
        self.rows.append(_row("import with token", uploads))

    def lists(self) -> None:
        """Pages of 200 keys among a thousand and among a hundred thousand."""
        for size in (_SMALL, _LARGE):
            folder = self.folder / f"list-{size}"
            folder.mkdir()
            with keystead(folder):
                pass
            populate(Settings(data=folder / "data"), size)
            with keystead(folder) as server:
                caller = _log_in(server)
                for name, query in _lists(size).items():
                    page = _same(caller.octets("GET", f"/keys?limit=200&{urlencode(query)}"))
                    results = [_load(server, page, self.seconds) for _ in range(self.rounds)]
                    self.rows.append(_row(f"{name} of {size:,}", results))

    def memory(self) -> None:
        """Memory with ten thousand keys in use."""
        folder = self.folder / "memory"
        folder.mkdir()
        with keystead(folder):
            pass
        keys = populate(Settings(data=folder / "data"), _IN_USE)
        with keystead(folder) as server:
            caller = _log_in(server)
            wraps = [caller.octets("POST", f"/keys/{key}/actions/wrap", {}) for key in keys]
            _load(server, lambda number: iter(wraps[number::_CONNECTIONS]), 600)
            self.facts["MiB of memory with 10,000 keys in use"] = server.memory_mib

    def cold_start(self) -> None:
        """Seconds until a server answers: with nothing there, and with its data there."""
        first: list[float] = []
        again: list[float] = []
        for number in range(self.rounds):
            folder = self.folder / f"cold-{number}"
            folder.mkdir()
            for times in (first, again):
                with keystead(folder) as server:
                    times.append(server.ready_seconds)
        self.facts["seconds to first start"] = statistics.median(first)
        self.facts["seconds to start again"] = statistics.median(again)


def _lists(size: int) -> dict[str, dict[str, str]]:
    newest = created_at(max(0, size - _SEARCHED)).isoformat()
    return {
        "list 200": {},
        "last 200": {"offset": str(size - 200)},
        "newest 200": {"sort": "-creationDate"},
        "filter 200 (by state and creation date)": {"filter": f'creationDate=gte:"{newest}" state=1'},
        f"search 200 (among the newest {_SEARCHED:,})": {
            "search": "key 9",
            "filter": f'creationDate=gte:"{newest}"',
        },
    }


def _hot_requests(caller: _Caller) -> dict[str, Requests]:
    key = caller.ask("POST", "/keys", _key_body())["resources"][0]["id"]
    dek = base64.b64encode(os.urandom(32)).decode()
    wrapped = caller.ask("POST", f"/keys/{key}/actions/wrap", {"plaintext": dek})["ciphertext"]
    wrap = caller.octets("POST", f"/keys/{key}/actions/wrap", {"plaintext": dek})
    unwrap = caller.octets("POST", f"/keys/{key}/actions/unwrap", {"ciphertext": wrapped})
    metadata = caller.octets("GET", f"/keys/{key}/metadata")
    return {
        "wrap": _same(wrap),
        "unwrap": _same(unwrap),
        "mixed (4 wrap, 5 unwrap, 1 metadata)": lambda _number: itertools.cycle(
            (wrap, unwrap) * 4 + (unwrap, metadata)
        ),
    }


def _upload(token: dict[str, str]) -> dict[str, str]:
    material, iv = KeyMaterial(os.urandom(32)), os.urandom(nonces.GCM_IV_OCTETS)
    payload = oaep.encrypt(base64.b64decode(token["payload"]), material, sha1=False)
    proof = nonces.encrypt(material, base64.b64decode(token["nonce"]), iv)
    given = {"payload": payload, "encryptedNonce": proof, "iv": iv}
    return {name: base64.b64encode(octets).decode() for name, octets in given.items()}


def main() -> None:
    """Measure and report."""
    words = argparse.ArgumentParser(prog="python -m benches", description=__doc__)
    words.add_argument("--seconds", type=float, default=2.0, help="of each load")
    words.add_argument("--rounds", type=int, default=7, help="turns of each comparison")
    words.add_argument("--only", choices=(*_PARTS, "pages"), action="append")
    words.add_argument("--keys", type=int, action="append", help="of lists whose pages are asked for")
    words.add_argument("--postgres", help="address of an empty database for the pages, in place of SQLite")
    words.add_argument("--output", type=Path, default=Path("build/bench.json"))
    given = words.parse_args()
    if given.only == ["pages"]:
        pages.measure(given.keys or _SIZES, given.postgres, given.output.with_name("pages.json"))
    elif "pages" in (given.only or ()):
        words.error("pages are measured by themselves")
    else:
        _measure(given)


def _measure(given: argparse.Namespace) -> None:
    pin_load()
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder), given.seconds, given.rounds)
        for part in given.only or _PARTS:
            getattr(bench, part)()
    show(bench.rows, bench.facts, given.output)


if __name__ == "__main__":
    main()
