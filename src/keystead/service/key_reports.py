"""What keys of an instance protect and were used for in a month, in the manner of the Key Usage Reporter.

Source: ``spec/crypto-units.md`` section 7.1.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from keystead.domain.endpoints import Endpoints
from keystead.domain.identities import PARTS
from keystead.domain.ids import KeyId
from keystead.domain.impact import Counted
from keystead.domain.instances import Instance
from keystead.domain.key_uses import USES, DayOfUses, Tally, UseQuery, tallies_of
from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import KeyQuery
from keystead.domain.moments import month_of
from keystead.domain.policies import InstancePolicies
from keystead.domain.registrations import Registration
from keystead.service.case import Case, Tools
from keystead.service.key_uses import counted_now

LIMITS: Final = range(1, 501)
DEFAULT_LIMIT: Final = 200
MOST_SERVICES: Final = 100
"""Shown of one key: a service may call as any number of parts of itself."""
_LONGEST_MONTH: Final = timedelta(days=31)
_COUNTED: Final = (
    (KeyState.ACTIVE, False),
    (KeyState.SUSPENDED, False),
    (KeyState.DEACTIVATED, False),
    (KeyState.DESTROYED, False),
    (KeyState.ACTIVE, True),
    (KeyState.DESTROYED, True),
)
"""States of root keys, and then of standard keys, that are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedKey:
    """A key, what it protects, and what was done with it in the month."""

    key: Key
    registrations: tuple[Registration, ...]
    operations: Counter[str]  # by what the audit log calls them
    caller_count: int  # of those who wrapped, unwrapped or rewrapped
    services: tuple[str, ...]  # IAM ids of services among them, in order
    more: bool  # whether there are more of these
    last: Tally | None  # the last time that one of them did, in the month


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """A page of the keys of an instance, and how many there are."""

    instance: Instance
    month: date  # its first day
    counts: dict[tuple[KeyState, bool], int]  # by state, and whether it is standard keys
    registrations: int
    policies: InstancePolicies | None
    endpoints: Endpoints  # where clients reach this service
    keys: tuple[ReportedKey, ...]
    total: int
    logs: tuple[Counted, ...]
    whole: bool  # whether this node has counted all of its own log


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportKeys:
    """Report a page of keys, destroyed ones among them, ordered by id."""

    month: date | None  # its first day; this month
    limit: int
    offset: int

    async def run(self, case: Case, tools: Tools) -> KeyReport:
        """Look at keys, registrations and counted uses; nothing is changed by that."""
        logs, whole = await counted_now(tools)
        month = self.month or case.now.date().replace(day=1)
        every = KeyQuery(instance=case.instance.id, now=case.now, states=frozenset(KeyState))
        keys = await tools.store.keys(_page(every, self.limit, self.offset))
        registered = await tools.store.registrations(case.instance.id, None)
        by_key: dict[KeyId, list[Registration]] = {}
        for it in registered:
            by_key.setdefault(it.key, []).append(it)
        case.request["month"] = month_of(month)
        case.response["totalResources"] = len(keys)
        return KeyReport(
            instance=case.instance,
            month=month,
            counts={which: await _count(*which, case, tools) for which in _COUNTED},
            registrations=len(registered),
            policies=case.policies,
            endpoints=tools.endpoints,
            keys=tuple(
                [
                    _reported(
                        key.at(case.now), by_key.get(key.id, ()), await _uses(key.id, month, case, tools)
                    )
                    for key in keys
                ]
            ),
            total=await tools.store.count(every),
            logs=logs,
            whole=whole,
        )


def _page(every: KeyQuery, limit: int, offset: int) -> KeyQuery:
    return KeyQuery(instance=every.instance, now=every.now, states=every.states, limit=limit, offset=offset)


async def _uses(key: KeyId, month: date, case: Case, tools: Tools) -> tuple[DayOfUses, ...]:
    """Return the days of the month of one key: those of a page of keys may be more than fits into memory."""
    query = UseQuery(
        instance=case.instance.id,
        keys=frozenset({key}),
        since=month,
        before=(month + _LONGEST_MONTH).replace(day=1),
    )
    return await tools.store.uses(query)


async def _count(state: KeyState, standard: bool, case: Case, tools: Tools) -> int:
    query = KeyQuery(instance=case.instance.id, now=case.now, states=frozenset({state}), extractable=standard)
    return await tools.store.count(query)


def _reported(key: Key, registered: Iterable[Registration], days: Sequence[DayOfUses]) -> ReportedKey:
    operations = Counter[str]()
    for tally in tallies_of(days):
        operations[tally.action] += tally.count
    of_use = [tally for tally in tallies_of(days) if tally.action in USES]
    callers = {tally.caller for tally in of_use}
    services = sorted(caller for caller in callers if caller.startswith(PARTS))
    return ReportedKey(
        key=key,
        registrations=tuple(registered),
        operations=operations,
        caller_count=len(callers),
        services=tuple(services[:MOST_SERVICES]),
        more=len(services) > MOST_SERVICES,
        last=max(of_use, key=lambda it: (it.last, it.caller, it.action), default=None),
    )
