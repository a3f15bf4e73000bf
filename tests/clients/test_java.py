"""IBM's Java client, unmodified, over TLS: a build of its published source, which no registry hands out.

`KEYSTEAD_JAVA_CLIENT` is its class path, dependencies included; docs/clients.md says how it is made.
"""

import os
import subprocess
from pathlib import Path

import pytest

from clients.program import PROGRAMS, Run, run
from servers import Server

OPERATIONS = (
    "createKey",
    "createKey: imported with a token",
    "createKeyWithPoliciesOverrides",
    "postImportToken",
    "getImportToken",
    "getKeys",
    "getKeyCollectionMetadata",
    "getKey",
    "getKey: refused",
    "getKeyMetadata",
    "getKeyVersions",
    "deleteKey",
    "deleteKey: in use",
    "restoreKey",
    "purgeKey",
    "wrapKey",
    "unwrapKey",
    "rewrapKey",
    "rotateKey",
    "rotateKey: imported",
    "disableKey",
    "enableKey",
    "actionOnKey",
    "setKeyForDeletion",
    "unsetKeyForDeletion",
    "putPolicy",
    "getPolicy",
    "putInstancePolicy",
    "getInstancePolicy",
    "getAllowedIPPort",
    "getRegistrationsAllKeys",
    "getRegistrations",
    "syncAssociatedResources",
    "createKeyAlias",
    "deleteKeyAlias",
    "createKeyRing",
    "listKeyRings",
    "deleteKeyRing",
    "patchKey",
    "wrapKey: after the key has expired",
    "rotateKey: with a fault that was ordered",
)

# The program has no step for these yet; the server has. To switch one on, write it and move it to OPERATIONS.
NOT_YET = {
    "createKmipAdapter": "adapters of KMIP",
    "getKmipAdapter": "adapters of KMIP",
    "getKmipAdapters": "adapters of KMIP",
    "deleteKmipAdapter": "adapters of KMIP",
    "addKmipClientCertificate": "adapters of KMIP",
    "getKmipClientCertificate": "adapters of KMIP",
    "getKmipClientCertificates": "adapters of KMIP",
    "deleteKmipClientCertificate": "adapters of KMIP",
    "getKmipObjects": "adapters of KMIP",
    "getKmipObject": "adapters of KMIP",
    "deleteKmipObject": "adapters of KMIP",
}


@pytest.fixture(scope="module")
def java(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Run:
    client = os.environ.get("KEYSTEAD_JAVA_CLIENT")
    if not client:
        pytest.skip("KEYSTEAD_JAVA_CLIENT names no build of the Java client")
    folder = tmp_path_factory.mktemp("java")
    _tool("javac", "-encoding", "UTF-8", "-cp", client, "-d", folder, *(PROGRAMS / "java").glob("*.java"))
    trust = ("-keystore", folder / "trust", "-storetype", "PKCS12", "-storepass", "public")
    _tool("keytool", "-importcert", "-noprompt", "-alias", "keystead", "-file", server.ca_file, *trust)
    properties = [
        f"-Djavax.net.ssl.trustStore={folder / 'trust'}",
        "-Djavax.net.ssl.trustStorePassword=public",
    ]
    path = f"{folder}{os.pathsep}{client}"
    return run(["java", *properties, "-cp", path, "Program"], server, NOT_YET)


def _tool(*words: str | Path) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("operation", OPERATIONS)
def test_c41_operation(java: Run, operation: str) -> None:
    assert java.outcomes.get(operation, "the program did not run it") == ""


def test_the_table_is_what_the_program_ran(java: Run) -> None:
    assert sorted(java.outcomes) == sorted(OPERATIONS)


def test_every_method_is_exercised_or_not_yet(java: Run) -> None:
    assert java.exercised.isdisjoint(NOT_YET)
    assert java.exercised | set(NOT_YET) == java.methods
