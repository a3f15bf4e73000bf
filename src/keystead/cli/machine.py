"""Opens a service on the server's machine, for commands that only its operator gives."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from keystead.app import open_service
from keystead.cli.serve import run
from keystead.config import Settings
from keystead.domain.errors import KeysteadError
from keystead.running import Service
from keystead.settings_file import read_settings
from keystead.units.hardening import harden_process

NODE = "admin"
"""The node of operator commands: they have an audit log of their own, for the server's is in use."""

Config = Annotated[Path | None, typer.Option("--config", help="Settings file of the server.")]
Data = Annotated[Path | None, typer.Option("--data", help="Data folder of `keystead dev`.")]


def on_machine(config: Path | None, data: Path | None, work: Callable[[Service], Awaitable[None]]) -> None:
    """Open the service beside a server that may be running, and do *work*."""
    if (config is None) == (data is None):
        raise KeysteadError("give either --config FILE or --data DIR")
    if data is not None:
        if not (data / "unit" / "master.key").exists():
            raise KeysteadError(f"{data} holds no service; start `keystead dev --data {data}` first")
        settings = Settings(data=data.absolute(), node=NODE)
    else:
        settings = msgspec.structs.replace(read_settings(config), node=NODE)
    harden_process()
    run(_opened(settings, work))


async def _opened(settings: Settings, work: Callable[[Service], Awaitable[None]]) -> None:
    service = await open_service(settings, ready_pairs=0)
    try:
        await work(service)
    finally:
        await service.close()
