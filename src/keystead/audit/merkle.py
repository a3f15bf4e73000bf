"""Merkle tree hashing, and proofs over it.

Nothing here knows where hashes rest: proofs ask a `Subtree` for the hashes they need.

Source: RFC 6962 section 2.1; RFC 9162 sections 2.1.3 and 2.1.4 (how a verifier walks).
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

Subtree = Callable[[int, int], bytes]
"""Returns MTH(D[start:end]) of RFC 6962, 32 octets, for 0 <= start < end."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf that holds *entry*."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, or over the hashes of neighbouring subtrees.

    Of subtrees all but the last must be complete and of one height; the last may be smaller in any way. A
    node without a right neighbour rises unchanged, which is the split at the largest power of two.
    """
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        odd = row.pop() if len(row) & 1 else None
        pairs = b"".join(row)  # this is half the hashing of the log: one slice a node, no call of `node_hash`
        row = [sha256(b"\x01" + pairs[i : i + 64]).digest() for i in range(0, len(pairs), 64)]
        if odd is not None:
            row.append(odd)
    return row[0]


class Frontier:
    """The compact range [0, size): one hash for each complete subtree, largest first."""

    __slots__ = ("_nodes", "size")

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self.size = 0

    def add(self, leaf: bytes) -> None:
        """Append the leaf hash *leaf*."""
        nodes, carry = self._nodes, self.size
        while carry & 1:
            leaf = node_hash(nodes.pop(), leaf)
            carry >>= 1
        nodes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of all leaves added so far."""
        if not self._nodes:
            return EMPTY_ROOT
        found = self._nodes[-1]
        for node in reversed(self._nodes[:-1]):
            found = node_hash(node, found)
        return found


def largest_power_below(size: int) -> int:
    """Return the largest power of two smaller than *size*, which is 2 or more."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return PATH(index, D[size]), from the leaf's sibling up; `ValueError` without such a leaf."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + largest_power_below(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return PROOF(old, D[size]); nothing for the trivial ones; `ValueError` if *old* exceeds *size*."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} leaves was never one of {old}")
    if old in {0, size}:
        return []
    path: list[bytes] = []
    start, end = 0, size
    while end != old:
        middle = start + largest_power_below(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    if start > 0:  # otherwise the old tree is this very subtree, and the verifier has its root
        path.append(subtree(start, end))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], of: bytes) -> bool:
    """Tell whether *path* leads from the leaf hash *leaf* at *index* to the root *of* a tree of *size*."""
    if not 0 <= index < size:
        return False
    position, last, found = index, size - 1, leaf
    for node in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            found = node_hash(node, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, node)
        position, last = position >> 1, last >> 1
    return last == 0 and found == of


def verify_consistency(old: int, size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether *path* shows that the tree of *size* begins with the tree of *old* leaves."""
    if not 0 <= old <= size:
        return False
    if old == size:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    return bool(nodes) and _climb(old - 1, size - 1, nodes) == (old_root, new_root)


def _climb(position: int, last: int, nodes: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            before, after = node_hash(node, before), node_hash(node, after)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, node)
        position, last = position >> 1, last >> 1
    return (before, after) if last == 0 else None
