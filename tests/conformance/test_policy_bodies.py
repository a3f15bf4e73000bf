"""What no policy can say is refused, and changes nothing: section 3.1 and 3.6 of iam-and-provisioning.md."""

import copy
import functools
from collections.abc import Callable
from typing import Any

import pytest

from conformance.granting import V1, V2, check_refused, granted_everywhere, v1_body, v2_body
from conformance.world import World
from keystead.domain.actions import Role
from keystead.domain.reasons import Reason

Edit = Callable[[dict[str, Any]], object]


def resource(**more: str) -> Edit:
    """Return what puts attributes of these names in place of those that there are."""

    def edit(body: dict[str, Any]) -> None:
        attributes = body["resources"][0]["attributes"]
        attributes[:] = [it for it in attributes if it["name"] not in more]
        attributes += [{"name": name, "value": value} for name, value in more.items()]

    return edit


def matching(name: str, value: str) -> Edit:
    def edit(body: dict[str, Any]) -> None:
        resource(**{name: value})(body)
        body["resources"][0]["attributes"][-1]["operator"] = "stringMatch"

    return edit


def subject(*attributes: dict[str, str]) -> Edit:
    return lambda body: body["subjects"].__setitem__(0, {"attributes": list(attributes)})


def with_(**more: Any) -> Edit:
    return lambda body: body.update(more)


def without(name: str) -> Edit:
    return lambda body: body.pop(name)


def twice(name: str) -> Edit:
    return lambda body: body[name].append(body[name][0])


ALL_DAY = "time-based-conditions:weekly:all-day"
MONDAYS = {
    "key": "{{environment.attributes.day_of_week}}",
    "operator": "dayOfWeekAnyOf",
    "value": ["1+00:00"],
}


def nested(rule: Any) -> dict[str, Any]:
    return {"operator": "and", "conditions": [rule]}


def nested_in(rule: Any, _: int) -> dict[str, Any]:
    return nested(rule)


BAD: dict[str, Edit] = {
    "no type": without("type"),
    "another type": with_(type="group"),
    "no subject": without("subjects"),
    "two subjects": twice("subjects"),
    "two resources": twice("resources"),
    "no roles": with_(roles=[]),
    "too many roles": lambda body: with_(roles=body["roles"] * 21)(body),
    "a role without a CRN": with_(roles=[{"role_id": "Reader"}]),
    "a role that is not there": with_(roles=[{"role_id": "crn:v1:bluemix:public:iam::::role:Emperor"}]),
    "a role of another service": with_(roles=[{"role_id": "crn:v1:bluemix:public:cos::::role:Reader"}]),
    "a role of an account": with_(roles=[{"role_id": "crn:v1:bluemix:public:iam::a/1::customRole:X"}]),
    "a role of nobody": with_(roles=[{"role_id": "crn:v1:bluemix:public:iam::::customRole:Reader"}]),
    "a long description": with_(description="x" * 301),
    "an access group that is not there": subject({"name": "access_group_id", "value": "AccessGroupId-1"}),
    "somebody as an access group": subject({"name": "access_group_id", "value": "IBMid-nobody"}),
    "an access group as somebody": subject({"name": "iam_id", "value": "AccessGroupId-1"}),
    "another subject": subject({"name": "email", "value": "a@b"}),
    "no account": lambda body: body["resources"][0]["attributes"].pop(0),
    "an attribute twice": lambda body: body["resources"][0]["attributes"].append(
        body["resources"][0]["attributes"][0]
    ),
    "an unknown attribute": resource(color="blue"),
    "an empty value": resource(keyRing=""),
    "a long value": resource(keyRing="x" * 1001),
    "another service": resource(serviceName="cloud-object-storage"),
    "services by pattern": matching("serviceName", "*"),
    "accounts by pattern": matching("accountId", "*"),
    "another operator": lambda body: body["resources"][0]["attributes"][0].update(operator="stringExists"),
    "an instance by name": resource(serviceInstance="mine"),
    "a key without a type": resource(resource="b0d45c1e-3b7f-4a57-9d4e-0f7c2e0f3a11"),
    "a type without a key": resource(resourceType="key"),
    "another type of resource": resource(resourceType="bucket", resource="x"),
    "an alias": resource(resourceType="key", resource="payroll"),
    "a key in capitals": resource(resourceType="key", resource="B0D45C1E-3B7F-4A57-9D4E-0F7C2E0F3A11"),
    "a ring that cannot be": resource(keyRing="a b"),
    "platform services": resource(serviceType="platform_service"),
    "tags": lambda body: body["resources"][0].update(tags=[{"name": "env", "value": "test"}]),
    "a rule": with_(rule=MONDAYS, pattern=ALL_DAY),
    "a pattern": with_(pattern=ALL_DAY),
}


@pytest.mark.parametrize("name", BAD)
def test_what_a_policy_cannot_say(world: World, name: str) -> None:
    async def story() -> None:
        admin = await granted_everywhere(world.home, Role.ADMINISTRATOR)
        body = v1_body(admin, admin.iam_id, Role.READER)
        BAD[name](body)
        before = await world.store.account_grants(admin.instance.account)
        check_refused(await admin.send("POST", V1, body), Reason.POLICY_BODY)
        assert await world.store.account_grants(admin.instance.account) == before

    world.run(story())


def test_another_account_is_none_of_the_callers_business(world: World) -> None:
    async def story() -> None:
        admin = await granted_everywhere(world.home, Role.ADMINISTRATOR)
        answer = await admin.send("POST", V1, v1_body(admin, admin.iam_id, Role.READER, accountId="f" * 32))
        check_refused(answer, Reason.POLICY_FORBIDDEN)

    world.run(story())


BAD_SECOND: dict[str, Edit] = {
    "a pattern alone": with_(pattern="time-based-conditions:once"),
    "a rule alone": with_(rule=MONDAYS),
    "another pattern": with_(rule=MONDAYS, pattern="attribute-based-condition:resource:literal-and-wildcard"),
    "a pattern of another rule": with_(rule=MONDAYS, pattern="time-based-conditions:once"),
    "a rule without a value": with_(rule={**MONDAYS, "value": None}, pattern=ALL_DAY),
    "a rule of a key that is not there": with_(
        rule={**MONDAYS, "key": "{{resource.attributes.path}}"}, pattern=ALL_DAY
    ),
    "a key without its braces": with_(
        rule={**MONDAYS, "key": "environment.attributes.day_of_week"}, pattern=ALL_DAY
    ),
    "another operator of a condition": with_(rule={**MONDAYS, "operator": "stringEquals"}, pattern=ALL_DAY),
    "a day that is not there": with_(rule={**MONDAYS, "value": ["0+00:00"]}, pattern=ALL_DAY),
    "a day as a fraction": with_(rule={**MONDAYS, "value": [1.5]}, pattern=ALL_DAY),
    "a truth for a day": with_(rule={**MONDAYS, "value": True}, pattern=ALL_DAY),
    "no conditions": with_(rule={"operator": "and", "conditions": []}, pattern=ALL_DAY),
    "no such combination": with_(rule={"operator": "not", "conditions": [MONDAYS]}, pattern=ALL_DAY),
    "a key beside conditions": with_(rule={**MONDAYS, "conditions": [MONDAYS]}, pattern=ALL_DAY),
    "too many conditions": with_(rule={"operator": "or", "conditions": [MONDAYS] * 11}, pattern=ALL_DAY),
    "conditions too deep": with_(rule=nested(nested(nested(MONDAYS))), pattern=ALL_DAY),
    "very deep conditions": with_(rule=functools.reduce(nested_in, range(100), MONDAYS), pattern=ALL_DAY),
    "another member of a rule": with_(rule={**MONDAYS, "negate": True}, pattern=ALL_DAY),
    "a rule with a capital": with_(Rule=MONDAYS),
    "several rules": with_(rules=[MONDAYS]),
    "a rule of the roles": lambda body: body["control"].update(rule=MONDAYS),
    "a rule of the resource": lambda body: body["resource"].update(rule=MONDAYS),
    "a rule of the subject": lambda body: body["subject"].update(rule=MONDAYS),
    "a rule of the grant": lambda body: body["control"]["grant"].update(rule=MONDAYS),
    "a rule that is a list": with_(rule=[MONDAYS], pattern=ALL_DAY),
    "a rule for an account": lambda body: (
        with_(rule=MONDAYS, pattern=ALL_DAY)(body),
        body["resource"].update(attributes=body["resource"]["attributes"][:1]),
    ),
    "no subject": without("subject"),
    "no control": without("control"),
    "no roles": lambda body: body["control"]["grant"].pop("roles"),
    "a list of values": lambda body: body["resource"]["attributes"][0].update(value=["a"]),
    "an operator for lists": lambda body: body["resource"]["attributes"][0].update(
        operator="stringEqualsAnyOf"
    ),
    "a subject by pattern": lambda body: body["subject"]["attributes"][0].update(operator="stringMatch"),
    "tags": lambda body: body["resource"].update(tags=[{"key": "env"}]),
}


@pytest.mark.parametrize("name", BAD_SECOND)
def test_what_the_second_form_cannot_say(world: World, name: str) -> None:
    async def story() -> None:
        admin = await granted_everywhere(world.home, Role.ADMINISTRATOR)
        body = copy.deepcopy(v2_body(admin, admin.iam_id, Role.READER))
        BAD_SECOND[name](body)
        check_refused(await admin.send("POST", V2, body), Reason.POLICY_BODY)

    world.run(story())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"type": "access"}', b"[" * 5000])
@pytest.mark.parametrize("path", [V1, V2, "/v2/roles"])
def test_what_is_no_body(world: World, body: bytes, path: str) -> None:
    async def story() -> None:
        admin = await granted_everywhere(world.home, Role.ADMINISTRATOR)
        check_refused(await admin.send("POST", path, body), Reason.POLICY_BODY)

    world.run(story())
