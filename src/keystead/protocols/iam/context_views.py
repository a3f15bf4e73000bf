"""How network zones, context rules and what may be said in them are shown."""

from typing import Any, Final

from keystead.domain.context_rules import (
    ALL_PLATFORM_APIS,
    ALL_SERVICE_APIS,
    DATA_PLANE,
    Condition,
    ContextRule,
)
from keystead.domain.moments import moment
from keystead.domain.role_tables import ACTIONS_BY_ID
from keystead.domain.zones import ServiceRef, Zone, ZoneAddress, crn_of
from keystead.service.context_offers import ContextSettings, Offer

_PREVIEWED: Final = 3
_API_TYPES: Final = {
    ALL_SERVICE_APIS: ("service", "All", "Protects all service APIs."),
    DATA_PLANE: ("service", "Data plane", "Protects all service APIs: there is no other plane here."),
    ALL_PLATFORM_APIS: ("platform", "All platform", "Accepted: provisioning is not covered by rules."),
}


def shown_zone(zone: Zone) -> dict[str, Any]:
    """Return a zone."""
    return {
        **_head(zone),
        "account_id": zone.account,
        "addresses": [_address(it) for it in zone.addresses],
        "excluded": [_address(it) for it in zone.excluded],
    }


def zone_summary(zone: Zone) -> dict[str, Any]:
    """Return a zone as a list has it."""
    return {**_head(zone), "addresses_preview": [_address(it) for it in zone.addresses[:_PREVIEWED]]}


def shown_rule(rule: ContextRule) -> dict[str, Any]:
    """Return a rule."""
    about: dict[str, Any] = {"attributes": [_condition(it) for it in rule.resource]}
    if rule.tags:
        about["tags"] = [_condition(it) for it in rule.tags]
    return {
        "id": rule.id,
        "crn": rule.crn,
        "description": rule.description,
        "contexts": [
            {"attributes": [{"name": it.name, "value": it.value} for it in context]}
            for context in rule.contexts
        ],
        "resources": [about],
        "operations": {"api_types": [{"api_type_id": it} for it in rule.api_types]},
        "enforcement_mode": rule.mode,
        "href": f"/v1/rules/{rule.id}",
        **_stamps(rule),
    }


def shown_settings(found: ContextSettings) -> dict[str, Any]:
    """Return how much there is, and may be."""
    return {
        "id": found.account,
        "crn": crn_of(found.account, "account-settings", found.account),
        "rule_count_limit": found.most_rules,
        "zone_count_limit": found.most_zones,
        "tags_rule_count_limit": found.most_rules,
        "current_rule_count": found.rules,
        "current_zone_count": found.zones,
        "current_tags_rule_count": found.rules_with_tags,
        "href": f"/v1/account_settings/{found.account}",
    }


def shown_offer(offer: Offer) -> dict[str, Any]:
    """Return the API types that a rule may name."""
    return {"api_types": [_api_type(offer, it) for it in offer.api_types]}


def service_ref_target(name: str) -> dict[str, Any]:
    """Return a service that a zone can refer to."""
    return {"service_name": name, "display_name": name, "locations": []}


def _api_type(offer: Offer, api_type: str) -> dict[str, Any]:
    kind, name, says = _API_TYPES[api_type]
    actions = ACTIONS_BY_ID[offer.service] if kind == "service" else ()
    return {
        "api_type_id": api_type,
        "display_name": name,
        "description": says,
        "type": kind,
        "actions": [{"action_id": it, "description": it} for it in actions],
        "enforcement_modes": list(offer.modes),
    }


def _head(zone: Zone) -> dict[str, Any]:
    return {
        "id": zone.id,
        "crn": zone.crn,
        "name": zone.name,
        "description": zone.description,
        "address_count": len(zone.addresses),
        "excluded_count": len(zone.excluded),
        "href": f"/v1/zones/{zone.id}",
        **_stamps(zone),
    }


def _stamps(it: Zone | ContextRule) -> dict[str, str]:
    return {
        "created_at": moment(it.created_at),
        "created_by_id": it.created_by,
        "last_modified_at": moment(it.modified_at),
        "last_modified_by_id": it.modified_by,
    }


def _address(it: ZoneAddress) -> dict[str, Any]:
    said = {"type": it.kind, "value": it.value} if it.ref is None else {"type": it.kind, "ref": _ref(it.ref)}
    return {**said, "id": it.id} if it.id else said


def _ref(ref: ServiceRef) -> dict[str, str]:
    said = {
        "account_id": ref.account,
        "service_type": ref.service_type,
        "service_name": ref.service_name,
        "service_instance": ref.service_instance,
        "location": ref.location,
    }
    return {name: value for name, value in said.items() if value is not None}


def _condition(it: Condition) -> dict[str, str]:
    said = {"name": it.name, "value": it.value}
    return said if it.operator is None else {**said, "operator": it.operator}
