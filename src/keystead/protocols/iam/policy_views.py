"""How policies are shown, in both of their forms. Source: ``spec/iam-and-provisioning.md`` section 3.6."""

from datetime import datetime
from typing import Any

from keystead.domain.attributes import Attribute
from keystead.domain.grants import Grant
from keystead.domain.moments import moment
from keystead.domain.roles import Customs, role_called
from keystead.protocols.iam.role_views import SAYS
from keystead.protocols.iam.rule_bodies import shown_when
from keystead.service.policy_rules import ShownGrant


def shown(it: ShownGrant) -> dict[str, Any]:
    """Return a policy in the first form."""
    grant = it.grant
    resource = [{**_attribute(one, "name"), "operator": one.operator} for one in grant.resource]
    subject = [
        {**_attribute(one, "name"), **({} if one.is_exact else {"operator": one.operator})}
        for one in _subject(grant)
    ]
    return {
        **_head(grant, "v1"),
        "subjects": [{"attributes": subject}],
        "roles": [_role(crn, it.customs) for crn in grant.roles],
        "resources": [{"attributes": resource}],
        **_when(grant),
    }


def shown_keyed(it: ShownGrant) -> dict[str, Any]:
    """Return a policy in the second form."""
    grant = it.grant
    return {
        **_head(grant, "v2"),
        "subject": {"attributes": [_keyed(one) for one in _subject(grant)]},
        "control": {"grant": {"roles": [{"role_id": crn} for crn in grant.roles]}},
        "resource": {"attributes": [_keyed(one) for one in grant.resource]},
        **_when(grant),
    }


def _when(grant: Grant) -> dict[str, Any]:
    """Return what both forms show of when a policy holds, though the first one cannot say it."""
    return {} if grant.when is None else shown_when(grant.when)


def _head(grant: Grant, version: str) -> dict[str, Any]:
    """Return what both forms have; of what the operator or an older version made not all is known."""
    head = {
        "id": grant.id,
        "type": "authorization" if grant.is_for_services else "access",
        "description": grant.description,
        "state": grant.state,
        "href": f"/{version}/policies/{grant.id}",
        "created_at": _moment(grant.created_at),
        "created_by_id": grant.created_by,
        "last_modified_at": _moment(grant.modified_at),
        "last_modified_by_id": grant.modified_by,
    }
    return {name: value for name, value in head.items() if value is not None}


def _moment(time: datetime | None) -> str | None:
    return None if time is None else moment(time)


def _subject(grant: Grant) -> tuple[Attribute, ...]:
    return grant.source or (Attribute(name="iam_id", value=grant.subject),)


def _attribute(it: Attribute, name: str) -> dict[str, str]:
    return {name: it.name, "value": it.value}


def _keyed(it: Attribute) -> dict[str, str]:
    return {**_attribute(it, "key"), "operator": it.operator}


def _role(crn: str, customs: Customs) -> dict[str, Any]:
    named = role_called(crn)
    if named is None:
        return {"role_id": crn}
    if named.role is not None:
        return {"role_id": crn, "display_name": str(named.role), "description": SAYS[named.role]}
    custom = customs.get(named.name)  # gone where the policy is deleted
    name, says = (named.name, "") if custom is None else (custom.display_name, custom.description)
    return {"role_id": crn, "display_name": name, "description": says}
