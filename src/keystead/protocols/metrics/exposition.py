"""Metrics in Prometheus' text format, by Prometheus' own library; loaded where metrics are served at all."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from keystead.domain.histogram import Histogram
from keystead.protocols.metrics.families import FAMILIES, Family

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4.encode()

Samples = Iterable[tuple[tuple[str, ...], float | Histogram]]
"""Values of one metric, each behind the values of its labels."""
Values = Mapping[Family, Samples]


class Exposition(Collector):
    """Writes what it is given, and what the system says of this process."""

    def __init__(self) -> None:
        self._process = ProcessCollector(registry=CollectorRegistry())
        self._values: Values = {}

    def text(self, values: Values) -> bytes:
        """Return *values* in the order of `FAMILIES`; a metric without any is named all the same."""
        self._values = values
        return generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        for family in FAMILIES:
            yield _metric(family, self._values.get(family, ()))
        yield from self._process.collect()


def _metric(family: Family, samples: Samples) -> Metric:
    metric: Any = _KINDS[family.kind](family.name, family.help, labels=family.labels)
    for labels, value in samples:
        if isinstance(value, Histogram):
            buckets = [(_bound(bound), count) for bound, count in value.cumulative()]
            metric.add_metric(labels, buckets, value.seconds)
        else:
            metric.add_metric(labels, value)
    return cast("Metric", metric)


def _bound(seconds: float) -> str:
    return "+Inf" if seconds == float("inf") else str(seconds)


_KINDS: Final = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
}
