"""The audit log of an account over HTTP: what is of no instance, and what was done around one."""

from typing import Any, Final

import pytest

from api import Api, send
from conformance.contexts import make_zone
from conformance.events_asked import every_event
from conformance.granting import granted_everywhere, home_of_its_own, make_role
from conformance.identities import make_id
from conformance.provisioned import GROUPS, INSTANCES, made
from conformance.world import World, another_account, another_api_key
from keystead.domain.actions import Role
from keystead.domain.crns import account_of, of_account

EVENTS: Final = "/v1/audit_events"


async def asked(api: Api, query: str = "") -> list[dict[str, Any]]:
    return await every_event(api, EVENTS, query)


def actions(events: list[dict[str, Any]]) -> list[str]:
    return [event["action"] for event in reversed(events)]


def test_what_no_instance_tells(world: World) -> None:
    """Identities, roles, zones, groups, instances that are gone: each is there once, and wraps are not."""

    async def story() -> None:
        api = await home_of_its_own(world)
        await make_id(api)
        await make_role(api, "Wrapper")
        await make_zone(api, "198.51.100.7")
        await api.send("GET", GROUPS)
        instance = await made(api)
        assert (await api.send("DELETE", f"{INSTANCES}/{instance['guid']}")).status == 204
        await api.act("nobody", "wrap")  # in an instance, where he may not
        found = await asked(api)
        assert actions(found) == [
            *["iam-identity.token.issue"] * 2,  # those of the owner, and of who asks
            "iam-identity.serviceid.create",
            "iam-am.role.create",
            "context-based-restrictions.zone.create",
            "resource-controller.group.list",
            "kms.instance.create",
            "kms.instance.delete",
        ]
        account = str(api.instance.account)
        assert found[-1]["logSourceCRN"] == f"crn:v1:bluemix:public:iam-identity::a/{account}:::"
        assert found[-1]["target"]["id"] == found[-1]["logSourceCRN"]
        assert found[-1]["requestData"]["instanceID"] == ""
        assert found[0]["logSourceCRN"] == instance["crn"]
        assert (await asked(api, "limit=1"))[1:] == found  # the question before is an event as well

    world.run(story())


def test_filters(world: World) -> None:
    async def story() -> None:
        api = await home_of_its_own(world)
        second = await granted_everywhere(api, Role.ADMINISTRATOR)
        await make_id(second)
        await api.send("GET", "/v1/serviceids/?account_id=another")
        account = api.instance.account
        assert actions(await asked(api, f"caller={second.iam_id}"))[1:] == ["iam-identity.serviceid.create"]
        (refused,) = await asked(api, f"outcome=failure&account_id={account}")
        assert (refused["action"], refused["reason"]["reasonCode"]) == ("iam-identity.serviceid.list", 404)
        assert actions(await asked(api, "action=iam-identity.serviceid.*")) == [
            "iam-identity.serviceid.create",
            "iam-identity.serviceid.list",
        ]
        assert await asked(api, "from=2199-01-01T00:00:00Z") == []
        event = world.log.events[-1]
        assert (event.action, event.outcome) == ("keystead.account-events.read", "success")
        assert event.request == {"since": "2199-01-01T00:00:00Z"}
        assert event.response == {"totalResources": 0}
        assert event.log_source == of_account("keystead", account)

    world.run(story())


def test_a_token_is_told_to_whose_account_it_is(world: World) -> None:
    async def story() -> None:
        api = await granted_everywhere(world.home, Role.ADMINISTRATOR)
        text = await another_api_key(world, api.iam_id)
        form = f"grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey={text}".encode()
        assert (await send(api.service, "POST", "/identity/token", form)).status == 200
        event, _ = await asked(api, f"caller={api.iam_id}&action=iam-identity.token.issue")
        assert event["initiator"]["credential"] == {"type": "apikey"}
        wrong = b"grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=nobody's"
        assert (await send(api.service, "POST", "/identity/token", wrong)).status == 400
        assert world.log.events[-1].log_source == ""  # nobody's account

    world.run(story())


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_who_may_not(world: World, role: Role) -> None:
    async def story() -> None:
        for api in (await granted_everywhere(world.home, role), await world.home.other(Role.ADMINISTRATOR)):
            answer = await api.send("GET", EVENTS)
            assert (answer.status, answer.json["context"]["requestType"]) == (403, "incoming.AuditEvent")
            assert "resources" not in answer.json
        for headers in ({"authorization": None}, {"authorization": "Bearer a.b.c"}):
            assert (await api.send("GET", EVENTS, None, headers)).status == 401

    world.run(story())


def test_nothing_of_another_account(world: World) -> None:
    """Whatever is asked, whatever a cursor says, and whatever they were told or tried of each other."""

    async def story() -> None:
        theirs, mine = await home_of_its_own(world), await home_of_its_own(world)
        first, account = await made(theirs), str(theirs.instance.account)
        service_id = await make_id(theirs)
        for api in (mine, theirs):
            await api.send("GET", f"{INSTANCES}/{first['guid']}")
            await api.send("GET", f"/v1/serviceids/{service_id['id']}")
            await api.send("GET", f"/v1/serviceids/?account_id={account}")
            await api.send("GET", f"/keys/{account}", None, {"bluemix-instance": first["guid"]})
        for query in ("", "caller=*", "action=*", f"caller={theirs.iam_id}"):
            for event in await asked(mine, query):
                assert account_of(event["logSourceCRN"]) == mine.instance.account, query
                assert event["initiator"]["id"] != theirs.iam_id
        of_theirs = await granted_everywhere(theirs, Role.MANAGER, Role.ADMINISTRATOR)
        assert (await of_theirs.send("GET", "/keys")).status == 200
        for path in (EVENTS, "/audit_events"):  # that of an instance of the same account is another question
            page = (await of_theirs.send("GET", f"{path}?limit=1")).json["metadata"]
            answer = await mine.send("GET", f"{EVENTS}?cursor={page['next']}")
            assert (answer.status, answer.json["errorCode"]) == (400, "BXNIM0109E")
            same = await theirs.send("GET", f"{EVENTS}?cursor={page['next']}")
            assert same.status == (200 if path == EVENTS else 400)
        assert mine.iam_id not in {event["initiator"]["id"] for event in await asked(theirs)}

    world.run(story())


def test_an_instance_that_is_there_and_one_that_is_not_leave_the_same(world: World) -> None:
    """Else the log of one's own account would tell which instances other accounts have."""

    async def story() -> None:
        theirs, mine = await another_account(world), await home_of_its_own(world)
        for name in (str(theirs.instance.id), "6d0f1c2e-4b5a-4678-9abc-def012345678"):
            before = len(await asked(mine))
            assert (await mine.send("GET", "/keys", None, {"bluemix-instance": name})).status == 401
            assert len(await asked(mine)) == before + 1  # the question before

    world.run(story())


@pytest.mark.parametrize(
    "query", ["caller=a%00b", "action=a%20b", "outcome=maybe", "from=x", "limit=0", "cursor=!"]
)
def test_what_cannot_be_asked(world: World, query: str) -> None:
    async def story() -> None:
        api = await granted_everywhere(world.home, Role.ADMINISTRATOR)
        answer = await api.send("GET", f"{EVENTS}?{query}")
        assert (answer.status, answer.json["errorCode"]) == (400, "BXNIM0109E"), answer.body
        assert query.partition("=")[0] in answer.json["errorMessage"]

    world.run(story())
