"""Where a sealed blob belongs, as additional authenticated data: moved anywhere else, it does not open.

``place = for each field [length in octets]32, big-endian ‖ UTF-8``; the first field says what is sealed:

- ``keystead/key-material/1``: instance, key, version, type ``root`` or ``standard``, extractable ``true`` or
  ``false``
- ``keystead/import-token/1``: instance, token, kind; holds the private key
- ``keystead/service-secret/1``: label
"""

from keystead.domain.ids import InstanceId
from keystead.domain.import_tokens import TokenKind
from keystead.domain.ports.unit import Binding


def of_material(binding: Binding) -> bytes:
    """Return the place of a key version's material."""
    sort, extractable = ("standard", "true") if binding.extractable else ("root", "false")
    return _fields(
        "keystead/key-material/1", binding.instance, binding.key, binding.version, sort, extractable
    )


def of_token(instance: InstanceId, token_id: str, kind: TokenKind) -> bytes:
    """Return the place of an import token's private key."""
    return _fields("keystead/import-token/1", instance, token_id, kind.value)


def of_secret(label: str) -> bytes:
    """Return the place of a secret of the service itself."""
    return _fields("keystead/service-secret/1", label)


def _fields(*texts: str) -> bytes:
    parts = [text.encode() for text in texts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
