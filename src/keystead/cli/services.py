"""``keystead services``: where services hear of the life of keys, and what they were told."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from keystead.cli.machine import Config, Data, on_machine
from keystead.cli.output import Output, OutputOption, note, show_all
from keystead.domain.actions import Action
from keystead.domain.errors import KeysteadError
from keystead.domain.material import KeyMaterial
from keystead.domain.notices import OPEN, Notice, NoticeState
from keystead.domain.receivers import MOST_AUTHORITY_OCTETS, MOST_SECRET_OCTETS, Receiver
from keystead.jobs.webhook import NotTaken, trusting
from keystead.running import Service
from keystead.service.receivers import ListNotices, ListReceivers, RemoveReceiver, SetReceiver
from keystead.units.private_files import read_private

app = typer.Typer(
    help="Tell services of the life of keys that protect their resources.",
    no_args_is_help=True,
    add_completion=False,
)
ServiceName = Annotated[str, typer.Argument(help="As in CRNs: cloud-object-storage, say.")]
_MOST_SHOWN: Final = 10_000
_RECEIVERS: Final = {"Service": "service", "Address": "url", "CA file": "authority", "Since": "since"}
_NOTICES: Final = {
    "Event": "eventId",
    "What": "eventType",
    "Key": "key",
    "Service": "service",
    "Resources": "resources",
    "State": "state",
    "Tries": "tries",
    "Since": "eventTime",
    "Acknowledge before": "acknowledgeBefore",
    "Last failure": "failure",
}


@app.command("set")
def set_receiver(
    service: ServiceName,
    url: Annotated[str, typer.Option("--url", help="Where events are posted; starts with https://")],
    secret_file: Annotated[
        Path, typer.Option("--secret-file", help="What signs them, 32 octets or more; mode 0600.")
    ],
    ca_file: Annotated[
        Path | None, typer.Option("--ca-file", help="PEM file of the only authorities to trust.")
    ] = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Name where a service hears of keys, instead of where it did before."""
    command = SetReceiver(
        service=service, url=url, authority=_authority(ca_file), secret=_secret(secret_file)
    )

    async def work(opened: Service) -> None:
        made = await opened.operate(Action.RECEIVER_SET, command)
        typer.echo(f"{made.service} hears of its keys at {made.url}")

    on_machine(config, data, work)


@app.command("remove")
def remove_receiver(service: ServiceName, config: Config = None, data: Data = None) -> None:
    """Tell a service nothing any more."""

    async def work(opened: Service) -> None:
        await opened.operate(Action.RECEIVER_REMOVE, RemoveReceiver(service))
        typer.echo(f"{service} has no receiver any more")

    on_machine(config, data, work)


@app.command("list")
def list_receivers(config: Config = None, data: Data = None, output: OutputOption = Output.TEXT) -> None:
    """Show where services hear of keys; no secret is shown."""

    async def work(opened: Service) -> None:
        found = await opened.operate(Action.RECEIVER_LIST, ListReceivers())
        show_all([_shown(receiver) for receiver in found], _RECEIVERS, output)

    on_machine(config, data, work)


@app.command("events")
def events(
    every: Annotated[
        bool, typer.Option("--all", help="Also those that were acknowledged, of the last 30 days.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=_MOST_SHOWN, help="The newest.")] = 100,
    config: Config = None,
    data: Data = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show events that are not acknowledged yet, or were not in time, the newest first."""
    states = frozenset(NoticeState) if every else OPEN | {NoticeState.EXPIRED}

    async def work(opened: Service) -> None:
        found = await opened.operate(Action.NOTICE_LIST, ListNotices(states, limit + 1))
        show_all([_told(one) for one in found[:limit]], _NOTICES, output)
        if len(found) > limit:
            note("there are older ones; add --limit for more")

    on_machine(config, data, work)


def _authority(file: Path | None) -> str | None:
    """Return what *file* holds, once it is certain that certificates are in it."""
    if file is None:
        return None
    with file.open("rb") as opened:
        octets = opened.read(MOST_AUTHORITY_OCTETS + 1)
    try:
        text = octets.decode("ascii")
        trusting(text)
    except (UnicodeDecodeError, NotTaken):
        raise KeysteadError(f"{file} holds no PEM certificate; give the receiver's CA file") from None
    return text


def _secret(file: Path) -> KeyMaterial:
    try:
        return KeyMaterial(read_private(file, MOST_SECRET_OCTETS + 1).rstrip(b"\r\n"))
    except FileNotFoundError:
        raise KeysteadError(f"there is no {file}; `openssl rand -hex 32` makes a secret for it") from None


def _shown(receiver: Receiver) -> dict[str, Any]:
    return {
        "service": receiver.service,
        "url": receiver.url,
        "authority": receiver.authority is not None,
        "since": receiver.created_at.isoformat(),
    }


def _told(one: Notice) -> dict[str, Any]:
    return {
        "eventId": one.id,
        "eventType": str(one.kind),
        "instance": one.instance,
        "key": one.key,
        "service": one.service,
        "resourceCrns": list(one.resources),
        "resources": len(one.resources),
        "state": str(one.state),
        "tries": one.tries,
        "eventTime": one.at.isoformat(),
        "acknowledgeBefore": one.until.isoformat(),
        "adopterKeyState": one.said,
        "failure": one.failure,
    }
