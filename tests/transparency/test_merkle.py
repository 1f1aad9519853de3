"""Proofs for every shape of tree, against the definition in RFC 6962 §2.1; and nothing else passes for one."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.transparency import merkle
from reporting.transparency.errors import ProofInvalid
from reporting.transparency.merkle import Frontier, Tiles

LEAVES = [hashlib.sha256(b"%d" % n).digest() for n in range(300)]
sizes = st.integers(1, len(LEAVES))


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH by its recursive definition."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return merkle.node_hash(defined_root(leaves[:split]), defined_root(leaves[split:]))


def node(level: int, index: int) -> bytes:
    return defined_root(LEAVES[index << level : (index + 1) << level])


@given(sizes)
def test_roots(size: int) -> None:
    tree = Frontier()
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    assert tree.root() == defined_root(LEAVES[:size]) == merkle.range_hash(node, 0, size)
    again = Frontier(size, tree.hashes)
    assert again.root() == tree.root()
    again.append(LEAVES[0])
    assert again.root() == defined_root([*LEAVES[:size], LEAVES[0]])
    assert tree.size == size


@given(st.data())
def test_inclusion(data: st.DataObject) -> None:
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    root = defined_root(LEAVES[:size])
    path = merkle.inclusion_proof(node, index, size)
    assert len(path) <= (size - 1).bit_length()
    merkle.verify_inclusion(index, size, LEAVES[index], path, root)
    other = data.draw(
        st.integers(0, size - 1).filter(lambda place: place != index) if size > 1 else st.just(1)
    )
    wrong = [
        (other, size, LEAVES[index], path, root),
        (index, size, LEAVES[other], path, root),
        (index, size, LEAVES[index], [*path, root], root),
        (index, size, LEAVES[index], path, LEAVES[0] if root != LEAVES[0] else LEAVES[1]),
    ]
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        wrong.append((index, size, LEAVES[index], path[:-1], root))
        wrong.append((index, size, LEAVES[index], [*path[:place], root, *path[place + 1 :]], root))
    for arguments in wrong:
        with pytest.raises(ProofInvalid):
            merkle.verify_inclusion(*arguments)


@given(st.data())
def test_consistency(data: st.DataObject) -> None:
    new = data.draw(sizes)
    old = data.draw(st.integers(1, new))
    roots = defined_root(LEAVES[:old]), defined_root(LEAVES[:new])
    path = merkle.consistency_proof(node, old, new)
    assert len(path) <= (new - 1).bit_length() + 1
    merkle.verify_consistency(old, new, *roots, path)
    forged = defined_root([LEAVES[-1], *LEAVES[1:old]])
    wrong = [(old, new, forged, roots[1], path), (old, new, *roots, [*path, roots[0]])]
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        wrong += [
            (old, new, *roots, path[:-1]),
            (old, new, *roots, [*path[:place], LEAVES[-1], *path[place + 1 :]]),
        ]
    for arguments in wrong:
        with pytest.raises(ProofInvalid):
            merkle.verify_consistency(*arguments)


@given(sizes, st.integers(-3, 400))
def test_what_is_not_there_has_no_proof(size: int, other: int) -> None:
    if not 0 <= other < size:
        with pytest.raises(ProofInvalid):
            merkle.inclusion_proof(node, other, size)
    if not 0 <= other <= size:
        with pytest.raises(ProofInvalid):
            merkle.consistency_proof(node, other, size)
    with pytest.raises(ProofInvalid):
        Frontier(size, LEAVES[: size.bit_count() + 1])


def test_tiles_hold_the_tree() -> None:
    tiles, made = Tiles(), []
    count = 256 * 256 + 300
    for number in range(count):
        made += tiles.append(number.to_bytes(32, "big"))
    assert [(level, index) for level, index, _ in made if level] == [(1, 0)]
    assert len(made) == 258
    assert len(tiles.rest) == 300 - 256
    leaves = b"".join(hashes for level, _, hashes in made if level == 0)
    assert leaves == b"".join(number.to_bytes(32, "big") for number in range(257 * 256))
    assert made[-2][2] == b"".join(tiles.roots[:256])
