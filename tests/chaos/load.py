"""The load: users, each with keys of its own, who ask for one thing after the other until the server dies."""

import base64
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx

from chaos.recorder import Attempt, Known, Token, Wrapped
from chaos.serving import Place
from keystead.crypto import hybrid, nonces
from keystead.domain.material import KeyMaterial

_AT_HAND = 5  # a user goes on with its newest keys
_RSA_ONE_IN = 12  # a key pair of RSA-4096 may keep the token's user waiting until the kill


class ServerDied(Exception):
    """No answer came; whether the request was carried out is for the next start to tell."""


@dataclass
class Caller:
    """The owner, over connections of its own; notes every request."""

    place: Place
    client: httpx.AsyncClient
    token: str
    attempts: list[Attempt]
    no_store: bool = False  # whether the database may be gone, which is answered with 503

    async def ask(self, attempt: Attempt, method: str, path: str, body: object = None) -> httpx.Response:
        """Send one request; whatever is answered here has to be a success."""
        self.attempts.append(attempt)
        answer = await self.look(method, path, body, attempt.correlation_id)
        if self.no_store and answer.status_code == 503:
            raise ServerDied
        assert answer.is_success, f"{attempt}: {answer.status_code} {answer.text}"
        return answer

    async def look(
        self, method: str, path: str, body: object = None, correlation_id: str | None = None
    ) -> httpx.Response:
        """Send one request that nobody counts."""
        headers = {"authorization": f"Bearer {self.token}", "bluemix-instance": self.place.instance}
        if correlation_id:
            headers["correlation-id"] = correlation_id
        try:
            answer = await self.client.request(method, f"/api/v2{path}", json=body, headers=headers)
        except httpx.TransportError as error:
            raise ServerDied from error
        assert answer.status_code != 500, f"{method} {path}: {self.place.output.read_text()[-2000:]}"
        return answer


@dataclass
class User:
    """Makes keys and leads them through their life."""

    caller: Caller
    chance: random.Random
    keys: list[Known] = field(default_factory=list)

    async def work(self) -> None:
        """Do something; endless until the server dies."""
        while True:
            living = [key for key in self.keys[-_AT_HAND:] if key.standing is not None]
            if len(living) < 2 or self.chance.random() < 0.2:
                await self.create()
            else:
                await self.change(self.chance.choice(living))

    async def create(self) -> None:
        """Make a key, generated or brought along in the clear."""
        brought = os.urandom(32) if self.chance.random() < 0.4 else None
        await create(self.caller, self.keys, brought, {"payload": text64(brought)} if brought else {})

    async def change(self, key: Known) -> None:
        """Do what the key's state allows."""
        assert key.standing is not None
        state, versions = key.standing
        match state:
            case 1:
                action = self.chance.choice(("wrap", "wrap", "unwrap", "rotate", "disable", "delete"))
            case 2:
                action = self.chance.choice(("enable", "enable", "delete"))
            case _:
                action = self.chance.choice(("restore", "restore", "purge"))
        match action:
            case "wrap":
                await wrap(self.caller, key)
            case "unwrap":
                await unwrap(self.caller, key)
            case "rotate":
                await self.rotate(key, versions)
            case "disable" | "enable":
                after = (2 if action == "disable" else 1), versions
                with acknowledging(key):
                    attempt = key.attempt(action, after)
                    await self.caller.ask(attempt, "POST", f"/keys/{key.name}/actions/{action}")
            case _:
                await self.end(key, action, versions)

    async def rotate(self, key: Known, versions: int) -> None:
        """Add a version."""
        brought = os.urandom(32) if key.material else None
        if brought:
            key.material = (*key.material, brought)
        with acknowledging(key):
            attempt = key.attempt("rotate", (1, versions + 1))
            body = {"payload": text64(brought)} if brought else None
            await self.caller.ask(attempt, "POST", f"/keys/{key.name}/actions/rotate", body)

    async def end(self, key: Known, action: str, versions: int) -> None:
        """Delete, restore or purge."""
        with acknowledging(key):
            match action:
                case "delete":
                    attempt = key.attempt(action, (5, versions))
                    await self.caller.ask(attempt, "DELETE", f"/keys/{key.name}")
                case "restore":
                    attempt = key.attempt(action, (1, versions))
                    await self.caller.ask(attempt, "POST", f"/keys/{key.name}/restore")
                case _:
                    attempt = key.attempt(action, None)
                    await self.caller.ask(attempt, "DELETE", f"/keys/{key.name}/purge")


@dataclass
class Importer:
    """Makes import tokens, reads them, and brings keys with them."""

    caller: Caller
    chance: random.Random
    token: Token
    keys: list[Known] = field(default_factory=list)

    async def work(self) -> None:
        """Do something; endless until the server dies."""
        while True:
            await self.make()
            challenge = await self.read()
            if challenge["publicKeyAlgorithm"] is not None:
                await self.bring(challenge)

    async def make(self) -> None:
        """Make a token that can be told from the one before it."""
        count = self.chance.choice([n for n in range(100, 500) if n != self.token.retrievals])
        kind = "RSA_4096" if self.chance.randrange(_RSA_ONE_IN) == 0 else "X25519_MLKEM768"
        body = {"expiration": 86_400, "maxAllowedRetrievals": count, "publicKeyAlgorithm": kind}
        attempt = self.token.attempt("make token", count, count)
        await self.caller.ask(attempt, "POST", "/import_token", body)
        self.token.acknowledge()

    async def read(self) -> dict[str, Any]:
        """Read it, which is counted."""
        assert self.token.retrievals is not None
        attempt = self.token.attempt("read token", self.token.retrievals, self.token.remaining - 1)
        answer = await self.caller.ask(attempt, "GET", "/import_token")
        self.token.acknowledge()
        return {"publicKeyAlgorithm": None, **answer.json()}

    async def bring(self, challenge: dict[str, Any]) -> None:
        """Create a key by the secure handshake, in its post-quantum form."""
        octets, iv = os.urandom(32), os.urandom(12)
        material = KeyMaterial(octets)
        payload = hybrid.encrypt(base64.b64decode(challenge["payload"]), material)
        nonce = nonces.encrypt(material, base64.b64decode(challenge["nonce"]), iv)
        fields = {
            "payload": text64(payload),
            "encryptedNonce": text64(nonce),
            "iv": text64(iv),
            "encryptionAlgorithm": "HPKE_MLKEM768_X25519",
        }
        await create(self.caller, self.keys, octets, fields)


async def create(caller: Caller, keys: list[Known], brought: bytes | None, fields: dict[str, str]) -> None:
    """Make a key and note it in *keys*."""
    known = Known(f"k-{os.urandom(8).hex()}", material=(brought,) if brought else ())
    keys.append(known)
    resource = {"name": known.alias, "aliases": [known.alias], "extractable": False, **fields}
    body = {"metadata": {"collectionTotal": 1}, "resources": [resource]}
    with acknowledging(known):
        answer = await caller.ask(known.attempt("create", (1, 1)), "POST", "/keys", body)
    known.id = answer.json()["resources"][0]["id"]


async def wrap(caller: Caller, key: Known) -> None:
    """Wrap a fresh DEK and keep what came back."""
    dek, attempt = text64(os.urandom(32)), Attempt("wrap", writes=False)
    answer = await caller.ask(attempt, "POST", f"/keys/{key.name}/actions/wrap", {"plaintext": dek})
    attempt.verdict = "acknowledged"
    key.wraps.append(Wrapped(dek, answer.json()["ciphertext"]))
    key.touched = True


async def unwrap(caller: Caller, key: Known) -> None:
    """Open an old wrap, where there is one."""
    for wrapped in key.wraps[-1:]:
        attempt, body = Attempt("unwrap", writes=False), {"ciphertext": wrapped.ciphertext}
        answer = await caller.ask(attempt, "POST", f"/keys/{key.name}/actions/unwrap", body)
        attempt.verdict = "acknowledged"
        assert answer.json()["plaintext"] == wrapped.dek


async def keep_wrapping(caller: Caller, key: Known) -> None:
    """Wrap with a key that others use too; endless until the server dies."""
    while True:
        await wrap(caller, key)
        await unwrap(caller, key)


@contextmanager
def acknowledging(key: Known) -> Iterator[None]:
    """Note that what happens inside was acknowledged, unless it raises."""
    yield
    key.acknowledge()


def text64(octets: bytes) -> str:
    """Write octets as the wire does."""
    return base64.b64encode(octets).decode()
