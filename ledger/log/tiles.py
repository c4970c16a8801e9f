"""C2SP tlog-tiles geometry: the tree's stored hashes in rows of 256, and the paths and bundles of a served log.

Only hashes at levels 0, 8, 16 … are stored, each once: (tile level, n) is the hash over 256^level leaves from
n·256^level on. A tile is 256 of them in a row; every node between is computed from its tile.
Source: C2SP tlog-tiles v0.1.0. Proved by tests/ledger/log/test_tiles.py (the published 500-leaf hashes).
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from ledger.errors import Malformed
from ledger.log.tree import HashReader, Node, node_hash

WIDTH = 256
HEIGHT = 8
MAX_ENTRY = 65_535

StoredReader = Callable[[int, int, int], list[bytes]]
"""Reads `count` stored hashes of a tile level from `start` on: (level, start, count) → hashes, or raises."""


def stored(completed: Iterable[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """Of the nodes that an append completed, those that are stored: (tile level, n, hash)."""
    return [(level // HEIGHT, index, digest) for level, index, digest in completed if level % HEIGHT == 0]


def stored_counts(size: int) -> list[int]:
    """How many hashes each tile level of a tree of `size` leaves stores, level 0 first, none of them 0."""
    counts = []
    while size:
        counts.append(size)
        size //= WIDTH
    return counts


def hash_reader(read_stored: StoredReader) -> HashReader:
    """A reader of nodes over a reader of stored hashes: each tile that they lie in is read once, as far as needed."""

    def read(nodes: Sequence[Node]) -> list[bytes]:
        # a node stands in its tile's row of hashes from `first` to before `last`
        places, spans = [], dict[tuple[int, int], tuple[int, int]]()
        for level, index in nodes:
            tile_level, inner = divmod(level, HEIGHT)
            first, last = index << inner, (index + 1) << inner
            tile = (tile_level, first // WIDTH)
            low, high = spans.get(tile, (first, last))
            spans[tile] = (min(low, first), max(high, last))
            places.append((tile, first, last))
        rows = {tile: read_stored(tile[0], low, high - low) for tile, (low, high) in spans.items()}
        return [_over(rows[tile][first - spans[tile][0] : last - spans[tile][0]]) for tile, first, last in places]

    return read


def _over(hashes: list[bytes]) -> bytes:
    """The hash over a complete node's hashes, a power of two of them."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """`tile/L/N` or `tile/L/N.p/W`: where a tile of hashes is served. Raises ValueError for a tile that cannot be."""
    if level < 0:
        raise ValueError("a tile's level is 0 or more")
    return f"tile/{level}/{_number(index)}" + _partial(width)


def entries_path(index: int, width: int = WIDTH) -> str:
    """`tile/entries/N` or `tile/entries/N.p/W`: where a bundle of entries is served. Raises as tile_path."""
    return f"tile/entries/{_number(index)}" + _partial(width)


def _number(index: int) -> str:
    if index < 0:
        raise ValueError("a tile's number is 0 or more")
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start:end] for start, end in pairwise(range(0, len(digits) + 1, 3))]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def _partial(width: int) -> str:
    if not 1 <= width <= WIDTH:
        raise ValueError("a tile holds 1 to 256 hashes")
    return "" if width == WIDTH else f".p/{width}"


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after another, each behind its length as two bytes, big-endian."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise Malformed("entry", f"at most {MAX_ENTRY} bytes", f"{len(entry)} bytes")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def parse_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises Malformed if it does not end with one."""
    entries, position = [], 0
    while position < len(data):
        start = position + 2
        end = start + int.from_bytes(data[position:start], "big")
        if end > len(data):
            raise Malformed("entry bundle", "whole entries", "a bundle cut short")
        entries.append(data[start:end])
        position = end
    return entries
