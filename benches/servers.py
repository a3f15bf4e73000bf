"""The servers that are measured, each a process on a core of its own."""

import os
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE, LOAD_CORE = 0, 1


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    pid: int
    port: int
    context: ssl.SSLContext
    environment: dict[str, str]
    ready_seconds: float

    @property
    def memory_mib(self) -> float:
        """Resident memory, in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def keystead(folder: Path, *more: str) -> Iterator[Running]:
    """Run ``keystead dev`` on *folder*."""
    environment_file = folder / "env"
    environment_file.unlink(missing_ok=True)
    words = [sys.executable, "-m", "keystead", "dev", "--data", str(folder / "data"), "--port", "0"]
    began = time.perf_counter()
    with _process([*words, "--env-file", str(environment_file), *more]) as process:
        while not environment_file.exists():
            _require_alive(process)
            time.sleep(0.005)
        took = time.perf_counter() - began
        environment = _exports(environment_file)
        context = ssl.create_default_context(cafile=environment["KEYSTEAD_CA_FILE"])
        port = int(environment["KEYSTEAD_URL"].rpartition(":")[2])
        yield Running(process.pid, port, context, environment, took)


@contextmanager
def bare(folder: Path) -> Iterator[Running]:
    """Run the bare handler with the certificate of a ``keystead dev`` that ran on *folder*."""
    tls = folder / "data" / "tls"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [
        sys.executable,
        "-m",
        "benches.bare",
        str(port),
        str(tls / "server.pem"),
        str(tls / "server.key"),
    ]
    began = time.perf_counter()
    with _process(words) as process:
        context = ssl.create_default_context(cafile=str(tls / "ca.pem"))
        while not _accepts(port):
            _require_alive(process)
            time.sleep(0.01)
        yield Running(process.pid, port, context, {}, time.perf_counter() - began)


@contextmanager
def _process(words: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)  # noqa: S603 - our own server
    os.sched_setaffinity(process.pid, {SERVER_CORE})
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        process.wait(20)


def pin_load() -> None:
    """Keep this process off the server's core, where there are two."""
    with suppress(OSError):
        os.sched_setaffinity(0, {LOAD_CORE})


def _exports(file: Path) -> dict[str, str]:
    pairs = (shlex.split(line)[1].partition("=") for line in file.read_text().splitlines())
    return {name: value for name, _, value in pairs}


def _require_alive(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        raise RuntimeError(f"the server ended with status {process.returncode}")


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
