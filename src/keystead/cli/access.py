"""``keystead access``: identities, API keys, grants, the key of tokens, and a way back in."""

from typing import Annotated, Literal

import msgspec
import typer

from keystead.cli.machine import Config, Data, on_machine
from keystead.domain.actions import Action, Role
from keystead.domain.errors import KeysteadError, Refused
from keystead.domain.ids import IamId, InstanceId, KeyId, RingId, is_uuid, ring_id
from keystead.domain.material import KeyMaterial
from keystead.identity.signing import make_signing_key
from keystead.running import Service
from keystead.service.instance_policies import Reopen
from keystead.service.operator import AddApiKey, AddGrant, AddIdentity, RotateSigningKey
from keystead.service.removing import RemoveIdentity

app = typer.Typer(no_args_is_help=True, add_completion=False)

InstanceOption = Annotated[str | None, typer.Option("--instance", help="Needed where there are several.")]
Roles = Annotated[list[Role] | None, typer.Option("--role", help="May be given several times.")]
Ring = Annotated[str | None, typer.Option("--ring", help="Only keys of this ring.")]
Key = Annotated[str | None, typer.Option("--key", help="Only the key of this id.")]


@app.command("user")
def user(
    email: str,
    role: Roles = None,
    ring: Ring = None,
    key: Key = None,
    instance: InstanceOption = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Make a user with an API key, which is shown this once, and grant roles."""
    scope = _scope(role, ring, key)
    on_machine(config, data, lambda service: _identity(service, "user", email, scope, instance))


@app.command("service-id")
def service_id(
    name: str,
    role: Roles = None,
    ring: Ring = None,
    key: Key = None,
    instance: InstanceOption = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Make a service id with an API key, which is shown this once, and grant roles."""
    on_machine(
        config, data, lambda service: _identity(service, "serviceid", name, _scope(role, ring, key), instance)
    )


@app.command("service")
def service(
    crn: str,
    role: Roles = None,
    ring: Ring = None,
    key: Key = None,
    instance: InstanceOption = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Make an identity for a cloud service or one instance of it, by its CRN; it registers its resources."""
    scope = _scope(role, ring, key)
    on_machine(config, data, lambda opened: _identity(opened, "service", crn, scope, instance))


@app.command("remove")
def remove(
    who: Annotated[str, typer.Argument(help="IAM id, or the e-mail address of a user.")],
    instance: Annotated[str | None, typer.Option("--instance", help="Any of the account.")] = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Remove a user, service id or service, with API keys, grants, memberships and tokens."""
    on_machine(config, data, lambda service: _remove(service, who, instance))


@app.command("api-key")
def api_key(
    iam_id: str,
    name: Annotated[str, typer.Option(help="What it is for.")] = "another",
    instance: InstanceOption = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Make another API key for an identity; it is shown this once."""
    on_machine(config, data, lambda service: _api_key(service, IamId(iam_id), name, instance))


@app.command("grant")
def grant(
    iam_id: str,
    role: Roles = None,
    ring: Ring = None,
    key: Key = None,
    instance: InstanceOption = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Grant roles to an identity."""
    on_machine(
        config, data, lambda service: _grant(service, IamId(iam_id), _scope(role, ring, key), instance)
    )


@app.command("grant-account")
def grant_account(
    iam_id: str,
    role: Roles = None,
    instance: Annotated[str | None, typer.Option("--instance", help="Any of the account.")] = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Grant roles in all instances of the account, also those to come; who makes instances needs Editor."""
    scope = _Scope(tuple(role or ()), None, None, everywhere=True)
    on_machine(config, data, lambda service: _grant(service, IamId(iam_id), scope, instance))


@app.command("reopen")
def reopen(instance: InstanceOption = None, config: Config = None, data: Data = None) -> None:
    """Turn off allowedIP and allowedNetwork of an instance that nobody can reach any more."""
    on_machine(config, data, lambda service: _reopen(service, instance))


@app.command("rotate-signing-key")
def rotate_signing_key(config: Config = None, data: Data = None) -> None:
    """Have a new key sign access tokens; those that are out stay good until they end."""
    on_machine(config, data, _rotate_signing_key)


class _Scope(msgspec.Struct, frozen=True):
    roles: tuple[Role, ...]
    ring: RingId | None
    key: KeyId | None
    everywhere: bool = False


def _scope(roles: list[Role] | None, ring: str | None, key: str | None) -> _Scope:
    try:
        ring_name = None if ring is None else ring_id(ring)
    except Refused as refused:
        raise KeysteadError(f"--ring: {refused.detail}") from None
    if key is not None and not is_uuid(key):
        raise KeysteadError("--key takes the id of a key; see `keystead key list`")
    return _Scope(tuple(roles or ()), ring_name, None if key is None else KeyId(key.lower()))


async def _instance(service: Service, wanted: str | None) -> InstanceId:
    known = [instance.id for instance in await service.store.instances() if instance.state == "active"]
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted in known:
        return InstanceId(wanted)
    raise KeysteadError(f"--instance is one of: {', '.join(known) or 'none yet, run `keystead init`'}")


async def _identity(
    service: Service,
    kind: Literal["user", "serviceid", "service"],
    name: str,
    scope: _Scope,
    instance: str | None,
) -> None:
    where = await _instance(service, instance)
    text, digest = service.new_api_key()
    command = AddIdentity(kind=kind, name=name, digest=digest)
    made = await service.operate(Action.IDENTITY_CREATE, command, where)
    await _grant(service, made.iam_id, scope, where)
    _show(made.iam_id, text)


async def _remove(service: Service, name: str, instance: str | None) -> None:
    where = await _instance(service, instance)
    gone = await service.operate(Action.IDENTITY_REMOVE, RemoveIdentity(name), where)
    typer.echo(f"removed   {gone.iam_id} ({gone.name})")


async def _api_key(service: Service, subject: IamId, name: str, instance: str | None) -> None:
    text, digest = service.new_api_key()
    command = AddApiKey(subject=subject, name=name, digest=digest)
    await service.operate(Action.API_KEY_GIVE, command, await _instance(service, instance))
    _show(subject, text)


async def _grant(service: Service, subject: IamId, scope: _Scope, instance: str | None) -> None:
    if not scope.roles:
        return
    command = AddGrant(
        subject=subject, roles=scope.roles, ring=scope.ring, key=scope.key, everywhere=scope.everywhere
    )
    await service.operate(Action.GRANT_CREATE, command, await _instance(service, instance))
    typer.echo(f"granted   {', '.join(scope.roles)} to {subject}")


async def _reopen(service: Service, instance: str | None) -> None:
    where = await _instance(service, instance)
    turned_off = await service.operate(Action.INSTANCE_REOPEN, Reopen(), where)
    typer.echo(f"turned off  {', '.join(turned_off) or 'nothing: neither policy was on'}")


async def _rotate_signing_key(service: Service) -> None:
    new = make_signing_key(service.unit, service.clock())
    retired = await service.operate(Action.SIGNING_KEY_ROTATE, RotateSigningKey(new))
    typer.echo(f"signs     {new.id}")
    for key in retired:
        typer.echo(f"retired   {key.id}")


def _show(subject: IamId, text: KeyMaterial) -> None:
    typer.echo(f"iam id    {subject}")
    typer.echo(f"api key   {text.reveal().decode('ascii')}")
