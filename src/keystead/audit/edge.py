"""The right edge of the tree while it grows, and the tiles that it leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from keystead.audit.merkle import root
from keystead.audit.tiles import HEIGHT, WIDTH, Tiles, bundle, tile_path


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What must be on disk before a checkpoint of this size may be."""

    size: int
    root: bytes
    files: tuple[tuple[str, bytes], ...]
    full: int  # so many completed tiles are among the files


class Edge:
    """The right edge of the tree: every tile that is not full yet, and full ones that wait to be written."""

    __slots__ = ("_commitments", "_full", "_levels", "size")

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[list[bytes]] = [[]]
        self._commitments: list[bytes] = []
        self._full: list[tuple[str, bytes]] = []

    @classmethod
    def load(cls, tiles: Tiles, size: int) -> "Edge":
        """Return the edge of a tree of *size* as its tiles have it; `Tampered` if one is missing or short."""
        edge = cls()
        edge.size = size
        edge._levels, level = [], 0
        while size >> HEIGHT * level or not edge._levels:
            number, width = divmod(size >> HEIGHT * level, WIDTH)
            edge._levels.append(tiles.hashes(level, number, width) if width else [])
            level += 1
        number, width = divmod(size, WIDTH)
        edge._commitments = tiles.entries(number, width) if width else []
        return edge

    def add(self, commitments: Sequence[bytes]) -> None:
        """Append the leaves that hold *commitments*."""
        done = 0
        while done < len(commitments):
            part = commitments[done : done + WIDTH - len(self._commitments)]
            self._commitments += part
            self._levels[0] += [sha256(b"\x00" + commitment).digest() for commitment in part]  # `leaf_hash`
            self.size += len(part)
            done += len(part)
            if not self.size % WIDTH:
                self._close_tiles()

    def root(self) -> bytes:
        """Return the root of the tree."""
        found: list[bytes] = []
        for level in self._levels:
            found = [root([*level, *found])] if level or found else []
        return found[0] if found else root([])

    def snapshot(self) -> Snapshot:
        """Return the tree's root and the tiles that are not known to be on disk."""
        files = list(self._full)
        for level, hashes in enumerate(self._levels):
            if hashes:
                number = self.size >> HEIGHT * (level + 1)
                files.append((tile_path(level, number, len(hashes)), b"".join(hashes)))
        if self._commitments:
            path = tile_path("entries", self.size // WIDTH, len(self._commitments))
            files.append((path, bundle(self._commitments)))
        return Snapshot(self.size, self.root(), tuple(files), len(self._full))

    def written(self, snapshot: Snapshot) -> None:
        """Forget the full tiles of *snapshot*, which are on disk now."""
        del self._full[: snapshot.full]

    def _close_tiles(self) -> None:
        self._full.append((tile_path("entries", self.size // WIDTH - 1, WIDTH), bundle(self._commitments)))
        self._commitments = []
        level = 0
        while len(self._levels[level]) == WIDTH:
            number = (self.size >> HEIGHT * (level + 1)) - 1
            self._full.append((tile_path(level, number, WIDTH), b"".join(self._levels[level])))
            if level + 1 == len(self._levels):
                self._levels.append([])
            self._levels[level + 1].append(root(self._levels[level]))
            self._levels[level] = []
            level += 1
