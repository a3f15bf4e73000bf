"""`keystead login`: check a credential once, and keep what later commands need."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from keystead.cli import config, settings
from keystead.cli.output import Output, OutputOption, show
from keystead.client.errors import BadInput
from keystead.client.login import AccessToken, ApiKeyLogin
from keystead.client.transport import Transport, base_url
from keystead.domain.material import KeyMaterial
from keystead.domain.moments import moment

_FIELDS = {"Server": "url", "Instance": "instance", "Token until": "until", "Kept in": "file"}


def login(
    url: Annotated[str, typer.Option(envvar="KEYSTEAD_URL", help="Base address of the server.")],
    instance: Annotated[str, typer.Option(envvar="KP_INSTANCE_ID", help="Id of the instance.")],
    ca_file: Annotated[
        Path | None, typer.Option(envvar="KEYSTEAD_CA_FILE", help="PEM file of the CA to trust.")
    ] = None,
    apikey: Annotated[
        str | None,
        typer.Option(help="API key, or @FILE with one, which then renews the login.", show_default=False),
    ] = None,
    iam_url: Annotated[str | None, typer.Option(help="Where tokens come from, if not the server.")] = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Exchange an API key for a token and keep that, with server and instance, readable by you only.

    The API key itself is not kept: with @FILE it is read again when the token ends, otherwise log in again.
    """
    place = settings.Place(
        url=base_url(url),
        iam_url=base_url(iam_url) if iam_url else settings.default_iam(base_url(url)),
        ca_file=ca_file.absolute() if ca_file else None,
    )
    named = settings.instance_id(instance)
    key, key_file = _api_key(apikey)
    with Transport(place.ca_file) as transport:
        token = ApiKeyLogin(transport, place.iam_url, key).exchange()
    file = config.path(os.environ)
    config.write(file, _config(place, named, token, key_file))
    until = moment(datetime.fromtimestamp(token.expires_at, UTC))
    show({"url": place.url, "instance": named, "until": until, "file": str(file)}, _FIELDS, output)


def _api_key(option: str | None) -> tuple[KeyMaterial, Path | None]:
    if option is not None and option.startswith("@"):
        file = Path(option[1:]).absolute()
        return settings.api_key_from(file), file
    for name in ("KEYSTEAD_API_KEY", "IBMCLOUD_API_KEY"):
        if option is None and (found := os.environ.get(name)):
            return settings.api_key(found.encode(), name), None
    if option is None and sys.stdin.isatty():
        option = typer.prompt("API key", hide_input=True, err=True)
    if option is None:
        raise BadInput("no API key is given; add --apikey @FILE or set KEYSTEAD_API_KEY")
    return settings.api_key(option.encode(), "--apikey"), None


def _config(place: settings.Place, instance: str, token: AccessToken, key_file: Path | None) -> config.Config:
    return config.Config(
        url=place.url,
        iam_url=place.iam_url,
        ca_file=str(place.ca_file) if place.ca_file else None,
        instance=instance,
        token=token.text.reveal().decode(),
        expires_at=token.expires_at,
        api_key_file=str(key_file) if key_file else None,
    )
