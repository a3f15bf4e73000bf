"""Real `keystead` processes for tests: servers that are started, asked, and ended by their id.

Every process gets the environment of somebody who has activated the project's venv and set nothing else.
"""

import os
import re
import shlex
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

BIN = Path(sys.executable).parent
KEYSTEAD = str(BIN / "keystead")
READY_SECONDS = 60  # far above the promised two: a busy machine is no failure of ours
NO_WAITS = ("--wait-enable", "0", "--wait-rotate", "0", "--wait-purge", "0")

_EXPORT = re.compile(r"^export ([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)


class NotReady(Exception):
    """A server ended, or took too long, before it was ready; the text is what it wrote."""


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Args:
        process: the process; `stop` ends it.
        log: what it writes to standard output and error.
        exports: what a client needs to know, under the names of the env file.
    """

    process: "subprocess.Popen[bytes]"
    log: Path
    exports: Mapping[str, str]

    @property
    def url(self) -> str:
        return self.exports["KEYSTEAD_URL"]

    @property
    def ca_file(self) -> str:
        return self.exports["KEYSTEAD_CA_FILE"]

    @property
    def apikey(self) -> str:
        return self.exports["KEYSTEAD_API_KEY"]

    @property
    def instance(self) -> str:
        return self.exports["KP_INSTANCE_ID"]

    @property
    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)

    @contextmanager
    def client(self) -> Iterator[httpx2.Client]:
        """Yield a client with connections and a token of its own."""
        form = {"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": self.apikey}
        with httpx2.Client(
            base_url=self.url, verify=self.context, trust_env=False, timeout=READY_SECONDS
        ) as client:
            answer = client.post("/identity/token", data=form)
            assert answer.status_code == 200, answer.text
            bearer = f"Bearer {answer.json()['access_token']}"
            client.headers.update({"authorization": bearer, "bluemix-instance": self.instance})
            yield client

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(READY_SECONDS)


def reader() -> dict[str, str]:
    """Return the environment of somebody who has activated the project's venv and set nothing else."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def exports(env_file: Path) -> dict[str, str]:
    """Read the `export NAME=value` lines that `keystead dev` writes, as a shell would."""
    found = _EXPORT.findall(env_file.read_text("utf-8"))
    return {name: "".join(shlex.split(value)) for name, value in found}


def run(
    *words: str | Path, folder: Path, environment: Mapping[str, str] | None = None, stdin: bytes = b""
) -> "subprocess.CompletedProcess[str]":
    """Run one `keystead` command in *folder*, its home, and return what it did, whatever its exit code."""
    return subprocess.run(
        [KEYSTEAD, *words],
        cwd=folder,
        env=reader() | {"HOME": str(folder)} | dict(environment or {}),
        input=stdin.decode("latin-1"),
        encoding="latin-1",
        capture_output=True,
        timeout=READY_SECONDS,
        check=False,
    )


@contextmanager
def dev(folder: Path, *options: str | Path) -> Iterator[Server]:
    """Run `keystead dev` on the new or used *folder*; what the caller ends itself is left alone."""
    env_file = folder / "env"
    words = ["dev", "--data", folder / "data", "--port", "0", "--env-file", env_file, *options]
    with dev_command([KEYSTEAD, *words], folder, env_file) as server:
        yield server


@contextmanager
def dev_command(command: Sequence[str | Path], folder: Path, env_file: Path) -> Iterator[Server]:
    """Run a `keystead dev` that somebody else has written down, and wait for its *env_file*."""
    env_file.unlink(missing_ok=True)
    with _process(command, folder) as (process, log):
        _await(process, log, env_file.exists)
        yield Server(process, log, exports(env_file))


@contextmanager
def serve(
    config: Path, exported: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run `keystead serve` with *config*, whose port is 0; *exported* is what `Server.exports` adds to."""
    command = [KEYSTEAD, "serve", "--config", str(config)]
    with _process(command, config.parent, environment or {}) as (process, log):
        _await(process, log, lambda: _port(log) is not None)
        yield Server(process, log, {**exported, "KEYSTEAD_URL": f"https://127.0.0.1:{_port(log)}"})


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A `keystead dev` that makes nobody wait; tests share it and tell their keys apart by id."""
    with dev(tmp_path_factory.mktemp("server"), *NO_WAITS) as running:
        yield running


@pytest.fixture(scope="session")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A `keystead dev` with the waiting times of Key Protect."""
    with dev(tmp_path_factory.mktemp("strict")) as running:
        yield running


@contextmanager
def _process(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    log = folder / f"server-{os.urandom(4).hex()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=reader() | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process, log
    finally:
        process.terminate()  # without effect on one that has ended
        process.wait(READY_SECONDS)


def _await(process: "subprocess.Popen[bytes]", log: Path, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotReady(log.read_text("utf-8", "replace"))
        time.sleep(0.01)


def _port(log: Path) -> int | None:
    found = re.search(r"\bready\b.*\bport\W+(\d+)", _plain(log.read_text("utf-8", "replace")))
    return int(found[1]) if found else None


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
