"""The vector files, as the tests of this folder read them."""

import json
from pathlib import Path
from typing import Any

from hypothesis import settings

from keystead.domain.material import KeyMaterial

VECTORS = Path(__file__).parents[2] / "vectors"

Case = dict[str, Any]

unhurried = settings(deadline=None)  # a busy machine is no failure


def load(name: str, section: str = "cases") -> list[Case]:
    found: list[Case] = json.loads((VECTORS / name).read_text())[section]
    return found


def octets(case: Case, field: str) -> bytes:
    return bytes.fromhex(case[field])


def secret(case: Case, field: str) -> KeyMaterial:
    return KeyMaterial(octets(case, field))


def name(case: Case) -> str:
    return f"{case['id']}-{case.get('comment') or case.get('expect', '')}"
