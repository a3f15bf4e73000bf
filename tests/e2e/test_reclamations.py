"""A server where deleted instances can be had back: by IBM's SDK and by `ibmcloud`, over a restart."""

from pathlib import Path

import pytest
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
from ibm_platform_services import ResourceControllerV2
from ibm_platform_services.resource_controller_v2 import Reclamation, ReclamationsList, ResourceInstance

from e2e.console import Console, stranger
from servers import Server, dev

A_WEEK = ("--wait-reclaim", str(7 * 86_400))


def made(console: Console, name: str) -> str:
    create = ("resource", "service-instance-create", name, "kms", "tiered-pricing", "us-south")
    return str(console.json(*create)["guid"])


def by_sdk(server: Server, guid: str) -> None:
    """Restore the instance, delete it again, and reclaim it."""
    who = IAMAuthenticator(server.apikey, url=server.url)
    controller = ResourceControllerV2(authenticator=who)
    controller.set_service_url(server.url)
    try:
        (found,) = ReclamationsList.from_dict(
            controller.list_reclamations(resource_instance_id=guid).get_result()
        ).resources
        assert (found.state, found.resource_instance_id) == ("SCHEDULED", guid)
        ended = controller.run_reclamation_action(found.id, "restore", comment="by mistake").get_result()
        assert Reclamation.from_dict(ended).state == "RESTORED"
        back = ResourceInstance.from_dict(controller.get_resource_instance(guid).get_result())
        assert (back.state, back.restored_by) == ("active", found.created_by)
        controller.delete_resource_instance(guid)
        (again,) = controller.list_reclamations(resource_instance_id=guid).get_result()["resources"]
        assert again["id"] != found.id
        ended = controller.run_reclamation_action(again["id"], "reclaim").get_result()
        assert Reclamation.from_dict(ended).state == "RECLAIMED"
        assert controller.get_resource_instance(guid).get_result()["state"] == "removed"
    finally:
        controller.get_http_client().close()


def test_rc_13_the_life_of_reclamations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with dev(tmp_path, *A_WEEK) as server:
        console = stranger(server, capsys, tmp_path)
        console.ok("login", "-q")
        first, second = made(console, "first"), made(console, "second")
        for guid in (first, second):
            console.ok("resource", "service-instance-delete", guid, "-f")
            assert "was not found" in console.refused("resource", "service-instance", guid)
    with dev(tmp_path, *A_WEEK) as server:
        console = stranger(server, capsys, tmp_path)
        console.ok("login", "-q")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
        found = {one["entity_id"]: one["id"] for one in console.json("resource", "reclamations")}
        assert set(found) == {first, second}
        console.refused("kp", "keys", "-i", second)
        done = console.ok("resource", "reclamation-restore", found[second], "--comment", "by mistake")
        assert done.out == f"OK\nService instance {second} is restored successfully.\n"
        assert console.json("kp", "keys", "-i", second) == []
        by_sdk(server, first)
        console.ok("resource", "service-instance-delete", second, "-f")
        (again,) = console.json("resource", "reclamations", "--resource-instance-id", second)
        assert console.json("resource", "reclamation-delete", again["id"], "-f")["state"] == "RECLAIMED"
        assert "RC-ReclamationNotFound" in console.refused("resource", "reclamation-restore", again["id"])
        assert console.json("resource", "reclamations") == []
