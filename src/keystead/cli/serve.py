"""``keystead serve`` and ``keystead init``: the production server and its first account."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from socket import socket
from typing import Annotated, Literal

import typer

from keystead.app import open_service
from keystead.config import Settings
from keystead.domain.errors import KeysteadError
from keystead.journal import start_journal
from keystead.metrics import prepare_metrics
from keystead.running import Service
from keystead.server import bound, listen, listen_privately
from keystead.server import serve as serve_service
from keystead.settings_file import read_settings
from keystead.tracing import start_tracing
from keystead.units.hardening import harden_process

ConfigFile = Annotated[Path, typer.Option("--config", help="Settings file.")]


class Kind(StrEnum):
    """The services that an instance can be of."""

    KMS = "kms"
    HPCS = "hs-crypto"


_log = logging.getLogger(__name__)


def serve(config: ConfigFile = Path("keystead.toml")) -> None:
    """Serve the key management API over TLS, with the settings of keystead.toml."""
    facts = asdict(harden_process())
    settings = read_settings(config)  # before anything is printed: what cannot start says one line
    start_journal(sys.stdout)  # standard error is for the one line that says why it does not start
    _log.info("hardened", extra={"facts": facts})
    run(_serve(settings))


def init(
    email: Annotated[str, typer.Option("--email", help="Owner of the first account.")],
    config: ConfigFile = Path("keystead.toml"),
    service: Annotated[Kind, typer.Option(help="Key Protect or HPCS.")] = Kind.KMS,
    region: Annotated[str, typer.Option(help="Region in resource names.")] = "us-south",
) -> None:
    """Make the first account, its owner's API key and an instance; the key is shown this once."""
    harden_process()
    run(_init(read_settings(config), email, service.value, region))


def run(work: Coroutine[object, object, None]) -> None:
    """Run *work* on uvloop."""
    import uvloop  # noqa: PLC0415 - only servers need it

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def _serve(settings: Settings) -> None:
    listener, private = listen(settings), listen_privately(settings)
    prepare_metrics(settings)
    tracing = start_tracing(settings)
    service = await open_service(bound(settings, listener, private), tracing=tracing)
    try:
        if not await service.store.instances():
            raise KeysteadError("there is no account yet: run `keystead init --email YOU@EXAMPLE.COM` first")
        await serve_service(service, listener, partial(_tell_where, listener, private), private=private)
    finally:
        await service.close()


def _tell_where(listener: socket, private: socket | None) -> None:
    where = dict(zip(("host", "port"), listener.getsockname(), strict=False))
    if private is not None:
        where |= zip(("private_host", "private_port"), private.getsockname(), strict=False)
    _log.info("ready", extra={"facts": where})


async def _init(settings: Settings, email: str, kind: Literal["kms", "hs-crypto"], region: str) -> None:
    service = await open_service(settings)
    try:
        await _make_first_account(service, email, kind, region)
    finally:
        await service.close()


async def _make_first_account(
    service: Service, email: str, kind: Literal["kms", "hs-crypto"], region: str
) -> None:
    text, _ = service.new_api_key()
    beginning = await service.begin(text, email=email, kind=kind, region=region)
    typer.echo(f"account   {beginning.account.id}")
    typer.echo(f"owner     {beginning.owner.name} ({beginning.owner.iam_id})")
    typer.echo(f"instance  {beginning.instance.id}")
    typer.echo(f"api key   {text.reveal().decode('ascii')}")
