"""RFC 6962 Merkle trees over SHA-256 leaf hashes: roots, proofs, and a tree that grows in O(log n). Pure.

A *node* (level, index) is the hash over the complete leaves [index·2^level, (index + 1)·2^level). Proofs are lists of
32-byte hashes in the order of RFC 6962 §2.1.1 and §2.1.2 (the same as RFC 9162 §2.1.3 and §2.1.4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from reporting.transparency.errors import ProofInvalid
from reporting.transparency.messages import message

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256().digest()
MAX_SIZE = 2**63 - 1

NodeAt = Callable[[int, int], bytes]
"""(level, index) → hash of a complete node."""


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(00 || leaf), RFC 6962 §2.1."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 || left || right), RFC 6962 §2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, by the definition of RFC 6962 §2.1."""
    tree = Frontier()
    for hash_ in hashes:
        tree.append(hash_)
    return tree.root()


class Frontier:
    """A tree of `size` leaves kept as its complete subtrees, largest first (RFC 9162 §2.1.2)."""

    __slots__ = ("_stack", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """ProofInvalid unless there is one 32-byte hash for each 1 bit of `size`."""
        if len(hashes) != size.bit_count() or any(len(hash_) != HASH_SIZE for hash_ in hashes):
            raise ProofInvalid(detail=message("subtrees", subtrees=len(hashes), size=size))
        self.size = size
        self._stack = list(hashes)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        return tuple(self._stack)

    def copy(self) -> Frontier:
        return Frontier(self.size, self._stack)

    def append(self, hash_: bytes) -> None:
        size, stack, sha256 = self.size, self._stack, hashlib.sha256
        while size & 1:
            hash_ = sha256(b"\x01" + stack.pop() + hash_).digest()
            size >>= 1
        stack.append(hash_)
        self.size += 1

    def root(self) -> bytes:
        if not self._stack:
            return EMPTY_ROOT
        root = self._stack[-1]
        for left in reversed(self._stack[:-1]):
            root = node_hash(left, root)
        return root


def complete_nodes(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete nodes (level, index) that make up the leaves [start, end), left to right."""
    while start < end:
        level = min((start & -start).bit_length() - 1 if start else 63, (end - start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def range_hash(node: NodeAt, start: int, end: int) -> bytes:
    """MTH(D[start:end]) where start is a split point of the tree: a multiple of a power of two ≥ end − start."""
    hashes = [node(level, index) for level, index in complete_nodes(start, end)]
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _split(size: int) -> int:
    """The largest power of two smaller than size."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(node: NodeAt, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]), RFC 6962 §2.1.1. ProofInvalid when the tree has no such leaf."""
    if not 0 <= index < size:
        raise ProofInvalid(detail=message("no_such_leaf", size=size, index=index))
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_hash(node, middle, end))
            end = middle
        else:
            path.append(range_hash(node, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(node: NodeAt, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]), RFC 6962 §2.1.2; empty for equal sizes and from size 0."""
    if not 0 <= old <= new:
        raise ProofInvalid(detail=message("no_such_state", new=new, old=old))
    if old in (0, new):
        return []
    start, end, whole, path = 0, new, True, list[bytes]()
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_hash(node, middle, end))
            end = middle
        else:
            path.append(range_hash(node, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_hash(node, start, end))
    return path[::-1]


def _folded(path: Iterable[bytes]) -> list[bytes]:
    hashes = list(path)
    if any(len(hash_) != HASH_SIZE for hash_ in hashes):
        raise ProofInvalid(detail=message("hash_length"))
    return hashes


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Iterable[bytes]) -> bytes:
    """The root a proof for leaf hash `leaf` leads to (RFC 9162 §2.1.3.2). ProofInvalid when it has the wrong length."""
    if not 0 <= index < size <= MAX_SIZE or len(leaf) != HASH_SIZE:
        raise ProofInvalid(detail=message("no_such_leaf", size=size, index=index))
    place, last, root = index, size - 1, leaf
    for sibling in _folded(path):
        if last == 0:
            raise ProofInvalid(detail=message("too_many_hashes"))
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofInvalid(detail=message("too_few_hashes"))
    return root


def verify_inclusion(index: int, size: int, leaf: bytes, path: Iterable[bytes], root: bytes) -> None:
    """ProofInvalid unless the leaf hash stands at `index` of the tree with this root."""
    if root_from_inclusion(index, size, leaf, path) != root:
        raise ProofInvalid(detail=message("leaf_not_in_tree", index=index, size=size))


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Iterable[bytes]) -> None:
    """ProofInvalid unless the tree of `new` begins with the tree of `old` (RFC 9162 §2.1.4.2). From size 0 nothing can
    be proved, so that is refused, too."""
    hashes = _folded(path)
    if not 0 < old <= new <= MAX_SIZE:
        raise ProofInvalid(detail=message("not_consistent", old=old, new=new))
    if old == new:
        if hashes or old_root != new_root:
            raise ProofInvalid(detail=message("two_trees", new=new))
        return
    if not hashes:
        raise ProofInvalid(detail=message("too_few_hashes"))
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = hashes[0]
    for hash_ in hashes[1:]:
        if last == 0:
            raise ProofInvalid(detail=message("too_many_hashes"))
        if place & 1 or place == last:
            first, second = node_hash(hash_, first), node_hash(hash_, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, hash_)
        place, last = place >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise ProofInvalid(detail=message("no_continuation", new=new, old=old))


TILE_WIDTH = 256


class Tiles:
    """Cuts a growing tree into full tiles of 256 hashes (c2sp.org/tlog-tiles). `roots`: of the level 0 tiles so far;
    `rest`: leaf hashes after the last of them."""

    def __init__(self) -> None:
        self.roots: list[bytes] = []
        self._pending: list[list[bytes]] = [[]]
        self._made: list[int] = [0]

    @property
    def rest(self) -> list[bytes]:
        return self._pending[0]

    def append(self, hash_: bytes) -> list[tuple[int, int, bytes]]:
        """Tiles that became full: (level, index, 256 hashes)."""
        full: list[tuple[int, int, bytes]] = []
        level = 0
        while True:
            pending = self._pending[level]
            pending.append(hash_)
            if len(pending) < TILE_WIDTH:
                return full
            full.append((level, self._made[level], b"".join(pending)))
            hash_ = root_of(pending)
            if level == 0:
                self.roots.append(hash_)
            self._pending[level] = []
            self._made[level] += 1
            level += 1
            if level == len(self._pending):
                self._pending.append([])
                self._made.append(0)
