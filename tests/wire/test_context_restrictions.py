"""IBM's platform SDK manages zones and rules (`ibm-platform-services`, ContextBasedRestrictionsV1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
from ibm_platform_services import IamIdentityV1
from ibm_platform_services.context_based_restrictions_v1 import (
    AccountSettings,
    AddressIPAddress,
    AddressIPAddressRange,
    AddressServiceRef,
    AddressSubnet,
    AddressVPC,
    ContextBasedRestrictionsV1,
    NewRuleOperations,
    NewRuleOperationsApiTypesItem,
    OperationsList,
    Resource,
    ResourceAttribute,
    ResourceTagAttribute,
    Rule,
    RuleContext,
    RuleContextAttribute,
    RuleList,
    ServiceRefTargetList,
    ServiceRefValue,
    Zone,
    ZoneList,
)

from servers import Server

NEVER = "1234567890abcdef1234567890abcdef"
ALL = "crn:v1:bluemix:public:context-based-restrictions::::api-type:"
PLATFORM = "crn:v1:bluemix:public:context-based-restrictions::::platform-api-type:"


@dataclass
class Scene:
    """The owner's client and account."""

    client: Any
    account: str
    server: Server

    def zone(self, name: str, *addresses: Any) -> tuple[Zone, str]:
        """Make a zone; return it with its tag."""
        made = self.client.create_zone(name=name, account_id=self.account, addresses=list(addresses))
        assert made.get_status_code() == 201
        return Zone.from_dict(made.get_result()), made.get_headers()["ETag"]

    def rule(self, *contexts: RuleContext, **more: Any) -> tuple[Rule, str]:
        """Make a rule about the server's instance; return it with its tag."""
        made = self.client.create_rule(contexts=list(contexts), resources=[self.resource()], **more)
        assert made.get_status_code() == 201
        return Rule.from_dict(made.get_result()), made.get_headers()["ETag"]

    def resource(self) -> Resource:
        whole = {"accountId": self.account, "serviceName": "kms", "serviceInstance": self.server.instance}
        tag = ResourceTagAttribute(name="tagName", value="tagValue")
        return Resource([ResourceAttribute(name=name, value=it) for name, it in whole.items()], tags=[tag])

    def lists_keys(self) -> int:
        with self.server.client() as asking:
            return asking.get("/api/v2/keys").status_code


@pytest.fixture
def scene(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
    identity, client = (
        kind(authenticator=IAMAuthenticator(server.apikey, url=server.url))
        for kind in (IamIdentityV1, ContextBasedRestrictionsV1)
    )
    for one in (identity, client):
        one.set_service_url(server.url)
    account = identity.get_api_keys_details(iam_api_key=server.apikey).get_result()["account_id"]
    scene = Scene(client, account, server)
    yield scene
    for rule in client.list_rules(account).get_result()["rules"]:
        client.delete_rule(rule["id"])
    for zone in client.list_zones(account).get_result()["zones"]:
        client.delete_zone(zone["id"])
    for one in (identity, client):
        one.get_http_client().close()


def refused(status: int, call: Any, *values: Any, **fields: Any) -> str:
    with pytest.raises(ApiException) as caught:
        call(*values, **fields)
    assert caught.value.status_code == status
    (error,) = caught.value.http_response.json()["errors"]
    return str(error["code"])


def in_zones(*zones: Zone) -> RuleContext:
    named = RuleContextAttribute(name="networkZoneId", value=", ".join(zone.id for zone in zones))
    return RuleContext(attributes=[named, RuleContextAttribute(name="endpointType", value="public")])


def test_zones_as_the_sdk_knows_them(scene: Scene) -> None:
    client, ref = (
        scene.client,
        ServiceRefValue(account_id=scene.account, service_name="kms", location="eu-de"),
    )
    addresses = (
        AddressIPAddress(type="ipAddress", value="169.23.56.234"),
        AddressIPAddressRange(type="ipRange", value="169.23.22.0-169.23.22.255"),
        AddressSubnet(type="subnet", value="192.0.2.0/24"),
        AddressVPC(type="vpc", value="crn:v1:bluemix:public:is:us-south:a/12ab::vpc:r134-d98a1702"),
        AddressServiceRef(type="serviceRef", ref=ref),
    )
    zone, tag = scene.zone("an example of zone", *addresses)
    assert (zone.address_count, zone.excluded_count) == (5, 0)
    assert zone.addresses == list(addresses)
    again = {"name": zone.name, "account_id": scene.account, "addresses": list(addresses[:1])}
    assert refused(409, client.create_zone, **again) == "zone_name_not_unique"
    bad = AddressIPAddress(type="ipAddress", value="16.923.562.34")
    assert refused(400, client.create_zone, **{**again, "name": "x", "addresses": [bad]}) == "invalid_request"
    found = ZoneList.from_dict(client.list_zones(scene.account, name=zone.name, sort="-name").get_result())
    assert [it.id for it in found.zones] == [zone.id]
    assert client.get_zone(zone.id).get_headers()["ETag"] == tag
    done = client.replace_zone(zone.id, tag, **again, excluded=[addresses[0]], description="smaller")
    assert Zone.from_dict(done.get_result()).excluded == [addresses[0]]
    assert refused(412, client.replace_zone, zone.id, "abc", **again) == "precondition_failed"
    assert refused(404, client.replace_zone, NEVER, tag, **again) == "zone_not_found_in_store"
    assert refused(404, client.get_zone, NEVER) == "zone_not_found_in_store"
    targets = ServiceRefTargetList.from_dict(client.list_available_serviceref_targets().get_result())
    assert targets.count == len(targets.targets)
    assert refused(404, client.get_serviceref_target, "never") == "serviceref_target_not_found"
    assert client.delete_zone(zone.id).get_status_code() == 204
    assert refused(404, client.delete_zone, zone.id) == "zone_not_found_in_store"


def test_rules_as_the_sdk_knows_them(scene: Scene) -> None:
    client = scene.client
    zone, _ = scene.zone("elsewhere", AddressIPAddress(type="ipAddress", value="169.23.56.234"))
    here, _ = scene.zone("here", AddressSubnet(type="subnet", value="127.0.0.0/8"))
    types = [NewRuleOperationsApiTypesItem(api_type_id=it) for it in (ALL, PLATFORM)]
    rule, tag = scene.rule(in_zones(zone), operations=NewRuleOperations(types), enforcement_mode="report")
    assert (rule.enforcement_mode, rule.contexts) == ("report", [in_zones(zone)])
    assert [it.api_type_id for it in rule.operations.api_types] == [ALL, PLATFORM]
    assert rule.resources == [scene.resource()]
    assert scene.lists_keys() == 200
    again = {"resources": [scene.resource()], "description": "enforced"}
    done = client.replace_rule(rule.id, tag, contexts=[in_zones(zone)], **again)
    assert Rule.from_dict(done.get_result()).enforcement_mode == "enabled"
    assert scene.lists_keys() == 401
    wider = {"contexts": [in_zones(zone, here)], **again}
    assert client.replace_rule(rule.id, done.get_headers()["ETag"], **wider).get_status_code() == 200
    assert scene.lists_keys() == 200
    assert refused(412, client.replace_rule, rule.id, "abc", **wider) == "precondition_failed"
    assert refused(404, client.replace_rule, NEVER, tag, **wider) == "rule_not_found_in_store"
    assert refused(409, client.delete_zone, zone.id) == "zone_in_use"
    twice = RuleContext(attributes=in_zones(zone).attributes * 2)
    code = refused(400, client.create_rule, contexts=[twice], resources=[scene.resource()])
    assert code == "duplicate_context_attribute"
    asked = {"service_name": "kms", "zone_id": here.id, "enforcement_mode": "enabled", "sort": "created_at"}
    found = RuleList.from_dict(client.list_rules(scene.account, **asked).get_result())
    assert [it.id for it in found.rules] == [rule.id]
    settings = AccountSettings.from_dict(client.get_account_settings(scene.account).get_result())
    assert (settings.current_rule_count, settings.current_tags_rule_count) == (1, 1)
    offered = client.list_available_service_operations(service_name="kms").get_result()
    kinds = {it.type for it in OperationsList.from_dict(offered).api_types}
    assert kinds == {"service", "platform"}
    assert client.delete_rule(rule.id).get_status_code() == 204
    assert refused(404, client.get_rule, rule.id) == "rule_not_found_in_store"
