"""Beginning a ledger: the directory, the founder's key, entry 0. Shared by init and quickstart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.passphrases import new_passphrase
from cli.session import state_of
from cli.ui import Ui
from cli.world import World
from ledger.log.state import load_roster
from ledger.log.tiles import hash_reader
from ledger.log.trust import Trust
from ledger.records.people import Details, Founding, found
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
) -> Begun:
    """Begin a ledger in `directory`. Raises Refused if one is there; nothing half made stays behind."""
    place = Place(directory)
    if (directory / DATABASE).exists():
        place.begin()  # says what is there
    seed = world.random(SEED_SIZE)
    handle = handle_of(public_of(seed))
    identity = Identity(handle, seed)
    locked = encode_key(seed, new_passphrase(world, ui))
    today = datetime.fromtimestamp(world.clock(), UTC).date()
    packs = packs_for(nation, today).as_refs()
    store = place.begin()
    try:
        founding = Founding(name, organisation, kind, nation, packs, list(dict.fromkeys(roles)), details)
        founded = found(store, founding, identity, world.clock, world.random)
        key_file = place.identities / f"{handle}.key"
        write_private(key_file, locked)
        key = founded.log_signer.key
        place.finish(Settings(founded.origin, key, DATABASE), secret_text(founded.origin, founded.log_seed, key))
    except BaseException:
        # the settings are written last: without them there is no ledger, and what was begun is taken back
        store.close()
        for path in directory.glob(f"{DATABASE}*"):
            path.unlink()
        raise
    with store.read() as reader:
        head = reader.head()
        assert head is not None, "a founded ledger has a head"
        roster = load_roster(reader, founded.origin, head.size)
        trust = Trust(state_of(world), founded.origin)
        trust.claim_place(directory)
        trust.advance(head.checkpoint, hash_reader(reader.stored_hashes), roster, directory)
    store.close()
    return Begun(founded.origin, str(key), handle, key_file, seed)
