"""How the developer reaches the service of ``keystead dev``, kept in ``DIR/access.json``."""

import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from keystead.domain.errors import KeysteadError
from keystead.domain.material import KeyMaterial
from keystead.identity.api_keys import digest
from keystead.running import Service
from keystead.units.private_files import read_private, write_private

_FILE_LIMIT: Final = 64 << 10


class Kept(msgspec.Struct, frozen=True):
    """What ``DIR/access.json`` keeps, mode 0600."""

    api_key: str


@dataclass(frozen=True, slots=True)
class Access:
    """How the developer reaches the service."""

    api_key: str
    instance: str


async def developer_access(service: Service) -> Access:
    """Return the developer's key and instance, made at first start.

    The key is written before anything is made with it: a start that was killed half-way is done again.

    Raises:
        KeysteadError: what is wrong with the file, and what to do about it.
    """
    file = service.settings.data / "access.json"
    with suppress(FileNotFoundError):
        return await _begun(service, _kept(file))
    if await service.store.instances():
        raise _without_key(service, "is missing")
    text, _ = service.new_api_key()
    kept = Kept(api_key=text.reveal().decode("ascii"))
    write_private(file, msgspec.json.encode(kept))
    return await _begun(service, kept)


def _kept(file: Path) -> Kept:
    try:
        return msgspec.json.decode(read_private(file, _FILE_LIMIT), type=Kept)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise KeysteadError(f"{file} is damaged: put it back from its copy") from None


async def _begun(service: Service, kept: Kept) -> Access:
    text = KeyMaterial(kept.api_key.encode())
    instances = await service.store.instances()
    if instances:
        key = await service.store.api_key(digest(service.unit, text))
        grants = () if key is None else await service.store.grants(key.iam_id)
        mine = [instance for instance in instances if any(grant.reaches(instance) for grant in grants)]
        if not mine:
            raise _without_key(service, "holds a key of nobody")
        # A seed file, or the developer, can have made others, and removed some.
        first = min(mine, key=lambda instance: (instance.state != "active", instance.created_at))
        return Access(kept.api_key, first.id)
    made = await service.begin(text, email="developer@example.com", kind="kms", region="us-south")
    return Access(kept.api_key, made.instance.id)


def _without_key(service: Service, how: str) -> KeysteadError:
    """Return what to do where an account is there and its key is not: no other key would open it."""
    data = service.settings.data
    return KeysteadError(
        f"{data / 'access.json'} {how}, but the account is there: put the file back from its copy, or give "
        f'it, with mode 0600, the content {{"api_key": "KEY"}} with the key that '
        f"`keystead access user EMAIL --role Manager --data {shlex.quote(str(data))}` shows"
    )
