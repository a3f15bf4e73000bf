"""IBM's Node client, `@ibm-cloud/ibm-key-protect` 0.1.2, unmodified, over TLS."""

import pytest

from clients.program import INSTALLED, PROGRAMS, Run, is_installed, is_required, run
from servers import Server

OPERATIONS = (
    "createKey",
    "createKey: a standard key",
    "createKey: imported",
    "createKey: imported with a token",
    "postImportToken",
    "getImportToken",
    "getKeys",
    "getKeyCollectionMetadata",
    "getKey",
    "getKey: refused",
    "getKeyMetadata",
    "getKeyVersions",
    "wrapKey",
    "unwrapKey",
    "rewrapKey",
    "rotateKey",
    "rotateKey: imported",
    "disableKey",
    "enableKey",
    "deleteKey",
    "restoreKey",
    "putPolicy",
    "putPolicy: refused",
    "getPolicy",
    "putInstancePolicy",
    "getInstancePolicy",
    "getAllowedIpPort",
    "setKeyForDeletion",
    "unsetKeyForDeletion",
    "getRegistrations",
    "getRegistrationsAllKeys",
    "deleteKey: in use",
    "syncAssociatedResources",
    "createKeyAlias",
    "deleteKeyAlias",
    "createKeyRing",
    "listKeyRings",
    "deleteKeyRing",
    "wrapKey: after the key has expired",
    "rotateKey: with a fault that was ordered",
)

# Written in the program, never passed: not served yet. To switch one on, move it to OPERATIONS.
NOT_YET: dict[str, str] = {}


@pytest.fixture(scope="module")
def node(server: Server) -> Run:
    if not is_installed("node", "node"):
        missing = "the Node client is not installed (Debian packages nodejs and npm, then scripts/clients)"
        (pytest.fail if is_required("node") else pytest.skip)(missing)
    modules = {"NODE_PATH": str(INSTALLED / "node" / "node_modules")}
    return run(["node", PROGRAMS / "node" / "main.js"], server, NOT_YET, modules)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_c41_operation(node: Run, operation: str) -> None:
    assert node.outcomes.get(operation, "the program did not run it") == ""


def test_the_table_is_what_the_program_ran(node: Run) -> None:
    assert sorted(node.outcomes) == sorted(OPERATIONS)


def test_every_method_is_exercised_or_not_yet(node: Run) -> None:
    assert node.exercised.isdisjoint(NOT_YET)
    assert node.exercised | set(NOT_YET) == node.methods
