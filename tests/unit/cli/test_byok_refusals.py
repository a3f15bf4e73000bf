"""What is refused before an import token is made, which would replace the one that a colleague may hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keystead.domain.moments import moment
from unit.cli.command_line import CommandLine
from unit.cli.test_byok import CANARY, created
from unit.client.fake_key_protect import FakeKeyProtect

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
    assert keystead("byok", "rotate", key, "--key-file", "mine").err.count("/5]") in {1, 2, 3, 4, 5}
    assert TOKEN in fake.paths()[-4:]


def test_a_server_that_is_down_is_one_line(keystead: CommandLine) -> None:
    keystead.export(KEYSTEAD_URL="https://127.0.0.1:9")
    for command in ("create", "rotate", "verify"):
        assert "cannot reach" in one_line(keystead, command, "payroll")
