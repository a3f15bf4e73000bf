"""Dashboard and alerts ask for nothing that the server does not show."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from api import Api, with_api
from keystead.measuring import Measuring
from keystead.protocols.http.connections import Connections
from keystead.protocols.metrics.families import FAMILIES
from scraped import Scrape

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "keystead.json"
RULES = ROOT / "deploy" / "prometheus" / "keystead.rules.yml"
GIVEN = {"up"}  # by Prometheus itself
GIVEN_LABELS = {"job", "instance", "le", "alertname"}
LABELS = GIVEN_LABELS | {label for family in FAMILIES for label in family.labels}
WORDS = set(
    "sum by rate min max avg count increase changes time and or unless histogram_quantile label_values "
    "without on ignoring vector".split()
)
STRING = re.compile(r'"[^"]*"')
SELECTOR = re.compile(r"\{([^}]*)\}")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
NAME = re.compile(r"\b[a-zA-Z_:][a-zA-Z0-9_:]*\b")


def asked_of(query: str) -> tuple[set[str], set[str]]:
    """Return the metrics and the labels that *query* names."""
    bare = STRING.sub('""', query)
    labels = {label for part in SELECTOR.findall(bare) for label in MATCHER.findall(part)}
    labels |= {label for part in GROUPING.findall(bare) for label in NAME.findall(part)}
    bare = re.sub(r"\[[^\]]*\]", "", GROUPING.sub("", SELECTOR.sub("", bare)))
    return {name for name in NAME.findall(bare) if name not in WORDS}, labels - {"__name__"}


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return list(group["rules"])


def panels() -> list[dict[str, Any]]:
    return list(json.loads(DASHBOARD.read_text("utf-8"))["panels"])


def queries() -> Iterator[tuple[str, str]]:
    """Yield every query with where it stands."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names that a server shows."""

    async def story(api: Api) -> set[str]:
        text = await Measuring(api.service, Connections(api.service.application.answer, 1, 1)).text()
        return Scrape(text).names

    return with_api(tmp_path_factory.mktemp("service"), story)


@pytest.mark.parametrize(("where", "query"), list(queries()))
def test_what_is_asked_for_is_there(shown: set[str], where: str, query: str) -> None:
    names, labels = asked_of(query)
    assert names, where
    assert names - GIVEN <= shown, where
    assert labels <= LABELS, where


def test_this_search_finds_what_is_not_there() -> None:
    names, labels = asked_of(
        'sum by (colour) (rate(keystead_wishes_total{job="keystead", size!="1"}[5m])) > 2 * max(other:thing)'
    )
    assert names == {"keystead_wishes_total", "other:thing"}
    assert labels == {"colour", "job", "size"}


def test_every_metric_of_the_server_is_on_the_dashboard(shown: set[str]) -> None:
    on_it = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    asked = {name for query in on_it for name in asked_of(query)[0]}
    histograms = {family.name for family in FAMILIES if family.kind == "histogram"}
    parts = {f"{name}_{part}" for name in histograms for part in ("bucket", "count", "sum")}
    ours = {name for name in shown if not name.startswith("process_")} - parts
    assert ours <= asked
    assert {f"{name}_bucket" for name in histograms} <= asked


def test_variables_of_the_dashboard() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    names = {variable["name"] for variable in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(board)))
    assert used - {"__rate_interval", "__all"} == names
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_every_alert_says_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "description"}
        assert "$labels.instance" in rule["annotations"]["summary"]
