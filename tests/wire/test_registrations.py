"""Registrations and sync through IBM's clients; a service that registers is made with `keystead access`."""

from urllib.parse import quote

from registering import BUCKET, SERVICE, register
from servers import Server
from wire.generated import Generated, only, refused
from wire.redstone_client import Redstone


def test_the_generated_client_lists_registrations(server: Server, sdk: Generated, service_token: str) -> None:
    key = sdk.create("registered")["id"]
    assert sdk.on("get_registrations", key).get_result()["resources"] == []
    register(server, service_token, key)
    found = only(sdk.on("get_registrations", key, prevent_key_deletion=False, total_count=True))
    assert (found["keyId"], found["resourceCrn"]) == (key, BUCKET)
    everywhere = sdk.api.get_registrations_all_keys(
        sdk.instance, url_encoded_resource_crn_query=quote(f"{SERVICE[:-2]}:bucket:*", safe="")
    )
    assert found in everywhere.get_result()["resources"]
    with refused(409, "PROTECTED_RESOURCE_ERR"):
        sdk.on("delete_key", key)
    assert sdk.on("delete_key", key, force=True).get_status_code() == 204


def test_the_generated_client_syncs(sdk: Generated) -> None:
    key = sdk.create("synced")["id"]
    with refused(409, "REQ_TOO_EARLY_ERR", "Sync cannot be performed until at least"):
        sdk.on("sync_associated_resources", key)


def test_the_older_client_lists_registrations(server: Server, redstone: Redstone, service_token: str) -> None:
    key = redstone.kms.create_key("registered", root=True)["id"]
    register(server, service_token, key)
    assert [it["resourceCrn"] for it in redstone.kms.get_registrations(key)["resources"]] == [BUCKET]
    assert key in [it["keyId"] for it in redstone.kms.get_registrations()["resources"]]
