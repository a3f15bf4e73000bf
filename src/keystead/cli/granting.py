"""What ``keystead access`` grants, and in which instance."""

import msgspec
import typer

from keystead.domain.actions import Action, Role
from keystead.domain.errors import KeysteadError, Refused
from keystead.domain.ids import IamId, InstanceId, KeyId, RingId, is_uuid, ring_id
from keystead.running import Service
from keystead.service.operator import AddGrant


class Scope(msgspec.Struct, frozen=True):
    """Roles, and what they are granted on: an instance, a ring or key of it, or all of the account."""

    roles: tuple[Role, ...]
    ring: RingId | None
    key: KeyId | None
    everywhere: bool = False


def scope_of(roles: list[Role] | None, ring: str | None, key: str | None) -> Scope:
    """Read what the options say; `KeysteadError` where one cannot be read."""
    try:
        ring_name = None if ring is None else ring_id(ring)
    except Refused as refused:
        raise KeysteadError(f"--ring: {refused.detail}") from None
    if key is not None and not is_uuid(key):
        raise KeysteadError("--key takes the id of a key; see `keystead key list`")
    return Scope(tuple(roles or ()), ring_name, None if key is None else KeyId(key.lower()))


async def active_instance(service: Service, wanted: str | None) -> InstanceId:
    """Return the instance that is *wanted*, or the only one; `KeysteadError` where it is not clear which."""
    known = [instance.id for instance in await service.store.instances() if instance.state == "active"]
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted in known:
        return InstanceId(wanted)
    raise KeysteadError(f"--instance is one of: {', '.join(known) or 'none yet, run `keystead init`'}")


async def grant_roles(service: Service, subject: IamId, scope: Scope, instance: str | None) -> None:
    """Grant *subject* the roles of *scope*, if there are any, and say so."""
    if not scope.roles:
        return
    command = AddGrant(
        subject=subject, roles=scope.roles, ring=scope.ring, key=scope.key, everywhere=scope.everywhere
    )
    await service.operate(Action.GRANT_CREATE, command, await active_instance(service, instance))
    typer.echo(f"granted   {', '.join(scope.roles)} to {subject}")
