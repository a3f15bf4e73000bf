"""What a scrape says, read by Prometheus' own parser."""

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Shown:
    """One metric with its samples: labels and value, by the sample's name."""

    kind: str
    help: str
    samples: Mapping[str, list[tuple[Mapping[str, str], float]]]


class Scrape:
    """Everything that one scrape says."""

    def __init__(self, text: bytes) -> None:
        self.text = text.decode("utf-8")
        self.families: dict[str, Shown] = {}
        for family in text_string_to_metric_families(self.text):
            assert family.name not in self.families, "a metric is shown twice"
            samples: dict[str, list[tuple[Mapping[str, str], float]]] = {}
            for sample in family.samples:
                samples.setdefault(sample.name, []).append((sample.labels, sample.value))
            self.families[family.name] = Shown(family.type, family.documentation, samples)

    @property
    def names(self) -> set[str]:
        """The names of all samples, as a query has them; of a metric without samples, all it could have."""
        return {
            name
            for family, shown in self.families.items()
            for name in (*shown.samples, *_names(family, shown.kind))
        }

    def of(self, name: str, **labels: str) -> list[tuple[Mapping[str, str], float]]:
        """Return the samples *name* that have *labels*, and maybe others."""
        return [
            sample
            for shown in self.families.values()
            for sample in shown.samples.get(name, [])
            if labels.items() <= sample[0].items()
        ]

    def one(self, name: str, **labels: str) -> float:
        """Return the only such value."""
        ((_, value),) = self.of(name, **labels)
        return value

    def sum(self, name: str, **labels: str) -> float:
        """Return the sum of such values."""
        return sum(value for _, value in self.of(name, **labels))


def _names(family: str, kind: str) -> list[str]:
    if kind == "histogram":
        return [f"{family}_bucket", f"{family}_count", f"{family}_sum"]
    return [f"{family}_total" if kind == "counter" else family]
