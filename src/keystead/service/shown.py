"""Keys as a command hands them to its door: with all that a view needs."""

from dataclasses import dataclass
from datetime import datetime

from keystead.domain.instances import Instance
from keystead.domain.keys import Key
from keystead.domain.material import KeyMaterial
from keystead.service.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A key at a moment; ``material`` only where a standard key's may be shown."""

    key: Key
    instance: Instance
    now: datetime
    material: KeyMaterial | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """One page of keys."""

    keys: tuple[Key, ...]
    instance: Instance
    now: datetime


def show(case: Case, key: Key, material: KeyMaterial | None = None) -> Shown:
    """Return *key* as the answer to *case*."""
    return Shown(key=key, instance=case.instance, now=case.now, material=material)
