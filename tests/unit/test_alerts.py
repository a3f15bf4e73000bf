"""The alerts fire when they should and not before, as Prometheus' own tool finds."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
TESTS = FOLDER / "keystead.rules.test.yml"


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool", path=str(ROOT / "build" / "promtool")) or shutil.which("promtool")
    if found is None:
        pytest.fail("promtool is not there: run scripts/promtool")
    return found


def test_the_rules_are_sound_and_fire_as_their_tests_say(promtool: str) -> None:
    check = ["check", "rules", "--lint-fatal", str(FOLDER / "keystead.rules.yml")]
    for words in (check, ["test", "rules", str(TESTS)]):
        done = subprocess.run([promtool, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_test() -> None:
    (group,) = yaml.safe_load((FOLDER / "keystead.rules.yml").read_text("utf-8"))["groups"]
    (tested, _) = yaml.safe_load(TESTS.read_text("utf-8"))["tests"][0]["promql_expr_test"]
    told = " ".join(sample["labels"] for sample in tested["exp_samples"])
    assert len(tested["exp_samples"]) == len(group["rules"])
    for rule in group["rules"]:
        assert f'alertname="{rule["alert"]}"' in told
