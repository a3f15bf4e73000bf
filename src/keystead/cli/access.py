"""``keystead access``: identities, API keys, grants, the key of tokens, and a way back in."""

from typing import Annotated, Literal

import typer

from keystead.cli.granting import Scope, active_instance, grant_roles, scope_of
from keystead.cli.machine import Config, Data, on_machine
from keystead.domain.actions import Action, Role
from keystead.domain.ids import IamId
from keystead.domain.material import KeyMaterial
from keystead.identity.signing import make_signing_key
from keystead.running import Service
from keystead.service.instance_policies import Reopen
from keystead.service.operator import AddApiKey, AddIdentity, RotateSigningKey
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
    scope = scope_of(role, ring, key)
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
        config,
        data,
        lambda service: _identity(service, "serviceid", name, scope_of(role, ring, key), instance),
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
    scope = scope_of(role, ring, key)
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
        config, data, lambda service: grant_roles(service, IamId(iam_id), scope_of(role, ring, key), instance)
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
    scope = Scope(tuple(role or ()), None, None, everywhere=True)
    on_machine(config, data, lambda service: grant_roles(service, IamId(iam_id), scope, instance))


@app.command("reopen")
def reopen(instance: InstanceOption = None, config: Config = None, data: Data = None) -> None:
    """Turn off allowedIP and allowedNetwork of an instance that nobody can reach any more."""
    on_machine(config, data, lambda service: _reopen(service, instance))


@app.command("rotate-signing-key")
def rotate_signing_key(config: Config = None, data: Data = None) -> None:
    """Have a new key sign access tokens; those that are out stay good until they end."""
    on_machine(config, data, _rotate_signing_key)


async def _identity(
    service: Service,
    kind: Literal["user", "serviceid", "service"],
    name: str,
    scope: Scope,
    instance: str | None,
) -> None:
    where = await active_instance(service, instance)
    text, digest = service.new_api_key()
    command = AddIdentity(kind=kind, name=name, digest=digest)
    made = await service.operate(Action.IDENTITY_CREATE, command, where)
    await grant_roles(service, made.iam_id, scope, where)
    _show(made.iam_id, text)


async def _remove(service: Service, name: str, instance: str | None) -> None:
    where = await active_instance(service, instance)
    gone = await service.operate(Action.IDENTITY_REMOVE, RemoveIdentity(name), where)
    typer.echo(f"removed   {gone.iam_id} ({gone.name})")


async def _api_key(service: Service, subject: IamId, name: str, instance: str | None) -> None:
    text, digest = service.new_api_key()
    command = AddApiKey(subject=subject, name=name, digest=digest)
    await service.operate(Action.API_KEY_GIVE, command, await active_instance(service, instance))
    _show(subject, text)


async def _reopen(service: Service, instance: str | None) -> None:
    where = await active_instance(service, instance)
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
