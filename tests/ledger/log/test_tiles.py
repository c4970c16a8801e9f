"""ledger.log.tiles: the published 500-leaf hashes and paths, and every node of trees around each edge of a tile."""

import base64
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.errors import Malformed
from ledger.log.tiles import (
    HEIGHT,
    MAX_ENTRY,
    WIDTH,
    encode_bundle,
    entries_path,
    hash_reader,
    parse_bundle,
    stored,
    stored_counts,
    tile_path,
)
from ledger.log.tree import Frontier, Node, check_inclusion, leaf_hash, prove_inclusion, read_frontier, root_of

LOG = Path(__file__).parents[2] / "vectors" / "log"
WORDS = b"one two three four five six seven eit nain ten ileven twelf threeten fourten fivten".split()
EDGES = [0, 1, 2, 255, 256, 257, 511, 512, 513, 1000]


class Rows:
    """Stored hashes by level, kept as a log keeps them, and what was read of them."""

    def __init__(self) -> None:
        self.levels: dict[int, list[bytes]] = {}
        self.nodes: dict[Node, bytes] = {}
        self.frontier = Frontier()
        self.reads: list[tuple[int, int, int]] = []

    def append(self, leaf: bytes) -> None:
        completed = self.frontier.append(leaf)
        for level, index, digest in completed:
            self.nodes[level, index] = digest
        for level, number, digest in stored(completed):
            row = self.levels.setdefault(level, [])
            assert number == len(row), "each stored hash once, in order"
            row.append(digest)

    def read(self, level: int, start: int, count: int) -> list[bytes]:
        self.reads.append((level, start, count))
        hashes = self.levels[level][start : start + count]
        assert len(hashes) == count > 0
        return hashes

    def tile(self, level: int, number: int) -> bytes:
        return b"".join(self.levels[level][number * WIDTH : (number + 1) * WIDTH])


@pytest.fixture(scope="module")
def large() -> dict[int, Rows]:
    """Trees of 65,535, 65,536 and 65,537 leaves, with numbers for leaf hashes."""
    trees, rows = {}, Rows()
    for index in range(65_537):
        rows.append(index.to_bytes(32, "big"))
        if rows.frontier.size >= 65_535:
            copy = Rows()
            copy.frontier = Frontier(rows.frontier.size, rows.frontier.hashes)
            copy.nodes = dict(rows.nodes)
            copy.levels = {level: list(row) for level, row in rows.levels.items()}
            trees[rows.frontier.size] = copy
    return trees


def grow(size: int) -> Rows:
    rows = Rows()
    for index in range(size):
        rows.append(index.to_bytes(32, "big"))
    return rows


def check_every_node(rows: Rows) -> None:
    """Each complete node is answered, alone or in one batch, and no read leaves its tile."""
    counts = stored_counts(rows.frontier.size)
    assert counts == [len(rows.levels[level]) for level in sorted(rows.levels)]
    nodes = list(rows.nodes)
    assert hash_reader(rows.read)(nodes) == [rows.nodes[node] for node in nodes]
    assert all(start // WIDTH == (start + count - 1) // WIDTH for _, start, count in rows.reads)
    # a tile is read once in a batch, whatever the order of its nodes
    assert len({(level, start // WIDTH) for level, start, _ in rows.reads}) == len(rows.reads)
    # one hash is read once in a batch: no more is read than is stored
    assert sum(count for _, _, count in rows.reads) <= sum(counts)
    for node in nodes[:: max(1, len(nodes) // 500)]:
        rows.reads.clear()
        assert hash_reader(rows.read)([node]) == [rows.nodes[node]]
        assert len(rows.reads) == 1
    assert read_frontier(hash_reader(rows.read), rows.frontier.size).root() == rows.frontier.root()


@pytest.mark.parametrize("size", EDGES)
def test_every_complete_node_around_the_edges_of_a_tile(size: int) -> None:
    rows = grow(size)
    assert hash_reader(rows.read)([]) == []
    check_every_node(rows)


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537])
def test_every_complete_node_around_the_edge_of_the_second_level(large: dict[int, Rows], size: int) -> None:
    check_every_node(large[size])
    index = size - 1
    proof = prove_inclusion(hash_reader(large[size].read), index, size)
    check_inclusion(proof, size, large[size].frontier.root(), index, index.to_bytes(32, "big"))


def test_a_node_out_of_order_or_asked_twice_is_the_same_node() -> None:
    rows = grow(513)
    nodes = [(0, 300), (3, 1), (0, 256), (8, 1), (7, 2), (0, 300), (9, 0), (8, 0), (3, 1), (0, 512)]
    assert hash_reader(rows.read)(nodes) == [rows.nodes[node] for node in nodes]


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        (0, []),
        (1, [1]),
        (255, [255]),
        (256, [256, 1]),
        (257, [257, 1]),
        (511, [511, 1]),
        (512, [512, 2]),
        (513, [513, 2]),
        (65_535, [65_535, 255]),
        (65_536, [65_536, 256, 1]),
        (65_537, [65_537, 256, 1]),
        # the example of C2SP tlog-tiles: 273 full and 112, one full and 17, 1
        (70_000, [273 * 256 + 112, 256 + 17, 1]),
        (2**40, [2**40, 2**32, 2**24, 2**16, 2**8, 1]),
    ],
)
def test_stored_counts(size: int, counts: list[int]) -> None:
    assert stored_counts(size) == counts


def test_only_every_eighth_level_is_stored() -> None:
    completed = [(level, 7 >> level, bytes([level]) * 32) for level in range(25)]
    assert [(level, digest[0]) for level, _, digest in stored(completed)] == [(0, 0), (1, 8), (2, 16), (3, 24)]
    assert 2**HEIGHT == WIDTH == 256


def test_the_published_hashes_of_500_leaves() -> None:
    # florolf/tlog-scales tests/test_writer.py, there "validated by tessera/tlog_fsck"
    rows, entries = Rows(), [index.to_bytes(8, "big") for index in range(500)]
    for entry in entries:
        rows.append(leaf_hash(entry))
    files = {
        entries_path(0): encode_bundle(entries[:256]),
        entries_path(1, 244): encode_bundle(entries[256:]),
        tile_path(0, 0): rows.tile(0, 0),
        tile_path(0, 1, 244): rows.tile(0, 1),
        tile_path(1, 0, 1): rows.tile(1, 0),
    }
    assert {path: sha256(data).hexdigest() for path, data in files.items()} == {
        "tile/entries/000": "f4bae1960a3cedc6303230167918d50a56329bea77c58fbc22445dc195b60774",
        "tile/entries/001.p/244": "b3276e3f675ec36fb28d8c09e4566a1b3038681d968af0e13fce8c9904ef1c45",
        "tile/0/000": "20cd0859c7fb4ae9eeac1d244887e6f9342d86ce0b1a1c7bb244915d3d0dc971",
        "tile/0/001.p/244": "02ed988bacba01ac7917ea0bb9c29dbaa1d7bcf23fef761e24daf4893aeb8f1c",
        "tile/1/000.p/1": "6798b752c531ad04237b025eaf98e4e00ee73d3af503cc71b8b220de3573b550",
    }
    assert sorted(rows.levels) == [0, 1]
    assert base64.b64encode(rows.frontier.root()) == b"er9+f6OEq+pFqZ1Ig8ZEfvVwSxUwmE18YfB23xpFw1U="
    assert root_of(entries) == rows.frontier.root()


@pytest.mark.parametrize("size", range(16))
def test_the_published_roots_of_15_words(size: int) -> None:
    # transparency-dev/tessera testdata/log
    published = (LOG / f"checkpoint.{size}").read_bytes().split(b"\n")
    assert published[1] == b"%d" % size
    assert base64.b64encode(root_of(WORDS[:size])) == published[2]


@pytest.mark.parametrize(
    ("path", "level", "index", "width"),
    [
        # transparency-dev/tessera api/layout/paths_test.go, TestTilePath and TestParseTileLevelIndexWidth
        ("tile/0/000", 0, 0, 256),
        ("tile/0/000.p/255", 0, 0, 255),
        ("tile/1/000", 1, 0, 256),
        ("tile/1/000.p/1", 1, 0, 1),
        ("tile/1/000.p/4", 1, 0, 4),
        ("tile/15/x455/667", 15, 455_667, 256),
        ("tile/3/x001/x234/567", 3, 1_234_567, 256),
        ("tile/15/x123/x456/789", 15, 123_456_789, 256),
        ("tile/0/x001/x234/067", 0, 1_234_067, 256),
        ("tile/0/x001/x234/067.p/89", 0, 1_234_067, 89),
        ("tile/63/x999/x999/x999/x999/x999/999.p/255", 63, 999_999_999_999_999_999, 255),
        ("tile/0/001", 0, 1, 256),
        # C2SP tlog-tiles
        ("tile/0/067", 0, 67, 256),
        ("tile/0/x001/000", 0, 1000, 256),
        ("tile/0/999", 0, 999, 256),
    ],
)
def test_paths_of_tiles(path: str, level: int, index: int, width: int) -> None:
    assert tile_path(level, index, width) == path
    assert entries_path(index, width) == path.replace(f"tile/{level}/", "tile/entries/")


@pytest.mark.parametrize(
    ("path", "index", "width"),
    [
        # the same, TestEntriesPath and TestEntriesPathForLogIndex
        ("tile/entries/000", 0, 256),
        ("tile/entries/000.p/8", 0, 8),
        ("tile/entries/000.p/255", 0, 255),
        ("tile/entries/001", 1, 256),
        ("tile/entries/001.p/1", 1, 1),
        ("tile/entries/255", 255, 256),
        ("tile/entries/255.p/253", 255, 253),
        ("tile/entries/256", 256, 256),
        ("tile/entries/x123/x456/789", 123_456_789, 256),
        ("tile/entries/x123/x456/x789/000", 123_456_789_000, 256),
    ],
)
def test_paths_of_entries(path: str, index: int, width: int) -> None:
    assert entries_path(index, width) == path


@pytest.mark.parametrize("width", [-1, 0, 257, 1000])
def test_an_empty_tile_has_no_path(width: int) -> None:
    with pytest.raises(ValueError, match="1 to 256"):
        tile_path(0, 0, width)
    with pytest.raises(ValueError, match="1 to 256"):
        entries_path(0, width)


def test_a_tile_before_the_first_has_no_path() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        tile_path(0, -1)
    with pytest.raises(ValueError, match="0 or more"):
        entries_path(-1)
    with pytest.raises(ValueError, match="0 or more"):
        tile_path(-1, 0)


BUNDLES = [
    [],
    [b""],
    [b"", b""],
    [b"a"],
    [b"one", b"", b"two\n", bytes(256), bytes(range(256)) * 3],
    [b"x" * MAX_ENTRY],
    [b"%d" % number for number in range(256)],
]


@pytest.mark.parametrize("entries", BUNDLES)
def test_bundles_round_trip_and_a_cut_one_is_refused(entries: list[bytes]) -> None:
    data = encode_bundle(entries)
    assert len(data) == sum(2 + len(entry) for entry in entries)
    assert parse_bundle(data) == entries
    whole = {0}
    for entry in entries:
        whole.add(max(whole) + 2 + len(entry))
    for cut in range(len(data)) if len(data) < 2000 else (1, 2, 3, 1000, len(data) - 1):
        if cut in whole:
            assert encode_bundle(parse_bundle(data[:cut])) == data[:cut]
        else:
            with pytest.raises(Malformed):
                parse_bundle(data[:cut])
    for tail in (b"\0", b"\0\1", b"\xff\xff", b"\0\2a"):
        with pytest.raises(Malformed):
            parse_bundle(data + tail)


def test_an_entry_too_long_for_its_length_is_refused() -> None:
    with pytest.raises(Malformed) as caught:
        encode_bundle([b"", bytes(MAX_ENTRY + 1)])
    assert caught.value.fault.got == "65536 bytes"
