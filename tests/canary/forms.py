"""Every form in which octets could lie about, and the search for them."""

import base64
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

MARK = 12  # octets: enough that chance never makes them, and they fit into the shortest key


@dataclass(frozen=True)
class Canary:
    """A secret by its name, with everything that would give it away."""

    name: str
    needles: Mapping[str, bytes]


def canary(name: str, octets: bytes) -> Canary:
    """Return the canary for *octets*: raw, hexadecimal in both cases, base64 in both alphabets."""
    needles = {"raw": octets, "hex": octets.hex().encode(), "HEX": octets.hex().upper().encode()}
    for shift in range(3):
        text = _base64(octets, shift)
        needles[f"base64 +{shift}"] = text
        needles[f"base64url +{shift}"] = text.replace(b"+", b"-").replace(b"/", b"_")
    return Canary(name, needles)


def marked(mark: bytes, length: int) -> bytes:
    """Return fresh octets that begin with *mark*: all of them are found by it."""
    return mark + os.urandom(length - len(mark))


def found_in(octets: bytes, canaries: Iterable[Canary]) -> list[str]:
    """Name what *octets* give away."""
    return [
        f"{one.name} as {form}"
        for one in canaries
        for form, needle in one.needles.items()
        if needle in octets
    ]


def found_below(folder: Path, canaries: Iterable[Canary], *, but: Iterable[Path] = ()) -> list[str]:
    """Name what the files below *folder* give away, their names included; *but* may hold secrets.

    What several files hold alike, as a database's copies of its template do, is searched once.
    """
    every, spared, known = list(canaries), set(but), dict[bytes, list[str]]()
    found = []
    for path in files_below(folder):
        if path not in spared:
            content = _content(path)
            if (digest := sha256(content).digest()) not in known:
                known[digest] = found_in(content, every)
            found += [f"{path}: {what}" for what in (*found_in(os.fsencode(path), every), *known[digest])]
    return found


def files_below(folder: Path) -> Iterator[Path]:
    """Yield every plain file."""
    for parent, _, names in os.walk(folder):
        yield from (path for name in names if (path := Path(parent, name)).is_file())


def _base64(octets: bytes, shift: int) -> bytes:
    """Return the characters that *octets* alone decide when *shift* octets of something precede them."""
    text = base64.b64encode(bytes(shift) + octets)
    return text[-(-shift * 8 // 6) : (shift + len(octets)) * 8 // 6]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # a database recycles files while we look
        return b""
