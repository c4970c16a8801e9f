"""What verification of a part takes from entries outside it: each only as the signed tree has it, at its number.

A part rests on earlier entries (what is referred to, what authors had seen, people) and on the rest of its cases.
Those rows are nobody else's to check where parts are verified on several copies, or where only what is new is
looked at; so what is read of them is read from their leaves, and each leaf is looked up in the tree.
That a row is hidden does not show here. Proved by tests/ledger/log/test_outside.py.
"""

from ledger.errors import Malformed
from ledger.log.entry import Header, parse_entry
from ledger.log.reader import Reader, Stored
from ledger.log.roster import Broken
from ledger.log.tiles import WIDTH
from ledger.log.tree import HASH_SIZE, Frontier, fold, leaf_hash, root_over

_KEPT = 4096
"""Tiles kept, 8 KiB each: cases are read in no order of their numbers."""


class Outside:
    """The entries outside `start` … `end`-1 of the log whose first `size` entries have this root."""

    def __init__(self, reader: Reader, origin: str, bounds: tuple[int, int], size: int, root: bytes) -> None:
        self._reader, self._origin, self._root = reader, origin, root
        self._start, self._end, self._size = *bounds, size
        self._tops: list[bytes] | None = None
        self._rest = b""
        self._tiles: dict[int, bytes] = {}
        self.broken: dict[int, Broken] = {}

    def covers(self, n: int) -> bool:
        """Whether entry n is outside."""
        return not self._start <= n < self._end

    def header(self, row: Stored) -> Header | None:
        """What an entry outside says, from its leaf; None where it is not what the tree has there."""
        try:
            header = parse_entry(row.leaf, self._origin).header
        except Malformed as error:
            self.broken[row.n] = Broken("entry_form", f"it is not an entry of this ledger ({error})")
            return None
        if header.id != row.id:
            self.broken[row.n] = Broken("column", "the id kept for queries is not the one that was signed")
            return None
        return header if self.holds(row.n, leaf_hash(row.leaf)) else None

    def holds(self, n: int, digest: bytes) -> bool:
        """Whether the tree has this leaf hash for entry n."""
        try:
            tile = self._tile(n // WIDTH)
        except Malformed:
            tile = b""
        at = n % WIDTH * HASH_SIZE
        if tile[at : at + HASH_SIZE] == digest:
            return True
        self.broken[n] = Broken("stored_hash", "its text and its hash in the tree differ")
        return False

    def _tile(self, number: int) -> bytes:
        """The leaf hashes of a tile, one after another, found to be those of the tree. Raises Malformed."""
        if self._tops is None:
            self._tops = self._read_tops()
        if number == len(self._tops):
            return self._rest
        if number not in self._tiles:
            hashes = self._reader.stored_hashes(0, number * WIDTH, WIDTH)
            if number > len(self._tops) or root_over(hashes) != self._tops[number]:
                raise Malformed("stored hashes", f"tile {number} of the signed tree", "another")
            if len(self._tiles) >= _KEPT:
                self._tiles.clear()
            self._tiles[number] = b"".join(hashes)
        return self._tiles[number]

    def _read_tops(self) -> list[bytes]:
        """The hashes over full tiles, which with those of the open one lead to the root. Raises Malformed."""
        full = self._size // WIDTH
        tops = self._reader.stored_hashes(1, 0, full) if full else []
        rest = self._reader.stored_hashes(0, full * WIDTH, self._size % WIDTH) if self._size % WIDTH else []
        above, below = Frontier(), Frontier()
        for digest in tops:
            above.append(digest)
        for digest in rest:
            below.append(digest)
        if fold((*above.hashes, *below.hashes)) != self._root:
            raise Malformed("stored hashes", "those of the signed tree", "others")
        self._rest = b"".join(rest)
        return tops
