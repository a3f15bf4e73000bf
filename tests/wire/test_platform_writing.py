"""IBM's platform SDK and the older client make, change, lock and remove instances."""

from typing import Any

import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_platform_services import ResourceControllerV2, ResourceManagerV2
from ibm_platform_services.resource_controller_v2 import ResourceInstance
from redstone.auth import TokenManager
from redstone.client import ResourceController as RedstoneController

from api import envelope
from servers import Server, run
from wire.test_platform_services import Client, client, controller

__all__ = ["client", "controller"]  # fixtures
TIERED = "eedd3585-90c6-4c8f-be3d-062069e99fc3"
DEDICATED = "0de9f7ec-10b8-4627-88db-82bced5b7dfc"


@pytest.fixture
def group(client: Client) -> str:
    (found,) = client(ResourceManagerV2).list_resource_groups().get_result()["resources"]
    return str(found["id"])


def create(controller: Any, group: str, **more: Any) -> Any:
    wish = {"name": "payroll", "target": "eu-de", "resource_group": group, "resource_plan_id": TIERED, **more}
    return controller.create_resource_instance(**wish)


def refused(call: Any, *arguments: Any, **named: Any) -> tuple[int, str]:
    with pytest.raises(ApiException) as caught:
        call(*arguments, **named)
    return caught.value.status_code, caught.value.message


def test_the_life_of_an_instance(controller: Any, group: str) -> None:
    parameters = {"service-endpoints": "private", "n": [1, {"a": None}]}
    answer = create(controller, group, parameters=parameters, tags=["a"], allow_cleanup=True)
    assert answer.get_status_code() == 201
    found = ResourceInstance.from_dict(answer.get_result())
    assert (found.state, found.parameters, found.allow_cleanup) == ("active", parameters, True)
    changed = controller.update_resource_instance(
        found.crn, name="pensions", parameters={"a": 1}, resource_plan_id=DEDICATED, allow_cleanup=False
    ).get_result()
    assert changed == controller.get_resource_instance(found.guid).get_result()
    assert (changed["name"], changed["parameters"], changed["resource_plan_id"]) == (
        "pensions",
        {"a": 1},
        DEDICATED,
    )
    assert controller.delete_resource_instance(found.crn, recursive=True).get_status_code() == 204
    gone = controller.get_resource_instance(found.crn).get_result()
    assert (gone["state"], gone["last_operation"]["type"]) == ("removed", "delete")
    assert refused(controller.delete_resource_instance, found.guid)[0] == 410
    listed = controller.list_resource_instances().get_result()["resources"]
    assert found.guid not in [one["guid"] for one in listed]
    removed = controller.list_resource_instances(state="removed").get_result()["resources"]
    assert found.guid in [one["guid"] for one in removed]


def test_a_lock(controller: Any, group: str) -> None:
    found = create(controller, group, entity_lock=True).get_result()
    assert found["locked"] is True
    assert refused(controller.delete_resource_instance, found["guid"])[0] == 409
    assert refused(controller.update_resource_instance, found["guid"], name="x")[0] == 409
    assert controller.unlock_resource_instance(found["guid"]).get_result()["locked"] is False
    assert controller.lock_resource_instance(found["guid"]).get_result()["locked"] is True
    controller.unlock_resource_instance(found["guid"])
    assert controller.delete_resource_instance(found["guid"]).get_status_code() == 204


def test_rc_14_and_tf_5_keys_keep_an_instance_until_they_are_destroyed(
    server: Server, controller: Any, group: str
) -> None:
    guid = create(controller, group).get_result()["guid"]
    headers = {"bluemix-instance": guid}
    with server.client() as keys:
        body = envelope(name="in it", extractable=False)
        made = keys.post("/api/v2/keys", json=body, headers=headers)
        assert made.status_code == 201, made.text
        key = made.json()["resources"][0]["id"]
        status, message = refused(controller.delete_resource_instance, guid, recursive=True)
        assert (status, "1 active key" in message) == (409, True)
        assert keys.delete(f"/api/v2/keys/{key}", headers=headers).status_code in (200, 204)
        assert controller.delete_resource_instance(guid, recursive=True).get_status_code() == 204
        for answer in (
            keys.get("/api/v2/keys", headers=headers),
            keys.post("/api/v2/keys", json=body, headers=headers),
            keys.post(f"/api/v2/keys/{key}/restore", headers=headers),
        ):
            assert answer.status_code == 401


def test_what_cannot_be_had(controller: Any, group: str) -> None:
    assert refused(create, controller, group, target="mars")[0] == 400
    assert refused(create, controller, "0a1b")[0] == 404
    assert refused(create, controller, group, parameters={"allowed_network": "none"})[0] == 400
    assert refused(controller.delete_resource_instance, "b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11")[0] == 404


def test_3_4_who_may_make_instances(server: Server, client: Client, group: str) -> None:
    folder = server.log.parent
    where = ("--instance", server.instance, "--data", folder / "data")
    made = run("access", "service-id", "editor", "--role", "Editor", *where, folder=folder)
    assert made.returncode == 0, made.stderr
    apikey = made.stdout.rpartition("api key")[2].strip()
    subject = made.stdout.partition("iam id")[2].split()[0]
    editor = client(ResourceControllerV2, apikey=apikey)
    assert refused(create, editor, group)[0] == 401  # a role in one instance
    granted = run("access", "grant-account", subject, "--role", "Editor", *where, folder=folder)
    assert granted.returncode == 0, granted.stderr
    found = create(editor, group).get_result()
    assert editor.delete_resource_instance(found["guid"]).get_status_code() == 204


def test_the_older_client_makes_and_deletes_an_instance(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)  # its TokenManager takes no CA
    credentials = TokenManager(server.apikey, iam_endpoint=server.url)
    older = RedstoneController(credentials=credentials, endpoint_url=server.url, verify=server.ca_file)
    try:
        guid, crn = older.create_instance("old", older.KEYPROTECT_PLAN_ID, region="us-south")
        assert older.get_instance(guid)["crn"] == crn
        older.delete_instance(crn)
        assert older.get_instance(guid)["state"] == "removed"
        group = older.get_default_resource_group()["id"]
        guid, crn = older._create_instance_v1("older", "jp-tok", group, older.KEYPROTECT_PLAN_ID)
        assert older.get_instance(guid)["region_id"] == "jp-tok"
        older.delete_instance(crn)
    finally:
        older.session.close()
