"""The README's first wrap with IBM's own client, run as it stands against a server started as it says."""

import subprocess
import sys
from pathlib import Path

from e2e.documents import ROOT, blocks, dev_server, exports, reader

README = ROOT / "README.md"


def test_the_python_of_the_readme_works(tmp_path: Path) -> None:
    (program,) = blocks(README, "python")
    with dev_server(README, tmp_path) as env_file:
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env=reader() | exports(env_file),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stdout
    assert "True" in done.stdout
