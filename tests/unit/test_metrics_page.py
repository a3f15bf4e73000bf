"""The page on metrics names exactly what there is: metrics, labels, alerts, settings, lines of the log."""

import re
from pathlib import Path

import yaml

from api import Api, with_api
from keystead.config import Settings
from keystead.measuring import Measuring
from keystead.protocols.http.connections import Connections
from keystead.protocols.metrics.families import FAMILIES, OF_INSTANCES, Family
from scraped import Scrape

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "metrics.md").read_text("utf-8")
SOURCES = [path.read_text("utf-8") for path in (ROOT / "src" / "keystead").rglob("*.py")]


def rows(*header: str) -> list[list[str]]:
    """Return the cells of the tables that have this header."""
    start = f"| {' | '.join(header)} |"
    found = []
    for table in PAGE.split("\n\n"):
        lines = table.splitlines()
        if lines and lines[0] == start:
            found += [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert found, header
    return found


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def shown(family: Family) -> str:
    return f"{family.name}_total" if family.kind == "counter" else family.name


def test_metrics_of_the_server() -> None:
    of_instances = [family for pair in OF_INSTANCES.values() for family in pair]
    wanted = [
        [f"`{shown(family)}`", family.kind, ", ".join(f"`{label}`" for label in family.labels), family.help]
        for family in FAMILIES
        if family not in of_instances
    ]
    assert rows("name", "kind", "labels", "meaning") == wanted


def test_metrics_of_instances() -> None:
    families = [family for pair in OF_INSTANCES.values() for family in pair]
    assert rows("name", "kind", "meaning") == [[f"`{one.name}`", one.kind, one.help] for one in families]
    labels = [label for row in rows("label", "value") for label in names(row[0])]
    assert sorted(labels) == sorted({label for family in families for label in family.labels})


def test_metrics_of_the_process(tmp_path: Path) -> None:
    async def story(api: Api) -> Scrape:
        connections = Connections(api.service.application.answer, 1, 1)
        return Scrape(await Measuring(api.service, connections).text())

    scrape = with_api(tmp_path, story)
    there = {name for name in scrape.names if name.startswith("process_")}
    (section,) = re.findall(r"## Of the process\n(.*?)\n## ", PAGE, re.DOTALL)
    assert {*names(section)} == there


def test_alerts() -> None:
    rules = yaml.safe_load((ROOT / "deploy/prometheus/keystead.rules.yml").read_text("utf-8"))
    alerts = [rule["alert"] for group in rules["groups"] for rule in group["rules"]]
    assert [names(row[0]) for row in rows("alert", "what it asks of you")] == [[alert] for alert in alerts]


def test_settings() -> None:
    told = [name for row in rows("setting", "default", "meaning") for name in names(row[0])]
    assert told == [name for name in Settings.__struct_fields__ if name.startswith("metrics_")]


def test_lines_of_the_log() -> None:
    told = {name for row in rows("event", "when") for name in names(row[0])}
    call = re.compile(r'(?:_log|_journal)\.\w+\(\s*"(\w+)"|(?:_log_failure|_tell)\(\s*"(\w+)"')
    written = {one or other for source in SOURCES for one, other in call.findall(source)}
    assert told == written
