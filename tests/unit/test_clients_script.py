"""`scripts/clients` and the Java client, with tools of the test's own in place of git, Maven and the JDK."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USED = "bash cat cp cut diff dirname env grep mkdir mv rm sed sha256sum tail tee timeout touch".split()
"""What is on the path beside `TOOLS`: neither npm nor Go, so that Java is all there is to do."""
TOOLS = {
    "javac": 'echo "javac $(cat "$HERE/jdk")"',
    "java": "exit 0",
    "keytool": "exit 0",
    "git": """
        echo "$1" >>"$HERE/asked"
        case $1 in
            init) mkdir -p "$3" ;;
            ls-remote) [ -f "$HERE/reached" ] || { echo "fatal: no such host" >&2; exit 128; } ;;
            checkout) touch pom.xml ;;
        esac""",
    "mvn": """
        [ -f "$HERE/fetched" ] || { echo "[ERROR] no registry"; exit 1; }
        mkdir target
        echo client >target/ibm-key-protect-sdk-1.0.5.jar
        for word; do case $word in -DoutputDirectory=*) echo jar >"${word#*=}/needed.jar" ;; esac; done""",
}


class Machine:
    """A checkout with nothing but the script, on a machine that has and reaches what a test says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.built = folder / "build" / "clients" / "java"
        for name in ("scripts", "bin", "tests/clients/java", "tests/clients/go"):
            (folder / name).mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "clients", folder / "scripts")
        digest = hashlib.sha256(b"jar\n").hexdigest()
        (folder / "tests/clients/java/jars.sha256").write_text(f"{digest}  needed.jar\n")
        for name in USED:
            (folder / "bin" / name).symlink_to(shutil.which(name) or "missing")
        for name, text in TOOLS.items():
            (folder / "bin" / name).write_text(f"#!/bin/bash\n{text}\n")
            (folder / "bin" / name).chmod(0o755)
        self.has(jdk="17.0.1", reached="yes", fetched="yes")

    def has(self, **files: str | None) -> None:
        """Write what the tools go by; ``None`` takes a file away."""
        for name, text in files.items():
            (self.folder / name).unlink(missing_ok=True)
            if text is not None:
                (self.folder / name).write_text(text)

    def run(self, **more: str) -> tuple[int, str]:
        """Run the script; return its code and what it said, without what was asked of git before."""
        self.has(asked="")
        environment = {"PATH": str(self.folder / "bin"), "HERE": str(self.folder), **more}
        command = [str(self.folder / "bin" / "bash"), "scripts/clients"]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.stderr == ""
        return done.returncode, done.stdout.replace("clients: no Go client: Go is not installed\n", "")

    @property
    def jars(self) -> list[str]:
        return names(self.built / "jars")


def names(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir())


WHOLE = ["ibm-key-protect-sdk-1.0.5.jar", "needed.jar"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """One that has built the Java client."""
    made = Machine(tmp_path)
    code, said = made.run()
    assert (code, "building IBM's Java client" in said) == (0, True), said
    assert made.jars == WHOLE
    assert names(made.built) == ["jars", "ready"]
    return made


def test_what_does_not_decide_the_build_makes_no_new_one(machine: Machine) -> None:
    with (machine.folder / "scripts" / "clients").open("a") as script:
        script.write("# another comment\n")
    assert machine.run() == (0, "")
    assert (machine.folder / "asked").read_text() == ""


@pytest.mark.parametrize(
    ("lost", "why", "strict"),
    [("reached", "its source cannot be reached: fatal: no such host", 0), ("fetched", "it was not built", 1)],
)
def test_a_build_stays_until_there_is_another(machine: Machine, lost: str, why: str, strict: int) -> None:
    ready = (machine.built / "ready").read_text()
    machine.has(jdk="21.0.2", **{lost: None})
    for more, expected in ({}, 0), ({"CI": "true"}, strict):
        code, said = machine.run(**more)
        assert (code, machine.jars) == (expected, WHOLE)
        assert f"the Java client stays as it was built before; for a new one, {why}" in said
        assert (machine.built / "ready").read_text() == ready
        assert names(machine.built.parent) == ["go", "java"]
    machine.has(**{lost: "yes"})
    assert "building" in machine.run()[1]
    assert (machine.built / "ready").read_text() != ready


def test_a_build_needs_no_tool_that_only_builds(machine: Machine) -> None:
    for name in ("git", "mvn"):
        (machine.folder / "bin" / name).unlink()
    assert machine.run() == (0, "")
    machine.has(jdk="21.0.2")
    assert "stays as it was built before; for a new one, no git here" in machine.run()[1]
    assert machine.jars == WHOLE
    (machine.folder / "bin" / "javac").unlink()
    assert "no Java client: no javac here" in machine.run()[1]


@pytest.mark.parametrize(("lost", "strict"), [("reached", 0), ("fetched", 1)])
def test_without_a_build_java_is_absent(tmp_path: Path, lost: str, strict: int) -> None:
    machine = Machine(tmp_path)
    machine.has(**{lost: None})
    code, said = machine.run(CI="true")
    assert (code, "no Java client" in said) == (strict, True)
    assert names(machine.built) == ["absent"]
