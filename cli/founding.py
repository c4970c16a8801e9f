"""Beginning a ledger: the directory, the founder's key, entry 0. Shared by init and quickstart."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.passphrases import new_passphrase
from cli.session import state_of
from cli.ui import Ui
from cli.world import World
from ledger.log.state import load_roster
from ledger.log.store import Store
from ledger.log.tiles import hash_reader
from ledger.log.trust import Trust
from ledger.records.people import Details, Founded, Founding, found
from ledger.records.place import DATABASE, Place, Settings, secret_text
from ledger.sealing.identity import SEED_SIZE, Identity, handle_of, public_of
from ledger.sealing.keys import encode_key, write_private
from policies.packs import packs_for


@dataclass(frozen=True, slots=True)
class Begun:
    """A ledger that was begun: its origin, log verifier key, the founder's handle and key file."""

    origin: str
    log_key: str
    handle: str
    key_file: Path
    seed: bytes


def begin(
    world: World,
    ui: Ui,
    directory: Path,
    name: str,
    organisation: str,
    kind: str,
    nation: str,
    roles: Sequence[str],
    details: Details,
    database: str = DATABASE,
) -> Begun:
    """Begin a ledger in `directory`. Raises Refused if one is there; nothing half made stays behind.

    database: a file beside ledger.toml, or a URL.
    """
    place = Place(directory)
    place.refuse_taken()
    seed = world.random(SEED_SIZE)
    handle = handle_of(public_of(seed))
    locked = encode_key(seed, new_passphrase(world, ui))
    today = datetime.fromtimestamp(world.clock(), UTC).date()
    packs = packs_for(nation, today).as_refs()
    founding = Founding(name, organisation, kind, nation, packs, list(dict.fromkeys(roles)), details)
    key_file = place.identities / f"{handle}.key"
    with ExitStack() as undo:
        # the settings are written last: without them there is no ledger, and what was begun is taken back
        for folder in (directory, place.identities):
            if not folder.exists():
                undo.callback(_remove_empty, folder)
        store = place.begin(database)
        undo.callback(store.discard)
        founded = found(store, founding, Identity(handle, seed), world.clock, world.random)
        write_private(key_file, locked)
        undo.callback(key_file.unlink)
        key = founded.log_signer.key
        place.finish(Settings(founded.origin, key, database), secret_text(founded.origin, founded.log_seed, key))
        undo.callback(place.unfinish)
        _remember(world, directory, store, founded)
        undo.pop_all()
    store.close()
    return Begun(founded.origin, str(key), handle, key_file, seed)


def _remember(world: World, directory: Path, store: Store, founded: Founded) -> None:
    """This client has seen the new ledger, and that it is here: another one in its place is noticed."""
    with store.read() as reader:
        head = reader.head()
        assert head is not None, "a founded ledger has a head"
        roster = load_roster(reader, founded.origin, head.size)
        trust = Trust(state_of(world), founded.origin)
        trust.claim_place(directory)
        trust.advance(head.checkpoint, hash_reader(reader.stored_hashes), roster, directory)


def _remove_empty(folder: Path) -> None:
    # what somebody else put there meanwhile is not ours to remove
    with suppress(OSError):
        folder.rmdir()
