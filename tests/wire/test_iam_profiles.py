"""IBM's platform SDK manages trusted profiles, and its core assumes them (IamIdentityV1, IAMAssume)."""

from collections.abc import Iterator
from typing import Any

import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAssumeAuthenticator
from ibm_platform_services import IamIdentityV1, IamPolicyManagementV1, ResourceControllerV2
from ibm_platform_services.iam_identity_v1 import (
    ApiKey,
    CreateProfileLinkRequestLink,
    ProfileClaimRule,
    ProfileClaimRuleConditions,
    ProfileClaimRuleList,
    ProfileIdentitiesResponse,
    ProfileIdentityRequest,
    ProfileIdentityResponse,
    ProfileLink,
    ProfileLinkList,
    TrustedProfile,
    TrustedProfilesList,
)
from ibm_platform_services.iam_policy_management_v1 import (
    PolicyResource,
    PolicyRole,
    PolicySubject,
    ResourceAttribute,
    SubjectAttribute,
)

from servers import Server
from wire.test_iam_identity import connected, identity, refused

__all__ = ["identity"]
CLUSTER = "crn:v1:bluemix:public:containers-kubernetes:us-south:a/0a1b:c1::"


@pytest.fixture
def mine(server: Server, identity: Any) -> ApiKey:
    """The API key that the owner comes with."""
    return ApiKey.from_dict(identity.get_api_keys_details(iam_api_key=server.apikey).get_result())


@pytest.fixture
def profile(identity: Any, mine: ApiKey) -> Iterator[TrustedProfile]:
    """A profile that trusts nobody."""
    made = identity.create_profile("wire", mine.account_id, description="d", email="a@example.com")
    assert made.get_status_code() == 201
    one = TrustedProfile.from_dict(made.get_result())
    yield one
    identity.delete_profile(one.id)


def test_a_profile_from_its_first_day_to_its_last(identity: Any, mine: ApiKey, profile: Any) -> None:
    assert (profile.name, profile.description, profile.account_id) == ("wire", "d", mine.account_id)
    assert refused(identity.create_profile, "wire", mine.account_id).status_code == 409
    listed = identity.list_profiles(mine.account_id, name="wire").get_result()
    assert [it.id for it in TrustedProfilesList.from_dict(listed).profiles] == [profile.id]
    other = identity.create_profile("wire 2", mine.account_id).get_result()
    page = identity.list_profiles(mine.account_id, pagesize=1).get_result()
    token = page["next"].partition("pagetoken=")[2]
    rest = identity.list_profiles(mine.account_id, pagesize=100, pagetoken=token).get_result()
    assert {profile.id, other["id"]} <= {it["id"] for it in (*page["profiles"], *rest["profiles"])}
    assert identity.get_profile(profile.id).get_result()["crn"] == profile.crn
    new = identity.update_profile(other["id"], other["entity_tag"], name="renamed").get_result()
    assert new["name"] == "renamed"
    assert refused(identity.update_profile, other["id"], other["entity_tag"]).status_code == 409
    assert identity.delete_profile(other["id"]).get_status_code() == 204
    assert refused(identity.get_profile, other["id"]).status_code == 404


def test_identities_rules_and_links(identity: Any, mine: ApiKey, profile: Any) -> None:
    found = ProfileIdentitiesResponse.from_dict(identity.get_profile_identities(profile.id).get_result())
    me = ProfileIdentityRequest(identifier=mine.iam_id, type="user", accounts=[mine.account_id])
    set_ = identity.set_profile_identities(profile.id, found.entity_tag, identities=[me]).get_result()
    assert [it.iam_id for it in ProfileIdentitiesResponse.from_dict(set_).identities] == [mine.iam_id]
    again = identity.set_profile_identity(profile.id, "user", mine.iam_id, "user", description="me")
    assert ProfileIdentityResponse.from_dict(again.get_result()).description == "me"
    one = identity.get_profile_identity(profile.id, "user", mine.iam_id).get_result()
    assert one == again.get_result()
    assert identity.delete_profile_identity(profile.id, "user", mine.iam_id).get_status_code() == 204
    condition = ProfileClaimRuleConditions(claim="groups", operator="CONTAINS", value='"auditors"')
    made = identity.create_claim_rule(
        profile.id, "Profile-SAML", [condition], name="r", realm_name="https://idp.example", expiration=3600
    )
    rule = ProfileClaimRule.from_dict(made.get_result())
    assert (rule.type, rule.conditions[0].value, rule.expiration) == ("Profile-SAML", '"auditors"', 3600)
    rules = ProfileClaimRuleList.from_dict(identity.list_claim_rules(profile.id).get_result())
    assert [it.id for it in rules.rules] == [rule.id]
    new = identity.update_claim_rule(
        profile.id, rule.id, rule.entity_tag, "Profile-CR", [condition], cr_type="IKS_SA", expiration=600
    )
    assert new.get_result() == identity.get_claim_rule(profile.id, rule.id).get_result()
    assert identity.delete_claim_rule(profile.id, rule.id).get_status_code() == 204
    to = CreateProfileLinkRequestLink(crn=CLUSTER, namespace="prod", name="vault")
    link = ProfileLink.from_dict(identity.create_link(profile.id, "IKS_SA", to, name="l").get_result())
    links = ProfileLinkList.from_dict(identity.list_links(profile.id).get_result())
    assert [it.id for it in links.links] == [link.id]
    assert identity.get_link(profile.id, link.id).get_result()["link"]["crn"] == CLUSTER
    assert identity.delete_link(profile.id, link.id).get_status_code() == 204
    identity.create_link(profile.id, "ROKS_SA", to)
    by_name = identity.delete_link_by_parameters(
        profile.id, "ROKS_SA", crn=CLUSTER, namespace="prod", name="vault"
    )
    assert by_name.get_status_code() == 204
    assert identity.list_links(profile.id).get_result() == {"links": []}


def assuming(kind: Any, server: Server, **named: str) -> Any:
    client = kind(authenticator=IAMAssumeAuthenticator(apikey=server.apikey, url=server.url, **named))
    client.set_service_url(server.url)
    return client


def test_the_core_assumes_a_profile(server: Server, identity: Any, mine: ApiKey, profile: Any) -> None:
    identity.set_profile_identity(profile.id, "user", mine.iam_id, "user")
    policies = connected(IamPolicyManagementV1, server, server.apikey)
    policies.create_policy(
        type="access",
        subjects=[PolicySubject(attributes=[SubjectAttribute(name="iam_id", value=profile.iam_id)])],
        roles=[PolicyRole(role_id="crn:v1:bluemix:public:iam::::role:Viewer")],
        resources=[PolicyResource(attributes=[ResourceAttribute(name="accountId", value=mine.account_id)])],
    )
    clients = [
        assuming(ResourceControllerV2, server, **named)
        for named in (
            {"iam_profile_id": profile.id},
            {"iam_profile_crn": profile.crn},
            {"iam_profile_name": profile.name, "iam_account_id": mine.account_id},
        )
    ]
    for client in clients:
        assert client.get_resource_instance(server.instance).get_status_code() == 200
    identity.delete_profile_identity(profile.id, "user", mine.iam_id)
    for client in clients:
        assert refused(client.get_resource_instance, server.instance).status_code == 401
    stranger = assuming(IamIdentityV1, server, iam_profile_id=profile.id)
    with pytest.raises(ApiException) as caught:
        stranger.list_api_keys()
    assert (caught.value.status_code, "does not trust" in str(caught.value)) == (400, True)
