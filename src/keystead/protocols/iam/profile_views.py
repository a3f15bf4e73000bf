"""How trusted profiles are shown, and whom they trust. Source: ``spec/iam-and-provisioning.md`` section 2."""

from datetime import datetime
from typing import Any

from keystead.domain.identities import PARTS, Identity
from keystead.domain.moments import moment
from keystead.domain.trust import Link, Rule, Trusted


def shown_profile(it: Identity) -> dict[str, Any]:
    """Return a profile."""
    view = {
        "id": it.id,
        "iam_id": it.iam_id,
        "entity_tag": it.entity_tag,
        "crn": it.crn,
        "name": it.display_name,
        **_moments(it.created_at, it.modified_at),
        "account_id": it.account,
    }
    return {**view, "description": it.description} if it.description else view


def shown_identities(it: Identity) -> dict[str, Any]:
    """Return all identities that a profile trusts."""
    return {
        "entity_tag": it.entity_tag,
        "identities": [shown_identity(one, it.account) for one in it.trust.identities],
    }


def shown_identity(it: Trusted, account: str) -> dict[str, Any]:
    """Return an identity that a profile of *account* trusts."""
    of_user = it.kind == "user"
    view: dict[str, Any] = {
        "iam_id": it.iam_id,
        "identifier": it.iam_id if of_user else it.iam_id.removeprefix(PARTS if it.kind == "crn" else "iam-"),
        "type": it.kind,
    }
    if of_user:
        view["accounts"] = [account]
    if it.description:
        view["description"] = it.description
    return view


def shown_rule(it: Rule) -> dict[str, Any]:
    """Return a rule."""
    optional = {"name": it.name or None, "realm_name": it.realm, "cr_type": it.compute}
    return {
        "id": it.id,
        "entity_tag": it.entity_tag,
        **_moments(it.created_at, it.modified_at),
        "type": it.kind,
        "expiration": it.expiration,
        **{name: value for name, value in optional.items() if value is not None},
        "conditions": [
            {"claim": one.claim, "operator": one.operator, "value": one.value} for one in it.conditions
        ],
    }


def shown_link(it: Link) -> dict[str, Any]:
    """Return a link."""
    return {
        "id": it.id,
        "entity_tag": it.entity_tag,
        **_moments(it.created_at, None),
        **({"name": it.name} if it.name else {}),
        "cr_type": it.compute,
        "link": {"crn": it.cluster, "namespace": it.namespace, "name": it.account},
    }


def _moments(created: datetime, modified: datetime | None) -> dict[str, str]:
    return {"created_at": moment(created), "modified_at": moment(modified or created)}
