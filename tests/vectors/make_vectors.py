"""Make ``formats.json`` and put its cases into ``docs/formats.md``.

    PYTHONPATH=tests python tests/vectors/make_vectors.py

The octets come from the second implementation (``tests/unit/crypto/independent*.py``), never from Keystead.
They are the same at every run, except that a hybrid payload cannot be made from a seed: the file's is kept.
"""

import base64
import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from unit.crypto import independent
from unit.crypto.independent_imports import hybrid_encrypt, oaep_encrypt, rsa_numbers

HERE = Path(__file__).parent
JSON = HERE / "formats.json"
DOCUMENT = HERE.parent.parent / "docs" / "formats.md"
_BLOCK = re.compile(r"(<!-- vector ([a-z]+)/(\d+) -->\n).*?(<!-- end -->)", re.DOTALL)

Case = dict[str, Any]


def _count_up(start: int, count: int) -> bytes:
    return bytes(range(start, start + count))


MATERIAL = _count_up(0x00, 32)
NONCE = _count_up(0xA0, 12)
SALT = _count_up(0x40, 32)
DEK = _count_up(0x80, 32)
MASTER = _count_up(0xC0, 32)
GCM_IV = _count_up(0x10, 12)
CBC_IV = _count_up(0x10, 16)


def _kdf() -> list[Case]:
    inputs = [(MATERIAL, "keystead/material-id/1", b"", 16), (MATERIAL[:16], "label", b"context", 33)]
    return [
        {"key": key, "label": label, "context": context, "count": count}
        | {"result": independent.kdf(key, label.encode(), context, count)}
        for key, label, context, count in inputs
    ]


def _wrapped() -> list[Case]:
    inputs: list[tuple[bytes, bytes, list[str]]] = [
        (MATERIAL, DEK, []),
        (MATERIAL[:16], DEK, ["bucket", "größe"]),
        (MATERIAL[:24], b"", [""]),
        (MATERIAL, DEK + DEK + b"\x00", ["ab", "c"]),
    ]
    valid: list[Case] = [
        {"material": material, "salt": SALT, "dek": dek, "aad": aad}
        | {"material_id": independent.material_id(material)}
        | {"blob": independent.wrap(material, dek, aad, SALT), "expect": "valid"}
        for material, dek, aad in inputs
    ]
    good = valid[0]["blob"]
    refused: list[tuple[str, bytes, bytes, list[str]]] = []
    refused += [(comment, MATERIAL, blob, []) for comment, blob in _damaged(good, 81).items()]
    blob = valid[3]["blob"]
    refused += [
        ("AAD split elsewhere", MATERIAL, blob, aad) for aad in (["a", "bc"], ["abc"], ["ab", "c", ""])
    ]
    refused += [("AAD in another order", MATERIAL, blob, ["c", "ab"]), ("AAD missing", MATERIAL, blob, [])]
    refused += [("other material", MATERIAL[::-1], good, []), ("shorter material", MATERIAL[:16], good, [])]
    return valid + [
        {"material": material, "blob": blob, "aad": aad, "expect": "invalid", "comment": comment}
        for comment, material, blob, aad in refused
    ]


def _damaged(good: bytes, header: int) -> dict[str, bytes]:
    places = {
        "format": 0,
        "name": 1,
        "salt or nonce": 20,
        "end of header": header - 1,
        "ciphertext": header,
        "tag": -1,
    }
    flipped = {f"flipped bit in {place}": _flip(good, at) for place, at in places.items()}
    return flipped | {
        "format 2": b"\x02" + good[1:],
        "cut by one": good[:-1],
        "one octet more": good + b"\x00",
        "shortest form less one": good[: header + 15],
        "empty": b"",
    }


def _flip(octets: bytes, at: int) -> bytes:
    changed = bytearray(octets)
    changed[at] ^= 1
    return bytes(changed)


def _sealed() -> list[Case]:
    inputs = [(DEK, b"instance/key/version"), (b"", b""), (DEK[:24], b"\x00" * 17)]
    valid: list[Case] = [
        {"master": MASTER, "nonce": SALT, "secret": secret, "aad": aad}
        | {"master_key_id": independent.master_key_id(MASTER)}
        | {"sealed": independent.seal(MASTER, secret, aad, SALT), "expect": "valid"}
        for secret, aad in inputs
    ]
    good, aad = valid[0]["sealed"], valid[0]["aad"]
    refused = [(comment, MASTER, sealed, aad) for comment, sealed in _damaged(good, 49).items()]
    refused += [("other place", MASTER, good, b"instance/key/other"), ("other master key", DEK, good, aad)]
    return valid + [
        {"master": master, "sealed": sealed, "aad": aad, "expect": "invalid", "comment": comment}
        for comment, master, sealed, aad in refused
    ]


def _mac_keys() -> list[Case]:
    labels = ("records", "größe")
    return [{"master": MASTER, "label": label, "key": independent.mac_key(MASTER, label)} for label in labels]


def _nonces() -> list[Case]:
    inputs = [(MATERIAL[:size], iv) for iv in (GCM_IV, CBC_IV) for size in (32, 16, 24)]
    valid: list[Case] = [
        {"material": material, "nonce": NONCE, "iv": iv, "expect": "valid"}
        | {"encrypted": independent.encrypt_nonce(material, NONCE, iv)}
        for material, iv in inputs
    ]
    gcm, cbc = valid[0]["encrypted"], valid[3]["encrypted"]
    refused = [
        ("tag changed", _flip(gcm, -1), GCM_IV),
        ("cut", gcm[:-1], GCM_IV),
        ("empty", b"", GCM_IV),
        ("other iv", gcm, GCM_IV[::-1]),
        ("mode of the other iv", gcm, CBC_IV),
        ("mode of the other iv", cbc, GCM_IV),
        ("padding changed", _flip(cbc, -1), CBC_IV),
        ("no whole block", cbc[:-1], CBC_IV),
        ("empty", b"", CBC_IV),
        ("iv of 13 octets", gcm, GCM_IV + b"\x00"),
        ("no iv", gcm, b""),
    ]
    return valid + [
        {"material": MATERIAL, "encrypted": encrypted, "iv": iv, "expect": "invalid", "comment": comment}
        for comment, encrypted, iv in refused
    ]


def _files() -> list[Case]:
    head = b"\x01keystead file" + (16).to_bytes(4, "big") + SALT
    wrapped = base64.b64encode(independent.wrap(MATERIAL, DEK, ["keystead/file/1"], SALT)).decode()
    texts = (b"", b"one chunk only", b"two chunks, 32 octets altogether", b"three chunks, the last one short")
    plaintexts = [*texts[:3], texts[3] + b"!"]
    return [
        {
            "dek": DEK,
            "chunk": 16,
            "salt": SALT,
            "key_id": "example",
            "wrapped_dek": wrapped,
            "plaintext": text,
        }
        | {"head": head, "file": independent.encrypt_file(DEK, head, ("example", wrapped), text)}
        for text in plaintexts
    ]


def _rsa() -> list[Case]:
    published = json.loads((HERE / "wycheproof-rsa-oaep.json").read_text())["cases"]
    private = bytes.fromhex(published[0]["private_key"])  # a key that everybody knows, 4096 bits
    n, e, _ = rsa_numbers(private)
    return [
        {"algorithm": algorithm, "private_key": private, "material": MATERIAL, "seed": _count_up(0x60, size)}
        | {"payload": oaep_encrypt(n, e, MATERIAL, digest, _count_up(0x60, size))}
        for algorithm, digest, size in (
            ("RSAES_OAEP_SHA_256", "sha256", 32),
            ("RSAES_OAEP_SHA_1", "sha1", 20),
        )
    ]


def _hybrid(kept: list[Case]) -> list[Case]:
    private = _count_up(0x00, 96)
    public, payload = hybrid_encrypt(private, MATERIAL)
    payload = bytes.fromhex(kept[0]["payload"]) if kept else payload
    return [{"private_key": private, "public_key": public, "material": MATERIAL, "payload": payload}]


def build(previous: dict[str, Any]) -> dict[str, Any]:
    """Return all cases; octets in hexadecimal."""
    sections: dict[str, Callable[[], list[Case]]] = {
        "kdf": _kdf,
        "wrapped": _wrapped,
        "sealed": _sealed,
        "mackeys": _mac_keys,
        "nonces": _nonces,
        "files": _files,
        "rsa": _rsa,
        "hybrid": lambda: _hybrid(previous.get("hybrid", [])),
    }
    made = {
        name: [_readable(number, case) for number, case in enumerate(make())]
        for name, make in sections.items()
    }
    return {"source": "tests/vectors/make_vectors.py", "checked": "2026-11-23"} | made


def _readable(number: int, case: Case) -> Case:
    return {"id": number} | {k: v.hex() if isinstance(v, bytes) else v for k, v in case.items()}


def fill(document: str, vectors: dict[str, Any]) -> str:
    """Return *document* with the cases of *vectors* between its vector comments."""

    def case(found: re.Match[str]) -> str:
        shown = vectors[found[2]][int(found[3])]
        lines = [_line(name, value) for name, value in shown.items() if name not in ("id", "expect")]
        return f"{found[1]}```text\n" + "\n".join(lines) + f"\n```\n{found[4]}"

    return _BLOCK.sub(case, document)


def _line(name: str, value: Any) -> str:
    if name == "private_key" and len(value) > 1000:
        value = "(in the JSON file)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    rows = textwrap.wrap(text, 64) or ["(empty)"]
    return f"{name:<14}" + ("\n" + " " * 14).join(rows)


if __name__ == "__main__":
    old = json.loads(JSON.read_text()) if JSON.exists() else {}
    new = build(old)
    JSON.write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n")
    DOCUMENT.write_text(fill(DOCUMENT.read_text(), new))
