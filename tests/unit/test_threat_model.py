"""What docs/threat-model.md says is shown by a test is shown by one that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL = (ROOT / "docs/threat-model.md").read_text("utf-8")
TABLE = MODEL.partition("## How the answers hang together")[2].partition("\n## ")[0]
ROWS = [line.strip("|").split("|") for line in TABLE.splitlines() if line.startswith("|")][2:]
UNSHOWN = {"whole database is rolled back"}
"""Threats that the model itself says nothing automatic shows."""
PROMISES = range(1, 10)
PATH = re.compile(r"`(tests/[^`]+)`")


def test_the_table_is_there() -> None:
    assert len(ROWS) >= 12
    assert {len(row) for row in ROWS} == {4}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_each_threat_names_a_promise_and_its_tests(row: list[str]) -> None:
    threat, _, promises, shown = (cell.strip() for cell in row)
    assert {int(number) for number in promises.split(",")} <= set(PROMISES)
    paths = shown.split(", ")
    if threat in UNSHOWN:
        assert paths == ["nothing automatic"]
    else:
        assert all(PATH.fullmatch(path) for path in paths)


@pytest.mark.parametrize("path", sorted({*PATH.findall(MODEL)}))
def test_each_test_that_is_named_is_there(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    assert re.search(r"^ *(async )?def test_", text, re.MULTILINE)
