"""Random octets for keys, salts and nonces."""

import os


def octets(count: int) -> bytes:
    """Return *count* octets of the operating system's generator."""
    return os.urandom(count)
