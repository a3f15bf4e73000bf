"""What a seed file says, read and checked as a whole before anything is made.

```json
{"rings": ["payroll"],
 "keys": [{"name": "ledger", "material": "<base64>", "rotations": ["<base64>"], "ring": "payroll",
           "aliases": ["l"], "policies": {"dualAuthDelete": true},
           "registrations": [{"crn": "crn:v1:...", "preventKeyDeletion": true}]}],
 "policies": [{"policy_type": "metrics", "policy_data": {"enabled": true}}],
 "instances": [{"id": "<uuid>", "keys": []}]}
```
"""

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from keystead.client.key_file import OCTETS
from keystead.domain.crns import ResourceCrn
from keystead.domain.describing import DESCRIPTION_LENGTHS, NAME_LENGTHS, is_printable
from keystead.domain.errors import KeysteadError, Refused
from keystead.domain.ids import IamId, InstanceId, alias, instance_id, ring_id
from keystead.domain.instance_policies import InstanceWish, following, require_way_back
from keystead.domain.key_policies import RotationWish, Wishes, require_rotatable
from keystead.domain.material import KeyMaterial
from keystead.domain.placing import MOST_ALIASES_OF_KEY
from keystead.domain.policies import INTERVALS
from keystead.domain.rings import MOST_RINGS
from keystead.protocols.rest.instance_wishes import shaped, wish
from keystead.protocols.rest.lenient import Fields
from keystead.service.material import STANDARD_OCTETS, Source

MOST_KEYS: Final = 5000
ADDRESS: Final = "127.0.0.1"  # where the developer is, for policies that name addresses
_MOST_INSTANCES: Final = 100
_FILE_LIMIT: Final = 16 << 20
_Name = Annotated[str, msgspec.Meta(min_length=NAME_LENGTHS.start, max_length=NAME_LENGTHS.stop - 1)]
_Description = Annotated[
    str, msgspec.Meta(min_length=DESCRIPTION_LENGTHS.start, max_length=DESCRIPTION_LENGTHS.stop - 1)
]
_Months = Annotated[int, msgspec.Meta(ge=INTERVALS.start, le=INTERVALS.stop - 1)]


class SeedRegistration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A resource that a key protects."""

    crn: str
    prevent_key_deletion: bool = False
    description: _Description | None = None


class SeedPolicies(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Policies of a key."""

    rotation: _Months | None = None  # between rotations
    dual_auth_delete: bool | None = None

    def wishes(self) -> Wishes:
        """Return what a client would ask for with these."""
        rotation = None if self.rotation is None else RotationWish(interval_months=self.rotation)
        return Wishes(rotation=rotation, dual_auth=self.dual_auth_delete)


class SeedKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key. Without ``material`` it is generated, and each of its ``rotations`` is null."""

    name: _Name
    material: str | None = None
    rotations: Annotated[tuple[str | None, ...], msgspec.Meta(max_length=100)] = ()  # the last is current
    extractable: bool = False
    ring: str = "default"
    aliases: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_ALIASES_OF_KEY)] = ()
    description: _Description | None = None
    policies: SeedPolicies | None = None
    registrations: Annotated[tuple[SeedRegistration, ...], msgspec.Meta(max_length=100)] = ()

    def sources(self) -> tuple[Source, ...]:
        """Return where each version's material comes from; `KeysteadError` where it cannot be one."""
        return tuple(self._source(text) for text in (self.material, *self.rotations))

    def check(self) -> None:
        """Raise `KeysteadError` where this cannot be a key."""
        if self.name != self.name.strip() or not is_printable(self.name):
            raise KeysteadError(
                f"{self.name!r} is no name: it needs printable characters, and no space around them"
            )
        self.sources()
        ring_id(self.ring)
        _require_different([it.crn for it in self.registrations], f"the registrations of {self.name}")
        for name in self.aliases:
            alias(name)
        for registration in self.registrations:
            ResourceCrn.parse(registration.crn, "crn")
        if self.extractable and (self.rotations or self.registrations):
            raise KeysteadError(f"{self.name} is a standard key: it has no rotations and no registrations")
        if any((text is None) != (self.material is None) for text in self.rotations):
            raise KeysteadError(f"the rotations of {self.name} need material if it has some, else null")
        if self.policies is not None and self.policies.rotation is not None:
            require_rotatable(extractable=self.extractable, imported=self.material is not None)

    def _source(self, text: str | None) -> Source:
        if text is None:
            return Source()
        try:
            material = KeyMaterial(base64.b64decode(text, validate=True))
        except ValueError:  # binascii.Error, or text beyond ASCII
            raise KeysteadError(f"the material of {self.name} is not base64") from None
        if len(material) not in (STANDARD_OCTETS if self.extractable else OCTETS):
            raise KeysteadError(
                f"the material of {self.name} has {len(material)} octets, which no such key has"
            )
        return Source(payload=material)


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an instance is to have; its own policies are written as clients send them."""

    keys: Annotated[tuple[SeedKey, ...], msgspec.Meta(max_length=MOST_KEYS)] = ()
    rings: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_RINGS)] = ()
    policies: tuple[dict[str, Any], ...] = ()

    def wishes(self) -> tuple[InstanceWish, ...]:
        """Return what the policies ask for; `KeysteadError` where a client would be refused."""
        return tuple(wish(shaped(Fields(resource))) for resource in self.policies)

    def check(self) -> None:
        """Raise `KeysteadError` where an instance cannot have this."""
        for ring in self.rings:
            ring_id(ring)
        for key in self.keys:
            key.check()
        _require_different([name for key in self.keys for name in key.aliases], "the aliases of an instance")
        wishes = self.wishes()
        _require_different([it.kind for it in wishes], "the policies of an instance")
        _require_way_back(wishes)


class SeedInstance(Content, frozen=True, kw_only=True):
    """An instance beside the first one, with an id that tests can rely on."""

    id: str


class Seeds(Content, frozen=True):
    """A seed file: what the first instance is to have, and further ones."""

    instances: Annotated[tuple[SeedInstance, ...], msgspec.Meta(max_length=_MOST_INSTANCES)] = ()

    def contents(self) -> Iterator[Content]:
        """Yield what each instance is to have."""
        yield self
        yield from self.instances


def read_seeds(file: Path) -> Seeds:
    """Read a seed file.

    Raises:
        KeysteadError: saying what is wrong with it.
    """
    try:
        seeds = _decoded(file)
        for content in seeds.contents():
            content.check()
        for one in seeds.instances:
            instance_id(one.id)
    except FileNotFoundError:
        raise KeysteadError(f"there is no seed file {file}; check --seed, or leave it out") from None
    except OSError as error:
        raise KeysteadError(
            f"the seed file {file} cannot be read: {error.strerror}; check --seed and the file's mode"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeysteadError) as error:
        raise KeysteadError(f"the seed file {file} cannot be used: {error}") from None
    return seeds


def _decoded(file: Path) -> Seeds:
    with file.open("rb") as opened:
        octets = opened.read(_FILE_LIMIT + 1)  # whatever its size, or without one
    if len(octets) > _FILE_LIMIT:
        raise KeysteadError(f"it is larger than {_FILE_LIMIT} octets")
    return msgspec.json.decode(octets, type=Seeds)


def _require_way_back(wishes: Sequence[InstanceWish]) -> None:
    """Raise `KeysteadError` where the developer would be shut out; who writes them is all the same."""
    after = following(None, wishes, InstanceId(""), IamId(""), datetime.now(UTC))
    try:
        require_way_back(after, wishes, ADDRESS)
    except Refused:
        raise KeysteadError(f"the list of allowedIP needs {ADDRESS}, or nobody could change it") from None


def _require_different(names: Sequence[str], what: str) -> None:
    if len(set(names)) < len(names):
        raise KeysteadError(f"{what} are not different from each other")
