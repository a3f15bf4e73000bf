"""Keys as a command hands them to its door: with all that a view needs."""

from dataclasses import dataclass
from datetime import datetime

from keystead.domain.instances import Instance
from keystead.domain.keys import Key, KeyState
from keystead.domain.listing import Search
from keystead.domain.material import KeyMaterial
from keystead.service.case import Case, Tools
from keystead.service.wrap import bind


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A key at a moment; ``material`` only where a standard key's may be shown."""

    key: Key
    instance: Instance
    now: datetime
    material: KeyMaterial | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """One page of keys, and what was searched for."""

    keys: tuple[Key, ...]
    instance: Instance
    now: datetime
    search: Search | None = None
    incomplete: bool = False  # only the key that the search names was looked at


def show(case: Case, key: Key, material: KeyMaterial | None = None) -> Shown:
    """Return *key* as the answer to *case*."""
    return Shown(key=key, instance=case.instance, now=case.now, material=material)


async def revealed(key: Key, tools: Tools) -> KeyMaterial | None:
    """Return the material of a standard key that is not destroyed; a root key's never leaves the unit."""
    if not key.extractable or key.state is KeyState.DESTROYED:
        return None
    return await tools.unit.reveal(bind(key, key.current), key.current)
