"""RSA pairs for import tokens, which take a second each: a process makes two, and hands them out in turn."""

from collections.abc import Callable
from functools import cache
from itertools import cycle

from keystead.crypto import oaep
from keystead.domain.material import KeyMaterial
from keystead.units.pairs import Stock

Pair = tuple[KeyMaterial, bytes]  # the private key, and the public one in PEM


def stock() -> Stock[Pair]:
    """Return what a crypto unit takes its pairs from; of two tokens in a row each has another."""
    return Stock(_in_turn(), 0)


def _in_turn() -> Callable[[], Pair]:
    turns = cycle((0, 1))
    return lambda: _pair(next(turns))


@cache
def _pair(_: int) -> Pair:
    private = oaep.generate()
    return private, oaep.public_pem(private)
