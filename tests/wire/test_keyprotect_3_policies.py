"""`keyprotect` 3.0.1, unmodified, over TLS: policies of keys and instances, and deletion by two people."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.policies import instance_policy, policies
from servers import Server, run
from wire.generated import KEY_TYPE, Generated, b64, connected, only, refused, stream

ROTATION = {"rotation": {"enabled": True, "interval_month": 4}}
DUAL = {"dualAuthDelete": {"enabled": True}}
ACCESS = {
    "create_root_key": True,
    "create_standard_key": True,
    "import_root_key": True,
    "import_standard_key": False,
    "enforce_token": False,
}
NETWORK = {"allowed_network": "private-only"}


def put(sdk: Generated, key: str, *resources: object, policy: str | None = None) -> Any:
    """Set policies of a key and return the resources of the answer."""
    answer = sdk.on("put_policy", key, key_policy_put_body=policies(*resources), policy=policy)
    assert answer.get_status_code() == 200
    return answer.get_result()["resources"]


def put_instance(sdk: Generated, *resources: object, policy: str | None = None) -> None:
    """Set policies of the instance."""
    answer = sdk.api.put_instance_policy(sdk.instance, policies(*resources), policy=policy)
    assert answer.get_status_code() == 204


@contextmanager
def enabled(sdk: Generated, kind: str, **attributes: object) -> Iterator[Any]:
    """Have a policy of the instance on, and yield how it is shown; others share the instance."""
    put_instance(sdk, instance_policy(kind, enabled=True, **attributes), policy=kind)
    try:
        yield only(sdk.api.get_instance_policy(sdk.instance, policy=kind))
    finally:
        put_instance(sdk, instance_policy(kind, enabled=False))
    (off,) = sdk.api.get_instance_policy(sdk.instance, policy=kind).get_result()["resources"]
    assert off["policy_data"]["enabled"] is False


def test_policies_of_a_key(sdk: Generated) -> None:
    key = sdk.create()["id"]
    assert sdk.on("get_policy", key).get_result()["resources"] == []
    (rotation,) = put(
        sdk, key, {"type": "application/vnd.ibm.kms.policy+json", **ROTATION}, policy="rotation"
    )
    (dual,) = put(sdk, key, DUAL, policy="dualAuthDelete")
    assert rotation["rotation"] == ROTATION["rotation"]
    assert dual["dualAuthDelete"] == DUAL["dualAuthDelete"]
    assert sdk.on("get_policy", key).get_result()["resources"] == [rotation, dual]
    assert only(sdk.on("get_policy", key, policy="rotation")) == rotation
    assert rotation["crn"].split(":")[7:] == [sdk.instance, "policy", rotation["id"]]
    assert datetime.fromisoformat(rotation["lastUpdateDate"])
    assert len(put(sdk, key, {"rotation": {"interval_month": 2}}, DUAL)) == 2
    read = only(sdk.on("get_key", key))
    assert read["rotation"] == {"enabled": True, "interval_month": 2}
    assert read["dualAuthDelete"] == {"enabled": True, "keySetForDeletion": False}


def test_policies_of_a_key_that_are_refused(sdk: Generated) -> None:
    key, standard = sdk.create()["id"], sdk.create(root=False)["id"]
    imported = sdk.create(payload=b64(bytes(16)))["id"]
    for months in (-1, 13):
        with refused(400, "INVALID_FIELD_ERR", "between 1 and 12"):
            put(sdk, key, {"rotation": {"interval_month": months}})
    with refused(400, "KEY_ROOT_REQ_ERR", "Rotation policy cannot be set on a standard key"):
        put(sdk, standard, ROTATION)
    with refused(400, "KEY_PAYLOAD_REQ_ERR"):
        put(sdk, imported, ROTATION)
    with refused(400, "BODY_QUERY_PARAM_MISMATCH_ERR"):
        put(sdk, key, ROTATION, policy="dualAuthDelete")


def test_setting_a_key_for_deletion(sdk: Generated) -> None:
    key = sdk.create()["id"]
    with refused(409, "NOT_DUAL_AUTH_ERR"):
        sdk.on("set_key_for_deletion", key)
    put(sdk, key, DUAL)
    assert sdk.on("set_key_for_deletion", key).get_status_code() == 204
    shown = only(sdk.on("get_key_metadata", key))["dualAuthDelete"]
    assert shown["keySetForDeletion"] is True
    assert datetime.fromisoformat(shown["authExpiration"])
    for force in (None, True):
        with refused(409, "AUTHORIZATIONS_NOT_MET", "Number of authorizations"):
            sdk.on("delete_key", key, force=force)
    assert sdk.on("unset_key_for_deletion", key).get_status_code() == 204
    assert only(sdk.on("get_key_metadata", key))["dualAuthDelete"]["keySetForDeletion"] is False
    for action in ("setKeyForDeletion", "unsetKeyForDeletion"):
        answer = sdk.on("action_on_key", key, action=action, key_action_body=b"{}")
        assert answer.get_status_code() == 204


def test_another_person_deletes(sdk: Generated, server: Server, tmp_path: Path) -> None:
    key = sdk.create(dualAuthDelete={"enabled": True})["id"]
    put(sdk, key, DUAL)
    sdk.on("set_key_for_deletion", key)
    words = ("access", "service-id", "another", "--role", "Manager", "--data", server.log.parent / "data")
    made = run(*words, folder=tmp_path)
    assert made.returncode == 0, made.stderr
    apikey = made.stdout.split("api key")[1].split()[0]
    with connected(replace(server, exports={**server.exports, "KEYSTEAD_API_KEY": apikey})) as other:
        assert other.on("delete_key", key).get_status_code() == 204
    assert sdk.state(key) == 5
    sdk.on("restore_key", key)
    assert only(sdk.on("get_key_metadata", key))["dualAuthDelete"]["keySetForDeletion"] is False


def test_a_key_with_policies_of_its_own(sdk: Generated) -> None:
    resource = {"type": KEY_TYPE, "name": "with its own", "extractable": False, **ROTATION, **DUAL}
    body = {"metadata": {"collectionType": KEY_TYPE, "collectionTotal": 1}, "resources": [resource]}
    with enabled(sdk, "rotation", interval_month=9):
        made = only(sdk.api.create_key_with_policies_overrides(sdk.instance, stream(body)))
    read = only(sdk.on("get_key", made["id"]))
    assert read["rotation"] == ROTATION["rotation"]
    assert read["dualAuthDelete"]["enabled"] is True


@pytest.mark.parametrize("kind", ["dualAuthDelete", "metrics"])
def test_instance_policies_without_attributes(sdk: Generated, kind: str) -> None:
    with enabled(sdk, kind) as shown:
        assert shown["policy_data"] == {"enabled": True}
        assert shown["policy_type"] == kind
        assert datetime.fromisoformat(shown["lastUpdated"])
        read = only(sdk.on("get_key", sdk.create()["id"]))
        assert ("dualAuthDelete" in read) is (kind == "dualAuthDelete")


def test_the_instance_rotation_policy(sdk: Generated) -> None:
    with enabled(sdk, "rotation", interval_month=3) as shown:
        assert shown["policy_data"] == {"enabled": True, "attributes": {"interval_month": 3}}
        read = only(sdk.on("get_key", sdk.create()["id"]))
        assert read["rotation"] == {"enabled": True, "interval_month": 3}
        assert "rotation" not in only(sdk.on("get_key", sdk.create(payload=b64(bytes(16)))["id"]))
    assert "rotation" not in only(sdk.on("get_key", sdk.create()["id"]))


def test_the_instance_policy_for_creation_and_import(sdk: Generated) -> None:
    with enabled(sdk, "keyCreateImportAccess", **ACCESS) as shown:
        assert shown["policy_data"]["attributes"] == ACCESS
        with refused(409, "KEY_CREATE_IMPORT_ACCESS_ERR"):
            sdk.create(root=False, payload=b64(b"octets"))
    with enabled(sdk, "keyCreateImportAccess", enforce_token=True):
        with refused(409, "KEY_CREATE_IMPORT_ACCESS_ERR"):
            sdk.create(payload=b64(bytes(16)))
        sdk.create()


def test_allowed_addresses(sdk: Generated) -> None:
    def port() -> Any:
        return sdk.api.get_allowed_ip_port(sdk.instance).get_result()["resources"]

    assert port() == []
    with enabled(sdk, "allowedIP", allowed_ip=["127.0.0.0/8", "::1"]) as shown:
        assert shown["policy_data"]["attributes"] == {"allowed_ip": ["127.0.0.0/8", "::1"]}
        assert port() == [{"private_endpoint_port": int(sdk.api.service_url.rpartition(":")[2])}]
        sdk.create()
    with refused(400, "INVALID_FIELD_ERR"):
        put_instance(sdk, instance_policy("allowedIP", enabled=True, allowed_ip=["192.0.2.1"]))


def test_a_network_that_is_private_only(sdk: Generated) -> None:
    with enabled(sdk, "allowedNetwork", **NETWORK) as shown:
        assert shown["policy_data"]["attributes"] == NETWORK
        with pytest.raises(Exception, match="Unauthorized") as caught:
            sdk.api.get_keys(sdk.instance)
        assert caught.value.status_code == 401  # type: ignore[attr-defined]
    sdk.api.get_keys(sdk.instance)


def test_instance_policies_that_are_refused(sdk: Generated) -> None:
    good, bad = instance_policy("metrics", enabled=False), instance_policy("rotation", interval_month=13)
    with refused(400, "COLLECTION_TOTAL_MISMATCH_ERR"):
        sdk.api.put_instance_policy(sdk.instance, {"metadata": {"collectionTotal": 2}, "resources": [good]})
    with refused(400, "BODY_QUERY_PARAM_MISMATCH_ERR"):
        put_instance(sdk, good, policy="rotation")
    with refused(400, "NUM_COLLECTION_RESOURCE_ERR"):
        put_instance(sdk, good, bad, policy="metrics")
    with refused(400, "BAD_BODY_ERR", 'unknown field "attributes"'):
        put_instance(sdk, instance_policy("metrics", any=1))
    with refused(400, "INVALID_FIELD_ERR", "between 1 and 12"):
        put_instance(sdk, bad)
