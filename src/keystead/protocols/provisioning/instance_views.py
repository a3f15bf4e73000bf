"""An instance as the resource controller shows it. Source: ``spec/iam-and-provisioning.md`` section 5.1."""

from typing import Any, Final
from urllib.parse import quote

import msgspec

from keystead.domain.catalog import deployment_crn
from keystead.domain.instance_queries import TYPE, sub_type
from keystead.domain.instances import Instance
from keystead.domain.moments import moment
from keystead.domain.resource_groups import group_crn
from keystead.service.resource_instances import ShownInstance

_INSTANCES: Final = "/v2/resource_instances"


def instance_view(shown: ShownInstance) -> dict[str, Any]:
    """Return the instance object."""
    it = shown.instance
    url = f"{_INSTANCES}/{quote(it.crn, safe='')}"
    return {
        "id": it.crn,
        "guid": it.id,
        "crn": it.crn,
        "url": url,
        "name": it.name,
        "account_id": it.account,
        "region_id": it.region,
        "resource_id": it.plan.parent,
        "resource_plan_id": it.plan.id,
        "resource_group_id": it.group_id,
        "resource_group_crn": group_crn(it.account, it.group_id),
        "target_crn": deployment_crn(it.plan, it.region),
        "parameters": msgspec.Raw(it.parameters.encode()),
        "state": it.state,
        "type": TYPE,
        "sub_type": sub_type(it),
        "allow_cleanup": it.allow_cleanup,
        "locked": it.locked,
        "migrated": False,
        "onetime_credentials": False,
        **_history(it),
        "last_operation": _last_operation(it),
        "dashboard_url": "",
        "resource_keys_url": f"{url}/resource_keys",
        "plan_history": [
            {"resource_plan_id": plan.plan, "start_date": moment(plan.at)} for plan in it.plan_history
        ],
        "extensions": {"endpoints": {"public": shown.endpoints.public, "private": shown.endpoints.private}},
    }


def _history(it: Instance) -> dict[str, Any]:
    """Return who did what and when; what did not happen, or was not written down, is left out."""
    told = {
        "created_at": moment(it.created_at),
        "created_by": it.created_by,
        "updated_at": moment(it.changed_at),
        "updated_by": it.updated_by,
        "deleted_at": None if it.removed_at is None else moment(it.removed_at),
        "deleted_by": it.removed_by,
        "scheduled_reclaim_at": None if it.reclamation is None else moment(it.reclamation.at),
        "scheduled_reclaim_by": None if it.reclamation is None else it.reclamation.by,
        "restored_at": None if it.restored_at is None else moment(it.restored_at),
        "restored_by": it.restored_by,
    }
    return {name: value for name, value in told.items() if value is not None}


def _last_operation(it: Instance) -> dict[str, Any]:
    """Return what was done last; it is done when it is answered (RC-8)."""
    return {
        "type": it.last_operation,
        "state": "succeeded",
        "async": False,
        "description": f"Completed {it.last_operation} instance operation",
        "cancelable": False,
        "poll": False,
    }
