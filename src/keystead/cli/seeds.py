"""Seed files: named keys with fixed material, for tests.

```json
{"rings": ["payroll"],
 "keys": [{"name": "ledger", "material": "<base64>", "extractable": false,
           "ring": "payroll", "aliases": ["l"]}]}
```
A key without ``material`` is generated. A key whose name is there already is left as it is.
"""

import base64
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec

from keystead.app import Service
from keystead.client.key_file import OCTETS
from keystead.domain.errors import KeysteadError
from keystead.domain.events import Origin
from keystead.domain.ids import DEFAULT_RING, InstanceId, RingId, alias, random_uuid, ring_id
from keystead.domain.keys import KeyState
from keystead.domain.listing import KeyQuery
from keystead.domain.material import KeyMaterial
from keystead.domain.permissions import Action
from keystead.service.case import Call, Command
from keystead.service.create_key import CreateKey
from keystead.service.material import Source
from keystead.service.rings import CreateRing
from keystead.service.tokens import IssueToken

R = TypeVar("R")

_MOST_KEYS: Final = 5000
_FILE_LIMIT: Final = 16 << 20
_STANDARD_OCTETS: Final = range(1, 7501)


class SeedKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One key of a seed file."""

    name: Annotated[str, msgspec.Meta(min_length=2, max_length=90)]
    material: str | None = None
    extractable: bool = False
    ring: str = "default"
    aliases: Annotated[tuple[str, ...], msgspec.Meta(max_length=5)] = ()
    description: Annotated[str, msgspec.Meta(min_length=2, max_length=240)] | None = None


class Seeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A seed file."""

    keys: tuple[SeedKey, ...] = ()
    rings: tuple[str, ...] = ()


def read_seeds(file: Path) -> Seeds:
    """Read a seed file.

    Raises:
        KeysteadError: saying what is wrong with it.
    """
    try:
        seeds = _decoded(file)
        _check(seeds)
    except (OSError, msgspec.DecodeError, KeysteadError) as error:
        raise KeysteadError(f"the seed file {file} cannot be used: {error}") from None
    return seeds


def _decoded(file: Path) -> Seeds:
    octets = file.read_bytes()
    if len(octets) > _FILE_LIMIT:
        raise KeysteadError(f"it is larger than {_FILE_LIMIT} octets")
    return msgspec.json.decode(octets, type=Seeds)


def _check(seeds: Seeds) -> None:
    if len(seeds.keys) > _MOST_KEYS:
        raise KeysteadError(f"it names more than {_MOST_KEYS} keys")
    for ring in (*seeds.rings, *(key.ring for key in seeds.keys)):
        ring_id(ring)
    for key in seeds.keys:
        _source(key)
        for name in key.aliases:
            alias(name)


async def sow(service: Service, seeds: Seeds, apikey: KeyMaterial, instance: str) -> None:
    """Create what *seeds* names and is not there, through the dispatcher like any other request."""
    there = await _names(service, InstanceId(instance))
    missing = [key for key in seeds.keys if key.name not in there]
    issue = IssueToken(apikey=apikey, client_id="default")
    token = await service.dispatcher.serve(_call(Action.TOKEN_ISSUE, issue))
    bearer = "Bearer " + token.access_token.reveal().decode("ascii")
    for ring in sorted({*seeds.rings, *(key.ring for key in missing)} - {DEFAULT_RING}):
        ring_call = _call(Action.RING_CREATE, CreateRing(RingId(ring)), bearer=bearer, instance=instance)
        await service.dispatcher.serve(ring_call)
    for key in missing:
        call = _call(Action.KEY_CREATE, _create(key), bearer=bearer, instance=instance, ring=key.ring)
        await service.dispatcher.serve(call)


def _call(
    action: Action,
    command: Command[R],
    *,
    bearer: str | None = None,
    instance: str | None = None,
    ring: str | None = None,
) -> Call[R]:
    return Call(
        action=action,
        origin=Origin(uri="keystead dev --seed", address=None, agent=None, correlation_id=random_uuid()),
        authorization=bearer,
        instance=instance,
        key=None,
        ring=ring,
        decode=lambda: command,
        code=201,
    )


async def _names(service: Service, instance: InstanceId) -> frozenset[str]:
    query = KeyQuery(instance=instance, now=service.clock(), states=frozenset(KeyState), limit=2 * _MOST_KEYS)
    return frozenset(key.name for key in await service.store.keys(query))


def _create(key: SeedKey) -> CreateKey:
    return CreateKey(
        name=key.name,
        description=key.description,
        tags=(),
        aliases=key.aliases,
        expires_at=None,
        extractable=key.extractable,
        source=_source(key),
    )


def _source(key: SeedKey) -> Source:
    if key.material is None:
        return Source()
    try:
        material = KeyMaterial(base64.b64decode(key.material, validate=True))
    except ValueError:  # binascii.Error, or text beyond ASCII
        raise KeysteadError(f"the material of {key.name} is not base64") from None
    if len(material) not in (_STANDARD_OCTETS if key.extractable else OCTETS):
        raise KeysteadError(f"the material of {key.name} has {len(material)} octets, which no such key has")
    return Source(payload=material)
