"""Servers that are forked from a process which has imported everything already.

A start costs what a server does then, and not what Python does: campaigns start hundreds of them.
"""

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Final

from keystead.cli.main import run
from keystead.server import serve
from keystead.units.software import SoftwareUnit

_NEEDED: Final = serve.__module__  # imported only when a server starts
_FORKS: Final = multiprocessing.get_context("forkserver")


class Forked:
    """One server process, as `subprocess.Popen` shows one."""

    def __init__(self, config: Path, output: Path) -> None:
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        _FORKS.set_forkserver_preload([__name__, _NEEDED])
        self._process = _FORKS.Process(target=_serve, args=(config, output), daemon=True)
        self._process.start()
        self.pid = self._process.pid or 0

    def poll(self) -> int | None:
        """Return its status if it has ended."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its status."""
        self._process.join(timeout)
        status = self._process.exitcode
        if status is None:
            raise TimeoutError(f"process {self.pid} did not end")
        return status


def _serve(config: Path, output: Path) -> None:
    with output.open("ab") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    # RSA-4096 pairs laid by at each start would take more of the processor than everything else here.
    defaults = SoftwareUnit.__init__.__kwdefaults__ or {}
    defaults["ready_pairs"] = 0
    sys.argv = ["keystead", "serve", "--config", str(config)]
    run()
