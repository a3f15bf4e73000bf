"""IBM's platform SDK manages policies and roles (`ibm-platform-services`, IamPolicyManagementV1)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
from ibm_platform_services import IamIdentityV1, IamPolicyManagementV1
from ibm_platform_services.iam_policy_management_v1 import (
    Control,
    CustomRole,
    Grant,
    NestedConditionRuleAttribute,
    Policy,
    PolicyCollection,
    PolicyResource,
    PolicyRole,
    PolicySubject,
    ResourceAttribute,
    RoleCollection,
    Roles,
    SubjectAttribute,
    V2PolicyCollection,
    V2PolicyResource,
    V2PolicyResourceAttribute,
    V2PolicyRuleRuleWithNestedConditions,
    V2PolicySubject,
    V2PolicySubjectAttribute,
    V2PolicyTemplateMetaData,
)

from servers import Server

READER = "crn:v1:bluemix:public:iam::::serviceRole:Reader"
WRITER = "crn:v1:bluemix:public:iam::::serviceRole:Writer"


@dataclass
class Scene:
    """The owner's client, his account, and a service id that was granted nothing, with a token."""

    client: Any
    account: str
    subject: str
    robot: httpx2.Client
    instance: str

    def resource(self, **more: str) -> dict[str, str]:
        return {"accountId": self.account, "serviceName": "kms", "serviceInstance": self.instance, **more}


@pytest.fixture
def scene(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    identity, client = (
        kind(authenticator=IAMAuthenticator(server.apikey, url=server.url))
        for kind in (IamIdentityV1, IamPolicyManagementV1)
    )
    for one in (identity, client):
        one.set_service_url(server.url)
    account = identity.get_api_keys_details(iam_api_key=server.apikey).get_result()["account_id"]
    who = identity.create_service_id(account, "newcomer", apikey={"name": "first"}).get_result()
    robot = replace(server, exports={**server.exports, "KEYSTEAD_API_KEY": who["apikey"]["apikey"]})
    with robot.client() as asking:
        yield Scene(client, account, who["iam_id"], asking, server.instance)
    for one in (identity, client):
        one.get_http_client().close()


def refused(call: Any, *values: Any, **fields: Any) -> ApiException:
    with pytest.raises(ApiException) as caught:
        call(*values, **fields)
    return caught.value


def lists_keys(scene: Scene) -> int:
    """Return how the service id's wish to list keys is answered; its token stays the same."""
    return scene.robot.get("/api/v2/keys").status_code


def first_form(scene: Scene, role: str, **more: str) -> dict[str, Any]:
    return {
        "type": "access",
        "subjects": [PolicySubject(attributes=[SubjectAttribute(name="iam_id", value=scene.subject)])],
        "roles": [PolicyRole(role_id=role)],
        "resources": [
            PolicyResource(
                attributes=[
                    ResourceAttribute(name=name, value=value, operator="stringEquals")
                    for name, value in scene.resource(**more).items()
                ]
            )
        ],
    }


def second_form(scene: Scene, role: str) -> dict[str, Any]:
    whose = V2PolicySubjectAttribute(key="iam_id", operator="stringEquals", value=scene.subject)
    on = [
        V2PolicyResourceAttribute(key=name, operator="stringEquals", value=value)
        for name, value in scene.resource().items()
    ]
    return {
        "control": Control(grant=Grant(roles=[Roles(role_id=role)])),
        "type": "access",
        "subject": V2PolicySubject(attributes=[whose]),
        "resource": V2PolicyResource(attributes=on),
    }


def test_a_policy_from_its_first_day_to_its_last(scene: Scene) -> None:
    client = scene.client
    assert lists_keys(scene) == 401
    made = client.create_policy(**first_form(scene, READER), description="reads")
    assert made.get_status_code() == 201
    policy = Policy.from_dict(made.get_result())
    assert (policy.type, policy.state, policy.description) == ("access", "active", "reads")
    assert [role.role_id for role in policy.roles] == [READER]
    assert lists_keys(scene) == 200
    found = client.list_policies(scene.account, iam_id=scene.subject, type="access", sort="-created_at")
    assert [it.id for it in PolicyCollection.from_dict(found.get_result()).policies] == [policy.id]
    read = client.get_policy(policy.id)
    tag = read.get_headers()["ETag"]
    elsewhere = first_form(scene, WRITER, keyRing="elsewhere")
    new = client.replace_policy(policy.id, tag, **elsewhere)
    assert Policy.from_dict(new.get_result()).roles[0].role_id == WRITER
    assert scene.robot.post("/api/v2/import_token", json={}).status_code == 401
    stale = refused(client.replace_policy, policy.id, tag, **first_form(scene, READER))
    assert (stale.status_code, "ETag" in stale.message) == (409, True)
    assert client.delete_policy(policy.id).get_status_code() == 204
    assert lists_keys(scene) == 401
    gone = client.get_policy(policy.id)
    assert gone.get_result()["state"] == "deleted"
    back = client.update_policy_state(policy.id, gone.get_headers()["ETag"], state="active")
    assert back.get_result()["state"] == "active"
    assert lists_keys(scene) == 200
    assert client.delete_policy(policy.id).get_status_code() == 204
    assert refused(client.delete_policy, policy.id).status_code == 404


def test_a_policy_of_the_second_form(scene: Scene) -> None:
    client = scene.client
    made = client.create_v2_policy(**second_form(scene, READER))
    assert made.get_status_code() == 201
    policy = V2PolicyTemplateMetaData.from_dict(made.get_result())
    assert made.get_result()["control"] == {"grant": {"roles": [{"role_id": READER}]}}
    assert lists_keys(scene) == 200
    found = client.list_v2_policies(scene.account, iam_id=scene.subject, service_name="kms").get_result()
    assert [it.id for it in V2PolicyCollection.from_dict(found).policies] == [policy.id]
    tag = client.get_v2_policy(policy.id).get_headers()["ETag"]
    new = client.replace_v2_policy(policy.id, tag, **second_form(scene, WRITER)).get_result()
    assert new["control"]["grant"]["roles"] == [{"role_id": WRITER}]
    assert scene.robot.post("/api/v2/import_token", json={}).status_code == 200
    assert client.delete_v2_policy(policy.id).get_status_code() == 204
    assert lists_keys(scene) == 401
    half = {**second_form(scene, READER), "pattern": "time-based-conditions:once"}
    assert refused(client.create_v2_policy, **half).status_code == 400


def test_a_policy_that_holds_for_a_while(scene: Scene) -> None:
    """Conditions as the examples of IBM's SDK have them; of two spans one is over, and one is not."""
    days = NestedConditionRuleAttribute(
        key="{{environment.attributes.day_of_week}}",
        operator="dayOfWeekAnyOf",
        value=[f"{day}+00:00" for day in range(1, 8)],
    )
    for first, last, status in (("00:00:00", "23:59:59", 200), ("23:59:59", "00:00:00", 401)):
        clock = [
            NestedConditionRuleAttribute(
                key="{{environment.attributes.current_time}}", operator=operator, value=f"{value}+00:00"
            )
            for operator, value in (("timeGreaterThanOrEquals", first), ("timeLessThanOrEquals", last))
        ]
        rule = V2PolicyRuleRuleWithNestedConditions(operator="and", conditions=[days, *clock])
        timed = {**second_form(scene, READER), "pattern": "time-based-conditions:weekly:custom-hours"}
        made = scene.client.create_v2_policy(**timed, rule=rule).get_result()
        shown = V2PolicyTemplateMetaData.from_dict(made)
        assert (shown.pattern, made["rule"]) == (timed["pattern"], rule.to_dict())
        assert lists_keys(scene) == status
        scene.client.delete_v2_policy(made["id"])


def test_a_role_of_the_account(scene: Scene) -> None:
    client = scene.client
    actions = ["kms.secrets.list", "kms.secrets.wrap"]
    made = client.create_role("Lists keys", actions, "Lister", scene.account, "kms", description="d")
    assert made.get_status_code() == 201
    role = CustomRole.from_dict(made.get_result())
    listed = RoleCollection.from_dict(
        client.list_roles(account_id=scene.account, service_name="kms").get_result()
    )
    assert [it.id for it in listed.custom_roles] == [role.id]
    assert {"Reader", "Writer", "Manager", "KeyPurge"} <= {it.display_name for it in listed.service_roles}
    assert "Administrator" in {it.display_name for it in listed.system_roles}
    policy = client.create_policy(**first_form(scene, role.crn)).get_result()
    assert lists_keys(scene) == 200
    tag = client.get_role(role.id).get_headers()["ETag"]
    new = client.replace_role(role.id, tag, "Wraps", ["kms.secrets.wrap"]).get_result()
    assert (new["display_name"], new["actions"]) == ("Wraps", ["kms.secrets.wrap"])
    assert lists_keys(scene) == 401
    assert refused(client.delete_role, role.id).status_code == 409
    assert client.delete_policy(policy["id"]).get_status_code() == 204
    assert client.delete_role(role.id).get_status_code() == 204
    assert refused(client.get_role, role.id).status_code == 404


def test_an_authorization_between_services(scene: Scene) -> None:
    source = [("accountId", scene.account), ("serviceName", "cloud-object-storage")]
    form = {
        **first_form(scene, READER),
        "type": "authorization",
        "subjects": [
            PolicySubject(attributes=[SubjectAttribute(name=name, value=value) for name, value in source])
        ],
    }
    made = scene.client.create_policy(**form).get_result()
    assert made["type"] == "authorization"
    found = scene.client.list_policies(scene.account, type="authorization").get_result()["policies"]
    assert made["id"] in {it["id"] for it in found}
    roles = scene.client.list_roles(
        account_id=scene.account,
        service_name="kms",
        source_service_name="cloud-object-storage",
        policy_type="authorization",
    ).get_result()
    assert [it["display_name"] for it in roles["service_roles"]] == [
        "Reader",
        "ReaderPlus",
        "Writer",
        "Manager",
    ]
    assert scene.client.delete_policy(made["id"]).get_status_code() == 204


def test_who_is_no_administrator_is_told_so(scene: Scene) -> None:
    bearer = scene.robot.headers["authorization"]
    listing = scene.robot.get("/v1/policies", params={"account_id": scene.account})
    assert (bearer[:7], listing.status_code, listing.json()) == ("Bearer ", 200, {"policies": []})
    answer = scene.robot.post("/v1/policies", json={})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_body")
