"""The pytest plugin ``pytest-keystead``: a Key Protect for tests, with an instance of its own for each.

```python
def test_wrap(keystead):
    client.set_service_url(keystead.url)  # and keystead.iam_url, keystead.api_key, keystead.instance_id
```
"""

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from keystead.client.dev_server import DevServer
from keystead.client.environment import environment
from keystead.client.login import ApiKeyLogin
from keystead.client.transport import Transport
from keystead.domain.errors import KeysteadError
from keystead.domain.material import KeyMaterial

_READY_SECONDS = 60.0
_NO_WAITS = ("--wait-enable", "0", "--wait-rotate", "0", "--wait-purge", "0")


@dataclass(frozen=True, slots=True)
class KeysteadInstance:
    """An instance that nothing else uses.

    ``url`` is the address of the API and of its IAM; ``ca_file`` the one authority to trust.
    """

    url: str
    ca_file: str
    instance_id: str
    crn: str
    api_key: str
    server: DevServer

    @property
    def iam_url(self) -> str:
        """The address of the token service."""
        return self.url

    @property
    def environment(self) -> dict[str, str]:
        """What IBM's clients read from the environment."""
        return environment(self.url, self.ca_file, self.api_key, self.instance_id)

    def advance(self, by: str) -> str:
        """Move the server's clock forward, for every instance, and return the time there."""
        return self.server.advance(by)

    def fault(self, path: str, effect: str, **more: Any) -> None:
        """Let requests go wrong, for every instance; see ``keystead dev fault --help``."""
        self.server.fault(path, effect, **more)


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A development server and where it is."""

    url: str
    ca_file: str
    door: DevServer


@pytest.fixture(scope="session")
def keystead_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A development server that makes nobody wait; it lives as long as the tests."""
    folder = tmp_path_factory.mktemp("keystead")
    with _running(folder) as exports, Transport(Path(exports["KEYSTEAD_CA_FILE"])) as transport:
        url = exports["KEYSTEAD_URL"]
        login = ApiKeyLogin(transport, url, KeyMaterial(exports["KEYSTEAD_API_KEY"].encode()))
        door = DevServer(transport, url, exports["KP_INSTANCE_ID"], login)
        yield RunningServer(url, exports["KEYSTEAD_CA_FILE"], door)


@pytest.fixture
def keystead(keystead_server: RunningServer) -> Iterator[KeysteadInstance]:
    """A fresh instance with an API key; faults that the test ordered end with it."""
    made = keystead_server.door.new_instance()
    yield KeysteadInstance(
        url=keystead_server.url,
        ca_file=keystead_server.ca_file,
        instance_id=made.instance_id,
        crn=made.crn,
        api_key=made.api_key,
        server=keystead_server.door,
    )
    keystead_server.door.clear_faults()


@contextmanager
def _running(folder: Path) -> Iterator[dict[str, str]]:
    """Run ``keystead dev`` on *folder* and yield what it exports."""
    env_file, log_file = folder / "env", folder / "log"
    words = [sys.executable, "-m", "keystead", "dev", "--data", str(folder / "data"), "--port", "0"]
    with log_file.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*words, "--env-file", str(env_file), *_NO_WAITS],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        end = time.monotonic() + _READY_SECONDS
        while not env_file.exists():
            if process.poll() is not None or time.monotonic() > end:
                raise KeysteadError(f"keystead dev did not start: {log_file.read_text('utf-8', 'replace')}")
            time.sleep(0.01)
        yield dict(_export(line) for line in env_file.read_text().splitlines())
    finally:
        process.terminate()
        process.wait(_READY_SECONDS)


def _export(line: str) -> tuple[str, str]:
    name, _, value = shlex.split(line)[1].partition("=")
    return name, value
