"""Opening a ledger for one command: its place, what this client saw before, and, where asked, who is at the desk.

Every command first proves that the ledger extends the newest checkpoint that this client has seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from cli.passphrases import seed_of
from cli.ui import Ui
from cli.world import World
from ledger.errors import Malformed, NotPermitted, Unverified
from ledger.log.append import Appended, Log, Prepared
from ledger.log.entry import Entry, parse_entry
from ledger.log.note import Signer
from ledger.log.reader import Reader, Stored
from ledger.log.roster import Roster
from ledger.log.state import load_roster
from ledger.log.store import Store
from ledger.log.tiles import hash_reader
from ledger.log.trust import Standing, Trust
from ledger.log.types import PEOPLE_TYPES
from ledger.records.place import Place, Settings
from ledger.records.writing import Desk
from ledger.sealing.identity import Identity, public_of


def place_of(world: World, option: Path | None) -> Place:
    """The ledger that is meant: --ledger, CONSENT_LEDGER, or the directory one is in."""
    if option is not None:
        return Place(option)
    if world.env.get("CONSENT_LEDGER"):
        return Place(Path(world.env["CONSENT_LEDGER"]))
    if (world.cwd / "ledger.toml").exists():
        return Place(world.cwd)
    raise typer.BadParameter("Name the ledger: --ledger DIR, or set CONSENT_LEDGER.")


def state_of(world: World) -> Path:
    """Where this client keeps what it has seen."""
    if world.env.get("CONSENT_LEDGER_STATE"):
        return Path(world.env["CONSENT_LEDGER_STATE"])
    import platformdirs

    return Path(platformdirs.user_state_dir("consent-ledger"))


class _NotingLog(Log):
    """A ledger's writing end that notes what stands the moment it is committed, whatever fails afterwards."""

    def __init__(self, store: Store, origin: str, signers: Sequence[Signer], world: World) -> None:
        super().__init__(store, origin, signers, world.sleep)
        self._stands = world.stands

    def append(self, entries: Sequence[Prepared], now: int) -> Appended:
        appended = super().append(entries, now)
        self._stands.entries += appended.numbers
        return appended


@dataclass(slots=True)
class Session:
    """A ledger that holds together with what was seen before."""

    world: World
    ui: Ui
    place: Place
    settings: Settings
    store: Store
    roster: Roster
    standing: Standing

    @property
    def origin(self) -> str:
        """The ledger's origin."""
        return self.settings.origin

    def desk(self, identity: Path | None, *, though_failed: bool = False) -> Desk:
        """The desk of the person whose key file this is. Raises NotPermitted if they are not enrolled.

        A ledger that failed verification from here is not written to (Unverified) but for the report that says so.
        """
        if not though_failed and Trust(state_of(self.world), self.origin).failed():
            raise Unverified(
                "ledger",
                "one that held when it was last verified from here",
                "one that did not",
                "Change nothing; tell your information-governance lead. Once it is mended: consent-ledger verify",
            )
        log = _NotingLog(self.store, self.origin, self.place.log_signers(), self.world)
        return self._desk(identity, log)

    def verified_desk(self, identity: Path | None) -> Desk:
        """The same at a ledger that does not extend what was seen, once it is verified and somebody has agreed."""
        log = _NotingLog(self.store, self.origin, self.place.log_signers(), self.world)
        return self.desk_of(seed_of(self.world, self.ui, identity), log)

    def reading_desk(self, identity: Path | None) -> Desk:
        """The same, for reading only: no log key is needed."""
        return self._desk(identity, Log(self.store, self.origin, []))

    def _desk(self, identity: Path | None, log: Log) -> Desk:
        seed = seed_of(self.world, self.ui, identity)
        # others may have written while the passphrase was being typed
        self.remember()
        return self.desk_of(seed, log)

    def look_again(self, desk: Desk) -> None:
        """After something was asked for, which takes as long as it takes: the desk stands on what is there now."""
        self.remember()
        desk.seen = self.standing.checkpoint

    def desk_of(self, seed: bytes, log: Log) -> Desk:
        """The desk of the person with this key."""
        handle = self.roster.handle_of_key(public_of(seed))
        if handle is None or handle not in dict(self.roster.active(self.standing.checkpoint.size)):
            raise NotPermitted(
                "identity",
                "somebody enrolled in this ledger",
                "a key that is not, or is no longer, current",
                "Give an administrator your card: consent-ledger identity card FILE",
            )
        return Desk(log, Identity(handle, seed), self.standing.checkpoint, self.world.clock, self.world.random)

    def remember(self) -> None:
        """Look at the ledger as it is now, and remember its checkpoint as seen."""
        self.roster, self.standing = _look(self.world, self.place, self.settings, self.store)


def open_session(world: World, ui: Ui, ledger: Path | None) -> Session:
    """Open a ledger. Raises Unverified for a rollback, a fork or another ledger in its place."""
    place = place_of(world, ledger)
    settings = place.settings()
    store = place.store()
    roster, standing = _look(world, place, settings, store)
    if standing.first_contact:
        ui.talk(
            f"First look at this ledger from here. It has {standing.checkpoint.size} entries, root "
            f"{standing.checkpoint.root.hex()}. Compare the root with somebody who knows it."
        )
    return Session(world, ui, place, settings, store, roster, standing)


def _look(world: World, place: Place, settings: Settings, store: Store) -> tuple[Roster, Standing]:
    trust = Trust(state_of(world), settings.origin)
    trust.check_place(place.directory)
    return trust.steadily(lambda: _look_once(trust, place, settings, store))


def _look_once(trust: Trust, place: Place, settings: Settings, store: Store) -> tuple[Roster, Standing]:
    with store.read() as reader:
        head = reader.head()
        if head is None:
            raise Unverified("head", "a signed checkpoint", "none", "Run: consent-ledger verify")
        roster = _roster(reader, settings.origin, head.size)
        if settings.log_key not in [key for _start, key in roster.log_keys]:
            raise Unverified("ledger.toml", "the log key that the ledger's founder names", "another")
        return roster, trust.advance(head.checkpoint, hash_reader(reader.stored_hashes), roster, place.directory)


def _roster(reader: Reader, origin: str, size: int) -> Roster:
    try:
        return load_roster(reader, origin, size)
    except Malformed:
        for row in reader.of_types(PEOPLE_TYPES, size):
            read_entry(row, origin)
        raise


def read_entry(row: Stored, origin: str) -> Entry:
    """A stored entry, read. Raises Unverified naming it if its bytes are no entry of this ledger."""
    try:
        return parse_entry(row.leaf, origin)
    except Malformed as error:
        raise Unverified(
            f"entry {row.n}", "an entry as it was signed", "damaged bytes", "Run: consent-ledger verify"
        ) from error
