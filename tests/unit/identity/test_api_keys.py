"""The text of API keys and the hash that is stored of it."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from keystead.domain.material import KeyMaterial
from keystead.identity.api_keys import digest, new_api_key


@dataclass
class KnownKeyBinder:
    """A unit whose key the test knows, so that the expected hash can be computed beside it."""

    labels: list[str] = field(default_factory=list)

    def mac(self, label: str, octets: bytes) -> bytes:
        self.labels.append(label)
        return hmac.new(b"k" * 32, octets, hashlib.sha256).digest()


def test_a_new_key_has_44_characters_of_the_wire_alphabet() -> None:
    for _ in range(50):
        assert re.fullmatch(rb"[A-Za-z0-9_-]{44}", new_api_key().reveal())


def test_new_keys_differ() -> None:
    assert len({new_api_key().reveal() for _ in range(200)}) == 200


def test_a_new_key_does_not_print() -> None:
    key = new_api_key()
    assert key.reveal().decode() not in f"{key} {key!r}"


def test_the_digest_is_a_mac_under_the_units_key_for_api_keys() -> None:
    binder = KnownKeyBinder()
    expected = hmac.new(b"k" * 32, b"short", hashlib.sha256).digest()
    assert digest(binder, KeyMaterial(b"short")) == expected
    assert binder.labels == ["keystead/api-key/1"]


def test_the_digest_of_another_text_differs() -> None:
    binder = KnownKeyBinder()
    assert digest(binder, KeyMaterial(b"short")) != digest(binder, KeyMaterial(b"Short"))
