"""A PostgreSQL of our own for the tests: made in a folder that goes away, on a free port of 127.0.0.1.

Take the fixtures into a ``conftest.py``: ``from postgres import postgres_cluster, postgres_url``.
With ``KEYSTEAD_REQUIRE_POSTGRES=1`` a machine without PostgreSQL fails the tests instead of skipping them.
"""

import asyncio
import atexit
import functools
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from keystead.storage.postgres import open_postgres

_OLDEST = 15
_START = 60  # seconds
_TEMPLATE = "keystead_template"


class NoPostgres(Exception):
    """PostgreSQL cannot run here; the text says why."""


class Cluster:
    """One running server; fsync is on, as in production."""

    def __init__(self) -> None:
        programs = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="keystead-pg-"))
        self._user = _unprivileged(self._folder)
        self._port = _free_port()
        self._numbers = itertools.count(1)
        data = str(self._folder / "data")
        subprocess.run(
            [
                programs / "initdb",
                "-D",
                data,
                "-U",
                "keystead",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            user=self._user,
        )
        self.log = self._folder / "log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    programs / "postgres",
                    "-D",
                    data,
                    "-h",
                    "127.0.0.1",
                    "-p",
                    str(self._port),
                    "-k",
                    self._folder,
                ],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                user=self._user,
            )
        atexit.register(self.stop)  # also where the fixture never ends
        self._wait()
        self._make_template()

    def url(self, database: str) -> str:
        """Return the address of *database*."""
        return f"postgresql://keystead@127.0.0.1:{self._port}/{database}"

    def empty(self) -> str:
        """Make a database without tables and return its address."""
        return self._create("template0")

    def fresh(self) -> str:
        """Make a database with the current tables and return its address."""
        return self._create(_TEMPLATE)

    def stop(self) -> None:
        """End the server by its process id and remove its folder."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # at once: nothing of it is worth a checkpoint
            self._process.wait(_START)
        shutil.rmtree(self._folder, ignore_errors=True)
        atexit.unregister(self.stop)

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def _make_template(self) -> None:
        self._execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")

        async def fill() -> None:
            await (await open_postgres(self.url(_TEMPLATE), _NoBinder(), create=True, origin="none")).close()

        asyncio.run(fill())

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _wait(self) -> None:
        deadline = time.monotonic() + _START
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise NoPostgres(self.log.read_text()) from None
                time.sleep(0.05)
            else:
                return


class _NoBinder:
    """Making tables binds no record."""

    def mac(self, label: str, octets: bytes) -> bytes:
        raise AssertionError(label, len(octets))


@functools.cache
def cluster() -> Cluster:
    """Return the one server of this test run; `NoPostgres` where there can be none."""
    return Cluster()


@pytest.fixture(scope="session")
def postgres_cluster() -> Cluster:
    """The server; skips where there can be none, or fails where it is required."""
    return _required(cluster)


@pytest.fixture
def own_postgres_cluster() -> Iterator[Cluster]:
    """A server that no other test has anything in; skips or fails likewise."""
    own = _required(Cluster)
    yield own
    own.stop()


def _required(start: Callable[[], Cluster]) -> Cluster:
    try:
        return start()
    except NoPostgres as error:
        if os.environ.get("KEYSTEAD_REQUIRE_POSTGRES") == "1":
            pytest.fail(f"PostgreSQL is required: {error}")
        pytest.skip(str(error))


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> str:
    """The address of a new database with the current tables."""
    return postgres_cluster.fresh()


def _programs() -> Path:
    """Return the folder of the newest server's programs: Debian's places, then the search path."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    recent = [path for path in found if _version(path) >= _OLDEST]
    if not recent:
        raise NoPostgres(f"PostgreSQL {_OLDEST} or newer is not installed")
    return max(recent, key=_version)


def _version(programs: Path) -> int:
    text = subprocess.run([programs / "postgres", "-V"], check=True, capture_output=True, text=True).stdout
    return int(text.split()[2].split(".")[0])


def _unprivileged(folder: Path) -> int | None:
    """Give *folder* to the user that the server must run as when we are root."""
    if os.geteuid() != 0:
        return None
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise NoPostgres("PostgreSQL does not run as root, and there is no user postgres") from None
    os.chown(folder, user.pw_uid, user.pw_gid)
    return user.pw_uid


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
