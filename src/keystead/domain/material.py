"""The type that carries secret octets."""

import hmac
from typing import NoReturn


class KeyMaterial:
    """Secret octets that print, format, copy, pickle and hash as nothing.

    The only way out is `reveal`, so searching for that word finds every use. Python cannot wipe the memory
    that held them; ``docs/threat-model.md`` says what that means.
    """

    __slots__ = ("_octets",)
    __hash__ = None  # type: ignore[assignment]  # equal secrets must not meet in a dict

    def __init__(self, octets: bytes) -> None:
        self._octets = bytes(octets)

    def reveal(self) -> bytes:
        """Return the octets in the clear."""
        return self._octets

    def __len__(self) -> int:
        return len(self._octets)

    def __repr__(self) -> str:
        return f"<KeyMaterial: {len(self)} octets>"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, KeyMaterial):
            return NotImplemented
        return hmac.compare_digest(self._octets, other._octets)

    def __reduce__(self) -> NoReturn:
        raise TypeError("key material is not picklable")  # stops copy() and dataclasses.asdict() too
