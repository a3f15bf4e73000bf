"""The integration tests that come with IBM's Go client, unmodified: they believe that they talk to the cloud.

Its hosts are constants, so Go's resolver is given a hosts file of ours (`scripts/clients` links that), and
the server has a certificate for them.
"""

import re
import socket
import subprocess
from pathlib import Path

import pytest

from clients.program import INSTALLED, is_installed, is_required
from clients.tunnel import tunnel
from e2e.places import made
from servers import reader

HOSTS = ("us-south.kms.cloud.ibm.com", "iam.cloud.ibm.com")
ADDRESS, PORT = "127.44.3.1", 443  # nobody else's, on any machine
TESTS = (
    "TestWrapUnwrap",
    "TestWrapDEKV2UnWrap",
    "TestWrapV2Unwrap",
    "TestWrapUnwrapWithAlias",
    "TestRotatedKeyHasLastUpdatedAndRotated",
    "TestExtractableKey",
    "TestRotationInstancePolicy",
    "TestKeyRotationPolicy",
    "TestCreateKeyWithPolicyOverrides",
    "TestListKeysWithFilter",
)
RUN_SECONDS = 120


def may_listen() -> bool:
    """Tell whether this user may listen on the port of HTTPS."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, PORT))
        except PermissionError:
            return False
    return True


@pytest.mark.skipif(
    not is_installed("go", "go") and not is_required("go"), reason="Go or its client is not installed"
)
@pytest.mark.skipif(not may_listen(), reason="only root may listen on port 443 here")
def test_they_pass(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("".join(f"{ADDRESS} {host}\n" for host in HOSTS))
    place = made(tmp_path, "a", hosts=("127.0.0.1", *HOSTS))
    with place.serving("a") as server, tunnel(ADDRESS, PORT, int(server.url.rpartition(":")[2])):
        environment = {
            "KP_INSTANCE_ID": server.instance,
            "IBMCLOUD_API_KEY": server.apikey,
            "SSL_CERT_FILE": server.ca_file,
        }
        done = subprocess.run(
            [INSTALLED / "go" / "integration", "-test.v", "-test.run", f"^({'|'.join(TESTS)})$"],
            cwd=tmp_path,  # where the hosts file is
            env=reader() | environment,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
    passed = re.findall(r"^--- PASS: (\w+)", done.stdout, re.MULTILINE)
    assert sorted(passed) == sorted(TESTS), done.stdout[-4000:] + done.stderr[-2000:]
    assert done.returncode == 0
