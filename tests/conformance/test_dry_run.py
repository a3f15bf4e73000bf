"""``dryRun`` of what cannot be taken back: it says what would come of it and does nothing."""

from typing import cast

import pytest

from conformance.granting import home_of_its_own, make, make_role, v1_body
from conformance.services import a_receiver, notices
from conformance.test_impact import Setup, deleted, disabled, everything, foreseen, free
from conformance.world import World, check_error
from keystead.domain.actions import Action, Role
from keystead.domain.errors import Refused
from keystead.domain.ids import KeyId
from keystead.domain.reasons import Reason
from keystead.service.case import Case, Tools
from keystead.service.impact import Foresee

FORMS = {
    "delete": ("DELETE", ""),
    "delete by force": ("DELETE", "?force=true"),
    "disable": ("POST", "/actions/disable"),
    "disable by query": ("POST", "?action=disable"),
}


def dry(key: str, rest: str, *values: str) -> str:
    asked = "&".join(f"dryRun={value}" for value in values)
    return f"/keys/{key}{rest}{'&' if '?' in rest else '?'}{asked}"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("setup", [free, everything, disabled, deleted], ids=lambda setup: setup.__name__)
def test_a_dry_run_is_the_impact_and_changes_nothing(
    world: World, form: tuple[str, str], setup: Setup
) -> None:
    async def story() -> None:
        api = await world.tenant()
        await a_receiver(api)
        key = await setup(world, api)
        told, was = await foreseen(api, key), await notices(api)
        assert await api.service.reckoner.make()  # whoever asks next finds nothing to count
        before = await world.store.key(api.instance.id, KeyId(key)), world.store.mark()
        answer = await api.send(form[0], dry(key, form[1], "true"))
        assert (answer.status, answer.resource["outcomes"]) == (200, told["outcomes"])
        assert answer.json["metadata"]["collectionType"] == "application/vnd.keystead.impact+json"
        assert set(answer.resource) == set(told)
        assert (await world.store.key(api.instance.id, KeyId(key)), world.store.mark()) == before
        assert await notices(api) == was
        event = world.log.events[-1]
        assert (event.action, event.outcome) == ("keystead.secrets-impact.read", "success")

    world.run(story())


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("values", [["yes"], ["1"], ["True"], [""], ["true", "no"], ["%ff"]], ids="&".join)
def test_any_other_word_is_refused_and_nothing_done(
    world: World, form: tuple[str, str], values: list[str]
) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await free(world, api)
        answer = await api.send(form[0], dry(key, form[1], *values))
        assert answer.status == 400, answer.body
        if values != ["%ff"]:
            done = "deleted" if form[0] == "DELETE" else "disabled"
            check_error(answer, 400, "INVALID_QUERY_PARAM_ERR", f"Key could not be {done}")
            assert "`dryRun` must be: true or false" in answer.body.decode()
        assert (await api.send("GET", f"/keys/{key}")).resource["state"] == 1
        assert world.log.events[-2].action in {"kms.secrets.delete", "kms.secrets.disable"}

    world.run(story())


NEARLY = [
    "dryrun=true",
    "DRYRUN=true",
    "dry_run=true",
    "dry-run=true",
    "dryRun%20=true",
    "dryRun[]=true",
    "%64ry%52un%5B%5D=true",
    "force=false&amp;dryRun=true",
    "x=1;dryRun=true",
    "dryRun=true&dryrun=true",
]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("query", NEARLY)
def test_what_is_written_much_like_it_is_refused_and_nothing_done(
    world: World, form: tuple[str, str], query: str
) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await free(world, api)
        method, rest = form
        answer = await api.send(method, f"/keys/{key}{rest}{'&' if '?' in rest else '?'}{query}")
        assert (answer.status, answer.code) == (400, "INVALID_QUERY_PARAM_ERR"), answer.body
        assert (await api.send("GET", f"/keys/{key}")).resource["state"] == 1

    world.run(story())


WITHOUT = [
    ("DELETE", "/keys/{key}/purge"),
    ("POST", "/keys/{key}/restore"),
    ("POST", "/keys/{key}/actions/rotate"),
    ("POST", "/keys/{key}?action=rotate"),
    ("POST", "/keys/{key}?action=disable&action=wrap"),
    ("POST", "/keys/{key}/actions/setKeyForDeletion"),
    ("DELETE", "/key_rings/a-ring"),
    ("POST", "/key_rings/another-ring"),
]


@pytest.mark.parametrize(("method", "path"), WITHOUT)
@pytest.mark.parametrize("query", ["dryRun=true", "dryRun=false", "dry-run"])
def test_there_is_no_dry_run_of_anything_else(world: World, method: str, path: str, query: str) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await free(world, api)
        await api.send("POST", "/key_rings/a-ring")
        before = world.store.mark()
        asked = path.format(key=key)
        answer = await api.send(method, f"{asked}{'&' if '?' in asked else '?'}{query}")
        assert (answer.status, answer.code) == (400, "INVALID_QUERY_PARAM_ERR"), answer.body
        assert world.store.mark() == before

    world.run(story())


def test_the_rest_of_a_dry_run_is_judged_as_that_of_the_deed(world: World) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await free(world, api)
        answer = await api.send("DELETE", dry(key, "?force=banana", "true"))
        assert (answer.status, answer.code) == (400, "INVALID_QUERY_PARAM_ERR")

    world.run(story())


@pytest.mark.parametrize(("form", "state"), [("delete", 5), ("disable", 2)])
def test_false_is_none(world: World, form: str, state: int) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await free(world, api)
        method, rest = FORMS[form]
        assert (await api.send(method, dry(key, rest, "false"))).status == 204
        assert (await api.send("GET", f"/keys/{key}/metadata")).resource["state"] == state

    world.run(story())


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("role", [Role.READER, Role.WRITER, Role.KEY_PURGE])
def test_who_may_not_do_it_is_told_nothing(world: World, form: tuple[str, str], role: Role) -> None:
    async def story() -> None:
        api = await world.tenant()
        key = await free(world, api)
        answer = await (await api.other(role)).send(form[0], dry(key, form[1], "true"))
        assert (answer.status, answer.resource["errorMsg"][:12]) == (401, "Unauthorized")
        event = world.log.events[-1]
        assert (event.action, event.reason_code) == ("keystead.secrets-impact.read", 401)

    world.run(story())


def test_who_may_delete_and_not_foresee_is_told_nothing(world: World) -> None:
    async def story() -> None:
        admin = await home_of_its_own(world)
        role = await make_role(admin, "Deleter", "kms.secrets.create", "kms.secrets.delete")
        caller = await admin.other()
        await make(admin, v1_body(admin, caller.iam_id, role["crn"]))
        key = (await caller.create())["id"]
        assert (await caller.send("DELETE", dry(key, "", "true"))).status == 401
        assert (await caller.send("DELETE", dry(key, "", "false"))).status == 204

    world.run(story())


def test_who_may_foresee_and_not_delete_is_told_nothing(world: World) -> None:
    """No role that there is allows the one and not the other, so this one is made up."""

    async def story() -> None:
        api = await world.tenant()
        key = await free(world, api)
        case = Case(Action.KEY_IMPACT, world.clock())
        case.is_in(api.instance)
        case.is_about(await world.store.key(api.instance.id, KeyId(key)))
        for deed in (Action.KEY_DELETE, Action.KEY_DISABLE):
            with pytest.raises(Refused) as caught:
                await Foresee(deed=deed).run(case, cast("Tools", None))
            assert caught.value.reason is Reason.UNAUTHORIZED

    world.run(story())
