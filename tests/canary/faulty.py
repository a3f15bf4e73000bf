"""A server whose crypto unit breaks in the worst way: its error's text and locals are the secret itself."""

from typing import NoReturn

from keystead.cli.main import run
from keystead.domain.material import KeyMaterial
from keystead.domain.ports.unit import Binding
from keystead.service import wrap
from keystead.units.software import SoftwareUnit

POISON = "leak-me"  # the AAD that asks for it, and the key name


class Talkative(Exception):
    """Shows what it was made of, as careless libraries do."""


async def _broken(*values: object) -> NoReturn:
    shown = [value.reveal() if isinstance(value, KeyMaterial) else value for value in values]
    texts = [(value, value.hex()) if isinstance(value, bytes) else value for value in shown]
    raise Talkative(f"cannot handle {texts}", shown) from ValueError(*texts)


_whole_wrap, _whole_take = wrap.Wrap.run, SoftwareUnit.take


async def _wrap(self: wrap.Wrap, *rest: object) -> object:
    return await (_broken(self.dek) if POISON in self.aad else _whole_wrap(self, *rest))  # type: ignore[arg-type]


async def _take(self: SoftwareUnit, binding: Binding, material: KeyMaterial) -> object:
    poisoned = material.reveal().endswith(POISON.encode())
    return await (_broken(material) if poisoned else _whole_take(self, binding, material))


wrap.Wrap.run = _wrap  # type: ignore[method-assign,assignment]
SoftwareUnit.take = _take  # type: ignore[method-assign,assignment]

if __name__ == "__main__":
    run()
