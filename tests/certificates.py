"""Client certificates, each a new one."""

from datetime import UTC, datetime

from keystead.crypto.certificates import make_authority


def a_certificate() -> str:
    """Return a self-signed certificate in PEM."""
    return make_authority("a client", datetime.now(UTC)).certificate_pem.decode()
