"""What backup and restore of a file do, for a person: which ledger, what this computer saw, what is agreed to."""

from dataclasses import dataclass, field
from pathlib import Path

from cli.declaring import parse_lost
from cli.passphrases import seed_of
from cli.session import open_session, place_of, state_of
from cli.ui import Ui
from cli.world import World
from ledger.errors import NotPermitted, Refused, Unavailable, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.loss import span
from ledger.log.state import load_roster
from ledger.log.tiles import hash_reader
from ledger.log.trust import Trust
from ledger.records.backup import Sound, Taken, back_up, open_backup
from ledger.records.own_pack import Beside, carry_in, carry_out, look_beside, refuse_beside
from ledger.records.place import Place
from ledger.records.restore import Stands, restoring, stands

_LOOK = "Look again: consent-ledger restore FILE --check"


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup as it stands to what is known here, and what was done with it.

    size, root: of the ledger now, or of the backup where it was only looked at. entry: the one that declares a loss.
    packs: the own packs that were brought back from beside it, or would be; and which could not be.
    """

    stands: Stands
    size: int
    root: bytes
    restored: bool = False
    kept: Path | None = None
    entry: int | None = None
    packs: Beside = field(default_factory=Beside)


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that was taken, and the own packs that lie beside it: how many; and which were gone, by name."""

    taken: Taken
    packs: int
    gone: tuple[str, ...]


def make_backup(world: World, ui: Ui, ledger: Path | None, out: Path) -> Kept:
    """Take a backup of a ledger that holds together with what was seen before."""
    session = open_session(world, ui, ledger)
    seen = session.standing.checkpoint
    refuse_beside(session.roster, out)
    taken = back_up(session.store, out, session.settings, world.clock(), seen, ui.progress("verified"))
    world.stands.files.append(str(out))
    # after the backup has its name: without these it is a backup all the same
    packs, gone = carry_out(session.place, session.roster, out)
    return Kept(taken, len(packs), tuple(own.name for own in gone))


def check_backup(world: World, ui: Ui, ledger: Path | None, file: Path) -> Restored:
    """How a backup stands to what is known here. Raises Unverified for one that does not hold, or another history."""
    place = place_of(world, ledger)
    settings = place.settings()
    trust = Trust(state_of(world), settings.origin)
    trust.check_place(place.directory)
    sound = open_backup(file, settings, world.clock(), ui.progress("verified"))
    found = stands(sound, trust.last_seen(), place)
    _refuse_fork(found, sound)
    packs = look_beside(place, sound.roster, file)
    return Restored(found, sound.checkpoint.size, sound.checkpoint.root, packs=packs)


def put_back(
    world: World, ui: Ui, ledger: Path | None, file: Path, identity: Path | None, agreed: str | None
) -> Restored:
    """Put a backup in the ledger's place, once somebody has agreed to what is lost, and to declare it.

    agreed: SIZE:ROOT of what is lost, where nobody is there to be asked. Raises Refused if it is something else that
    is lost, Unavailable where nobody says yes: nothing is changed then.
    """
    place = place_of(world, ledger)
    settings = place.settings()
    trust = Trust(state_of(world), settings.origin)
    trust.check_place(place.directory)
    with restoring(file, place, world.clock(), ui.progress("verified")) as ready:
        sound = ready.backup
        found = stands(sound, trust.last_seen(), place)
        _refuse_fork(found, sound)
        _refuse_twice(found)
        if found.lost is None and agreed is not None:
            raise Refused.one("--lost", "nothing, since nothing that is known here is lost", "something", _LOOK)
        if found.lost is not None:
            if identity is None and not world.env.get("CONSENT_LEDGER_IDENTITY"):
                got = f"nobody; entries up to {found.lost.size - 1} are known here and are not in the backup"
                hint = "Name an administrator's key file, who declares that they are lost: --identity FILE"
                raise NotPermitted("identity", "an administrator", got, hint)
            _agree_to(ui, sound, found, found.lost, agreed)
            ready.declare(found.lost, seed_of(world, ui, identity), place.log_signers(), world.clock, world.random)
        kept = ready.put_in_place(world.clock(), found)
        world.stands.entries += [ready.entry] if ready.entry is not None else []
    now = _go_on(world, trust, place)
    packs = carry_in(place, sound.roster, file)
    trust.note_verified(holds=True)
    return Restored(found, now.size, now.root, True, kept, ready.entry, packs)


def _agree_to(ui: Ui, sound: Sound, found: Stands, lost: Checkpoint, agreed: str | None) -> None:
    """Show what would be lost, and have it agreed to."""
    if agreed is not None:
        if (wanted := parse_lost(agreed, lost.origin)) != lost:
            got = f"{wanted.size}:{wanted.root.hex()}"
            raise Refused.one("--lost", f"what would be lost, {lost.size}:{lost.root.hex()}", got, _LOOK)
        return
    size = sound.checkpoint.size
    ui.talk(f"The backup has {size:,} entries. Known here are {lost.size:,}, root {lost.root.hex()}.")
    ui.talk(f"What stood in {span(size, lost.size)} would be lost, and you would declare it so in the log, for ever.")
    if found.back:
        ui.talk(f"It brings back what was erased since: {', '.join(str(n) for n in found.back)}.")
    if not ui.confirm("Put the backup in the ledger's place?"):
        hint = "Run it again in a terminal. A script says what is lost, as --check tells it: --lost SIZE:ROOT"
        raise Unavailable("FILE", "a yes", "none; nothing was changed", hint)


def _go_on(world: World, trust: Trust, place: Place) -> Checkpoint:
    """What was restored here is what this computer has seen from now on; what it had seen and lost, it remembers."""
    settings, store = place.settings(), place.store()
    with store.read() as reader:
        head = reader.head()
        assert head is not None, "a restored ledger has a head"
        roster, read = load_roster(reader, settings.origin, head.size), hash_reader(reader.stored_hashes)
        if roster.losses:
            try:
                lost = trust.loss(head.checkpoint, read, roster)
                trust.acknowledge(lost, head.checkpoint, read, roster, world.clock())
            except Refused:
                pass  # this computer itself had not seen what is lost
        return trust.advance(head.checkpoint, read, roster, place.directory).checkpoint


def _refuse_fork(found: Stands, sound: Sound) -> None:
    if found.fork:
        mine = sound.checkpoint
        raise Unverified(
            "backup",
            "the history that is known here",
            f"another one: {mine.size} entries, root {mine.root.hex()}",
            "Do not restore it, and tell your information-governance lead.",
        )


def _refuse_twice(found: Stands) -> None:
    """What others recorded after a restore is not put aside by somebody who had not heard of it."""
    if found.state == "restored":
        raise Unverified(
            "ledger",
            "what this computer saw",
            "one that was restored already, and goes on from there: an administrator declared a loss in it",
            "Do not restore over it. Ask them, then run: consent-ledger restore --acknowledge",
        )
