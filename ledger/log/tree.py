"""The RFC 6962 Merkle tree: leaf and node hashes, roots, inclusion and consistency proofs.

The maths takes values and a read function and knows nothing of storage. A *node* is (level, index): the hash over
the 2^level leaves from index·2^level on. `Frontier` is the tree while it grows; it holds O(log n) hashes.
Source: RFC 6962 §2.1, checks after RFC 9162 §2.1.3.2 and §2.1.4.2.
Proved by tests/ledger/log/test_tree.py (every size to 300, every leaf, outside vectors).
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from ledger.errors import Malformed, Unverified

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

Node = tuple[int, int]
HashReader = Callable[[Sequence[Node]], list[bytes]]
"""Reads the hashes of complete nodes: as many as were asked for, in that order, or it raises."""


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 ‖ leaf)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right), each 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree: its size and the roots of its complete subtrees, largest first."""

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count():
            raise ValueError("a frontier holds one hash for each bit set in its size")
        self.size = size
        self.hashes = list(hashes)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf *hash*; return every (level, index, hash) that it completed, the leaf's own first."""
        level, index, current = 0, self.size, leaf
        completed = [(0, index, leaf)]
        while index & 1:
            current = node_hash(self.hashes.pop(), current)
            level, index = level + 1, index >> 1
            completed.append((level, index, current))
        self.hashes.append(current)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The tree's root, 32 bytes."""
        return fold(self.hashes)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, largest first: the right edge is hashed upwards."""
    if not hashes:
        return EMPTY_ROOT
    result = hashes[-1]
    for left in reversed(hashes[:-1]):
        result = node_hash(left, result)
    return result


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf *data* (not hashes)."""
    return root_over([leaf_hash(leaf) for leaf in leaves])


def root_over(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes that are all at hand: level by level, the odd one out going up as it is."""
    level = list(hashes)
    while len(level) > 1:
        pairs = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[-1:] if len(level) % 2 else pairs
    return level[0] if level else EMPTY_ROOT


def complete_nodes(start: int, end: int) -> list[Node]:
    """The complete nodes that cover leaves start…end-1, left to right, where start is aligned as in a proof."""
    nodes: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def _split(size: int) -> int:
    """The largest power of two below size (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The leaf ranges whose roots make the inclusion proof, leaf's sibling first (RFC 6962 §2.1.1)."""
    start, end = 0, size
    ranges: list[tuple[int, int]] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """The leaf ranges whose roots make the consistency proof (RFC 6962 §2.1.2); empty when old = new."""
    start, end, whole = 0, new, True
    ranges: list[tuple[int, int]] = []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    if not whole:
        ranges.append((start, end))
    return ranges[::-1]


def read_roots(read: HashReader, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
    """The roots over the ranges, fetched in one batch."""
    cover = [complete_nodes(start, end) for start, end in ranges]
    flat = [node for nodes in cover for node in nodes]
    hashes = read(flat)
    assert len(hashes) == len(flat), "the hash reader answers every node"
    roots, position = [], 0
    for nodes in cover:
        roots.append(fold(hashes[position : position + len(nodes)]))
        position += len(nodes)
    return roots


def read_frontier(read: HashReader, size: int) -> Frontier:
    """The frontier of a stored tree of `size` leaves."""
    return Frontier(size, read(complete_nodes(0, size)))


def prove_inclusion(read: HashReader, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves. Raises ValueError if it cannot be."""
    if not 0 <= index < size:
        raise ValueError("index must be below size")
    return read_roots(read, inclusion_ranges(index, size))


def prove_consistency(read: HashReader, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` leaves extends that of `old` leaves (1 ≤ old ≤ new)."""
    if not 1 <= old <= new:
        raise ValueError("a consistency proof wants 1 ≤ old ≤ new")
    return read_roots(read, consistency_ranges(old, new))


def _check_shapes(proof: Sequence[bytes], *hashes: bytes) -> None:
    if any(len(item) != HASH_SIZE for item in (*proof, *hashes)):
        raise Malformed("proof", "hashes of 32 bytes", "another length")


def check_inclusion(proof: Sequence[bytes], size: int, root: bytes, index: int, leaf: bytes) -> None:
    """Return if leaf hash `leaf` at `index` is proved to be in the tree (size, root); else raise.

    Malformed: a hash that is not 32 bytes. Unverified: anything else.
    """
    _check_shapes(proof, root, leaf)
    if not 0 <= index < size:
        raise Unverified("inclusion proof", f"an index below the size {size}", f"index {index}")
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise Unverified("inclusion proof", "fewer hashes", f"{len(proof)} hashes")
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise Unverified("inclusion proof", "more hashes", f"{len(proof)} hashes")
    if result != root:
        raise Unverified("inclusion proof", f"root {root.hex()}", f"root {result.hex()}")


def check_consistency(proof: Sequence[bytes], old: int, new: int, old_root: bytes, new_root: bytes) -> None:
    """Return if the tree (new, new_root) is proved to extend (old, old_root); else raise as check_inclusion.

    old = 0 is refused: nothing is proved by it, and callers that know nothing say so themselves.
    """
    _check_shapes(proof, old_root, new_root)
    if not 1 <= old <= new:
        raise Unverified("consistency proof", "1 ≤ old size ≤ new size", f"{old} and {new}")
    if old == new:
        if proof or old_root != new_root:
            raise Unverified("consistency proof", "the same root and no hashes", "something else")
        return
    hashes = list(proof)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if not hashes:
        raise Unverified("consistency proof", "at least one hash", "none")
    first = second = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise Unverified("consistency proof", "fewer hashes", f"{len(proof)} hashes")
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or first != old_root or second != new_root:
        raise Unverified("consistency proof", f"a tree of {new} that begins with that of {old}", "another tree")
