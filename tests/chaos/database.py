"""A PostgreSQL that can be killed and started again."""

import os
import signal
import subprocess
import time

import psycopg

from postgres import Cluster, _programs

_START = 60.0  # seconds


class Mortal(Cluster):
    """A cluster of its own, not the one that other tests share."""

    def kill(self) -> None:
        """Kill the server and, as a power cut would, every process of it."""
        children = _children(self._process.pid)
        for pid in (self._process.pid, *children):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def revive(self) -> None:
        """Start it on what it left; it recovers before it accepts connections."""
        deadline = time.monotonic() + _START
        while True:
            self._begin()
            if self._accepts(deadline):
                return
            assert time.monotonic() < deadline, self.log.read_text()

    def _begin(self) -> None:
        place = ["-D", str(self._folder / "data"), "-k", str(self._folder)]
        words = [*place, "-h", "127.0.0.1", "-p", str(self._port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [_programs() / "postgres", *words], stdout=log, stderr=log, cwd=self._folder, user=self._user
            )

    def _accepts(self, deadline: float) -> bool:
        """Wait for it; false where it ended, for instance because shared memory is still in use."""
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123 - no plain file
        return [int(word) for word in file.read().split()]
