"""C2SP checkpoints: the log's origin, size and root, signed by the log's own key, and nothing else.

Source: C2SP tlog-checkpoint v1.0.0 without extension lines; the key's name is the origin.
Proved by tests/ledger/log/test_checkpoint.py (the published 15-leaf log, byte for byte).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.errors import Malformed
from ledger.log.encoding import decode_text, encode_base64, parse_base64, parse_decimal
from ledger.log.note import Signer, VerifierKey, check_name, open_note, sign_note
from ledger.log.tree import HASH_SIZE


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: origin, number of entries, root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """The signed text."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n".encode()

    def sign(self, signers: Sequence[Signer]) -> bytes:
        """The signed checkpoint. Every signer's name is the origin, or ValueError."""
        if any(signer.name != self.origin for signer in signers):
            raise ValueError("a checkpoint is signed by keys named after its origin")
        return sign_note(self.text, signers)

    @classmethod
    def parse(cls, text: bytes) -> "Checkpoint":
        """The checkpoint whose text is exactly `text`. Raises Malformed."""
        lines = decode_text(text, "checkpoint").split("\n")
        if len(lines) != 4 or lines[3]:
            raise Malformed("checkpoint", "three lines: origin, size, root", "another number of lines")
        root = parse_base64(lines[2])
        if len(root) != HASH_SIZE:
            raise Malformed("checkpoint", "a root of 32 bytes", f"{len(root)} bytes")
        return cls(check_name(lines[0]), parse_decimal(lines[1]), root)


def open_checkpoint(data: bytes, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint in a note signed by one of `keys`, all named after its origin.

    Raises Malformed or Unverified.
    """
    keys = list(keys)
    checkpoint = Checkpoint.parse(open_note(data, keys).text)
    if any(key.name != checkpoint.origin for key in keys):
        raise Malformed("checkpoint", "the origin that the key is named after", "another origin")
    return checkpoint
