"""`keystead init` and `keystead serve` as an operator runs them: settings, the process, and its end."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from e2e.places import made, settled
from servers import KEYSTEAD, NotReady, dev_command, run


def test_init_and_serve_with_a_certificate_of_ones_own(tmp_path: Path) -> None:
    place = made(tmp_path, "keystead")
    with place.serving("keystead") as server:
        done = run("key", "create", "ledger", "-o", "json", folder=tmp_path, environment=server.exports)
        assert json.loads(done.stdout)["name"] == "ledger", done.stderr
        assert server.apikey not in server.log.read_text()


def test_settings_are_found_where_the_server_starts(tmp_path: Path) -> None:
    place = settled(tmp_path, "keystead")
    assert run("init", "--email", "owner@example.com", folder=tmp_path).returncode == 0
    assert place.config("keystead").exists()
    again = run("init", "--email", "owner@example.com", folder=tmp_path)
    assert "has an account already" in line_of(again)
    assert again.stdout == ""


def test_serving_needs_an_account(tmp_path: Path) -> None:
    settled(tmp_path, "keystead")
    done = run("serve", folder=tmp_path)
    assert "keystead init" in line_of(done)


def test_a_seal_by_passphrase(tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery staple\n")
    secret.chmod(0o600)
    place = settled(tmp_path, "keystead", more='seal = "passphrase"\nseal_file = "passphrase"\n')
    assert run("init", "--email", "owner@example.com", folder=tmp_path).returncode == 0
    with place.serving("keystead"):
        pass
    secret.write_text("wrong horse\n")
    assert "passphrase" in line_of(run("serve", folder=tmp_path))


BAD = {
    "unknown setting": ('prot = 8443\ndata = "data"\n', "prot"),
    "wrong kind": ('port = "many"\ndata = "data"\n', "port"),
    "unknown wait": ('data = "data"\n[waits]\nenable_before = 3\n', "enable_before"),
    "no data": ("port = 0\n", "data"),
    "no TOML": ("data = data\n", "keystead.toml"),
    "no certificate": ('data = "data"\nport = 0\n', "tls_certificate"),
    "unreadable certificate": (
        'data = "data"\nport = 0\ntls_certificate = "none.pem"\ntls_key = "none.key"\n',
        "TLS certificate",
    ),
    "unknown database": (
        'data = "data"\ndatabase = "mysql://x"\nport = 0\n',
        "database",
    ),
    "unusual seal": ('data = "data"\nseal = "wax"\n', "seal"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_bad_settings_are_named(tmp_path: Path, case: tuple[str, str]) -> None:
    text, names = case
    made(tmp_path, "keystead")
    (tmp_path / "keystead.toml").write_text(text)
    assert names in line_of(run("serve", folder=tmp_path))


def test_the_environment_wins_and_is_checked(tmp_path: Path) -> None:
    made(tmp_path, "keystead")
    done = run("serve", folder=tmp_path, environment={"KEYSTEAD_SERVER_PROT": "1"})
    assert "prot" in line_of(done)
    done = run("serve", folder=tmp_path, environment={"KEYSTEAD_SERVER_HOST": "192.0.2.1"})
    assert "192.0.2.1" in line_of(done)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("serve", "--config", "nope.toml"), "there is no settings file nope.toml; write one, or name yours"),
        (("serve", "--config", "."), "check --config"),
        (("serve", "--config", "no.toml"), "is no TOML"),
        (("init", "--email", "a@example.com", "--config", "nope.toml"), "--config FILE"),
        (("dev", "--data", "data", "--seed", "nope"), "there is no seed file nope; check --seed"),
        (("dev", "--data", "data", "--seed", "."), "check --seed"),
    ],
)
def test_a_file_that_is_not_there_is_one_line_that_says_what_to_do(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    (tmp_path / "no.toml").write_text("no = ")
    done = run(*words, folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert says in line
    assert "Errno" not in line
    assert not (tmp_path / "data" / "unit").exists()


def line_of(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the one line that `keystead` ended with; what a server logs before it is no part of that."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("keystead: ")
    return line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_end(tmp_path: Path, number: signal.Signals) -> None:
    place = made(tmp_path, "keystead")
    with place.serving("keystead") as server:
        with server.client() as client:
            assert client.get("/api/v2/keys").status_code == 200
        assert server.stop(number) == 0
        assert "Traceback" not in server.log.read_text()
    assert verified(tmp_path)["good"] is True


def test_a_kill_loses_nothing_acknowledged(tmp_path: Path) -> None:
    place = made(tmp_path, "keystead")
    names = []
    for turn in range(2):
        with place.serving("keystead") as server:
            name = f"before kill {turn}"
            done = run("key", "create", name, folder=tmp_path, environment=server.exports)
            assert done.returncode == 0, done.stderr
            names.append(name)
            assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    with place.serving("keystead") as server:
        listed = run("key", "list", "-o", "json", folder=tmp_path, environment=server.exports)
        assert sorted(key["name"] for key in json.loads(listed.stdout)) == names
        assert server.stop() == 0
    report = verified(tmp_path)
    assert report["good"] is True
    events = run("audit", "tail", "data/audit/keystead", "-n", "1000", "-o", "json", folder=tmp_path)
    created = [event for event in json.loads(events.stdout) if event["action"] == "kms.secrets.create"]
    assert len(created) == len(names)


def verified(folder: Path) -> dict[str, object]:
    """Verify the audit log of node keystead and return the report."""
    words = ["data/audit/keystead", "--public-key", "data/unit/audit-keystead.public", "-o", "json"]
    done = run("audit", "verify", *words, folder=folder)
    assert done.returncode == 0, done.stderr
    report: dict[str, object] = json.loads(done.stdout)
    return report


def test_a_half_written_start_is_no_account(tmp_path: Path) -> None:
    settled(tmp_path, "keystead")
    with pytest.raises(NotReady, match="keystead init"), settled(tmp_path, "keystead").serving("keystead"):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_process_is_closed(tmp_path: Path) -> None:
    # Root may read everything by its capabilities; without them, it is a user like any other.
    plain = ["setpriv", "--bounding-set", "-all"] if os.geteuid() == 0 else []
    env_file = tmp_path / "env"
    words = ["dev", "--data", "data", "--port", "0", "--env-file", "env"]
    with dev_command([*plain, KEYSTEAD, *words], tmp_path, env_file) as server:
        limits = Path(f"/proc/{server.process.pid}/limits").read_text()
        assert re.findall(r"^Max core file size +(\S+) +(\S+)", limits, re.MULTILINE) == [("0", "0")]
        for name in ("environ", "maps", "mem"):
            assert read_by([*plain, "head", "-c", "1"], server.process.pid, name) != 0
    # The same look at a process that has not closed itself succeeds: the test can fail.
    with subprocess.Popen([*plain, "sleep", "60"]) as other:
        while Path(f"/proc/{other.pid}/comm").read_text() != "sleep\n":
            time.sleep(0.01)  # until then it is the program before, with capabilities of its own
        assert read_by([*plain, "head", "-c", "1"], other.pid, "maps") == 0
        other.kill()


def read_by(command: list[str], pid: int, name: str) -> int:
    """Return the exit code of a program that reads a file of another process of its user."""
    return subprocess.run([*command, f"/proc/{pid}/{name}"], capture_output=True, check=False).returncode
