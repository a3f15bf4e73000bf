"""IBM's Java client, unmodified, over TLS: built from its published source, as no registry hands it out."""

import os
import subprocess
from pathlib import Path

import pytest

from clients.program import INSTALLED, PROGRAMS, Run, is_installed, is_required, run
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
    "createKmipAdapter",
    "getKmipAdapter",
    "getKmipAdapters",
    "deleteKmipAdapter",
    "addKmipClientCertificate",
    "getKmipClientCertificate",
    "getKmipClientCertificates",
    "deleteKmipClientCertificate",
    "getKmipObjects",
    "getKmipObject",
    "deleteKmipObject",
    "wrapKey: after the key has expired",
    "rotateKey: with a fault that was ordered",
)

# Written in the program, never passed: not served yet. To switch one on, move it to OPERATIONS.
NOT_YET: dict[str, str] = {}


@pytest.fixture(scope="module")
def java(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Run:
    if not is_installed("javac", "java"):
        missing = "the Java client is not built (git, a JDK of 17 or newer and Maven, then scripts/clients)"
        (pytest.fail if is_required("java") else pytest.skip)(missing)
    folder = tmp_path_factory.mktemp("java")
    client = INSTALLED / "java" / "jars" / "*"
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
