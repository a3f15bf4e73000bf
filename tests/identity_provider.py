"""A real OpenID provider on 127.0.0.1, over TLS; its tokens are made by another library than ours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from keystead.crypto.certificates import issue, make_authority
from unit.export.receivers import serving

DISCOVERY = "/.well-known/openid-configuration"


@dataclass
class Provider:
    """What it publishes, and how often it was asked."""

    ca_file: Path
    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)
    private: dict[str, Any] = field(default_factory=dict)  # by kid
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # instead of what is true, by path
    asked: list[str] = field(default_factory=list)

    def add_rsa(self, kid: str, bits: int = 2048, **more: Any) -> None:
        self.private[kid] = key = rsa.generate_private_key(65537, bits)
        self.keys.append({**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, **more})

    def add_ec(self, kid: str) -> None:
        self.private[kid] = key = ec.generate_private_key(ec.SECP256R1())
        self.keys.append({**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid})

    def token(
        self, kid: str = "one", algorithm: str = "RS256", header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """Return a good token for ``alice`` but for what *claims* say; ``None`` leaves a claim out."""
        now = int(datetime.now(UTC).timestamp())
        whole = {"iss": self.url, "aud": "keystead", "sub": "alice", "iat": now, "exp": now + 600, **claims}
        given = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(given, self.private[kid], algorithm, headers={"kid": kid, **(header or {})})

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == DISCOVERY:
            return 200, json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/keys"}).encode()
        return 200, json.dumps({"keys": self.keys}).encode()


@contextmanager
def providing(folder: Path) -> Iterator[Provider]:
    """Run a provider with an RSA key ``one`` and an EC key ``two``."""
    authority = make_authority("an identity provider", datetime.now(UTC))
    server_certificate = issue(authority, ["127.0.0.1"], datetime.now(UTC))
    folder.mkdir()
    for name, octets in (
        ("ca.pem", authority.certificate_pem),
        ("server.pem", server_certificate.certificate_pem),
        ("server.key", server_certificate.private_key_pem.reveal()),
    ):
        (folder / name).write_bytes(octets)
    provider = Provider(folder / "ca.pem")
    provider.add_rsa("one")
    provider.add_ec("two")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = provider.answer(self.path)
            self.send_response(status)
            if status == 302:
                self.send_header("location", f"{provider.url}/keys")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(folder, Handler) as provider.url:
        yield provider
