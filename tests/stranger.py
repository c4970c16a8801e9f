"""A stranger's reader, written from docs/FORMAT.md and C2SP's documents alone: nothing of the project is imported.

Ed25519 is OpenSSL's. Numbers in brackets are FORMAT's, or RFC 6962's where it is named. What does not hold is Noticed.
"""

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH, WIDTH = 32, 256
Fetch = Callable[[str], bytes | None]
"""What is served under a path; None for what is not there."""


class Noticed(Exception):
    """Something is not as it should be."""


def served_from(folder: Path) -> Fetch:
    """As a web server would serve a folder."""
    return lambda path: (folder / path).read_bytes() if (folder / path).is_file() else None


def need(holds: bool, what: str) -> None:
    if not holds:
        raise Noticed(what)


# -- encodings and notes


def text_of(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Noticed("text that is not UTF-8") from error


def bytes_of(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Noticed("base64 that is none") from error
    need(b64encode(data).decode() == text, "another spelling of base64")  # 1.1
    return data


def json_of(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise Noticed("JSON that is none") from error
    need(isinstance(value, dict), "JSON that is no object")
    spelled = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need(spelled == line, "another spelling of JSON")  # 1.2
    return dict(value)


def number_of(text: str) -> int:
    need(text.isascii() and text.isdigit() and str(int(text)) == text, "a number that is none")
    return int(text)


def open_note(text: str, vkey: str) -> str:
    """The signed text of a note with one signature, by the key of a verifier-key string [1.5]."""
    name, key_id, encoded = vkey.split("+", 2)
    public = bytes_of(encoded)
    need(len(public) == 1 + HASH and public[0] == 1, "no Ed25519 key")
    need(sha256(f"{name}\n".encode() + public).digest()[:4].hex() == key_id, "a key id of another key")
    body, _, line = text.rpartition("\n\n")
    words = line.removesuffix("\n").split(" ")
    need(line.endswith("\n") and len(words) == 3 and words[:2] == ["—", name], "a signature line of somebody else")
    blob = bytes_of(words[2])
    need(blob[:4].hex() == key_id, "a signature by another key")
    try:
        Ed25519PublicKey.from_public_bytes(public[1:]).verify(blob[4:], f"{body}\n".encode())
    except InvalidSignature as error:
        raise Noticed("a signature that does not hold") from error
    return f"{body}\n"


# -- the tree


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def split_of(size: int) -> int:
    """The largest power of two below `size`."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


def root(hashes: list[bytes]) -> bytes:
    """RFC 6962, 2.1, as it is written there."""
    if len(hashes) == 1:
        return hashes[0]
    split = split_of(len(hashes))
    return node_hash(root(hashes[:split]), root(hashes[split:]))


def climb(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2: the root that an inclusion proof leads to."""
    node, last, result = index, size - 1, leaf
    for other in proof:
        need(last > 0, "a proof that is too long")
        if node & 1 or node == last:
            result = node_hash(other, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, other)
        node, last = node >> 1, last >> 1
    need(last == 0, "a proof that is too short")
    return result


# -- a folder of tiles (C2SP tlog-tiles)


def path_of(kind: int | str, number: int, width: int) -> str:
    """tile/KIND/NUMBER in groups of three digits, all but the last behind an x; .p/WIDTH where it is not full."""
    groups = [number % 1000]
    while number >= 1000:
        number //= 1000
        groups.insert(0, number % 1000)
    name = "/".join([*(f"x{group:03}" for group in groups[:-1]), f"{groups[-1]:03}"])
    return f"tile/{kind}/{name}" + ("" if width == WIDTH else f".p/{width}")


def paths_of(size: int) -> set[str]:
    """Everything that is served of a tree of `size` leaves, checkpoint aside."""
    found = {path_of("entries", n, min(WIDTH, size - n * WIDTH)) for n in range(-(-size // WIDTH))}
    level = 0
    while size:
        found |= {path_of(level, n, min(WIDTH, size - n * WIDTH)) for n in range(-(-size // WIDTH))}
        level, size = level + 1, size // WIDTH
    return found


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Log:
    """Leaves under a checkpoint that they were compared with."""

    checkpoint: Checkpoint
    leaves: list[bytes]


def open_checkpoint(data: bytes, vkey: str) -> Checkpoint:
    """Just after a new key the old one signs as well [4.3]: the line of the key that is known counts."""
    body, _, signatures = text_of(data).rpartition("\n\n")
    need(signatures.endswith("\n"), "a checkpoint that is cut short")
    name, key_id, _public = vkey.split("+", 2)
    mine = []
    for line in signatures.removesuffix("\n").split("\n"):
        words = line.split(" ")
        need(len(words) == 3 and words[0] == "—", "a signature line that is none")
        if words[1] == name and bytes_of(words[2])[:4].hex() == key_id:
            mine.append(line)
    need(len(mine) == 1, "a checkpoint that this key did not sign")
    lines = open_note(f"{body}\n\n{mine[0]}\n", vkey).split("\n")
    need(len(lines) == 4 and lines[3] == "", "a checkpoint of other lines")  # 4.2
    need(lines[0] == vkey.split("+")[0], "a checkpoint of another log")
    return Checkpoint(lines[0], number_of(lines[1]), bytes_of(lines[2]))


class Tiles:
    """Hashes of a served tree of `size` leaves; a partial tile that is gone is looked for in the full one."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self.fetch, self.size = fetch, size

    def tile(self, level: int, number: int) -> list[bytes]:
        width = min(WIDTH, self.size // WIDTH**level - number * WIDTH)
        data = self.fetch(path_of(level, number, width))
        if data is None and width < WIDTH:
            data, full = self.fetch(path_of(level, number, WIDTH)), WIDTH
        else:
            full = width
        need(data is not None and len(data) == full * HASH, "a tile of another length")
        return [data[n * HASH : (n + 1) * HASH] for n in range(width)]  # type: ignore[index]

    def bundle(self, number: int) -> list[bytes]:
        width = min(WIDTH, self.size - number * WIDTH)
        data = self.fetch(path_of("entries", number, width))
        full = width
        if data is None and width < WIDTH:
            data, full = self.fetch(path_of("entries", number, WIDTH)), WIDTH
        need(data is not None, "a bundle that is missing")
        entries, at = [], 0
        while at < len(data or b""):
            length = int.from_bytes((data or b"")[at : at + 2], "big")
            entries.append((data or b"")[at + 2 : at + 2 + length])
            at += 2 + length
        need(at == len(data or b"") and len(entries) == full, "a bundle of another length")
        return entries[:width]

    def over(self, start: int, end: int) -> bytes:
        """RFC 6962's MTH(D[start:end]), of a range that its tree has, from tiles alone."""
        span = end - start
        if span & (span - 1) == 0 and start % span == 0:
            level = (span.bit_length() - 1) // 8
            first, count = start // WIDTH**level, span // WIDTH**level
            return root(self.tile(level, first // WIDTH)[first % WIDTH : first % WIDTH + count])
        middle = start + split_of(span)
        return node_hash(self.over(start, middle), self.over(middle, end))

    def inclusion(self, index: int) -> list[bytes]:
        """RFC 6962, 2.1.1."""
        start, end, proof = 0, self.size, list[bytes]()
        while end - start > 1:
            middle = start + split_of(end - start)
            if index < middle:
                proof.insert(0, self.over(middle, end))
                end = middle
            else:
                proof.insert(0, self.over(start, middle))
                start = middle
        return proof


def read_folder(fetch: Fetch, vkey: str, checkpoint: bytes | None = None) -> Log:
    """Everything that is served under a checkpoint (the one in the folder, or an earlier one), all derived again."""
    signed = fetch("checkpoint") if checkpoint is None else checkpoint
    need(signed is not None, "no checkpoint")
    head = open_checkpoint(signed or b"", vkey)
    tiles = Tiles(fetch, head.size)
    leaves = [leaf for n in range(-(-head.size // WIDTH)) for leaf in tiles.bundle(n)]
    row, level = [leaf_hash(leaf) for leaf in leaves], 0
    need(root(row) == head.root, "another root")
    while row:
        for start in range(0, len(row), WIDTH):
            need(tiles.tile(level, start // WIDTH) == row[start : start + WIDTH], "a tile of another tree")
        row = [root(row[start : start + WIDTH]) for start in range(0, len(row) // WIDTH * WIDTH, WIDTH)]
        level += 1
    return Log(head, leaves)


def read_file(data: bytes, vkey: str) -> Log:
    """The log in one file [7.2]."""
    first, *lines = text_of(data).split("\n")
    header = json_of(first)
    need(set(header) == {"checkpoint", "format"}, "a first line with other keys")
    need(header["format"] == "consent-ledger/log@v1", "another format")
    head = open_checkpoint(header["checkpoint"].encode(), vkey)
    need(len(lines) == head.size + 1 and lines[-1] == "", "a file of another length")
    rows = [json_of(line) for line in lines[:-1]]
    need(all(set(row) == {"leaf", "n"} for row in rows), "a line with other keys")
    need([row["n"] for row in rows] == list(range(head.size)), "lines in another order")
    leaves = [row["leaf"].encode() for row in rows]
    need(root([leaf_hash(leaf) for leaf in leaves]) == head.root, "another root")
    return Log(head, leaves)


# -- what the entries say of themselves


def prefixes(leaves: list[bytes]) -> Iterator[bytes]:
    """The roots of the first 0, 1, 2 … entries."""
    peaks: list[tuple[int, bytes]] = []
    yield sha256(b"").digest()
    for leaf in leaves:
        peaks.append((1, leaf_hash(leaf)))
        while len(peaks) > 1 and peaks[-2][0] == peaks[-1][0]:
            (size, left), (_size, right) = peaks[-2:]
            peaks[-2:] = [(2 * size, node_hash(left, right))]
        result = peaks[-1][1]
        for _size, left in reversed(peaks[:-1]):
            result = node_hash(left, result)
        yield result


def check_entries(log: Log, vkey: str) -> dict[str, str]:
    """Each entry is signed by whom the entries before it made its author; gives the keys that hold at the end.

    What each author says to have seen is the history that is here, and the log's key is one that the entries name.
    """
    roots, keys, ids, times = list(prefixes(log.leaves)), dict[str, str](), set[str](), list[str]()
    log_keys: dict[str, int] = {}
    for n, leaf in enumerate(log.leaves):
        lines = text_of(leaf).split("\n")
        need(lines[:2] == ["consent-ledger/entry@v1", log.checkpoint.origin], "an entry of another ledger")  # 1.7
        header = json_of(lines[2])
        body, author, seen = header["body"], header["author"], header["seen"]
        if n == 0:
            need(header["type"] == "ledger.created", "a beginning that is none")
            digest = sha256(body["key"].encode()).hexdigest()[:32]
            need(log.checkpoint.origin.split("/")[1] == digest, "another founder")  # 3.4
            keys[body["key"].split("+")[0]] = body["key"]
            log_keys[body["log_key"]] = n
        need(author in keys, "an author whom nobody enrolled")  # 3.6
        need(open_note(text_of(leaf), keys[author]) == "\n".join(lines[:3]) + "\n", "an entry of more lines")
        need(header["id"] not in ids, "an id that was used before")  # 1.9
        ids.add(header["id"])
        need(n - 4096 < seen["size"] <= n and roots[seen["size"]].hex() == seen["root"], "another history")  # 1.11
        need(not seen["size"] or header["at"] >= times[seen["size"] - 1], "a time before what was seen")
        times.append(header["at"])
        if header["type"] in ("actor.enrolled", "actor.rotated"):
            keys[body["key"].split("+")[0]] = body["key"]
        elif header["type"] == "actor.revoked":
            del keys[body["handle"]]  # 3.8
        elif header["type"] == "log.rotated":
            log_keys[body["log_key"]] = n
    current = list(log_keys)[-2:] if log_keys[list(log_keys)[-1]] == len(log.leaves) - 1 else list(log_keys)[-1:]
    need(bytes_of(vkey.split("+", 2)[2])[1:].hex() in current, "a log key that the entries do not name")  # 4.3
    return keys
