"""The Key Protect v2 API, as any server speaks it.

Source: ``spec/kms-api.md`` section 2.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from keystead.client import answers
from keystead.client.answers import Challenge, Impact, KeyBody, RewrapAnswer, UnwrapAnswer, WrapAnswer
from keystead.client.errors import BadInput, unreadable
from keystead.client.key_api import KeyApi
from keystead.client.login import Login
from keystead.client.transport import Answer, Transport
from keystead.domain.describing import key_aliases, key_description, key_name
from keystead.domain.ids import ring_id
from keystead.domain.import_tokens import TokenKind, Upload
from keystead.domain.material import KeyMaterial

_KEY_TYPE = "application/vnd.ibm.kms.key+json"
_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
_WHOLE = {"prefer": "return=representation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a key is created with, besides its material."""

    name: str
    root: bool = True
    description: str | None = None
    aliases: tuple[str, ...] = ()
    ring: str | None = None


def described(new: NewKey) -> NewKey:
    """Return *new*, read by the rules that servers go by; `Refused` where one would not take it."""
    return replace(
        new,
        name=key_name(new.name),
        description=None if new.description is None else key_description(new.description),
        aliases=key_aliases(new.aliases),
        ring=None if new.ring is None else ring_id(new.ring),
    )


class KeyProtect:
    """One instance at one server. Every method may raise `RemoteError`, and `BadInput` for an expired login.

    Where a method takes *key*, that is its id or one of its aliases.
    """

    def __init__(self, transport: Transport, url: str, instance: str, login: Login) -> None:
        self._call = KeyApi(transport, f"{url}/api/v2", instance, login).call

    def make_import_token(self, kind: TokenKind = TokenKind.RSA_4096) -> None:
        """Replace the instance's import token: ten minutes, one retrieval."""
        body: dict[str, Any] = {"expiration": 600, "maxAllowedRetrievals": 1}
        if kind is not TokenKind.RSA_4096:
            body["publicKeyAlgorithm"] = kind.value
        self._call("POST", "/import_token", body)

    def import_token(self) -> Challenge:
        """Fetch the import token's public key and nonce; uses up one retrieval."""
        return answers.challenge(self._call("GET", "/import_token"))

    def create(
        self, new: NewKey, *, payload: KeyMaterial | None = None, upload: Upload | None = None
    ) -> KeyBody:
        """Create a key: of the server's making, from *payload* in the clear, or from *upload*."""
        resource: dict[str, Any] = {"type": _KEY_TYPE, "name": new.name, "extractable": not new.root}
        if new.description is not None:
            resource["description"] = new.description
        if new.aliases:
            resource["aliases"] = list(new.aliases)
        resource |= _material(payload, upload)
        body = {
            "metadata": {"collectionType": _KEY_TYPE, "collectionTotal": 1},
            "resources": [resource],
        }
        return answers.key(self._call("POST", "/keys", body, headers=_ring(new.ring)))

    def keys(
        self, *, limit: int = 200, offset: int = 0, states: Sequence[int] = (), ring: str | None = None
    ) -> list[KeyBody]:
        """List one page, ordered by id; destroyed keys only where *states* names 5."""
        params = {"limit": str(limit), "offset": str(offset)}
        if states:
            params["state"] = ",".join(map(str, states))
        return answers.keys(self._call("GET", "/keys", params=params, headers=_ring(ring)))

    def rings(self) -> list[KeyBody]:
        """List the key rings; one page holds all that an instance can have."""
        return answers.keys(self._call("GET", "/key_rings"))

    def key(self, key: str) -> KeyBody:
        """Get a key; a standard key with its material as ``payload``."""
        return answers.key(self._call("GET", key_path(key)))

    def metadata(self, key: str) -> KeyBody:
        """Get a key without material."""
        return answers.key(self._call("GET", key_path(key, "/metadata")))

    def versions(self, key: str) -> list[KeyBody]:
        """List a root key's versions, whatever its state."""
        return answers.keys(self._call("GET", key_path(key, "/versions"), params={"allKeyStates": "true"}))

    def impact(self, key: str) -> Impact:
        """Foresee what deleting or disabling a key would do; only Keystead's servers tell."""
        return answers.impact(self._call("GET", key_path(key, "/impact")))

    def delete(self, key: str, *, force: bool = False) -> KeyBody:
        """Destroy a key; it can be restored for 30 days."""
        params = {"force": "true"} if force else None
        return answers.key(self._call("DELETE", key_path(key), params=params, headers=_WHOLE))

    def restore(self, key: str) -> KeyBody:
        """Bring a destroyed key back."""
        return answers.key(self._call("POST", key_path(key, "/restore")))

    def purge(self, key: str) -> KeyBody:
        """Remove a destroyed key for good."""
        return answers.key(self._call("DELETE", key_path(key, "/purge"), headers=_WHOLE))

    def rotate(self, key: str, *, payload: KeyMaterial | None = None, upload: Upload | None = None) -> None:
        """Give a root key a new version; material as for `create`."""
        self._act(key, "rotate", _material(payload, upload))

    def disable(self, key: str) -> None:
        """Suspend a root key."""
        self._act(key, "disable", None)

    def enable(self, key: str) -> None:
        """Make a suspended root key active again."""
        self._act(key, "enable", None)

    def wrap(self, key: str, dek: KeyMaterial | None = None, aad: Sequence[str] = ()) -> WrapAnswer:
        """Wrap *dek*, or a DEK that the server makes."""
        body: dict[str, Any] = _aad(aad)
        if dek is not None:
            body["plaintext"] = _b64(dek.reveal())
        answer = answers.wrapped(self._act(key, "wrap", body))
        if dek is None and answer.made is None:
            raise unreadable("the server did not say which DEK it made")
        return answer

    def unwrap(self, key: str, ciphertext: str, aad: Sequence[str] = ()) -> UnwrapAnswer:
        """Open what `wrap` returned; *aad* as then."""
        return answers.unwrapped(self._act(key, "unwrap", {"ciphertext": ciphertext, **_aad(aad)}))

    def rewrap(self, key: str, ciphertext: str, aad: Sequence[str] = ()) -> RewrapAnswer:
        """Wrap the same DEK under the current version, without seeing it."""
        return answers.rewrapped(self._act(key, "rewrap", {"ciphertext": ciphertext, **_aad(aad)}))

    def _act(self, key: str, action: str, body: dict[str, Any] | None) -> Answer:
        return self._call("POST", key_path(key, f"/actions/{action}"), body)


def key_path(key: str, below: str = "") -> str:
    """Return the path of *key*, and of what is *below* it; `BadInput` when that is no key."""
    # The id may come from a file's header; dots or slashes in it would lead elsewhere on the server.
    if _KEY.match(key) is None:
        raise BadInput("that is neither a key id nor an alias; `keystead key list` shows both")
    return f"/keys/{key}{below}"


def _ring(ring: str | None) -> dict[str, str]:
    return {} if ring is None else {"x-kms-key-ring": ring}


def _aad(aad: Sequence[str]) -> dict[str, Any]:
    return {"aad": list(aad)} if aad else {}


def _material(payload: KeyMaterial | None, upload: Upload | None) -> dict[str, str]:
    if upload is not None:
        return {
            "payload": _b64(upload.payload),
            "encryptedNonce": _b64(upload.encrypted_nonce),
            "iv": _b64(upload.iv),
            "encryptionAlgorithm": upload.algorithm.value,
        }
    return {} if payload is None else {"payload": _b64(payload.reveal())}


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
