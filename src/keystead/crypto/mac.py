"""Message authentication: HMAC-SHA-256.

Source: FIPS 198-1; RFC 2104.
"""

import hmac

from keystead.domain.material import KeyMaterial


def mac(key: KeyMaterial, octets: bytes) -> bytes:
    """Return the 32 octets of HMAC-SHA-256 over *octets*."""
    return hmac.digest(key.reveal(), octets, "sha256")


def equal(a: bytes, b: bytes) -> bool:
    """Compare in a time that depends on the lengths only."""
    return hmac.compare_digest(a, b)
