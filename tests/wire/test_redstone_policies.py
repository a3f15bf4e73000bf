"""`redstone` 0.6.2, unmodified, over TLS: policies of keys and instances, and deletion by two people."""

from collections.abc import Callable

import pytest

from wire.redstone_client import Redstone
from wire.test_redstone import refused


def instance(redstone: Redstone, kind: str) -> object:
    """Return what the instance's policy of *kind* says."""
    shown = redstone.kms.get_instance_policies()["resources"]
    (data,) = (one["policy_data"] for one in shown if one["policy_type"] == kind)
    return data


def test_policies_of_a_key(redstone: Redstone) -> None:
    kms = redstone.kms
    key = kms.create_key("root", root=True)["id"]
    assert kms.get_key_policies(key)["resources"] == []
    (rotation,) = kms.set_key_rotation_policy(key, 6)["resources"]
    assert rotation["rotation"] == {"enabled": True, "interval_month": 6}
    kms.set_key_dual_auth_policy(key, False)
    (dual,) = kms.set_key_dual_auth_policy(key, True)["resources"]
    assert kms.get_key_policies(key)["resources"] == [rotation, dual]
    with refused("INVALID_FIELD_ERR"):
        kms.set_key_rotation_policy(key, 13)
    with refused("INVALID_FIELD_ERR"):
        kms.set_key_dual_auth_policy(key, False)
    with refused("KEY_ROOT_REQ_ERR"):
        kms.set_key_rotation_policy(kms.create_key("standard")["id"], 1)


def test_setting_a_key_for_deletion(redstone: Redstone) -> None:
    kms = redstone.kms
    key = kms.create_key("root", root=True)["id"]
    with refused("NOT_DUAL_AUTH_ERR"):
        kms.initiate_dual_auth_delete(key)
    kms.set_key_dual_auth_policy(key, True)
    with refused("AUTHORIZATIONS_NOT_MET"):
        kms.delete_key(key)
    kms.initiate_dual_auth_delete(key)
    assert kms.get_key(key)["dualAuthDelete"]["keySetForDeletion"] is True
    with refused("AUTHORIZATIONS_NOT_MET"):
        kms.delete_key(key)
    kms.cancel_dual_auth_delete(key)
    assert kms.get_key(key)["dualAuthDelete"]["keySetForDeletion"] is False


@pytest.mark.parametrize("kind", ["dualAuthDelete", "metrics"])
def test_instance_policies_without_attributes(redstone: Redstone, kind: str) -> None:
    kms = redstone.kms
    named = {"dualAuthDelete": kms.set_instance_dual_auth_policy, "metrics": kms.set_instance_metrics_policy}
    assert switched(redstone, kind, named[kind]) == [{"enabled": True}, {"enabled": False}]


def switched(redstone: Redstone, kind: str, switch: Callable[[bool], None]) -> list[object]:
    """Turn a policy of the instance on and off again; return how both are shown."""
    switch(True)
    try:
        on = instance(redstone, kind)
    finally:
        switch(False)
    return [on, instance(redstone, kind)]


def test_the_network(redstone: Redstone) -> None:
    def switch(on: bool) -> None:
        redstone.kms.set_instance_allowed_network_policy(on, "public-and-private")

    on, off = switched(redstone, "allowedNetwork", switch)
    assert on == {"enabled": True, "attributes": {"allowed_network": "public-and-private"}}
    assert off == {"enabled": False, "attributes": {"allowed_network": "public-and-private"}}


def test_allowed_addresses(redstone: Redstone) -> None:
    def switch(on: bool) -> None:
        redstone.kms.set_instance_allowed_ip_policy(on, ["127.0.0.1/32"] if on else [])

    on, off = switched(redstone, "allowedIP", switch)
    assert on == {"enabled": True, "attributes": {"allowed_ip": ["127.0.0.1/32"]}}
    assert off == {"enabled": False, "attributes": {"allowed_ip": ["127.0.0.1/32"]}}


def test_creation_and_import(redstone: Redstone) -> None:
    kms = redstone.kms
    switches = {
        "create_root_key": False,
        "create_standard_key": True,
        "import_root_key": True,
        "import_standard_key": True,
        "enforce_token": True,
    }

    def switch(on: bool) -> None:
        kms.set_instance_key_create_import_access_policy(on, **switches)
        if on:
            with refused("KEY_CREATE_IMPORT_ACCESS_ERR"):
                kms.create_key("root", root=True)
            with refused("KEY_CREATE_IMPORT_ACCESS_ERR"):
                kms.create_key("root", payload=bytes(16), root=True)

    for number, shown in enumerate(switched(redstone, "keyCreateImportAccess", switch)):
        assert shown == {"enabled": number == 0, "attributes": switches}
    kms.create_key("root", root=True)
