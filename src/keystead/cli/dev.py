"""``keystead dev``: a whole service on this machine, for development and tests."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from keystead.app import open_service, utc_now
from keystead.cli import emulate
from keystead.cli.access_file import Access, developer_access
from keystead.cli.dev_certificates import certificates
from keystead.cli.seed_file import Seeds, read_seeds
from keystead.cli.seeds import sow
from keystead.cli.serve import run
from keystead.client.environment import environment
from keystead.config import Settings, Waits
from keystead.domain.endpoints import Endpoints
from keystead.domain.material import KeyMaterial
from keystead.journal import start_journal
from keystead.metrics import prepare_metrics
from keystead.protocols.dev.routes import emulator
from keystead.protocols.rest.errors import fault
from keystead.server import bound, listen, listen_privately, serve
from keystead.tracing import start_tracing
from keystead.units.hardening import harden_process
from keystead.units.private_files import replace_private

_GUESSES: Final = 1_000_000_000  # tests try wrong credentials, and all of them come from one address

app = typer.Typer(
    help="Start an embedded server for development and tests, or tell a running one what to do.",
    invoke_without_command=True,
    add_completion=False,
)


@app.callback()
def dev(  # noqa: PLR0913, PLR0917 - options, and the context that tells of subcommands
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="Folder of everything the server keeps.")] = Path(
        "keystead-data"
    ),
    port: Annotated[int, typer.Option(help="TCP port; 0 takes a free one.", min=0, max=65535)] = 8443,
    private_port: Annotated[
        int | None, typer.Option(help="Port of a private endpoint; 0 takes a free one.", min=0, max=65535)
    ] = None,
    env_file: Annotated[Path | None, typer.Option(help="Write export lines there when ready.")] = None,
    seed: Annotated[Path | None, typer.Option(help="JSON file of keys to create.")] = None,
    wait_enable: Annotated[int, typer.Option(help="Seconds before enable and restore.", min=0)] = 30,
    wait_rotate: Annotated[int, typer.Option(help="Seconds between two rotations.", min=0)] = 3600,
    wait_purge: Annotated[int, typer.Option(help="Seconds before purge.", min=0)] = 4 * 3600,
    wait_reclaim: Annotated[int, typer.Option(help="Seconds to restore a deleted instance in.", min=0)] = 0,
    metrics: Annotated[
        str | None, typer.Option(help="Loopback address and port of /metrics, as 127.0.0.1:9464.")
    ] = None,
    tracing: Annotated[bool, typer.Option(help="Send spans to where OTEL_… variables say.")] = False,
) -> None:
    """Serve on this machine only, with a certificate of its own and an account made at first start."""
    if context.invoked_subcommand is not None:
        return
    start_journal(sys.stderr)  # standard output is for the export lines
    harden_process()
    waits = Waits(
        enable_after=wait_enable,
        restore_after=wait_enable,
        rotate_every=wait_rotate,
        purge_after=wait_purge,
        reclaim_after=wait_reclaim,
    )
    data = data.absolute()
    seeds = None if seed is None else read_seeds(seed)  # before anything is made
    files = certificates(data)
    settings = Settings(
        data=data,
        port=port,
        private_listen=None if private_port is None else f"127.0.0.1:{private_port}",
        tls_certificate=files.certificate,
        tls_key=files.key,
        waits=waits,
        wrong_credentials_per_minute=_GUESSES,
        metrics_listen=metrics,
        tracing=tracing,
    )
    run(_dev(settings, files.authority, env_file, seeds))


app.command("clock")(emulate.clock)
app.command("fault")(emulate.fault)
app.command("instance")(emulate.instance)


async def _dev(settings: Settings, authority: Path, env_file: Path | None, seeds: Seeds | None) -> None:
    listener, private = listen(settings), listen_privately(settings)
    emulated = emulator(settings.data)
    prepare_metrics(settings)
    service = await open_service(
        bound(settings, listener, private),
        emulated.clock,
        token_clock=utc_now,
        more_routes=emulated.routes(fault),
        tracing=start_tracing(settings),
    )
    emulated.moved = service.rounds.make
    try:
        access = await developer_access(service)
        if seeds is not None:
            await sow(service, seeds, KeyMaterial(access.api_key.encode()), access.instance)
        lines = _exports(service.settings.endpoints, access, authority)
        application = service.application
        answer = emulated.faults.around(application.answer, application.refuse)
        await serve(service, listener, lambda: _announce(lines, env_file), answer, private=private)
    finally:
        await service.close()


def _exports(endpoints: Endpoints, access: Access, authority: Path) -> str:
    values = environment(endpoints.public, str(authority), access.api_key, access.instance)
    if endpoints.own_private is not None:
        values["KEYSTEAD_PRIVATE_URL"] = endpoints.own_private
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def _announce(lines: str, env_file: Path | None) -> None:
    if env_file is None:
        typer.echo(lines, nl=False)
        return
    replace_private(env_file, lines.encode())  # whole at once: who waits for the file never sees half of it
    typer.echo(f"ready; run `. {env_file}` to use it")
