"""IBM's platform SDK manages access groups (`ibm-platform-services`, IamAccessGroupsV2)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
from ibm_platform_services import IamAccessGroupsV2, IamIdentityV1, IamPolicyManagementV1
from ibm_platform_services.iam_access_groups_v2 import (
    AccessGroupMembersPager,
    AccessGroupsPager,
    AddGroupMembersRequestMembersItem,
    AddGroupMembersResponse,
    AddMembershipMultipleGroupsResponse,
    DeleteFromAllGroupsResponse,
    DeleteGroupBulkMembersResponse,
    Group,
    GroupMembersList,
    GroupsList,
    RulesList,
)
from ibm_platform_services.iam_policy_management_v1 import (
    PolicyResource,
    PolicyRole,
    PolicySubject,
    ResourceAttribute,
    SubjectAttribute,
)

from servers import Server

READER = "crn:v1:bluemix:public:iam::::serviceRole:Reader"


@dataclass
class Scene:
    """The owner's clients, his account, and a service id that was granted nothing, with a token."""

    groups: Any
    policies: Any
    account: str
    subject: str
    robot: httpx2.Client
    instance: str

    def member(self) -> AddGroupMembersRequestMembersItem:
        return AddGroupMembersRequestMembersItem(iam_id=self.subject, type="service")

    def lists_keys(self) -> int:
        """Return how the service id's wish to list keys is answered; its token stays the same."""
        return self.robot.get("/api/v2/keys").status_code


@pytest.fixture
def scene(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    clients = identity, groups, policies = tuple(
        kind(authenticator=IAMAuthenticator(server.apikey, url=server.url))
        for kind in (IamIdentityV1, IamAccessGroupsV2, IamPolicyManagementV1)
    )
    for one in clients:
        one.set_service_url(server.url)
    account = identity.get_api_keys_details(iam_api_key=server.apikey).get_result()["account_id"]
    who = identity.create_service_id(account, "grouped", apikey={"name": "first"}).get_result()
    robot = replace(server, exports={**server.exports, "KEYSTEAD_API_KEY": who["apikey"]["apikey"]})
    with robot.client() as asking:
        yield Scene(groups, policies, account, who["iam_id"], asking, server.instance)
    for one in clients:
        one.get_http_client().close()


def refused(call: Any, *values: Any, **fields: Any) -> ApiException:
    with pytest.raises(ApiException) as caught:
        call(*values, **fields)
    return caught.value


def made(scene: Scene, name: str, **more: str) -> Group:
    answer = scene.groups.create_access_group(scene.account, name, **more)
    assert answer.get_status_code() == 201
    return Group.from_dict(answer.get_result())


def test_a_group_from_its_first_day_to_its_last(scene: Scene) -> None:
    client = scene.groups
    group = made(scene, "sdk readers", description="they read")
    assert (group.account_id, group.description) == (scene.account, "they read")
    read = client.get_access_group(group.id, show_federated=True, show_crn=True)
    assert Group.from_dict(read.get_result()).is_federated is False
    new = client.update_access_group(group.id, read.get_headers()["ETag"], name="SDK readers")
    assert Group.from_dict(new.get_result()).name == "SDK readers"
    stale = refused(client.update_access_group, group.id, read.get_headers()["ETag"], name="x")
    assert (stale.status_code, "ETag" in stale.message) == (409, True)
    found = client.list_access_groups(scene.account, hide_public_access=True, search="name:SDK r")
    assert [it.id for it in GroupsList.from_dict(found.get_result()).groups] == [group.id]
    assert RulesList.from_dict(client.list_access_group_rules(group.id).get_result()).rules == []
    assert refused(client.create_access_group, scene.account, "sdk READERS").status_code == 409
    assert refused(client.create_access_group, "0" * 32, "elsewhere").status_code == 403
    assert client.delete_access_group(group.id).get_status_code() == 204
    assert refused(client.get_access_group, group.id).status_code == 404


def test_members_may_what_their_group_may(scene: Scene) -> None:
    client, group = scene.groups, made(scene, "sdk granted")
    policy = scene.policies.create_policy(
        type="access",
        subjects=[PolicySubject(attributes=[SubjectAttribute(name="access_group_id", value=group.id)])],
        roles=[PolicyRole(role_id=READER)],
        resources=[
            PolicyResource(
                attributes=[
                    ResourceAttribute(name="accountId", value=scene.account),
                    ResourceAttribute(name="serviceName", value="kms"),
                ]
            )
        ],
    ).get_result()
    listed = scene.policies.list_policies(scene.account, access_group_id=group.id).get_result()
    assert [it["id"] for it in listed["policies"]] == [policy["id"]]
    assert scene.lists_keys() == 401
    nobody = AddGroupMembersRequestMembersItem(iam_id="IBMid-nobody", type="user")
    added = client.add_members_to_access_group(group.id, members=[scene.member(), nobody])
    assert added.get_status_code() == 207
    codes = [it.status_code for it in AddGroupMembersResponse.from_dict(added.get_result()).members]
    assert codes == [200, 404]
    assert scene.lists_keys() == 200
    assert client.is_member_of_access_group(group.id, scene.subject).get_status_code() == 204
    found = client.list_access_group_members(group.id, verbose=True, type="service", sort="name")
    (member,) = GroupMembersList.from_dict(found.get_result()).members
    assert (member.iam_id, member.name, member.membership_type) == (scene.subject, "grouped", "static")
    assert client.remove_member_from_access_group(group.id, scene.subject).get_status_code() == 204
    assert scene.lists_keys() == 401
    assert refused(client.is_member_of_access_group, group.id, scene.subject).status_code == 404
    client.add_members_to_access_group(group.id, members=[scene.member()])
    gone = client.remove_members_from_access_group(group.id, members=[scene.subject]).get_result()
    assert [it.status_code for it in DeleteGroupBulkMembersResponse.from_dict(gone).members] == [204]
    again = refused(client.remove_members_from_access_group, group.id, members=[scene.subject])
    assert again.status_code == 404
    client.add_members_to_access_group(group.id, members=[scene.member()])
    assert refused(client.delete_access_group, group.id).status_code == 409
    assert scene.lists_keys() == 200
    assert client.delete_access_group(group.id, force=True).get_status_code() == 204
    assert scene.lists_keys() == 401


def test_one_member_of_several_groups_page_by_page(scene: Scene) -> None:
    client = scene.groups
    groups = [made(scene, f"sdk several {number}").id for number in range(3)]
    done = client.add_member_to_multiple_access_groups(
        scene.account, scene.subject, type="service", groups=groups
    )
    assert done.get_status_code() == 207
    some = AddMembershipMultipleGroupsResponse.from_dict(done.get_result()).groups
    assert [it.access_group_id for it in some] == groups
    pager = AccessGroupsPager(client=client, account_id=scene.account, iam_id=scene.subject, limit=2)
    assert sorted(it["id"] for it in pager.get_all()) == sorted(groups)
    members = AccessGroupMembersPager(client=client, access_group_id=groups[0], limit=1)
    assert [it["iam_id"] for it in members.get_all()] == [scene.subject]
    gone = client.remove_member_from_all_access_groups(scene.account, scene.subject)
    removed = DeleteFromAllGroupsResponse.from_dict(gone.get_result()).groups
    assert sorted(it.access_group_id for it in removed) == sorted(groups)
    nowhere = refused(client.remove_member_from_all_access_groups, scene.account, scene.subject)
    assert nowhere.status_code == 404
    for group in groups:
        client.delete_access_group(group)
