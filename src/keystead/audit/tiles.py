"""Tiles: the Merkle tree as files of 256 hashes, which a third party can be given as they are.

Source: C2SP tlog-tiles.
"""

import errno
import os
import shutil
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from keystead.audit.merkle import node_hash, root
from keystead.domain.errors import Tampered

WIDTH: Final = 256
_HASH: Final = 32
HEIGHT: Final = 8  # levels of the tree in one tile
_PREFIX: Final = b"\x00\x20"  # each entry is a commitment of 32 octets
_CACHED: Final = 64
_FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_DSYNC | os.O_CLOEXEC

Level = int | Literal["entries"]


def tile_path(level: Level, number: int, width: int) -> str:
    """Return where a tile of *width* hashes rests below the log's directory."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    name = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return f"tile/{level}/{name}" + (f".p/{width}" if width < WIDTH else "")


def bundle(commitments: Sequence[bytes]) -> bytes:
    """Return an entry bundle: each entry after its length."""
    return b"".join([_PREFIX + commitment for commitment in commitments])


def unbundle(octets: bytes) -> list[bytes]:
    """Return the entries of a bundle; `ValueError` if it is not one of commitments."""
    step = len(_PREFIX) + _HASH
    found = [octets[i + len(_PREFIX) : i + step] for i in range(0, len(octets), step)]
    if bundle(found) != octets:
        raise ValueError("is no bundle of commitments")
    return found


class Tiles:
    """The tiles on disk, read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    def hashes(self, level: int, number: int, width: int) -> list[bytes]:
        """Return the first *width* hashes of a tile; `Tampered` if it is missing or of a wrong length."""
        octets = self._read(level, number, width, _HASH)
        return [octets[i : i + _HASH] for i in range(0, len(octets), _HASH)]

    def entries(self, number: int, width: int) -> list[bytes]:
        """Return the first *width* commitments of a bundle; errors as `hashes`."""
        try:
            return unbundle(self._read("entries", number, width, len(_PREFIX) + _HASH))
        except ValueError as error:
            raise Tampered(f"{tile_path('entries', number, width)} {error}") from None

    def subtree(self, start: int, end: int) -> bytes:
        """Return MTH(D[start:end]) of a tree whose tiles reach at least to *end*; `Tampered`."""
        hashes: list[bytes] = []
        while start < end:
            height = min((start & -start).bit_length() - 1 if start else 64, (end - start).bit_length() - 1)
            hashes.append(self._complete(start >> height, height))
            start += 1 << height
        found = hashes.pop()
        while hashes:
            found = node_hash(hashes.pop(), found)
        return found

    def _complete(self, position: int, height: int) -> bytes:
        """Return the hash of the complete subtree of 2**height leaves, the *position*-th of its height."""
        level, within = divmod(height, HEIGHT)
        number, first = divmod(position << within, WIDTH)
        return root(self._cached(level, number, first + (1 << within))[first : first + (1 << within)])

    def _cached(self, level: int, number: int, width: int) -> list[bytes]:
        found = self._seen.get((level, number), [])
        if len(found) < width:
            found = self.hashes(level, number, width)
            self._seen[level, number] = found
            if len(self._seen) > _CACHED:
                self._seen.popitem(last=False)
        return found

    def _read(self, level: Level, number: int, width: int, unit: int) -> bytes:
        """Read the tile of just this width, or any wider one, which begins the same."""
        full = self._directory / tile_path(level, number, WIDTH)
        partial = full.with_name(full.name + ".p")
        widths = sorted(int(name) for name in _names(partial) if name.isdecimal() and int(name) >= width)
        for path in [partial / str(wider) for wider in widths] + [full]:
            try:
                with path.open("rb") as file:
                    octets = file.read(WIDTH * unit + 1)
            except FileNotFoundError:
                continue
            if len(octets) >= width * unit and len(octets) % unit == 0 and len(octets) <= WIDTH * unit:
                return octets[: width * unit]
            raise Tampered(f"the tile {path.relative_to(self._directory)} has {len(octets)} octets")
        raise Tampered(f"the tile {tile_path(level, number, width)} is missing")


def write_tiles(directory: Path, files: Sequence[tuple[str, bytes]], pause: float = 0.0) -> None:
    """Put tiles, each with its path below *directory*, on disk, durably; `OSError`.

    A *pause* after each, in seconds, lets others who wait for the disk in between.
    """
    for name, octets in files:
        path = directory / name
        try:
            replace_durably(path, octets)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_durably(path, octets)
        if not path.parent.name.endswith(".p"):
            with suppress(FileNotFoundError):  # the full tile begins with what each of its parts says
                shutil.rmtree(f"{path}.p")
        time.sleep(pause)


def replace_durably(path: Path, octets: bytes) -> None:
    """Write a whole file so that a reader, or a crash, finds the old one or the new one; `OSError`."""
    fresh = f"{path}.new"
    descriptor = os.open(fresh, _FRESH, 0o600)
    try:
        if os.write(descriptor, octets) != len(octets):
            raise OSError(errno.ENOSPC, "only a part could be written", path.name)
    finally:
        os.close(descriptor)
    Path(fresh).replace(path)


def sync_directory(directory: Path) -> None:
    """Make names in *directory* durable; `OSError`."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _names(directory: Path) -> list[str]:
    try:
        return [entry.name for entry in directory.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
