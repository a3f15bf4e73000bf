"""`keystead key`: keys and what happens to them."""

import sys
from typing import Annotated

import typer

from keystead.cli.impact import foreseen, show_impact
from keystead.cli.output import Output, OutputOption, note, show, show_all
from keystead.cli.session import session
from keystead.client.errors import BadInput
from keystead.client.key_protect import NewKey

app = typer.Typer(help="List, show and change keys.", no_args_is_help=True, add_completion=False)

KeyArgument = Annotated[str, typer.Argument(help="Id or alias of the key.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what would come of it, and change nothing.")
]
RingOption = Annotated[str | None, typer.Option(help="Key ring.")]

_LIST = {"Key": "id", "Name": "name", "State": "state", "Imported": "imported", "Ring": "keyRingID"}
_ONE = {
    "Key": "id",
    "Name": "name",
    "Aliases": "aliases",
    "Description": "description",
    "State": "state",
    "Standard key": "extractable",
    "Imported": "imported",
    "Ring": "keyRingID",
    "Version": "keyVersion",
    "Created": "creationDate",
    "Updated": "lastUpdateDate",
    "Rotated": "lastRotateDate",
    "Expires": "expirationDate",
    "Deleted": "deletionDate",
    "Purge allowed from": "purgeAllowedFrom",
    "CRN": "crn",
}


@app.command("list")
def list_keys(
    limit: Annotated[int, typer.Option(min=1, max=5000, help="At most so many keys.")] = 200,
    offset: Annotated[int, typer.Option(min=0, help="Leave out so many keys first.")] = 0,
    state: Annotated[list[int] | None, typer.Option(help="0, 1, 2, 3 or 5; without it all but 5.")] = None,
    ring: RingOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """List keys; destroyed ones only with --state 5."""
    with session() as kms:
        keys = kms.keys(limit=limit, offset=offset, states=state or (), ring=ring)
    show_all(keys, _LIST, output)
    if len(keys) == limit:
        note(f"there may be more; add --offset {offset + limit}")


@app.command("show")
def show_key(key: KeyArgument, output: OutputOption = Output.TEXT) -> None:
    """Show a key, never its material."""
    with session() as kms:
        show(kms.metadata(key), _ONE, output)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the new key.")],
    standard: Annotated[
        bool, typer.Option("--standard", help="A standard key instead of a root key.")
    ] = False,
    description: Annotated[str | None, typer.Option(help="2 to 240 characters.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Second name; up to five.")] = None,
    ring: RingOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Create a key whose material the server makes; for your own material see `keystead byok create`."""
    new = NewKey(name=name, root=not standard, description=description, aliases=tuple(alias or ()), ring=ring)
    with session() as kms:
        # Some servers send a standard key's material back; it is not for the screen.
        show({k: v for k, v in kms.create(new).items() if k != "payload"}, _ONE, output)


@app.command()
def delete(
    key: KeyArgument,
    force: Annotated[bool, typer.Option("--force", help="Even while it protects resources.")] = False,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Destroy a key: nothing it wrapped opens any more; it can be restored for 30 days."""
    if dry_run:
        impact(key, output)
        return
    with session() as kms:
        show(kms.delete(key, force=force), _ONE, output)


@app.command()
def impact(key: KeyArgument, output: OutputOption = Output.TEXT) -> None:
    """Foresee what deleting or disabling a key would do: who uses it, and what would be refused."""
    # For a dry run as well: a server that does not know one would do what it is asked to try.
    with session() as kms:
        show_impact(foreseen(kms, key), output)


@app.command()
def restore(key: KeyArgument, output: OutputOption = Output.TEXT) -> None:
    """Bring a destroyed key back."""
    with session() as kms:
        show({k: v for k, v in kms.restore(key).items() if k != "payload"}, _ONE, output)


@app.command()
def purge(
    key: KeyArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Remove a destroyed key for good: what it wrapped is lost, except to who holds its material."""
    if not yes and not sys.stdin.isatty():
        raise BadInput("purge cannot be undone; add --yes to confirm")
    if not yes:
        typer.confirm(f"Purge key {key} for good?", abort=True, err=True)
    with session() as kms:
        show(kms.purge(key), _ONE, output)


@app.command()
def enable(key: KeyArgument, output: OutputOption = Output.TEXT) -> None:
    """Make a suspended root key active again."""
    with session() as kms:
        kms.enable(key)
        show(kms.metadata(key), _ONE, output)


@app.command()
def disable(key: KeyArgument, dry_run: DryRunOption = False, output: OutputOption = Output.TEXT) -> None:
    """Suspend a root key: wrap and unwrap are refused until it is enabled."""
    if dry_run:
        impact(key, output)
        return
    with session() as kms:
        kms.disable(key)
        show(kms.metadata(key), _ONE, output)


@app.command()
def rotate(key: KeyArgument, output: OutputOption = Output.TEXT) -> None:
    """Let the server make a root key's next version; for your own material see `keystead byok rotate`."""
    with session() as kms:
        kms.rotate(key)
        show(kms.metadata(key), _ONE, output)


@app.command()
def versions(key: KeyArgument, output: OutputOption = Output.TEXT) -> None:
    """List a root key's versions."""
    with session() as kms:
        show_all(kms.versions(key), {"Version": "id", "Created": "creationDate"}, output)
