"""Secure import in shell scripts, and the idioms of the documentation: sections 5 and 7 of cli.md.

The scripts do line by line what section 5 says of those that were published, with their faults: nothing is
checked between the steps, and the ring is looked for under another name than it was given.
"""

import asyncio
import base64
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api import APIKEY_GRANT, send
from e2e.console import Console, Done, stranger
from e2e.documents import ROOT, blocks
from keystead.app import open_service
from keystead.config import Settings
from keystead.ibmcloud.commands import COMMANDS
from servers import Server

SHELLS = ("dash", "bash")
_STEPS = """
export KEY_MATERIAL=$(base64 ${KEY_FILE} -w 0)
ibmcloud kp import-token create -i ${KP_INSTANCE_ID} -e 600 $KP_KEYRING_CLAUSE
TOKEN=$(ibmcloud kp import-token show -i ${KP_INSTANCE_ID} $KP_KEYRING_CLAUSE --output json)
echo $TOKEN | jq
export NONCE=$(echo $TOKEN | jq -r '.nonce')
PUBLIC_KEY=$(echo $TOKEN | jq -r '.payload')
ENCRYPTED=$(ibmcloud kp import-token nonce-encrypt -k $KEY_MATERIAL -n $NONCE --output json)
echo $ENCRYPTED | jq
PROOF=$(echo $ENCRYPTED | jq -r '.encryptedNonce')
IV=$(echo $ENCRYPTED | jq -r '.iv')
MATERIAL=$(ibmcloud kp import-token key-encrypt -k $KEY_MATERIAL -p $PUBLIC_KEY --output json |
    jq -r '.encryptedKey')
"""
CREATE = f"""{_STEPS}
ibmcloud kp key create $KP_KEY_NAME -i ${{KP_INSTANCE_ID}} \\
    -k "${{MATERIAL}}" -n "${{PROOF}}" -v "${{IV}}" $KP_KEYRING_CLAUSE
"""
ROTATE = f"""{_STEPS}
ibmcloud kp key rotate $KP_KEY_ID -i ${{KP_INSTANCE_ID}} -k "${{MATERIAL}}" -n "${{PROOF}}" -v "${{IV}}"
"""


@pytest.fixture
def console(server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Console:
    """Somebody who has logged in and has two pieces of key material and the scripts."""
    someone = stranger(server, capsys, tmp_path)
    someone.ok("login", "-q")
    for name in ("first", "second"):
        (tmp_path / name).write_bytes(os.urandom(32))
    (tmp_path / "create_key.sh").write_text(CREATE)
    (tmp_path / "rotate_key.sh").write_text(ROTATE)
    return someone


def created(done: Done) -> str:
    """Return the id that wrappers of the script take: first column of the last row (SCR-12)."""
    assert done.code == 0, done.err
    assert done.rows[0] == ["Key ID", "Key Name"]
    return done.rows[-1][0]


@pytest.mark.parametrize("shell", ["sh", *SHELLS])
def test_acceptance_1_create_and_rotate(console: Console, shell: str) -> None:
    key = created(console.shell("create_key.sh", shell, KEY_FILE="first", KP_KEY_NAME="scripted"))
    assert console.json("kp", "key", "show", key)["imported"]
    dek = base64.b64encode(os.urandom(32)).decode()
    ciphertext = console.json("kp", "key", "wrap", key, "-p", dek)["Ciphertext"]
    done = console.shell("rotate_key.sh", shell, KEY_FILE="second", KP_KEY_ID=key)
    assert (done.code, done.out.splitlines()[-2:]) == (0, ["Rotating root key...", "OK"])
    opened = console.json("kp", "key", "unwrap", key, ciphertext)
    assert opened["Plaintext"] == dek
    for file, wrapped in (("first", ciphertext), ("second", opened["Rewrapped Plaintext"])):
        assert _opened_by_hand(console, file, wrapped) == dek


def _opened_by_hand(console: Console, file: str, ciphertext: str) -> str:
    """Open *ciphertext* with the material in *file* and no server: it is the material of that version."""
    script = f"keystead offline unwrap --ciphertext {ciphertext} --key-file {file} --output json"
    (console.home / file).chmod(0o600)
    done = console.shell(script)
    assert done.code == 0, done.err
    text: str = json.loads(done.out)["plaintext"]
    return text


@pytest.mark.parametrize("shell", SHELLS)
def test_acceptance_2_the_ring_that_is_ignored_and_the_one_that_is_not(console: Console, shell: str) -> None:
    variables = {"KEY_FILE": "first", "KP_KEY_NAME": "scripted"}
    ring = f"ring-of-{shell}"
    console.ok("kp", "key-ring", "create", ring)
    ignored = console.shell("create_key.sh", shell, KP_KEYRING_ID=ring, **variables)
    assert console.json("kp", "key", "show", created(ignored))["keyRingID"] == "default"
    used = console.shell("create_key.sh", shell, KP_KEYRING_CLAUSE=f"--key-ring {ring}", **variables)
    assert console.json("kp", "key", "show", created(used))["keyRingID"] == ring


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("script", ["create_key.sh", "rotate_key.sh"])
def test_acceptance_3_an_expired_login_makes_nothing(console: Console, shell: str, script: str) -> None:
    key = console.json("kp", "key", "create", "there before")["id"]
    before = console.json("kp", "keys", "-n", "5000"), console.json("kp", "key", "versions", key)
    away = {"IBMCLOUD_HOME": str(console.home / "nobody"), "KEY_FILE": "first"}
    done = console.shell(script, shell, KP_KEY_NAME="never", KP_KEY_ID=key, **away)
    assert done.code == 1
    assert "{" not in done.out
    assert (console.json("kp", "keys", "-n", "5000"), console.json("kp", "key", "versions", key)) == before


@pytest.mark.parametrize("shell", SHELLS)
def test_a_login_that_ends_between_two_steps_makes_nothing(console: Console, shell: str) -> None:
    before = console.json("kp", "keys", "-n", "5000")
    for step in (2, 3, 5, 7, 12):
        lines = CREATE.strip().splitlines()
        lines.insert(step, "ibmcloud logout >/dev/null")
        (console.home / "cut.sh").write_text("\n".join(lines))
        done = console.shell("cut.sh", shell, KEY_FILE="first", KP_KEY_NAME="never")
        assert done.code == 1, step
        console.ok("login", "-q")
        assert console.json("kp", "keys", "-n", "5000") == before


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("script", ["create_key.sh", "rotate_key.sh"])
def test_acceptance_3_a_login_that_expires_in_the_middle_of_a_script_makes_nothing(
    console: Console, server: Server, shell: str, script: str
) -> None:
    key = console.json("kp", "key", "create", "there before")["id"]
    before = console.json("kp", "keys", "-n", "5000"), console.json("kp", "key", "versions", key)
    file = console.home / ".bluemix" / "config.json"
    fresh = file.read_text()
    expired = {**json.loads(fresh), **asyncio.run(_tokens_of_the_past(server))}
    (console.home / "expired.json").write_text(json.dumps(expired))
    for step in (2, 7):  # with an import token that nobody fetched, and with one that somebody did
        lines = (console.home / script).read_text().strip().splitlines()
        lines.insert(step, f"cp expired.json {file}")
        (console.home / "cut.sh").write_text("\n".join(lines))
        done = console.shell("cut.sh", shell, KEY_FILE="first", KP_KEY_NAME="never", KP_KEY_ID=key)
        assert done.code == 1, step
        assert "login has expired" in done.err
        file.write_text(fresh)
        after = console.json("kp", "keys", "-n", "5000"), console.json("kp", "key", "versions", key)
        assert after == before


async def _tokens_of_the_past(server: Server) -> dict[str, str]:
    """Return what a login stored 40 days ago; the server itself gave these, and nothing renews them."""

    def then() -> datetime:
        return datetime.now(UTC) - timedelta(days=40)

    settings = Settings(data=server.log.parent / "data", node="admin")
    service = await open_service(settings, ready_pairs=0, token_clock=then)
    try:
        form = f"grant_type={APIKEY_GRANT}&apikey={server.apikey}".encode()
        answer = await send(service, "POST", "/identity/token", form)
    finally:
        await service.close()
    assert answer.json["refresh_token"].startswith("1.")
    return {
        "IAMToken": f"Bearer {answer.json['access_token']}",
        "IAMRefreshToken": answer.json["refresh_token"],
    }


def test_acceptance_14_nobody_is_asked(
    server: Server, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    done = stranger(server, capsys, tmp_path).shell("ibmcloud kp keys")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("FAILED\nNot logged in.")


@pytest.mark.parametrize("shell", SHELLS)
def test_idioms_of_the_documentation(console: Console, shell: str) -> None:
    script = """
    set -e
    P=$(head -c 32 first | base64 -w 0)
    K=$(ibmcloud kp key create idiom --output json | jq -r '.["id"]')
    C=$(ibmcloud kp key wrap $K -p $P --output json | jq -r '.["Ciphertext"]')
    test "$(ibmcloud kp key unwrap $K $C --output json | jq -r '.["Plaintext"]')" = "$P"
    ibmcloud kp import-token create > /dev/null
    NONCE=$(ibmcloud kp import-token show | jq -r '.["nonce"]')
    test ${#NONCE} = 16
    N=0
    for k in $(ibmcloud kp keys --output json | jq -r '.[] | .id'); do N=$((N + 1)); done
    test $N -gt 0
    ibmcloud kp keys -n 5000 -s 0 -o json | jq -r '.[] | select(.name=="idiom") | .id' > named
    test $(grep -c $K named) = 1
    ibmcloud kp registrations --output json | jq length > /dev/null
    test "$(ibmcloud kp key delete $K --force --output json | jq -r .id)" = $K
    ibmcloud login --apikey "$IBMCLOUD_API_KEY" -r us-south -g Default > /dev/null
    ACCESS_TOKEN=$(ibmcloud iam oauth-tokens | grep IAM | awk '{print $4}')
    test ${#ACCESS_TOKEN} -gt 100
    for name in ibmcloud ic bx; do $name kp keys -n 1 > /dev/null; done
    echo all is well
    """
    done = console.shell(script, shell)
    assert (done.code, done.out) == (0, "all is well\n"), done.err


def test_a_reader_that_goes_away_and_a_name_that_is_no_text(console: Console) -> None:
    many = "for i in 1 2 3; do ibmcloud kp key create reader >/dev/null; done"
    done = console.shell(f"{many}; ibmcloud kp keys --output json | head -c 1", "bash")
    assert (done.out, "Traceback" in done.err, "BrokenPipe" in done.err) == ("[", False, False)
    for words in ("key create", "key show", "keys -l"):
        done = console.shell(f"ibmcloud kp {words} $'\\xff\\xfe' --output json", "bash")
        assert (done.code, done.out) == (1, "")
        assert done.err == "FAILED\nThe command line holds text that is not UTF-8.\n"


def test_the_shim_leaves_other_programs_alone(console: Console, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "ic").write_text("#!/bin/sh\necho theirs\n")
    done = console.shell(f"keystead shim install {folder}")
    assert (done.code, done.out) == (1, "")
    assert "is there and not ours" in done.err
    assert sorted(path.name for path in folder.iterdir()) == ["ic"]
    done = console.shell("keystead shim install ours && keystead shim install ours && ours/bx version")
    assert done.out.startswith("ibmcloud version ")
    assert console.shell("keystead ibmcloud version").out == done.out
    assert console.shell("keystead ibmcloud kp no-such").code == 1


PAGE = ROOT / "docs" / "ibmcloud.md"


@pytest.mark.parametrize("shell", ["sh", *SHELLS])
def test_the_script_of_the_page_runs(console: Console, shell: str) -> None:
    (script,) = blocks(PAGE, "sh")
    (console.home / "first").rename(console.home / "my.key")
    done = console.shell(script, shell)
    assert done.code == 0, done.err
    assert done.rows[0] == ["Plaintext", "Rewrapped Plaintext"]


def test_the_page_names_every_command() -> None:
    commands = PAGE.read_text().partition("## Commands")[2].partition("Not there")[0]
    named = re.findall(r"`([a-z][^`]*)`", commands.partition("| | |")[2])
    assert sorted(named) == sorted(command.path for command in COMMANDS)
