"""Cards: what is made is read; every byte flipped, every other form and every weak key is refused."""

import base64
from collections.abc import Callable

import pytest

from ledger.errors import LedgerError, Malformed, Unverified
from ledger.log.card import card_signature, card_text, make_card, read_card
from ledger.log.note import Signer, VerifierKey, check_signature, sign_note
from tests.ledger_fixtures import SMALL_ORDER_POINT, mixed_public, mixed_signature

SIGNER = Signer("p-one", bytes(range(32)))
OTHER = Signer("p-two", bytes(32))
CARD = make_card(SIGNER)


def test_a_card_is_a_note_by_the_key_over_the_key() -> None:
    assert CARD.startswith(f"consent-ledger/card@v1\n{SIGNER.key}\n\n— p-one ".encode())
    assert read_card(CARD) == (SIGNER.key, card_signature(SIGNER))


def test_every_byte_of_a_card_flipped_is_refused() -> None:
    for position in range(len(CARD)):
        for mask in (0x01, 0x20, 0x80, 0xFF):
            bad = bytearray(CARD)
            bad[position] ^= mask
            with pytest.raises((Malformed, Unverified)):
                read_card(bytes(bad))


def test_a_card_cut_anywhere_or_longer_is_refused() -> None:
    for end in range(len(CARD)):
        with pytest.raises((Malformed, Unverified)):
            read_card(CARD[:end])
    for more in (b"\n", b" ", b"x", CARD):
        with pytest.raises((Malformed, Unverified)):
            read_card(CARD + more)


FORGED: dict[str, Callable[[], bytes]] = {
    "signed by another": lambda: sign_note(card_text(SIGNER.key), [OTHER]),
    "signed by two": lambda: sign_note(card_text(SIGNER.key), [SIGNER, OTHER]),
    "another first line": lambda: sign_note(card_text(SIGNER.key).replace(b"card@v1", b"card@v2"), [SIGNER]),
    "a line more": lambda: sign_note(card_text(SIGNER.key) + b"more\n", [SIGNER]),
    "no key": lambda: sign_note(b"consent-ledger/card@v1\n", [SIGNER]),
    "a name that is no handle": lambda: make_card(Signer("P.One", bytes(range(32)))),
    "a name that is too long": lambda: make_card(Signer("p" * 33, bytes(range(32)))),
    "another text": lambda: sign_note(b"hello\n", [SIGNER]),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_card_of_another_form_is_refused(forge: Callable[[], bytes]) -> None:
    with pytest.raises((Malformed, Unverified)):
        read_card(forge())


def _card_of(public: bytes, signature: bytes) -> bytes:
    key = VerifierKey("p-one", public)
    line = base64.b64encode(key.id + signature).decode()
    return card_text(key) + b"\n" + f"— p-one {line}\n".encode()


@pytest.mark.parametrize(
    "public", [SMALL_ORDER_POINT, b"\x01" + bytes(31), bytes(32)], ids=["order 8", "order 1", "order 4"]
)
def test_a_card_of_a_key_of_small_order_is_refused(public: bytes) -> None:
    """Some libraries take this signature under such keys for any text."""
    with pytest.raises((Malformed, Unverified)):
        read_card(_card_of(public, b"\x01" + bytes(63)))


def test_a_card_whose_signature_holds_but_to_whose_key_nothing_can_be_sealed_is_refused() -> None:
    key = VerifierKey("p-one", mixed_public())
    signature = mixed_signature(card_text(key))
    check_signature(card_text(key), signature, key)

    with pytest.raises(Malformed) as caught:
        read_card(_card_of(key.public, signature))
    assert caught.value.fault.field == "public key"


def test_a_refusal_echoes_no_byte_of_the_card() -> None:
    with pytest.raises(LedgerError) as caught:
        read_card(CARD.replace(b"p-one", b"p-six"))

    assert CARD.split(b" ")[-1].decode().strip() not in str(caught.value)
