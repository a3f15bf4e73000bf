"""The resource controller: instances as they are made, changed, locked and removed.

Source: ``spec/iam-and-provisioning.md`` sections 5.1 and 5.2. Bodies are read as Go's decoder does.
"""

from typing import Any, Final

import msgspec

from keystead.domain.errors import bad_field
from keystead.domain.policies import ALLOWED_NETWORKS
from keystead.domain.provisioning import instance_name
from keystead.protocols.http.exchange import Exchange, Reply
from keystead.protocols.http.visit import Visit
from keystead.protocols.provisioning.answers import answer, nothing
from keystead.protocols.provisioning.instance_views import instance_view
from keystead.protocols.provisioning.queries import Query
from keystead.protocols.rest.lenient import Fields, read_object
from keystead.service.provisioning import (
    CreateInstance,
    DeleteInstance,
    LockInstance,
    Parameters,
    UpdateInstance,
)

MOST_PARAMETER_OCTETS: Final = 16 << 10
MOST_PARAMETER_LEVELS: Final = 16
_TAGS: Final = 100
_TAG_CHARACTERS: Final = 128
_LOCKS: Final = {"true": True, "false": False}


async def create_instance(visit: Visit) -> Reply:
    """``POST /v2/resource_instances``."""
    made = await visit.serve(lambda: _creation(visit.exchange))
    return answer(visit.exchange, instance_view(made), status=201)


async def update_instance(visit: Visit) -> Reply:
    """``PATCH /v2/resource_instances/{instance}``."""
    changed = await visit.serve(lambda: _update(read_object(visit.exchange.content())))
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


def _creation(exchange: Exchange) -> CreateInstance:
    fields = read_object(exchange.content())
    fields.texts("tags", most=_TAGS, longest=_TAG_CHARACTERS)  # forgotten: nothing has tags here
    return CreateInstance(
        name=instance_name(_required(fields, "name")),
        plan=_required(fields, "resource_plan_id"),
        target=_required(fields, "target", "target_crn"),
        group=fields.text("resource_group") or fields.text("resource_group_id"),
        parameters=_parameters(fields) or Parameters(),
        allow_cleanup=fields.flag("allow_cleanup", default=False),
        locked=_lock(exchange),
    )


def _update(fields: Fields) -> UpdateInstance:
    name = fields.text("name")
    return UpdateInstance(
        name=None if name is None else instance_name(name),
        plan=fields.text("resource_plan_id"),
        parameters=_parameters(fields),
        allow_cleanup=(
            None if fields["allow_cleanup"] is None else fields.flag("allow_cleanup", default=False)
        ),
    )


def _required(fields: Fields, name: str, old_name: str | None = None) -> str:
    given = fields.text(name) or (fields.text(old_name) if old_name else None)
    if given is None:
        raise bad_field(name, "given")
    return given


def _lock(exchange: Exchange) -> bool:
    given = exchange.header(b"entity-lock")
    if given is None:
        return False
    if given.lower() not in _LOCKS:
        raise bad_field("Entity-Lock", "true or false")
    return _LOCKS[given.lower()]


def _parameters(fields: Fields) -> Parameters | None:
    """Read the parameters, which are returned as they came (RC-3)."""
    given = fields["parameters"]
    if given is None:
        return None
    must_be = (
        f"an object of at most {MOST_PARAMETER_OCTETS} octets, nested at most {MOST_PARAMETER_LEVELS} deep"
    )
    if not isinstance(given, dict) or not _is_shallow(given):
        raise bad_field("parameters", must_be)
    text = msgspec.json.encode(given)
    if len(text) > MOST_PARAMETER_OCTETS:
        raise bad_field("parameters", must_be)
    return Parameters(text.decode(), _network(given))


def _is_shallow(value: dict[str, Any]) -> bool:
    level: list[Any] = [value]
    for _ in range(MOST_PARAMETER_LEVELS):
        level = [inner for outer in level for inner in _inside(outer)]
    return not any(isinstance(value, dict | list) for value in level)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _network(given: dict[str, Any]) -> str | None:
    network = given.get("allowed_network")
    if network is not None and network not in ALLOWED_NETWORKS:
        raise bad_field("allowed_network", " or ".join(ALLOWED_NETWORKS))
    return network
