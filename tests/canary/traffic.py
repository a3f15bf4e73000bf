"""One run over the whole API with material that can be recognised, in right places and in wrong ones."""

import base64
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx2 as httpx

from canary.forms import Canary, canary, marked
from keystead.crypto import hybrid, nonces, oaep
from keystead.domain.import_tokens import ImportAlgorithm
from keystead.domain.material import KeyMaterial

_ALGORITHMS = tuple(ImportAlgorithm)
_FIELDS = (
    "encryptionAlgorithm publicKeyAlgorithm expiration maxAllowedRetrievals expirationDate extractable "
    "aad encryptedNonce iv ciphertext tags aliases rotation dualAuthDelete policy_type policy_data"
).split()
_CHEAP = {"publicKeyAlgorithm": "X25519_MLKEM768"}  # where a token is made after all, not one of RSA
_DOORS = (
    "POST /keys",
    "POST /keys_with_policy_overrides",
    "PUT /keys/{key}/policies",
    "PUT /instance/policies",
    "POST /import_token",
    "POST /keys/{key}/actions/wrap",
    "POST /keys/{key}/actions/unwrap",
    "POST /keys/{key}/actions/rewrap",
    "POST /keys/{key}/actions/rotate",
    "POST /keys/{key}?action=rotate",
)


@dataclass
class Marks:
    """What this run's secrets begin with."""

    material: bytes = field(default_factory=lambda: os.urandom(12))
    dek: bytes = field(default_factory=lambda: os.urandom(12))
    secret: bytes = field(default_factory=lambda: os.urandom(12))

    def canaries(self) -> list[Canary]:
        return [
            canary("root-key material", self.material),
            canary("DEK", self.dek),
            canary("standard key", self.secret),
        ]


@dataclass
class Traffic:
    """The client; it keeps every error answer that it saw."""

    client: httpx.Client
    token: str
    instance: str
    marks: Marks
    errors: list[bytes] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)  # of the API keys that were made on the way

    def ask(
        self, door: str, body: object = None, headers: dict[str, str] | None = None, **names: str
    ) -> httpx.Response:
        """Send one request; *body* is JSON unless it is octets."""
        method, _, path = door.partition(" ")
        given = {
            "authorization": f"Bearer {self.token}",
            "bluemix-instance": self.instance,
            **(headers or {}),
        }
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        whole = path if path.startswith(("/v1", "/identity")) else f"/api/v2{path}"
        answer = self.client.request(method, whole.format(**names), content=content, headers=given)
        self.note(answer)
        return answer

    def log_in(self, text: str) -> httpx.Response:
        """Ask for a token with an API key."""
        form = {"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": text}
        answer = self.client.post("/identity/token", data=form)
        self.note(answer)
        return answer

    def note(self, answer: httpx.Response) -> None:
        """Keep what an error says, head included."""
        self.statuses.add(answer.status_code)
        if answer.status_code >= 400:
            heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
            self.errors.append(heads.encode() + b"\n" + answer.content)

    def create(self, *, extractable: bool = False, **fields: str) -> httpx.Response:
        """Ask for a key."""
        return self.bring(fields, extractable=extractable)

    def bring(
        self, fields: dict[str, str], *, extractable: bool = False, path: str = "/keys"
    ) -> httpx.Response:
        """Ask for a key with what `upload` returned."""
        resource = {"name": "canary", "extractable": extractable, **fields}
        return self.ask(f"POST {path}", {"metadata": {"collectionTotal": 1}, "resources": [resource]})

    def material(self, length: int = 32) -> bytes:
        return marked(self.marks.material, length)

    def upload(self, material: bytes, algorithm: ImportAlgorithm) -> dict[str, str]:
        """Return the fields that bring *material* with a new import token."""
        kind = {"publicKeyAlgorithm": str(algorithm.kind), "maxAllowedRetrievals": 1}
        assert self.ask("POST /import_token", kind).is_success
        challenge = self.ask("GET /import_token").json()
        pem, secret = base64.b64decode(challenge["payload"]), KeyMaterial(material)
        sha1 = algorithm is ImportAlgorithm.OAEP_SHA_1
        hybrid_form = algorithm is ImportAlgorithm.HYBRID
        iv = os.urandom(16 if sha1 else 12)
        payload = hybrid.encrypt(pem, secret) if hybrid_form else oaep.encrypt(pem, secret, sha1)
        return {
            "payload": text64(payload),
            "encryptedNonce": text64(nonces.encrypt(secret, base64.b64decode(challenge["nonce"]), iv)),
            "iv": text64(iv),
            "encryptionAlgorithm": str(algorithm),
        }


def right(traffic: Traffic) -> str:
    """Use every route as it is meant; return the id of a root key whose material was brought in the clear."""
    keys = [resource_id(traffic.create(payload=text64(traffic.material(size)))) for size in (16, 24, 32)]
    for algorithm in _ALGORITHMS:
        made = traffic.bring(traffic.upload(traffic.material(), algorithm))
        keys.append(resource_id(made))
        fields = traffic.upload(traffic.material(), algorithm)
        assert traffic.ask("POST /keys/{key}/actions/rotate", fields, key=keys[-1]).status_code == 204
    for key in keys:
        _use(traffic, key)
    secret = marked(traffic.marks.secret, 100)
    standard = resource_id(traffic.create(extractable=True, payload=text64(secret)))
    shown = traffic.ask("GET /keys/{key}", key=standard).json()["resources"][0]
    assert base64.b64decode(shown["payload"]) == secret
    assert traffic.ask("DELETE /keys/{key}", key=standard).is_success
    assert traffic.ask("DELETE /keys/{key}/purge", key=standard).is_success
    _policies(traffic)
    _people(traffic)
    traffic.ask("GET /keys")
    traffic.ask("HEAD /keys")
    return keys[2]


def _policies(traffic: Traffic) -> None:
    """Set and show policies, and use what they let be used."""
    key = resource_id(traffic.bring({}, path="/keys_with_policy_overrides"))
    for policy in ({"rotation": {"interval_month": 1}}, {"dualAuthDelete": {"enabled": True}}):
        assert traffic.ask("PUT /keys/{key}/policies", _envelope(policy), key=key).is_success
    assert traffic.ask("GET /keys/{key}/policies", key=key).is_success
    for action in ("setKeyForDeletion", "unsetKeyForDeletion"):
        assert traffic.ask("POST /keys/{key}/actions/" + action, key=key).is_success
    assert traffic.ask("DELETE /keys/{key}", key=key).status_code == 409
    data = {"enabled": True, "attributes": {"allowed_ip": ["127.0.0.0/8"]}}
    listed = _envelope({"policy_type": "allowedIP", "policy_data": data})
    assert traffic.ask("PUT /instance/policies", listed).is_success
    for door in ("GET /instance/policies", "GET /instance/allowed_ip_port"):
        assert traffic.ask(door).is_success


def _people(traffic: Traffic) -> None:
    """Make API keys and use them in every way; their texts are kept, for they must not be found."""
    mine = traffic.ask("GET /v1/apikeys").json()["apikeys"][0]
    body = {"name": "canary", "iam_id": mine["iam_id"]}
    key = traffic.ask("POST /v1/apikeys", body).json()
    first = {"account_id": mine["account_id"], "name": "canary", "apikey": {"name": "canary"}}
    who = traffic.ask("POST /v1/serviceids/", first).json()
    traffic.texts += [key["apikey"], who["apikey"]["apikey"]]
    for text in traffic.texts:
        found = traffic.ask("GET /v1/apikeys/details", headers={"iam-apikey": text})
        assert (found.status_code, found.json()["apikey"]) == (200, "")
        assert traffic.ask("POST /v1/apikeys", {**body, "apikey": text}).status_code == 400
        assert traffic.log_in(text).is_success
    code = traffic.ask("POST /identity/passcode").json()["passcode"]
    traffic.texts.append(code)
    assert traffic.ask("PUT /v1/apikeys/{key}", {"name": code * 99}, key=key["id"]).status_code == 400
    place = {"key": key["id"]}
    head = {"if-match": key["entity_tag"]}
    assert traffic.ask("PUT /v1/apikeys/{key}", {"name": "new"}, head, **place).is_success
    assert traffic.ask("PUT /v1/apikeys/{key}", {"name": key["apikey"] * 9}, head, **place).status_code == 400
    for door in ("POST /v1/apikeys/{key}/lock", "DELETE /v1/apikeys/{key}/lock", "GET /v1/apikeys/{key}"):
        assert traffic.ask(door, **place).is_success
    assert traffic.ask("POST /v1/apikeys/{key}/disable", **place).is_success
    assert traffic.log_in(key["apikey"]).status_code == 400
    assert traffic.ask("DELETE /v1/apikeys/{key}", **place).is_success


def _use(traffic: Traffic, key: str) -> None:
    body = {"payload": text64(traffic.material())}
    assert traffic.ask("POST /keys/{key}/actions/rotate", body, key=key).status_code == 204
    plaintext = text64(marked(traffic.marks.dek, 32))
    wrapped = traffic.ask("POST /keys/{key}/actions/wrap", {"plaintext": plaintext, "aad": ["a"]}, key=key)
    sealed = {"ciphertext": wrapped.json()["ciphertext"], "aad": ["a"]}
    opened = traffic.ask("POST /keys/{key}/actions/unwrap", sealed, key=key)
    assert opened.json()["plaintext"] == plaintext
    assert traffic.ask("POST /keys/{key}/actions/rewrap", sealed, key=key).is_success
    for door in ("GET /keys/{key}/metadata", "GET /keys/{key}/versions", "POST /keys/{key}/actions/disable"):
        assert traffic.ask(door, key=key).is_success
    traffic.ask("POST /keys/{key}/actions/unwrap", sealed, key=key)
    assert traffic.ask("POST /keys/{key}/actions/enable", key=key).is_success
    assert traffic.ask("DELETE /keys/{key}", key=key).is_success
    assert traffic.ask("POST /keys/{key}/actions/unwrap", sealed, key=key).status_code == 410
    assert traffic.ask("POST /keys/{key}/restore", key=key).is_success


def wrong(traffic: Traffic, key: str) -> None:
    """Put material where it does not belong; all of this is refused."""
    for door in _DOORS:
        for text in _texts(traffic):
            for content in _broken(text):
                _refused(traffic, door, content, key)
            for name in _FIELDS:
                fields: dict[str, str | bool] = {"plaintext": "%%", **_CHEAP, "name": "canary", name: text}
                body = fields if "/actions/" in door or "?" in door or "token" in door else _envelope(fields)
                traffic.ask(door, body, key=key)
    for size in (1, 15, 31, 33, 512):
        payload = text64(_of(traffic.marks.material, size))
        assert traffic.create(payload=payload).status_code == 400
        assert (
            traffic.ask("POST /keys/{key}/actions/rotate", {"payload": payload}, key=key).status_code == 400
        )
    for text in _texts(traffic):
        metrics = {"policy_type": "metrics"}
        for policy in ({text: 1}, {**metrics, "policy_data": {text: 1}}, {**metrics, text: {}}):
            _refused(traffic, "PUT /instance/policies", _envelope(policy), key)
    _wrong_proofs(traffic)
    _wrong_heads(traffic, key)


def _wrong_proofs(traffic: Traffic) -> None:
    """Mix handshakes: material in the clear beside a nonce, a nonce under other material, an old token."""
    material = traffic.material()
    for algorithm in _ALGORITHMS:
        mine, other = traffic.upload(material, algorithm), traffic.upload(traffic.material(), algorithm)
        for fields in (
            {**mine, "payload": text64(material)},
            {**other, "encryptedNonce": text64(material)},
            {**other, "iv": text64(material[:12])},
            mine,
            {**other, "encryptionAlgorithm": text64(material)},
        ):
            assert 400 <= traffic.bring(fields).status_code < 500
        assert traffic.bring(other, extractable=True).status_code == 400


def _wrong_heads(traffic: Traffic, key: str) -> None:
    for text in _texts(traffic):
        for name in ("authorization", "bluemix-instance", "prefer", "correlation-id"):
            traffic.ask("GET /keys/{key}", headers={name: text}, key=key)
        traffic.ask("GET /keys/{key}", headers={"authorization": f"Bearer {text}.{text}.{text}"}, key=key)
        for query in (
            "action",
            "limit",
            "state",
            "extractable",
            "force",
            "sort",
            "filter",
            "policy",
        ):  # a search is echoed
            for door in (
                "GET /instance/policies?{q}={text}",
                "GET /keys/{key}/policies?{q}={text}",
                "POST /keys/{key}?{q}={text}",
                "GET /keys?{q}={text}",
                "DELETE /keys/{key}?{q}={text}",
            ):
                if not door.startswith("DELETE") or query == "force":
                    traffic.ask(door, key=key, q=query, text=text)
        for form in ({"grant_type": text}, {"grant_type": _GRANT, "apikey": text}):
            traffic.note(traffic.client.post("/identity/token", data=form))


_GRANT = "urn:ibm:params:oauth:grant-type:apikey"


def _refused(traffic: Traffic, door: str, body: object, key: str) -> None:
    status = traffic.ask(door, body, key=key).status_code
    assert 400 <= status < 500, (door, status)


def _texts(traffic: Traffic) -> list[str]:
    dek = marked(traffic.marks.dek, 32)
    material = traffic.material()
    return [material.hex(), text64(material), base64.urlsafe_b64encode(dek).decode(), dek.hex().upper()]


def _broken(text: str) -> Iterator[bytes]:
    """Yield JSON that breaks at, before or after *text*."""
    for template in (
        b'{"plaintext": "%b',
        b'{"plaintext": "%b"',
        b'{"plaintext": "%b"}}',
        b'{"plaintext": %b}',
        b'{"payload": "\\x%b"}',
        b'{"payload": "%b\\ud800"} x',
        b'{"%b": ',
        b'["%b"]',
        b'"%b"',
        b"%b",
        b'{"plaintext": {"%b": "\xff\xfe"}}',
        b'{"plaintext": "%b\x00"}',
    ):
        yield template % text.encode()


def _envelope(resource: Mapping[str, object]) -> dict[str, object]:
    return {"metadata": {"collectionTotal": 1}, "resources": [resource]}


def _of(mark: bytes, size: int) -> bytes:
    return marked(mark, size) if size >= len(mark) else mark[:size]


def resource_id(answer: httpx.Response) -> str:
    """Return the id of the key that *answer* shows."""
    assert answer.status_code == 201, answer.text
    return str(answer.json()["resources"][0]["id"])


def text64(octets: bytes) -> str:
    """Write octets as the wire does."""
    return base64.b64encode(octets).decode()
