"""Reads the numbers that the parts of a service count, for who scrapes them.

The parts count without knowing of metrics; all work is done here, when somebody asks.
"""

import asyncio
from contextlib import suppress
from importlib.metadata import version
from time import perf_counter
from typing import Final

from keystead.domain.actions import Action
from keystead.domain.errors import KeysteadError, Tampered, Unavailable
from keystead.domain.ids import InstanceId
from keystead.domain.instances import Instance
from keystead.domain.policies import PolicyKind
from keystead.domain.resource_groups import DEFAULT
from keystead.protocols.http.connections import Connections
from keystead.protocols.metrics import families
from keystead.protocols.metrics.exposition import CONTENT_TYPE, Exposition, Samples, Values
from keystead.protocols.metrics.families import Family
from keystead.running import Service
from keystead.units.software import SoftwareUnit

_STORE_SECONDS: Final = 2.0  # that a scrape waits for the database; Prometheus gives up after ten
_PREFIX: Final = "kms."


class Measuring:
    """Reads the numbers of *service* and of the *connections* that its requests come through."""

    content_type: Final = CONTENT_TYPE

    def __init__(self, service: Service, connections: Connections) -> None:
        self._service = service
        self._connections = connections
        self._exposition = Exposition()
        self._version = version("keystead")

    async def text(self) -> bytes:
        """Return every metric in Prometheus' text format."""
        return self._exposition.text({**await self._of_instances(), **self._of_server()})

    def _of_server(self) -> Values:
        return {
            families.BUILD: [((self._version,), 1)],
            families.READY: _one(self._ready()),
            **self._of_requests(),
            **self._of_connections(),
            **self._of_audit(),
            **self._of_rounds(),
            **self._of_courier(),
            **self._of_reckoner(),
            **self._of_unit(),
        }

    def _ready(self) -> int:
        try:
            self._service.log.require_ready()
        except Unavailable:
            return 0
        return 1

    def _of_requests(self) -> dict[Family, Samples]:
        usage = self._service.dispatcher.usage
        asked = {operation(action.value): served for action, served in usage.served.items() if served.codes}
        return {
            families.REQUESTS: [
                ((name, str(code)), count)
                for name, served in asked.items()
                for code, count in sorted(served.codes.items())
            ],
            families.DURATIONS: [((name,), served) for name, served in asked.items()],
            families.STRAYS_DROPPED: _one(usage.strays_dropped),
        }

    def _of_connections(self) -> dict[Family, Samples]:
        connections = self._connections
        turned_away = connections.turned_away
        return {
            families.ANSWERS: [
                ((str(status),), count) for status, count in sorted(connections.answers.items())
            ],
            families.OPEN: _one(connections.open),
            families.LIMIT: _one(connections.most),
            families.TURNED_AWAY: [
                (("all_taken",), turned_away.all_taken),
                (("address_taken",), turned_away.own_taken),
            ],
            families.HANDSHAKES: _one(connections.failed_handshakes),
        }

    def _of_audit(self) -> dict[Family, Samples]:
        log = self._service.log
        return {
            families.EVENTS: _one(log.numbers.events),
            families.COMMITS: [((), log.numbers.commits)],
            families.AUDIT_FAILURES: _one(log.numbers.failures),
            families.CHECKPOINTS: _one(log.numbers.checkpoints),
            families.UNSIGNED: _one(log.unsigned),
            families.LOG_SIZE: _one(log.size),
        }

    def _of_rounds(self) -> dict[Family, Samples]:
        numbers = self._service.rounds.numbers
        return {
            families.ROUNDS: _one(numbers.made),
            families.ROUNDS_FAILED: _one(numbers.failed),
            families.ROUND_ENDED: _one(numbers.ended_at),
            families.KEYS_DONE: [
                ((operation(event),), count) for event, count in sorted(numbers.done.items())
            ],
            families.KEYS_FAILED: _one(numbers.keys_failed),
        }

    def _of_courier(self) -> dict[Family, Samples]:
        numbers = self._service.courier.numbers
        return {
            families.DELIVERIES: [(("taken",), numbers.delivered), (("failed",), numbers.failed)],
            families.EXPIRED: _one(numbers.expired),
        }

    def _of_reckoner(self) -> dict[Family, Samples]:
        numbers = self._service.reckoner.numbers
        return {
            families.USES_FAILED: _one(numbers.failed),
            families.USES_COUNTED: _one(numbers.whole_at),
        }

    def _of_unit(self) -> dict[Family, Samples]:
        unit = self._service.unit
        if not isinstance(unit, SoftwareUnit):
            return {}  # what another unit holds ready is not known here
        return {
            families.VERSIONS_OPEN: _one(unit.versions_open),
            families.VERSIONS_OPENED: _one(unit.versions_opened),
        }

    async def _of_instances(self) -> dict[Family, Samples]:
        """Return the last minute of the instances whose policy says so now, too (MET-1)."""
        requests: dict[Family, list[tuple[tuple[str, ...], float]]] = {}
        sums = self._service.dispatcher.usage.measured.sums(perf_counter())
        wanted = await self._measured({place[0] for place in sums})
        for (name, action, code), (count, seconds) in sums.items():
            if name not in wanted:
                continue
            instance, group = wanted[name]
            labels = _labels(instance, group, action, code)
            number, latency = families.OF_INSTANCES[instance.service]
            requests.setdefault(number, []).append((labels, count))
            requests.setdefault(latency, []).append((labels, 1000 * seconds / count))
        return dict(requests)

    async def _measured(self, ids: set[InstanceId]) -> dict[InstanceId, tuple[Instance, str]]:
        """Return those of *ids* that have the ``metrics`` policy on, as far as the store answers.

        With each comes the name of its resource group.
        """
        store, found = self._service.store, dict[InstanceId, tuple[Instance, str]]()
        with suppress(KeysteadError, TimeoutError):
            async with asyncio.timeout(_STORE_SECONDS):
                for name in ids:
                    with suppress(Tampered):  # the others are measured as well
                        policies, instance = await store.policies(name), await store.instance(name)
                        if policies and instance and policies.enabled(PolicyKind.METRICS):
                            found[name] = instance, await self._group_of(instance)
        return found

    async def _group_of(self, instance: Instance) -> str:
        groups = await self._service.store.resource_groups(instance.account)
        return next((it.name for it in groups if it.id == instance.group), DEFAULT)


def operation(name: str) -> str:
    """Return what an action or an event is called in a label: ``secrets.wrap`` for ``kms.secrets.wrap``."""
    return name.removeprefix(_PREFIX)


def _one(value: float) -> Samples:
    return [((), value)]


def _labels(instance: Instance, group: str, action: Action, code: int) -> tuple[str, ...]:
    """Return the values of section 7's labels, in their order in `families`."""
    return (
        "instance",
        str(code),
        instance.account,
        "public",
        instance.region,
        "kms",  # also for HPCS
        instance.id,
        operation(action.value),
        group,
        instance.name,
        instance.id,
    )
