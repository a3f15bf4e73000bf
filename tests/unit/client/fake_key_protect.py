"""A small server that speaks enough of the key API to try the client against: real TLS, real crypto."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from keystead.client.key_protect import KeyProtect
from keystead.client.login import ApiKeyLogin
from keystead.client.transport import Transport
from keystead.crypto import hybrid, nonces, oaep, wrapping
from keystead.crypto.certificates import issue, make_authority
from keystead.domain.errors import Refused
from keystead.domain.ids import random_uuid
from keystead.domain.material import KeyMaterial

API_KEY = "canary-api-key-3f1c"
TOKEN = "canary-token-91ab"
INSTANCE = "2f9b6c1e-0c3d-4a5b-8e7f-112233445566"
NONCE = bytes(range(0xA0, 0xAC))


_STATES = {"enable": {1, 2}, "rotate": {1, 3}, "unwrap": {1, 3}, "rewrap": {1, 3}}


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Key:
    body: dict[str, Any]
    materials: list[KeyMaterial]  # newest last


@dataclass
class FakeKeyProtect:
    """The server's state, which tests read and set."""

    url: str = ""
    ca_file: Path = Path()
    seen: list[Seen] = field(default_factory=list)
    keys: dict[str, Key] = field(default_factory=dict)
    rings: list[str] = field(default_factory=lambda: ["default"])
    answers: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)  # instead of the usual
    token_kind: str | None = None
    expires_in: int = 3600

    def paths(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.seen]

    def respond(self, request: Seen) -> tuple[int, bytes]:
        self.seen.append(request)
        if prepared := self.answers.get((request.method, request.path)):
            return prepared
        if request.path == "/identity/token":
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, error("Unauthorized: The user does not have access to the specified resource")
        if request.headers.get("bluemix-instance") != INSTANCE:
            return 401, error("Unauthorized: The user does not have access to the specified resource")
        try:
            return self._api(request, request.path.removeprefix("/api/v2/").split("/"))
        except Refused as refused:
            return 422, error("Unprocessable", refused.reason.value, refused.detail)

    def _token(self, request: Seen) -> tuple[int, bytes]:
        form = parse_qs(request.body.decode())
        if form.get("apikey") != [API_KEY]:
            message = {"errorCode": "BXNIM0415E", "errorMessage": "Provided API key could not be found."}
            return 400, json.dumps(message).encode()
        return 200, json.dumps({"access_token": TOKEN, "expires_in": self.expires_in}).encode()

    def _api(self, request: Seen, parts: list[str]) -> tuple[int, bytes]:
        match (request.method, *parts):
            case ("POST", "import_token"):
                self.token_kind = request.json.get("publicKeyAlgorithm", "RSA_4096")
                return 200, b"{}"
            case ("GET", "import_token"):
                pem = rsa_pem() if self.token_kind == "RSA_4096" else hybrid_pem()
                return 200, json.dumps({"payload": b64(pem), "nonce": b64(NONCE)}).encode()
            case ("GET", "key_rings"):
                return 200, collection(*({"id": ring} for ring in self.rings))
            case (_, "keys"):
                return self._keys(request)
            case (_, "keys", key_id, *rest) if key_id in self.keys:
                return self._on_key(request, self.keys[key_id], rest)
            case _:
                return 404, error("Not Found", "KEY_NOT_FOUND_ERR", "key does not exist")

    def _keys(self, request: Seen) -> tuple[int, bytes]:
        if request.method == "POST":
            return self._create(request.json["resources"][0])
        return 200, collection(*[key.body for key in self.keys.values()])

    def _create(self, resource: dict[str, Any]) -> tuple[int, bytes]:
        body = {"id": random_uuid(), "name": resource["name"], "state": 1}
        body |= {"extractable": resource["extractable"], "imported": "payload" in resource}
        self.keys[body["id"]] = Key(body, [opened(resource)])
        return 201, collection(body)

    def _on_key(self, request: Seen, key: Key, rest: list[str]) -> tuple[int, bytes]:
        match (request.method, *rest):
            case ("POST", "actions", action):
                if key.body["state"] not in _STATES.get(action, {1}):
                    text = "Key is not in a valid state"
                    return 409, error("Conflict", "KEY_ACTION_INVALID_STATE_ERR", text)
                return self._act(action, key, json.loads(request.body or b"null") or {})
            case ("GET", "versions"):
                return 200, collection(*({"id": f"v{i}"} for i in range(len(key.materials))))
            case ("DELETE",):
                key.body["state"] = 5
            case ("POST", "restore"):
                key.body["state"] = 1
                return 201, collection(key.body)
            case ("DELETE", "purge"):
                del self.keys[key.body["id"]]
            case _:
                pass
        return 200, collection(key.body)

    def _act(self, action: str, key: Key, body: dict[str, Any]) -> tuple[int, bytes]:
        current, aad = key.materials[-1], body.get("aad", [])
        if action == "wrap":
            dek = KeyMaterial(base64.b64decode(body.get("plaintext", b64(bytes(32)))))
            blob = wrapping.WrappingKey(current).wrap(dek, aad)
            answer = {"ciphertext": b64(blob), "keyVersion": {"id": "v0"}}
            made = {} if "plaintext" in body else {"plaintext": b64(dek.reveal())}
            return 200, json.dumps(answer | made).encode()
        if action == "unwrap":
            return self._unwrap(key, base64.b64decode(body["ciphertext"]), aad)
        if action == "rotate":
            key.materials.append(opened(body))
        else:
            key.body["state"] = 2 if action == "disable" else 1
        return 204, b""

    def _unwrap(self, key: Key, blob: bytes, aad: list[str]) -> tuple[int, bytes]:
        named = [m for m in key.materials if wrapping.material_id(m) == wrapping.named(blob)]
        dek = wrapping.WrappingKey(named[0] if named else key.materials[-1]).unwrap(blob, aad)
        answer = {"plaintext": b64(dek.reveal()), "keyVersion": {"id": "v0"}}
        if named and named[0] is not key.materials[-1]:
            answer["ciphertext"] = "bmV3ZXI="
        return 200, json.dumps(answer).encode()


@contextmanager
def serving(folder: Path) -> Iterator[FakeKeyProtect]:
    """Serve on a free port with a certificate of its own, whose authority is in ``folder/ca.pem``."""
    fake = FakeKeyProtect(ca_file=folder / "ca.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.socket = _tls(folder).wrap_socket(server.socket, server_side=True)
    fake.url = f"https://127.0.0.1:{server.server_address[1]}"
    with running(server):
        yield fake


@contextmanager
def running(server: HTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def connected(fake: FakeKeyProtect, instance: str = INSTANCE) -> Iterator[KeyProtect]:
    with Transport(fake.ca_file) as transport:
        login = ApiKeyLogin(transport, fake.url, KeyMaterial(API_KEY.encode()))
        yield KeyProtect(transport, fake.url, instance, login)


def collection(*resources: dict[str, Any]) -> bytes:
    return json.dumps({"metadata": {"collectionTotal": len(resources)}, "resources": resources}).encode()


def error(message: str, code: str = "", detail: str = "") -> bytes:
    reasons = [{"code": code, "message": detail, "status": 400}] if code else []
    return collection({"errorMsg": message, "reasons": reasons})


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def opened(body: dict[str, Any]) -> KeyMaterial:
    """Do the server's half of secure import."""
    if "payload" not in body:
        return KeyMaterial(bytes(32))
    payload = base64.b64decode(body["payload"])
    if "iv" not in body:
        return KeyMaterial(payload)
    if body["encryptionAlgorithm"] == "HPKE_MLKEM768_X25519":
        material = hybrid.decrypt(hybrid_key(), payload)
    else:
        material = oaep.decrypt(rsa_key(), payload, body["encryptionAlgorithm"] == "RSAES_OAEP_SHA_1")
    nonce = nonces.decrypt(material, base64.b64decode(body["encryptedNonce"]), base64.b64decode(body["iv"]))
    assert nonce == NONCE
    return material


@cache
def rsa_key() -> KeyMaterial:
    return oaep.generate()


@cache
def hybrid_key() -> KeyMaterial:
    return hybrid.generate()


def rsa_pem() -> bytes:
    return oaep.public_pem(rsa_key())


def hybrid_pem() -> bytes:
    return hybrid.public_pem(hybrid_key())


def _tls(folder: Path) -> ssl.SSLContext:
    now = datetime.now(UTC)
    authority = make_authority("test authority", now)
    certificate = issue(authority, ["127.0.0.1"], now)
    (folder / "ca.pem").write_bytes(authority.certificate_pem)
    chain = folder / "server.pem"
    chain.write_bytes(certificate.certificate_pem + certificate.private_key_pem.reveal())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


def _handler(fake: FakeKeyProtect) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Seen(self.command, url.path, dict(parse_qsl(url.query)), headers, body)
            status, answer = fake.respond(request)
            self.send_response(status)
            self.send_header("Correlation-Id", headers.get("correlation-id", "none"))
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_DELETE = _respond  # noqa: N815 - names that http.server wants

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    return Handler
