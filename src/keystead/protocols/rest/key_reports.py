"""Reports of keys and their use, in the form of the Key Usage Reporter and as a table.

Source: ``spec/crypto-units.md`` section 7.1.
"""

import csv
import io
import re
from datetime import date
from typing import Any, Final

from keystead import __version__
from keystead.domain.crns import service_of
from keystead.domain.errors import bad_query
from keystead.domain.identities import PARTS
from keystead.domain.key_uses import REWRAPS, UNWRAPS, USES, WRAPS, Tally
from keystead.domain.keys import KeyState
from keystead.domain.moments import moment, month_of
from keystead.domain.policies import PolicyKind
from keystead.domain.spreadsheets import cell
from keystead.protocols.http.exchange import Reply
from keystead.protocols.http.visit import Visit, json_reply
from keystead.protocols.rest import queries
from keystead.protocols.rest.impact import counted
from keystead.service.key_reports import DEFAULT_LIMIT, LIMITS, KeyReport, ReportedKey, ReportKeys

MONTH: Final = re.compile(r"(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])\Z")
CSV: Final = "text/csv"
COLUMNS: Final = (
    "month",
    "instanceId",
    "keyId",
    "keyName",
    "keyType",
    "keyState",
    "keyVersions",
    "registrations",
    "wraps",
    "unwraps",
    "rewraps",
    "otherOperations",
    "callers",
    "lastUsed",
    "lastUsedBy",
    "lastUsedAuthnId",
    "serviceName",
)
_STATES: Final = {
    KeyState.PRE_ACTIVE: "pre-activation",
    KeyState.ACTIVE: "active",
    KeyState.SUSPENDED: "suspended",
    KeyState.DEACTIVATED: "deactivated",
    KeyState.DESTROYED: "destroyed",
}


async def report_keys(visit: Visit) -> Reply:
    """``GET /key_usage_report``."""
    return json_reply(200, _view(await visit.serve(lambda: _wish(visit))))


async def report_table(visit: Visit) -> Reply:
    """``GET /key_usage_report.csv``."""
    report = await visit.serve(lambda: _wish(visit))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([cell(value) for value in _row(key, report)] for key in report.keys)
    return Reply(200, text.getvalue().encode(), ((b"content-type", f"{CSV}; charset=utf-8".encode()),))


def _wish(visit: Visit) -> ReportKeys:
    query = visit.exchange.query()
    limit, offset = queries.page(query, DEFAULT_LIMIT, LIMITS)
    return ReportKeys(month=_month(query), limit=limit, offset=offset)


def _month(query: queries.Query) -> date | None:
    if "month" not in query:
        return None
    found = MONTH.match(query["month"][-1])
    if found is None:
        raise bad_query("month", "a year and a month, as in 2031-05")
    return date(int(found[1]), int(found[2]), 1)


def _view(report: KeyReport) -> dict[str, Any]:
    instance = report.instance
    return {
        "metadata": {
            "tool_version": __version__,
            "service": instance.service,
            "account_id": instance.account,
            "month": month_of(report.month),
            "total_keys": report.total,
            "whole": report.whole,
            "audit_logs": [counted(log) for log in report.logs],
        },
        "result": {"kms_instances": [_instance(report)], "crns": [], "unknowns": []},
    }


def _instance(report: KeyReport) -> dict[str, Any]:
    instance, counts = report.instance, report.counts
    network = None if report.policies is None else report.policies.enabled(PolicyKind.ALLOWED_NETWORK)
    return {
        "name": instance.name,
        "service": instance.service,
        "type": "dedicated" if instance.plan.name == "dedicated" else "multi-tenant",
        "crn": instance.crn,
        "state": instance.state,
        "allowed_network": "public-and-private" if network is None else network.allowed_network,
        "public_endpoint": report.endpoint,
        "private_endpoint": report.endpoint,
        "found_by_kms_instance_listing": True,
        "found_by_resource_scan": False,
        "registrations": report.registrations,
        "instance_stats": {
            "active_crk_count": counts[KeyState.ACTIVE, False],
            "suspended_crk_count": counts[KeyState.SUSPENDED, False],
            "deactivated_crk_count": counts[KeyState.DEACTIVATED, False],
            "destroyed_crk_count": counts[KeyState.DESTROYED, False],
            "active_standard_key_count": counts[KeyState.ACTIVE, True],
            "destroyed_standard_key_count": counts[KeyState.DESTROYED, True],
        },
        "keys": [_key(key) for key in report.keys],
    }


def _key(one: ReportedKey) -> dict[str, Any]:
    key = one.key
    view: dict[str, Any] = {
        "type": _type(one),
        "state_name": _STATES[key.state],
        "name": key.name,
        "id": key.id,
        "has_migration_intent": False,
        "found_by_kms_key_listing": True,
        "found_by_resource_scan": False,
        "version_count": len(key.versions),
        "operations": dict(sorted(one.operations.items())),
        "caller_count": one.caller_count,
    }
    if one.registrations:
        view["associations"] = [
            {"resource_crn": it.crn, "prevent_key_deletion": it.prevent_key_deletion}
            for it in one.registrations
        ]
    if one.services:
        view["service_usage"] = _services(one.services)
    if one.more:
        view["more_service_usage"] = True
    if one.last is not None:
        view |= {"last_used": moment(one.last.last), "last_used_by": one.last.caller}
    if one.last is not None and one.last.behind is not None:
        view["last_used_authn_id"] = one.last.behind
    return view


def _services(callers: tuple[str, ...]) -> dict[str, list[dict[str, str]]]:
    """Return *callers*, services, by name, each with the resource that it called as."""
    found: dict[str, list[dict[str, str]]] = {}
    for caller in callers:
        crn = caller.removeprefix(PARTS)
        found.setdefault(service_of(crn), []).append({"encrypted_resource": crn})
    return found


def _row(one: ReportedKey, report: KeyReport) -> tuple[object, ...]:
    key, operations = one.key, one.operations
    return (
        month_of(report.month),
        report.instance.id,
        key.id,
        key.name,
        _type(one),
        _STATES[key.state],
        len(key.versions),
        len(one.registrations),
        *(sum(operations[name] for name in names) for names in (WRAPS, UNWRAPS, REWRAPS)),
        sum(count for action, count in operations.items() if action not in USES),
        one.caller_count,
        *_last(one.last),
        report.instance.service,
    )


def _last(use: Tally | None) -> tuple[str, str, str]:
    """Return when, by whom, and who had assumed him."""
    return ("", "", "") if use is None else (moment(use.last), use.caller, use.behind or "")


def _type(one: ReportedKey) -> str:
    return "standard_key" if one.key.extractable else "crk"
