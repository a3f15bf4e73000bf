"""What was acknowledged is there after kill -9, round after round in one log."""

import os
import random
import subprocess
import sys
from pathlib import Path

from keystead.audit.records import lines_from, parse
from keystead.audit.verify import verify
from unit.audit.sample import SIGNER, event_id

ROUNDS = 25


def killed(directory: Path, after: int) -> list[int]:
    """Run a writer, kill it once it has acknowledged *after* events, and return all that it acknowledged."""
    paths = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("writer.py"), directory],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline().startswith(b"open ")
        heard = [writer.stdout.readline() for _ in range(after)]
        writer.kill()
        heard += writer.stdout.readlines()
    return [int(line) for line in heard if line.endswith(b"\n")]


def test_all_acknowledged_events_survive(tmp_path: Path) -> None:
    chance = random.Random()  # noqa: S311 - moments to kill at
    acknowledged: set[str] = set()
    for _ in range(ROUNDS):
        acknowledged |= {event_id(number) for number in killed(tmp_path, chance.randrange(1, 120))}
        with (tmp_path / "events").open("rb") as file:
            whole = [parse(line) for _, line in lines_from(file, 0) if line.endswith(b"\n")]
        assert acknowledged <= {record.id for record in whole}
        assert [record.index for record in whole] == list(range(len(whole)))
        assert verify(tmp_path, SIGNER.public).good
    assert len(acknowledged) > ROUNDS
