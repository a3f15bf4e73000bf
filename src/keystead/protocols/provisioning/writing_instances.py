"""The resource controller: instances as they are made, changed, locked and removed.

Source: ``spec/iam-and-provisioning.md`` sections 5.1 and 5.2.
"""

from typing import Final

import msgspec

from keystead.domain.errors import bad_field
from keystead.domain.policies import ALLOWED_NETWORKS
from keystead.domain.provisioning import instance_name
from keystead.domain.tags import LONGEST, MOST_TAGS, tag_name
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer, nothing
from keystead.protocols.provisioning.bodies import Body
from keystead.protocols.provisioning.instance_views import instance_view
from keystead.protocols.provisioning.queries import Query
from keystead.service.create_instance import CreateInstance, Parameters
from keystead.service.provisioning import CancelOperation, DeleteInstance, LockInstance, UpdateInstance

MOST_PARAMETER_OCTETS: Final = 16 << 10
MOST_PARAMETER_LEVELS: Final = 16
_LOCKS: Final = {"true": True, "false": False}


async def create_instance(visit: Visit) -> Reply:
    """``POST /v2/resource_instances``."""
    made = await visit.serve(lambda: _creation(visit.exchange))
    return answer(visit.exchange, instance_view(made), status=201)


async def update_instance(visit: Visit) -> Reply:
    """``PATCH /v2/resource_instances/{instance}``."""
    changed = await visit.serve(lambda: _update(Body(visit.exchange.content())))
    return answer(visit.exchange, instance_view(changed))


async def lock_instance(visit: Visit) -> Reply:
    """``POST /v2/resource_instances/{instance}/lock``."""
    return answer(visit.exchange, instance_view(await visit.serve(lambda: LockInstance(locked=True))))


async def unlock_instance(visit: Visit) -> Reply:
    """``DELETE /v2/resource_instances/{instance}/lock``."""
    return answer(visit.exchange, instance_view(await visit.serve(lambda: LockInstance(locked=False))))


async def delete_instance(visit: Visit) -> Reply:
    """``DELETE /v2/resource_instances/{instance}``; ``recursive`` has nothing to remove as well."""

    def command() -> DeleteInstance:
        Query(visit.exchange).flag("recursive")
        return DeleteInstance()

    await visit.serve(command)
    return nothing(visit.exchange)


async def cancel_operation(visit: Visit) -> Reply:
    """``DELETE /v2/resource_instances/{instance}/last_operation``."""
    return answer(visit.exchange, await visit.serve(CancelOperation))


def _creation(exchange: Exchange) -> CreateInstance:
    body = Body(exchange.content())
    tags = body.texts("tags", most=MOST_TAGS, longest=2 * LONGEST)
    group = body.text("resource_group")
    return CreateInstance(
        name=instance_name(body.required("name")),
        plan=body.required("resource_plan_id"),
        target=body.required("target", "target_crn"),
        group=body.text("resource_group_id") if group is None else group,
        parameters=_parameters(body) or Parameters(),
        allow_cleanup=body.flag("allow_cleanup") or False,
        locked=_lock(exchange),
        tags=tuple(sorted({tag_name(tag, "user") for tag in tags})),
    )


def _update(body: Body) -> UpdateInstance:
    name = body.text("name")
    return UpdateInstance(
        name=None if name is None else instance_name(name),
        plan=body.text("resource_plan_id"),
        parameters=_parameters(body),
        allow_cleanup=body.flag("allow_cleanup"),
    )


def _lock(exchange: Exchange) -> bool:
    given = exchange.header(b"entity-lock")
    if given is None:
        return False
    if given.lower() not in _LOCKS:
        raise bad_field("Entity-Lock", "true or false")
    return _LOCKS[given.lower()]


def _parameters(body: Body) -> Parameters | None:
    """Read the parameters, which are returned as they came (RC-3)."""
    given = body.object("parameters", levels=MOST_PARAMETER_LEVELS, octets=MOST_PARAMETER_OCTETS)
    if given is None:
        return None
    network = given.get("allowed_network")
    if network is not None and network not in ALLOWED_NETWORKS:
        raise bad_field("allowed_network", " or ".join(ALLOWED_NETWORKS))
    return Parameters(msgspec.json.encode(given).decode(), network)
