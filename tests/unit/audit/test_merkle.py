import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystead.audit.merkle import (
    Frontier,
    Subtree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("merkle.json").read_text())
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(digits) for digits in VECTORS["roots"]]
SOME = bytes(range(32))


def over(leaves: list[bytes]) -> Subtree:
    return lambda start, end: root(leaves[start:end])


def slow_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962 section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(slow_root(leaves[:k]), slow_root(leaves[k:]))


def path_of(case: dict[str, Any]) -> list[bytes]:
    return [bytes.fromhex(node) for node in case["path"]]


@pytest.mark.parametrize("size", range(9))
def test_root_vector(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.add(leaf)
    assert root(LEAVES[:size]) == frontier.root() == ROOTS[size]


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: f"{case['index']}-{case['size']}")
def test_inclusion_vector(case: dict[str, Any]) -> None:
    index, size, path = case["index"], case["size"], path_of(case)
    assert inclusion_proof(index, size, over(LEAVES)) == path
    assert verify_inclusion(index, size, LEAVES[index], path, ROOTS[size])


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: f"{case['old']}-{case['size']}")
def test_consistency_vector(case: dict[str, Any]) -> None:
    old, size, path = case["old"], case["size"], path_of(case)
    assert consistency_proof(old, size, over(LEAVES)) == path
    assert verify_consistency(old, size, ROOTS[old], ROOTS[size], path)


def wrong_paths(path: list[bytes]) -> list[list[bytes]]:
    flipped = [[*path[:i], bytes([path[i][0] ^ 8]) + path[i][1:], *path[i + 1 :]] for i in range(len(path))]
    return [*flipped, [*path, SOME], [SOME, *path], [*path, b""], *([path[:-1], path[1:]] if path else [])]


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: f"{case['index']}-{case['size']}")
def test_wrong_inclusion_is_seen(case: dict[str, Any]) -> None:
    index, size, path = case["index"], case["size"], path_of(case)
    good, of = LEAVES[index], ROOTS[size]
    for wrong in wrong_paths(path):
        assert not verify_inclusion(index, size, good, wrong, of)
    for place in {index - 1, index + 1, index ^ 2} - {index}:
        assert not verify_inclusion(place, size, good, path, of)
    assert not verify_inclusion(index, size * 2, good, path, of)
    assert not verify_inclusion(index, size // 2, good, path, of)
    assert not verify_inclusion(index, size, SOME, path, of)
    assert not verify_inclusion(index, size, good, path, SOME)


@pytest.mark.parametrize("case", VECTORS["consistency"][1:], ids=lambda c: f"{c['old']}-{c['size']}")
def test_wrong_consistency_is_seen(case: dict[str, Any]) -> None:
    old, size, path = case["old"], case["size"], path_of(case)
    before, after = ROOTS[old], ROOTS[size]
    for wrong in [*wrong_paths(path), []]:
        assert not verify_consistency(old, size, before, after, wrong)
    for other in (old - 1, old + 1, old ^ 2):
        assert not verify_consistency(other, size, before, after, path)
    for other in (size * 2, size // 2):
        assert not verify_consistency(old, other, before, after, path)
    assert not verify_consistency(old, size, after, before, path)
    assert not verify_consistency(old, size, SOME, after, path)
    assert not verify_consistency(old, size, before, SOME, path)


def test_trivial_consistency() -> None:
    assert verify_consistency(0, 0, ROOTS[0], ROOTS[0], [])
    assert verify_consistency(0, 5, ROOTS[0], ROOTS[5], [])
    assert verify_consistency(5, 5, ROOTS[5], ROOTS[5], [])
    assert not verify_consistency(0, 5, ROOTS[1], ROOTS[5], [])
    assert not verify_consistency(5, 5, ROOTS[5], ROOTS[4], [])
    assert not verify_consistency(5, 4, ROOTS[5], ROOTS[4], [])
    assert not verify_consistency(5, 5, ROOTS[5], ROOTS[5], [SOME])


def test_no_proof_beyond_the_tree() -> None:
    with pytest.raises(ValueError):
        inclusion_proof(3, 3, over(LEAVES))
    with pytest.raises(ValueError):
        consistency_proof(4, 3, over(LEAVES))


@given(st.integers(1, 300), st.data())
def test_proofs_of_any_tree(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([i & 255, i >> 8])) for i in range(size)]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    of = root(leaves)
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    assert of == frontier.root() == slow_root(leaves)
    path = inclusion_proof(index, size, over(leaves))
    assert verify_inclusion(index, size, leaves[index], path, of)
    assert not verify_inclusion(index, size, SOME, path, of)
    other = data.draw(st.integers(0, size))
    assert verify_inclusion(other, size, leaves[index], path, of) == (other == index)
    between = consistency_proof(old, size, over(leaves))
    assert verify_consistency(old, size, root(leaves[:old]), of, between)
    assert not verify_consistency(old, size, SOME, of, between)


@given(
    st.integers(-3, 2**70), st.integers(-3, 2**70), st.lists(st.binary(min_size=32, max_size=32), max_size=80)
)
def test_junk_is_refused_and_ends(index: int, size: int, path: list[bytes]) -> None:
    assert not verify_inclusion(index, size, SOME, path, ROOTS[8])
    assert not verify_consistency(index, size, SOME, ROOTS[8], path)
