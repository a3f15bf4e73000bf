"""`pytest-keystead` as a stranger uses it, and the commands that tell a server what to do."""

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from keystead.client.errors import RemoteError
from keystead.client.key_protect import KeyProtect, NewKey
from keystead.client.login import ApiKeyLogin
from keystead.client.transport import Transport
from keystead.domain.material import KeyMaterial
from keystead.testing import KeysteadInstance
from servers import READY_SECONDS, Server, dev, run

TESTS = """
    import io, json
    from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
    from keyprotect.ibm_key_protect_api_v2 import IbmKeyProtectApiV2

    KIND = "application/vnd.ibm.kms.key+json"


    def client(keystead, monkeypatch):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", keystead.ca_file)
        kms = IbmKeyProtectApiV2(authenticator=IAMAuthenticator(keystead.api_key, url=keystead.iam_url))
        kms.set_service_url(keystead.url)
        return kms


    def create(kms, keystead):
        key = {"type": KIND, "name": "root", "extractable": False}
        body = {"metadata": {"collectionType": KIND, "collectionTotal": 1}, "resources": [key]}
        return kms.create_key(keystead.instance_id, io.BytesIO(json.dumps(body).encode())).get_result()


    def test_one(keystead, monkeypatch):
        kms = client(keystead, monkeypatch)
        create(kms, keystead)
        assert len(kms.get_keys(keystead.instance_id).get_result()["resources"]) == 1


    def test_another_finds_nothing_of_it(keystead, monkeypatch):
        kms = client(keystead, monkeypatch)
        assert kms.get_keys(keystead.instance_id).get_result()["resources"] == []
"""


def test_a_stranger_s_tests_each_have_an_instance(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(textwrap.dedent(TESTS))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def opened(keystead: KeysteadInstance, transport: Transport) -> KeyProtect:
    login = ApiKeyLogin(transport, keystead.iam_url, KeyMaterial(keystead.api_key.encode()))
    return KeyProtect(transport, keystead.url, keystead.instance_id, login)


def test_time_and_faults_through_the_fixture(keystead: KeysteadInstance) -> None:
    with Transport(Path(keystead.ca_file)) as transport:
        kms = opened(keystead, transport)
        key = kms.create(NewKey(name="root"))["id"]
        kms.delete(key)
        keystead.fault("/api/v2/keys/{key}/restore", "status", status=429)
        with pytest.raises(RemoteError):
            kms.restore(key)
        keystead.advance("31d")
        with pytest.raises(RemoteError) as caught:
            kms.restore(key)
        assert caught.value.reason == "KEY_RESTORE_EXPIRED"


def test_a_moved_clock_does_what_is_due_by_then(keystead: KeysteadInstance, tmp_path: Path) -> None:
    def move(by: str) -> None:
        moved = run("dev", "clock", by, folder=tmp_path, environment=keystead.environment)
        assert moved.returncode == 0, moved.stderr

    with Transport(Path(keystead.ca_file)) as transport:
        kms = opened(keystead, transport)
        rotated, deleted = (kms.create(NewKey(name=name))["id"] for name in ("rotated", "deleted"))
        kms.delete(deleted)
        rotate_monthly(kms, rotated)
        move("+29d")
        assert len(kms.versions(rotated)) == 1
        move("+2d")
        assert len(kms.versions(rotated)) == 2
        assert kms.key(deleted)["state"] == 5
        move("+60d")
        assert len(kms.versions(rotated)) == 3
        with pytest.raises(RemoteError) as caught:
            kms.key(deleted)
        assert caught.value.reason == "KEY_NOT_FOUND_ERR"


def rotate_monthly(kms: KeyProtect, key: str) -> None:
    policy = {"type": "application/vnd.ibm.kms.policy+json", "rotation": {"interval_month": 1}}
    kms._call("PUT", f"/keys/{key}/policies", {"metadata": {"collectionTotal": 1}, "resources": [policy]})


@contextmanager
def session(server: Server) -> Iterator[KeyProtect]:
    with Transport(Path(server.ca_file)) as transport:
        login = ApiKeyLogin(transport, server.url, KeyMaterial(server.apikey.encode()))
        yield KeyProtect(transport, server.url, server.instance, login)


def test_a_server_looks_for_what_became_due_while_it_was_off(tmp_path: Path) -> None:
    with dev(tmp_path) as server, session(server) as kms:
        key = kms.create(NewKey(name="root"))["id"]
        rotate_monthly(kms, key)
    (tmp_path / "data" / "clock.json").write_text(json.dumps({"ahead_seconds": 31 * 86_400}))
    with dev(tmp_path) as server, session(server) as kms:
        deadline = time.monotonic() + READY_SECONDS
        while len(kms.versions(key)) == 1:
            assert time.monotonic() < deadline
        assert len(kms.versions(key)) == 2
        assert server.stop() == 0


def test_the_commands(tmp_path: Path) -> None:
    with dev(tmp_path) as server:
        environment = dict(server.exports)
        moved = run("dev", "clock", "+30d", folder=tmp_path, environment=environment)
        assert moved.returncode == 0, moved.stderr
        assert moved.stdout.strip().endswith("Z")
        words = ("dev", "fault", "/api/v2/keys", "--method", "GET", "--status", "503")
        assert run(*words, folder=tmp_path, environment=environment).returncode == 0
        failed = run("key", "list", folder=tmp_path, environment=environment)
        assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
        assert run("key", "list", folder=tmp_path, environment=environment).returncode == 0
        assert run(*words, folder=tmp_path, environment=environment).returncode == 0
        assert run("dev", "fault", "--clear", folder=tmp_path, environment=environment).returncode == 0
        assert run("key", "list", folder=tmp_path, environment=environment).returncode == 0
        made = run("dev", "instance", "--output", "json", folder=tmp_path, environment=environment)
        fresh = json.loads(made.stdout)
        theirs = environment | {
            "KP_INSTANCE_ID": fresh["instance_id"],
            "KEYSTEAD_API_KEY": fresh["api_key"],
        }
        assert run("key", "list", folder=tmp_path, environment=theirs).returncode == 0
        for wrong in ("clock soon", "fault x", "fault /x --effect y"):
            refused = run("dev", *wrong.split(), folder=tmp_path, environment=environment)
            assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
    with dev(tmp_path) as server:  # the clock stays where it was
        again = run("dev", "clock", "0", folder=tmp_path, environment=dict(server.exports))
        assert again.returncode == 0, again.stderr
        assert again.stdout[:10] >= moved.stdout[:10]
