"""What is refused before an import token is made, which would replace the one that a colleague may hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keystead.domain.material import KeyMaterial
from keystead.domain.moments import moment
from unit.cli.command_line import CommandLine
from unit.cli.test_byok import CANARY, created
from unit.client import softhsm
from unit.client.fake_key_protect import FakeKeyProtect, collection, error

TOKEN = "POST /api/v2/import_token"


def one_line(keystead: CommandLine, *arguments: str) -> str:
    keystead.file("mine", CANARY)
    result = keystead("byok", *arguments, "--key-file", "mine")
    assert result.err.splitlines() == [result.refusal]
    return result.refusal


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["x"], "`name` must be: 2 to 90"),
        (["n" * 91], "`name` must be: 2 to 90"),
        (["pay\troll"], "`name` must be: 2 to 90"),
        (["payroll", "--description", "d"], "`description` must be: 2 to 240"),
        (["payroll", "--alias", "two words"], "`aliases` must be: 2 to 90"),
        (["payroll", *(["--alias", "same"] * 2)], "`aliases` must be: different"),
        (
            ["payroll", *(word for n in range(6) for word in ("--alias", f"a{n}"))],
            "`aliases` must be: at most 5",
        ),
        (["payroll", "--ring", "a ring"], "`keyRingID` must be"),
    ],
)
def test_what_no_key_can_be_called_reaches_no_server(
    keystead: CommandLine, fake: FakeKeyProtect, arguments: list[str], says: str
) -> None:
    refusal = one_line(keystead, "create", *arguments)
    assert says in refusal
    assert "correct the command" in refusal
    assert fake.seen == []


NOT_FOR_YOU = error("Unauthorized: The user does not have access to the specified resource")
RINGS = "/api/v2/key_rings"
ALIAS = "/api/v2/keys/pay/metadata"


def test_a_ring_that_is_missing_costs_nobody_an_import_token(
    keystead: CommandLine, fake: FakeKeyProtect
) -> None:
    assert "check --ring" in one_line(keystead, "create", "payroll", "--ring", "hr")
    assert TOKEN not in fake.paths()


@pytest.mark.parametrize("held", [(200, collection({"id": "another"})), (410, error("Gone"))])
def test_an_alias_that_is_taken_costs_nobody_an_import_token(
    keystead: CommandLine, fake: FakeKeyProtect, held: tuple[int, bytes]
) -> None:
    fake.answers["GET", ALIAS] = held
    assert "choose another --alias" in one_line(keystead, "create", "payroll", "--alias", "pay")
    assert TOKEN not in fake.paths()


def test_what_an_hsm_cannot_do_costs_nobody_an_import_token(
    keystead: CommandLine, fake: FakeKeyProtect
) -> None:
    key = created(keystead)
    fake.seen.clear()
    with softhsm.fresh_token(keystead.home) as token:
        uri = softhsm.store(token, "root", sensitive=True, extractable=True)
        for command in (["create", "payroll"], ["rotate", key]):
            refusal = keystead("byok", *command, "--pkcs11-uri", uri).refusal
            assert "try --hpcs" in refusal
    assert TOKEN not in fake.paths()


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_look_goes_on_to_the_token(
    keystead: CommandLine, fake: FakeKeyProtect, status: int
) -> None:
    fake.answers |= {("GET", path): (status, NOT_FOR_YOU) for path in (RINGS, ALIAS)}
    created(keystead, "--ring", "hr", "--alias", "pay")
    assert fake.paths()[-3:] == [TOKEN, "GET /api/v2/import_token", "POST /api/v2/keys"]


@pytest.mark.parametrize(
    "rings",
    [
        pytest.param(["default", "hr"], id="it is there"),
        pytest.param(["it"], id="a part of the list"),
    ],
)
def test_a_ring_that_may_be_there_is_used(
    keystead: CommandLine, fake: FakeKeyProtect, rings: list[str]
) -> None:
    fake.rings = rings
    created(keystead, "--ring", "hr", "--alias", "pay")
    assert {f"GET {RINGS}", f"GET {ALIAS}", TOKEN} <= set(fake.paths())


def test_a_server_that_cannot_answer_is_not_asked_for_a_token(
    keystead: CommandLine, fake: FakeKeyProtect
) -> None:
    fake.answers["GET", RINGS] = (503, error("Service Unavailable"))
    assert "try again later" in one_line(keystead, "create", "payroll", "--ring", "hr")
    assert TOKEN not in fake.paths()


def ago(**span: float) -> str:
    return moment(datetime.now(UTC) - timedelta(**span))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "standard key": ({"extractable": True}, "only root keys"),
    "made by the server": ({"imported": False}, "keystead key rotate"),
    "not active yet": ({"state": 0}, "not active yet"),
    "suspended": ({"state": 2}, "keystead key enable"),
    "destroyed": ({"state": 5}, "keystead key restore"),
    "a second time within an hour": ({"lastRotateDate": ago(minutes=30)}, "rotate it again from"),
    "as a Keystead server says": (
        {"lastRotateDate": ago(hours=9), "rotationAllowed": False, "rotationAllowedFrom": ago(hours=-9)},
        "rotate it again from",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_key_that_takes_no_new_material_costs_nobody_an_import_token(
    keystead: CommandLine, fake: FakeKeyProtect, case: tuple[dict[str, Any], str]
) -> None:
    body, says = case
    key = created(keystead)
    fake.keys[key].body |= body
    fake.seen.clear()
    assert says in one_line(keystead, "rotate", key)
    assert TOKEN not in fake.paths()


def test_a_key_that_is_not_there_costs_nobody_an_import_token(
    keystead: CommandLine, fake: FakeKeyProtect
) -> None:
    assert "keystead key list" in one_line(keystead, "rotate", "no-such-key")
    assert TOKEN not in fake.paths()


@pytest.mark.parametrize(
    "body",
    [
        {"lastRotateDate": ago(minutes=61)},
        {"lastRotateDate": ago(seconds=1), "rotationAllowed": True},
        {"lastRotateDate": "yesterday"},
        {"state": 3},
    ],
)
def test_what_may_be_rotated_is(keystead: CommandLine, fake: FakeKeyProtect, body: dict[str, Any]) -> None:
    key = created(keystead)
    fake.keys[key].body |= body
    keystead.file("next", CANARY[::-1])
    fake.seen.clear()
    assert keystead("byok", "rotate", key, "--key-file", "next", "-o", "json").json["id"] == key
    assert fake.paths().count(TOKEN) == 1
    assert fake.keys[key].materials == [KeyMaterial(CANARY), KeyMaterial(CANARY[::-1])]


def test_a_server_that_is_down_is_one_line(keystead: CommandLine) -> None:
    keystead.export(KEYSTEAD_URL="https://127.0.0.1:9")
    for command in ("create", "rotate", "verify"):
        assert "cannot reach" in one_line(keystead, command, "payroll")
