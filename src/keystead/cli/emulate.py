"""``keystead dev clock``, ``fault`` and ``instance``: tell a running development server what to do."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

from keystead.cli.output import Output, OutputOption, show

if TYPE_CHECKING:
    from keystead.client.dev_server import DevServer

_INSTANCE = {"Instance": "instance_id", "CRN": "crn", "API key": "api_key"}


def clock(
    advance: Annotated[str, typer.Argument(help="30d, 4h, 90m or 10s, with or without a plus.")],
) -> None:
    """Move the server's clock forward and print the time there."""
    with _server() as server:
        typer.echo(server.advance(advance))


def fault(
    path: Annotated[str, typer.Argument(help="Such as '/api/v2/keys/{key}/actions/wrap'; {…} is any.")] = "",
    effect: Annotated[str, typer.Option(help="status, delay, cut or lose-answer.")] = "status",
    method: Annotated[str | None, typer.Option(help="Only requests of this method.")] = None,
    status: Annotated[int, typer.Option(help="What to answer.", min=400, max=599)] = 503,
    delay: Annotated[float, typer.Option(help="Seconds, with --effect delay.", min=0, max=60)] = 1.0,
    count: Annotated[int, typer.Option(help="How often.", min=1, max=1_000_000)] = 1,
    clear: Annotated[bool, typer.Option("--clear", help="Order nothing, and take back what waits.")] = False,
) -> None:
    """Let requests go wrong."""
    with _server() as server:
        if clear:
            server.clear_faults()
        else:
            server.fault(path, effect, method=method, status=status, delay_seconds=delay, count=count)


def instance(output: OutputOption = Output.TEXT) -> None:
    """Make an instance that shares nothing with any other, and show the API key of its owner."""
    with _server() as server:
        made = server.new_instance()
    show({"instance_id": made.instance_id, "crn": made.crn, "api_key": made.api_key}, _INSTANCE, output)


def _server() -> "AbstractContextManager[DevServer]":
    from keystead.cli.session import dev_session  # noqa: PLC0415 - a server loads this module, and no client

    return dev_session()
