"""`keystead dev --seed`: fixed material comes from a file of the developer's, and goes nowhere else."""

import base64
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from canary.forms import canary, found_below, marked
from canary.traffic import Marks

_READY = 60.0  # seconds


def test_seeds_lie_nowhere(tmp_path: Path) -> None:
    marks, seeds = Marks(), tmp_path / "seeds.json"
    keys = [
        {"name": f"seed {size}", "material": base64.b64encode(marked(marks.material, size)).decode()}
        for size in (16, 24, 32)
    ]
    secret = base64.b64encode(marked(marks.secret, 500)).decode()
    keys.append({"name": "standard", "extractable": True, "material": secret})  # type: ignore[dict-item]
    seeds.write_text(json.dumps({"keys": keys}))
    data, exports = tmp_path / "data", tmp_path / "env"
    _run(tmp_path, "--data", str(data), "--env-file", str(exports), "--seed", str(seeds))
    access = json.loads((data / "access.json").read_text())["api_key"]
    handed = [data / "access.json", exports]  # the two places where the developer is given the API key
    apikey = canary("API key", access.encode())
    assert found_below(tmp_path, [apikey], but=handed) == []
    assert found_below(tmp_path, marks.canaries(), but=[seeds]) == []
    assert found_below(tmp_path, [apikey, *marks.canaries()])  # the control: they are where they belong


def _run(folder: Path, *words: str) -> None:
    """Run it until it is ready, then stop it."""
    with (folder / "output").open("wb") as output:
        command = [sys.executable, "-m", "keystead", "dev", "--port", "0", *words]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + _READY
        while not (folder / "env").exists():
            assert process.poll() is None, (folder / "output").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(_READY) == 0
    finally:
        process.kill()
        process.wait()
