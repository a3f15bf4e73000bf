"""What needs no server: the local commands, and what is refused before anything is asked of one."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keystead.ibmcloud.main import main

KEY = bytes(range(32))
NOWHERE = "https://127.0.0.1:1"  # nobody listens there: a call would fail with another text


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


class Console:
    """Runs command lines in this process, with a home of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str], home: Path) -> None:
        self.capsys = capsys
        self.environment = {"HOME": str(home), "KP_TARGET_ADDR": NOWHERE}

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = main(words, self.environment)
        out, err = self.capsys.readouterr()
        return code, out, err

    def json(self, *words: str) -> Any:
        code, out, err = self(*words, "--output", "json")
        assert (code, err) == (0, "")
        return json.loads(out)


@pytest.fixture
def console(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Console:
    return Console(capsys, tmp_path)


@pytest.fixture(scope="module")
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(private: rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return b64(private.public_key().public_bytes(serialization.Encoding.PEM, form))


def test_acceptance_4_the_local_commands_need_nothing(console: Console, private: rsa.RSAPrivateKey) -> None:
    nonce = b"0123456789ab"
    made = console.json("kp", "import-token", "nonce-encrypt", "-k", b64(KEY), "-n", b64(nonce))
    assert list(made) == ["encryptedNonce", "iv"]
    proof, iv = map(base64.b64decode, made.values())
    assert (len(proof), len(iv)) == (28, 12)
    assert AESGCM(KEY).decrypt(iv, proof, None) == nonce
    found = console.json("kp", "import-token", "key-encrypt", "-k", b64(KEY), "-p", pem(private))
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    assert private.decrypt(base64.b64decode(found["encryptedKey"]), oaep) == KEY


def test_the_local_commands_for_older_hpcs(console: Console, private: rsa.RSAPrivateKey) -> None:
    words = (
        "kp",
        "import-token",
        "key-encrypt",
        "-k",
        b64(KEY),
        "-p",
        pem(private),
        "-a",
        "SHA1",
        "-o",
        "json",
    )
    code, out, err = console(*words)
    assert (code, "SHA256" in err) == (0, True)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - what HPCS speaks
    assert private.decrypt(base64.b64decode(json.loads(out)["encryptedKey"]), oaep) == KEY
    made = console.json("kp", "import-token", "nonce-encrypt", "-k", b64(KEY), "-n", b64(b"n" * 12), "--cbc")
    assert [len(base64.b64decode(value)) for value in made.values()] == [16, 16]


def test_the_local_commands_as_tables(console: Console, private: rsa.RSAPrivateKey) -> None:
    _, out, _ = console("kp", "import-token", "nonce-encrypt", "-k", b64(KEY), "-n", b64(b"n" * 12))
    assert out.splitlines()[0].split("   ")[0] == "Encrypted Nonce"
    _, out, _ = console("kp", "import-token", "key-encrypt", "-k", b64(KEY), "-p", pem(private))
    assert out.splitlines()[0] == "Encrypted Key"


SECURE = {"-k": b64(bytes(512)), "-n": b64(bytes(28)), "-v": b64(bytes(12))}


def secure(**changes: str | None) -> list[str]:
    parts = {**SECURE, **{f"-{letter}": value for letter, value in changes.items()}}
    return [word for letter, value in parts.items() if value is not None for word in (letter, value)]


@pytest.mark.parametrize(
    "command", [("kp", "key", "create"), ("kp", "key", "rotate"), ("kp", "key", "restore")]
)
@pytest.mark.parametrize(
    "wrong",
    [
        ["-k", ""],
        secure(k=""),
        secure(n=""),
        secure(v=""),
        secure(k="null"),
        secure(n="null"),
        secure(v="null"),
        secure(k=None),
        secure(n=None),
        secure(v=None),
        secure(k=b64(KEY)),
        secure(v=b64(bytes(13))),
        secure(n=b64(bytes(27))),
        secure(v=b64(bytes(16)), n=b64(bytes(15))),
        ["-k", "null"],
        ["-k", b64(bytes(31))],
        ["-k", b64(KEY)[:-1]],
        ["-k", b64(KEY) + "\n"],
        ["-k", "_" + b64(KEY)[1:]],
    ],
    ids=str,
)
def test_scr_10_material_that_is_none(console: Console, command: tuple[str, ...], wrong: list[str]) -> None:
    code, out, err = console(*command, "n", *wrong, "-i", "0f0e0d0c-0b0a-4908-8706-050403020100")
    assert (code, out) == (1, "")
    assert err.startswith("FAILED\nIncorrect Usage.\n")
    assert NOWHERE not in err  # nothing was sent


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("kp", "key", "create", "a", "b"), "too many: 'b'"),  # SCR-7
        (
            ("kp", "import-token", "nonce-encrypt", "-k", "A", "-n", "--output", "json"),
            "is an option",
        ),  # SCR-9
        (("kp", "import-token", "create", "-e", "299"), "300 to 86400"),
        (("kp", "import-token", "key-encrypt", "-k", b64(KEY), "-p", b64(b"no key")), "'--pubkey'"),
        (("kp", "import-token", "key-encrypt", "-k", b64(bytes(17)), "-p", "AAAA"), "16, 24 or 32"),
        (("kp", "import-token", "key-encrypt", "-k", b64(KEY), "-p", "AAAA", "-a", "MD5"), "Unknown hash"),
        (("kp", "keys", "--output", "yaml"), "Unknown output format 'yaml'"),
        (("kp", "keys", "-n", "5001"), "1 to 5000"),
        (("kp", "keys", "--key-states", "dead"), "'dead' is none of active"),
        (("kp", "keys"), "KP_INSTANCE_ID"),
        (("kp", "keys", "-i", "payroll"), "not a UUID"),
        (("kp", "keys", "-i", "0f0e0d0c-0b0a-4908-8706-050403020100"), "Not logged in"),
        (("kp", "no-such"), "not a command"),
        (("cf", "push"), "not a command"),
        (("kp", "crypto-units"), "not supported by this server"),
        (("kp", "crypto-unit", "claim", "--credential", "x", "--ids", "1,2"), "not supported by this server"),
        (("kp", "crypto-unit", "user", "remove", "-u", "x", "--auth", "@f"), "not supported by this server"),
        (
            ("kp", "crypto-unit", "master-key", "generate", "--keyshare-files", "a,b", "--algo", "AES-256"),
            "not supported by this server",
        ),
        (("login",), "'--apikey'"),
        (("login", "--apikey", "@none"), "none: No such file"),
        (("login", "--apikey", "ä"), "no API key"),
        (("target",), "Not logged in"),
        (("iam", "oauth-tokens"), "Not logged in"),
        (("kp", "region-set", "mars"), "no region"),
        (("plugin", "show", "cos"), "not found"),
        (("api", "ftp://x"), "https://"),
    ],
    ids=str,
)
def test_what_is_refused_without_a_call(console: Console, words: tuple[str, ...], says: str) -> None:
    code, out, err = console(*words)
    assert (code, out) == (1, "")
    assert err.startswith("FAILED\n")
    assert says in err
    assert "Traceback" not in err


def test_cli_6_quiet_failures_keep_their_message(console: Console) -> None:
    assert console("-q", "kp", "keys")[2].startswith("No instance is named")
    console.environment["IBMCLOUD_QUIET"] = "true"
    assert console("kp", "keys")[2].startswith("No instance is named")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("help",),
        ("-h",),
        ("kp", "help"),
        ("kp", "--help"),
        ("kp", "help", "key", "create"),
        ("kp", "key", "create", "-h"),
        ("kp", "key", "--help"),
        ("help", "login"),
    ],
    ids=str,
)
def test_cli_5_help_on_every_level(console: Console, words: tuple[str, ...]) -> None:
    code, out, err = console(*words)
    assert (code, err) == (0, "")
    assert "USAGE:" in out


def test_versions_regions_and_plugins(console: Console) -> None:
    assert console("--version")[1].startswith("ibmcloud version ")
    assert console("version")[1] == console("-v")[1]
    assert "us-south" in console("regions")[1]
    assert console.json("regions")[0] == {"Name": "us-south", "DisplayName": "Dallas"}
    assert console("plugin", "install", "key-protect", "-f")[:2] == (0, "OK\n")
    assert "nothing was done" in console("plugin", "install", "cos")[2]
    assert console("plugin", "list")[1].splitlines()[1].startswith("key-protect[kp]   0.11.1")
    assert console("config", "--check-version=false")[0] == 0


def test_the_stored_login_is_private_and_keeps_what_it_does_not_know(
    console: Console, tmp_path: Path
) -> None:
    file = tmp_path / ".bluemix" / "config.json"
    file.parent.mkdir()
    file.write_text('{"Locale": "en_US"}')
    file.chmod(0o600)
    assert console("kp", "region-set", "eu-de")[0] == 0
    assert json.loads(file.read_text()) == {"Locale": "en_US", "KPRegion": "eu-de"}
    assert file.stat().st_mode & 0o777 == 0o600
    assert console("kp", "region-set", "-u")[0] == 0
    assert json.loads(file.read_text())["KPRegion"] == ""
    file.chmod(0o644)
    assert "Others can read" in console("kp", "region-set", "eu-de")[2]
    file.chmod(0o600)
    file.write_text("{")
    assert "damaged" in console("target")[2]


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (("kp", "keys", "--bad"), "ibmcloud kp keys [OPTIONS]"),
        (("kp", "key", "show"), "ibmcloud kp key show KEY_ID_OR_ALIAS [OPTIONS]"),
        (("kp", "key", "show", "--bad", "-q"), "ibmcloud kp key show KEY_ID_OR_ALIAS [OPTIONS]"),
        (("kp", "import-token", "create", "-e", "299"), "ibmcloud kp import-token create [OPTIONS]"),
        (("login", "--sso", "--apikey", "x"), "ibmcloud login [OPTIONS]"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("json", [(), ("--output", "json")], ids=["text", "json"])
def test_cli_2_wrong_usage_ends_in_the_usage(
    console: Console, words: tuple[str, ...], usage: str, json: tuple[str, ...]
) -> None:
    code, out, err = console(*words, *json)
    assert (code, out) == (1, "")
    failed, wrong, sentence, blank, *rest = ["FAILED"] * ("-q" in words) + err.splitlines()
    assert (failed, wrong, blank) == ("FAILED", "Incorrect Usage.", "")
    assert sentence.endswith(".")
    assert f"  {usage}" in rest
    assert "OPTIONS:" in rest


@pytest.mark.parametrize("group", [("kp",), ("key-protect",), ("kp", "key"), ("kp", "kmip"), ("iam", "-q")])
def test_cli_5_a_group_alone_is_its_help(console: Console, group: tuple[str, ...]) -> None:
    code, out, err = console(*group)
    assert (code, err) == (0, "")
    assert out.startswith("USAGE:")
    assert (code, out, err) == console(*group, "--help")
    known = " ".join(word for word in group if word != "-q").replace("key-protect", "kp")
    assert all(line.startswith(f"  {known} ") for line in out.split("COMMANDS:\n")[1].splitlines())
