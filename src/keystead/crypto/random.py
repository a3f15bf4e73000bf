"""Random octets for keys, salts and nonces."""

import os
from typing import Final

SALT_OCTETS: Final = 32
_DRAW: Final = 64
_drawn: list[bytes] = []
os.register_at_fork(after_in_child=_drawn.clear)  # two processes never use the same salt


def octets(count: int) -> bytes:
    """Return *count* octets of the operating system's generator."""
    return os.urandom(count)


def salt() -> bytes:
    """Return 32 fresh octets of the same generator, for a salt that others will see; never for a key.

    They are drawn for many at once: the system call costs a wrap as much as its encryption, and lets other
    threads take the turn. Nobody is told a salt before it is used. None is used twice, unless a machine is
    resumed twice from one snapshot: who cannot bear that mixes something of the message in.
    """
    try:
        return _drawn.pop()
    except IndexError:
        many = os.urandom(SALT_OCTETS * _DRAW)
        _drawn.extend(many[at : at + SALT_OCTETS] for at in range(0, len(many), SALT_OCTETS))
        return _drawn.pop()
