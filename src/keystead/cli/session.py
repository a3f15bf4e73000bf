"""Opens the session that a command talks through."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from keystead.cli import settings
from keystead.cli.settings import Settings
from keystead.client.audit_api import AuditApi
from keystead.client.dev_server import DevServer
from keystead.client.key_protect import KeyProtect
from keystead.client.login import ApiKeyLogin, KeptToken, Login
from keystead.client.transport import Transport


@contextmanager
def session() -> Iterator[KeyProtect]:
    """Yield the instance that environment and login file name; `BadInput` when they do not suffice."""
    with _connected() as (transport, url, instance, login):
        yield KeyProtect(transport, url, instance, login)


@contextmanager
def dev_session() -> Iterator[DevServer]:
    """Yield the development server that environment and login file name; `BadInput` as `session`."""
    with _connected() as (transport, url, instance, login):
        yield DevServer(transport, url, instance, login)


@contextmanager
def audit_session() -> Iterator[AuditApi]:
    """Yield what the server of `session` tells of its audit log; `BadInput` likewise."""
    with _connected() as (transport, url, instance, login):
        yield AuditApi(transport, url, instance, login)


@contextmanager
def _connected() -> Iterator[tuple[Transport, str, str, Login]]:
    found = settings.load(os.environ)
    with Transport(found.place.ca_file) as transport:
        yield transport, found.place.url, found.instance, _login(transport, found)


def _login(transport: Transport, found: Settings) -> Login:
    if found.token is not None and (found.api_key is None or found.token.fresh(time.time())):
        return KeptToken(found.token)
    if found.api_key is None:
        raise AssertionError("settings hold a token or an API key")
    return ApiKeyLogin(transport, found.place.iam_url, found.api_key)
