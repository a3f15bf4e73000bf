"""What listings of network zones and context rules are asked."""

from collections.abc import Iterable
from typing import Final, get_args

from keystead.domain.context_rules import Mode
from keystead.domain.errors import bad_query
from keystead.domain.zones import SORTS as ZONE_SORTS
from keystead.protocols.http.exchange import Exchange
from keystead.service.context_checks import Sort
from keystead.service.context_offers import ListOperations, ListServiceRefs
from keystead.service.context_rules import SORTS as RULE_SORTS
from keystead.service.context_rules import ListRules, RuleQuery
from keystead.service.zones import ListZones

_TARGETS: Final = ("all", "platform_service")


def list_of_zones(exchange: Exchange) -> ListZones:
    """Return which zones are asked for; `Refused` with ``INVALID_QUERY_PARAM``."""
    fields = _fields(exchange)
    return ListZones(account=_account(fields), name=fields.get("name"), sort=_sort(fields, ZONE_SORTS))


def list_of_rules(exchange: Exchange) -> ListRules:
    """Return which rules are asked for; `Refused` with ``INVALID_QUERY_PARAM``."""
    fields = _fields(exchange)
    query = RuleQuery(
        account=_account(fields),
        service=fields.get("service_name"),
        instance=fields.get("service_instance"),
        region=fields.get("region"),
        resource=fields.get("resource"),
        resource_type=fields.get("resource_type"),
        service_type=fields.get("service_type"),
        group=fields.get("service_group_id"),
        zone=fields.get("zone_id"),
        mode=_mode(fields.get("enforcement_mode")),
    )
    return ListRules(query, _sort(fields, RULE_SORTS))


def operations_of(exchange: Exchange) -> ListOperations:
    """Return the operations of which service are asked for; `Refused` with ``INVALID_QUERY_PARAM``."""
    fields = _fields(exchange)
    service, group = fields.get("service_name"), fields.get("service_group_id")
    if service is not None and group is not None:
        raise bad_query("service_group_id", "left out where service_name is there")
    return ListOperations(service, group)


def targets_of(exchange: Exchange) -> ListServiceRefs:
    """Return which services are asked for; `Refused` with ``INVALID_QUERY_PARAM``."""
    kind = _fields(exchange).get("type", _TARGETS[0])
    if kind not in _TARGETS:
        raise bad_query("type", f"one of {', '.join(_TARGETS)}")
    return ListServiceRefs(only_platform=kind != _TARGETS[0])


def _fields(exchange: Exchange) -> dict[str, str]:
    return {name: values[-1] for name, values in exchange.query().items()}


def _account(fields: dict[str, str]) -> str:
    account = fields.get("account_id")
    if account is None:
        raise bad_query("account_id", "the id of your account")
    return account


def _mode(given: str | None) -> Mode | None:
    known: tuple[Mode, ...] = get_args(Mode)
    found = next((mode for mode in known if mode == given), None)
    if given is not None and found is None:
        raise bad_query("enforcement_mode", f"one of {', '.join(known)}")
    return found


def _sort(fields: dict[str, str], known: Iterable[str]) -> Sort:
    given = fields.get("sort", "id")
    by = given.removeprefix("-")
    if by not in known:
        raise bad_query("sort", f"one of {', '.join(known)}, with a hyphen before it for the other direction")
    return Sort(by, given.startswith("-"))
