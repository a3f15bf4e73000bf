"""IBM's platform SDK reads instances, resource groups, the catalog and tags (`ibm-platform-services`)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator, NoAuthAuthenticator
from ibm_platform_services import (
    GlobalCatalogV1,
    GlobalSearchV2,
    GlobalTaggingV1,
    ResourceControllerV2,
    ResourceManagerV2,
)
from ibm_platform_services.global_search_v2 import ScanResult
from ibm_platform_services.global_tagging_v1 import TagList, TagResults
from ibm_platform_services.resource_controller_v2 import ResourceInstance, ResourceInstancesPager
from ibm_platform_services.resource_manager_v2 import (
    QuotaDefinitionList,
    ResCreateResourceGroup,
    ResourceGroup,
    ResourceGroupList,
)
from keyprotect.ibm_key_protect_api_v2 import IbmKeyProtectApiV2
from redstone.auth import TokenManager
from redstone.client import ResourceController as RedstoneController

from servers import Server, run
from wire.generated import Generated

Client = Callable[..., Any]
CATALOG = "/api/v1"


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Make clients that are configured as their documentation says."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    with ExitStack() as opened:

        def make(kind: Any, path: str = "", *, apikey: str | None = server.apikey) -> Any:
            who = IAMAuthenticator(apikey, url=server.url) if apikey else NoAuthAuthenticator()
            made = kind(authenticator=who)
            made.set_service_url(server.url + path)
            opened.callback(made.get_http_client().close)
            return made

        yield make


@pytest.fixture
def controller(client: Client) -> Any:
    return client(ResourceControllerV2)


def test_rc_1_an_instance_by_id_and_by_crn(server: Server, controller: Any) -> None:
    found = controller.get_resource_instance(server.instance).get_result()
    again = controller.get_resource_instance(found["crn"]).get_result()
    assert again == found
    assert found["guid"] == server.instance
    assert found["extensions"]["endpoints"]["public"] == server.url
    read = ResourceInstance.from_dict(found)
    assert (read.state, read.crn, read.resource_plan_id) == (
        "active",
        found["crn"],
        found["resource_plan_id"],
    )
    assert read.last_operation.state == "succeeded"
    assert read.created_at.tzinfo is not None


def test_instances_in_a_list_and_page_by_page(server: Server, controller: Any) -> None:
    listed = controller.list_resource_instances(type="service_instance", sub_type="kms").get_result()
    assert server.instance in [one["guid"] for one in listed["resources"]]
    pager = ResourceInstancesPager(client=controller, limit=1, state="active")
    assert sorted(one["guid"] for one in pager.get_all()) == sorted(
        one["guid"] for one in listed["resources"]
    )


def test_what_an_instance_has_not(server: Server, controller: Any) -> None:
    assert controller.list_resource_keys().get_result()["resources"] == []
    assert controller.list_resource_keys_for_instance(server.instance).get_result()["resources"] == []
    assert controller.list_reclamations().get_result() == {"resources": []}


def test_rc_16_an_instance_that_is_not_there(controller: Any) -> None:
    with pytest.raises(ApiException) as caught:
        controller.get_resource_instance("no/such instance")
    assert caught.value.status_code == 404
    assert caught.value.message == "There is no instance with this id or CRN"


def test_rg_3_the_group_that_terraform_asks_for(server: Server, client: Client, controller: Any) -> None:
    manager = client(ResourceManagerV2)
    instance = controller.get_resource_instance(server.instance).get_result()
    asked = {"account_id": instance["account_id"], "name": "Default"}
    groups = ResourceGroupList.from_dict(manager.list_resource_groups(**asked).get_result())
    (group,) = groups.resources
    assert (group.id, group.name) == (instance["resource_group_id"], "default")
    assert manager.get_resource_group(group.id).get_result()["crn"] == group.crn
    quotas = QuotaDefinitionList.from_dict(manager.list_quota_definitions().get_result())
    assert [quota.id for quota in quotas.resources] == [group.quota_id]
    assert manager.get_quota_definition(group.quota_id).get_result()["id"] == group.quota_id


def test_rg_2_the_life_of_a_group(client: Client, controller: Any) -> None:
    manager = client(ResourceManagerV2)
    made = ResCreateResourceGroup.from_dict(manager.create_resource_group(name="Mine").get_result())
    try:
        found = manager.update_resource_group(made.id, name="mine too", state="ACTIVE").get_result()
        group = ResourceGroup.from_dict(found)
        assert (group.id, group.crn, group.name, group.default) == (made.id, made.crn, "mine too", False)
        (listed,) = manager.list_resource_groups(name="MINE too").get_result()["resources"]
        assert listed == found
        wish = {"target": "eu-de", "resource_plan_id": "eedd3585-90c6-4c8f-be3d-062069e99fc3"}
        inside = controller.create_resource_instance(
            name="in it", resource_group=made.id, **wish
        ).get_result()
        (there,) = controller.list_resource_instances(resource_group_id=made.id).get_result()["resources"]
        assert there["guid"] == inside["guid"]
        with pytest.raises(ApiException) as caught:
            manager.delete_resource_group(made.id)
        assert (caught.value.status_code, "holds instances" in caught.value.message) == (409, True)
        with pytest.raises(ApiException) as caught:
            controller.cancel_lastop_resource_instance(inside["guid"])
        assert (caught.value.status_code, "nothing to be cancelled" in caught.value.message) == (409, True)
        controller.delete_resource_instance(inside["guid"])
    finally:
        assert manager.delete_resource_group(made.id).get_status_code() == 204


def test_gc_4_the_catalog_without_a_token(client: Client) -> None:
    catalog = client(GlobalCatalogV1, CATALOG, apikey=None)
    (kms,) = catalog.list_catalog_entries(q="kms", include="*").get_result()["resources"]
    plans = catalog.get_child_objects(kms["id"], "plan").get_result()["resources"]
    (tiered,) = [plan for plan in plans if plan["name"] == "tiered-pricing"]
    places = catalog.get_child_objects(tiered["id"], "deployment", include="*").get_result()["resources"]
    assert "us-south" in [place["metadata"]["deployment"]["location"] for place in places]
    assert catalog.get_catalog_entry(tiered["id"]).get_result() == tiered
    assert catalog.get_catalog_entry(places[0]["id"]).get_result() == places[0]


def test_tag_1_to_3_tags_are_remembered_and_found(server: Server, client: Client, controller: Any) -> None:
    crn = controller.get_resource_instance(server.instance).get_result()["crn"]
    tagging, search = client(GlobalTaggingV1), client(GlobalSearchV2)
    here = {"resources": [{"resource_id": crn, "resource_type": "resource-instance"}]}
    try:
        done = TagResults.from_dict(tagging.attach_tag(tag_names=["Env:Prod", "team"], **here).get_result())
        assert [(it.resource_id, it.is_error) for it in done.results] == [(crn, False)]
        tagging.attach_tag(tag_name="project:pay", tag_type="access", **here)
        tagging.attach_tag(tag_names=["env:dev"], update=True, **here)
        listed = TagList.from_dict(tagging.list_tags(attached_to=crn, limit=10).get_result())
        assert ([it.name for it in listed.items], listed.total_count) == (["env:dev", "team"], 2)
        asked = {"query": f'crn:"{crn}"', "fields": ["access_tags", "tags", "service_tags"]}
        scan = ScanResult.from_dict(search.search(**asked, limit=1).get_result())
        (item,) = scan.items
        assert item.crn == crn
        assert (item.tags, item.access_tags, item.service_tags) == (["env:dev", "team"], ["project:pay"], [])
        (kept,) = tagging.delete_tag("team").get_result()["results"]
        assert kept["is_error"]
    finally:
        tagging.detach_tag(tag_names=["*"], **here)
        tagging.detach_tag(tag_names=["project:pay"], tag_type="access", **here)
    (gone,) = tagging.delete_tag("team").get_result()["results"]
    assert not gone["is_error"]
    (bare,) = search.search(**asked).get_result()["items"]  # an instance is found without a tag as well
    assert (bare["tags"], bare["access_tags"], bare["service_tags"]) == ([], [], [])
    done = tagging.attach_tag(resources=[{"resource_id": "crn:v1:x"}], tag_names=["a"]).get_result()
    assert done["results"][0]["is_error"]


def test_3_4_a_viewer_reads_the_instance_and_no_key(server: Server, client: Client, sdk: Generated) -> None:
    folder = server.log.parent
    made = run("access", "service-id", "viewer", "--role", "Viewer", "--data", folder / "data", folder=folder)
    assert made.returncode == 0, made.stderr
    apikey = made.stdout.rpartition("api key")[2].strip()
    viewer = client(ResourceControllerV2, apikey=apikey)
    assert viewer.get_resource_instance(server.instance).get_result()["guid"] == server.instance
    keys = client(IbmKeyProtectApiV2, apikey=apikey)
    with pytest.raises(ApiException) as caught:
        keys.get_keys(server.instance)
    assert caught.value.status_code == 401
    assert sdk.api.get_keys(server.instance).get_status_code() == 200


def test_the_older_client_finds_its_instance_and_the_default_group(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)  # its TokenManager takes no CA
    credentials = TokenManager(server.apikey, iam_endpoint=server.url)
    older = RedstoneController(credentials=credentials, endpoint_url=server.url, verify=server.ca_file)
    try:
        found = older.get_instance(server.instance)
        assert found in list(older.list_instances())
        assert older.get_default_resource_group()["id"] == found["resource_group_id"]
        assert found["resource_plan_id"] == older.KEYPROTECT_PLAN_ID
        assert older.get_instance("b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11") is None
    finally:
        older.session.close()
