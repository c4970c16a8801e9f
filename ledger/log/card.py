"""The public card of an identity, which an administrator enrols: a note by the key over the key.

Source: docs/FORMAT.md §3. Proved by tests/ledger/log/test_card.py.
"""

from ledger.errors import Malformed
from ledger.log.encoding import decode_text
from ledger.log.note import Signer, VerifierKey, open_note, read_note, sign_note
from ledger.sealing.identity import box_public, check_handle

FIRST_LINE = "consent-ledger/card@v1"


def card_text(key: VerifierKey) -> bytes:
    """The text of a card: what a person signs to show that a key is theirs."""
    return f"{FIRST_LINE}\n{key}\n".encode()


def make_card(signer: Signer) -> bytes:
    """The card of a key, by its own signer."""
    return sign_note(card_text(signer.key), [signer])


def read_card(data: bytes) -> tuple[VerifierKey, bytes]:
    """The key in a card and the card's signature (64 bytes). Raises Malformed or Unverified.

    A key that libsodium will not convert for sealing is refused: nothing could be sealed to its holder.
    """
    note = read_note(data)
    lines = decode_text(note.text, "card").split("\n")
    if len(lines) != 3 or lines[0] != FIRST_LINE:
        raise Malformed("card", "a card made by: consent-ledger identity card", "something else")
    key = VerifierKey.parse(lines[1])
    check_handle(key.name)
    if len(note.signatures) != 1:
        raise Malformed("card", "one signature", f"{len(note.signatures)}")
    open_note(data, [key])
    box_public(key.public)
    return key, note.signatures[0].signature


def card_signature(signer: Signer) -> bytes:
    """The 64-byte signature of the card of this key."""
    return read_card(make_card(signer))[1]
