"""IBM's platform SDK manages API keys and service ids (`ibm-platform-services`, IamIdentityV1)."""

from collections.abc import Iterator
from typing import Any

import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
from ibm_platform_services import IamIdentityV1, ResourceControllerV2
from ibm_platform_services.iam_identity_v1 import (
    ApiKey,
    ApiKeyInsideCreateServiceIdRequest,
    ApiKeyList,
    ServiceId,
    ServiceIdList,
)

from servers import Server, run


def connected(kind: Any, server: Server, apikey: str) -> Any:
    client = kind(authenticator=IAMAuthenticator(apikey, url=server.url))
    client.set_service_url(server.url)
    return client


@pytest.fixture
def identity(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The owner's client; it is the Administrator of its account."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    client = connected(IamIdentityV1, server, server.apikey)
    yield client
    client.get_http_client().close()


@pytest.fixture
def mine(server: Server, identity: Any) -> ApiKey:
    """The API key that the owner comes with."""
    return ApiKey.from_dict(identity.get_api_keys_details(iam_api_key=server.apikey).get_result())


def refused(call: Any, *values: Any, **fields: Any) -> ApiException:
    with pytest.raises(ApiException) as caught:
        call(*values, **fields)
    return caught.value


def test_id_2_an_api_key_from_its_first_day_to_its_last(server: Server, identity: Any, mine: ApiKey) -> None:
    made = identity.create_api_key(
        "wire", mine.iam_id, account_id=mine.account_id, description="d", expires_at="2999-01-01T00:00+0000"
    )
    assert made.get_status_code() == 201
    key = ApiKey.from_dict(made.get_result())
    assert (key.name, key.description, key.expires_at) == ("wire", "d", "2999-01-01T00:00:00Z")
    assert connected(ResourceControllerV2, server, key.apikey).get_resource_instance(server.instance)
    read = ApiKey.from_dict(identity.get_api_key(key.id, include_history=True).get_result())
    assert (read.id, read.apikey, read.created_at) == (key.id, "", key.created_at)
    new = identity.update_api_key(key.id, read.entity_tag, name="renamed", expires_at="").get_result()
    assert (new["name"], "expires_at" in new) == ("renamed", False)
    stale = refused(identity.update_api_key, key.id, read.entity_tag, name="late")
    assert (stale.status_code, "entity_tag" in stale.message) == (409, True)
    for change, undo in (
        (identity.lock_api_key, identity.unlock_api_key),
        (identity.disable_api_key, identity.enable_api_key),
    ):
        assert change(key.id).get_status_code() == 204
        assert refused(connected(IamIdentityV1, server, key.apikey).list_api_keys).status_code == 400
        assert undo(key.id).get_status_code() == 204
        again = connected(IamIdentityV1, server, key.apikey)  # the refused one waits a minute before it asks
        assert again.list_api_keys().get_status_code() == 200
    assert identity.delete_api_key(key.id).get_status_code() == 204
    assert refused(identity.get_api_key, key.id).status_code == 404


def test_9_3_three_calls_ask_for_one_token(server: Server, identity: Any, mine: ApiKey) -> None:
    made = identity.create_service_id(
        mine.account_id,
        "asks thrice",
        apikey=ApiKeyInsideCreateServiceIdRequest(name="its own"),
    ).get_result()
    client = connected(IamIdentityV1, server, made["apikey"]["apikey"])
    for _ in range(3):
        assert client.list_api_keys().get_status_code() == 200
    client.get_http_client().close()
    with server.client() as owner:
        asked = {"caller": made["iam_id"], "action": "iam-identity.*"}
        found = owner.get("/v1/audit_events", params=asked).json()["resources"]
    actions = sorted(event["action"] for event in found)
    assert actions == [*["iam-identity.apikey.list"] * 3, "iam-identity.token.issue"]


def test_a_token_in_use_is_refused_once_its_key_is_gone(server: Server, identity: Any, mine: ApiKey) -> None:
    key = identity.create_api_key("brief", mine.iam_id).get_result()
    user = connected(ResourceControllerV2, server, key["apikey"])
    assert user.get_resource_instance(server.instance).get_status_code() == 200
    identity.delete_api_key(key["id"])
    assert refused(user.get_resource_instance, server.instance).status_code == 401


def test_lists_and_pages(identity: Any, mine: ApiKey) -> None:
    made = [identity.create_api_key(f"page {number}", mine.iam_id).get_result()["id"] for number in range(3)]
    found, token = [], None
    while True:
        page = identity.list_api_keys(account_id=mine.account_id, pagesize=2, pagetoken=token).get_result()
        found += ApiKeyList.from_dict(page).apikeys
        if "next" not in page:
            break
        token = page["next"].partition("pagetoken=")[2]
    assert {*made, mine.id} <= {key.id for key in found}
    every = identity.list_api_keys(scope="account", type="user", pagesize=100).get_result()["apikeys"]
    assert {key.id for key in found} <= {key["id"] for key in every}
    for key_id in made:
        identity.delete_api_key(key_id)


def test_a_service_id_from_its_first_day_to_its_last(server: Server, identity: Any, mine: ApiKey) -> None:
    first = ApiKeyInsideCreateServiceIdRequest(name="first")
    made = identity.create_service_id(mine.account_id, "wire", description="d", apikey=first)
    assert made.get_status_code() == 201
    who = ServiceId.from_dict(made.get_result())
    robot = connected(IamIdentityV1, server, who.apikey.apikey)
    assert [key["iam_id"] for key in robot.list_api_keys().get_result()["apikeys"]] == [who.iam_id]
    assert refused(robot.list_service_ids).status_code == 403
    assert identity.get_service_id(who.id).get_result()["crn"] == who.crn
    listed = identity.list_service_ids(account_id=mine.account_id, name="wire").get_result()
    assert [it.id for it in ServiceIdList.from_dict(listed).serviceids] == [who.id]
    new = identity.update_service_id(who.id, who.entity_tag, name="renamed").get_result()
    assert new["name"] == "renamed"
    assert refused(identity.update_service_id, who.id, who.entity_tag, name="late").status_code == 409
    assert identity.lock_service_id(who.id).get_result()["locked"] is True
    assert refused(identity.delete_service_id, who.id).status_code == 409
    assert identity.unlock_service_id(who.id).get_result()["locked"] is False
    assert identity.delete_service_id(who.id).get_status_code() == 204
    assert refused(robot.list_api_keys).status_code == 401
    assert refused(identity.get_service_id, who.id).status_code == 404


def test_somebody_becomes_an_administrator_on_the_server(server: Server, identity: Any, mine: ApiKey) -> None:
    body = ApiKeyInsideCreateServiceIdRequest(name="first")
    who = identity.create_service_id(mine.account_id, "deputy", apikey=body).get_result()
    deputy = connected(IamIdentityV1, server, who["apikey"]["apikey"])
    assert refused(deputy.list_service_ids).status_code == 403
    folder = server.log.parent
    done = run(
        "access", "grant-account", who["iam_id"], "--role", "Administrator", "--data", folder / "data",
        folder=folder,
    )  # fmt: skip
    assert (done.returncode, "granted" in done.stdout) == (0, True), done.stderr
    assert deputy.list_service_ids().get_status_code() == 200
    identity.delete_service_id(who["id"])
