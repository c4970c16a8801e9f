"""Losses, for a person: an administrator declares what a computer saw and the ledger lost; somebody there agrees."""

from pathlib import Path

from cli.session import Session, open_session, place_of, state_of
from cli.ui import Ui
from cli.world import World
from ledger.errors import Malformed, Refused, Unavailable, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.encoding import format_time, parse_decimal, parse_hex
from ledger.log.loss import Lost
from ledger.log.reader import Reader
from ledger.log.roster import Roster
from ledger.log.state import load_roster
from ledger.log.store import Store
from ledger.log.tiles import hash_reader
from ledger.log.tree import HASH_SIZE, read_roots
from ledger.log.trust import Standing, Trust
from ledger.log.verify import Report, verify
from ledger.log.whole import Expected
from ledger.records.place import Place
from ledger.records.restore import declare


def declare_lost(
    world: World, ui: Ui, ledger: Path | None, identity: Path | None, text: str
) -> tuple[int, Lost | None]:
    """Declare lost what a computer saw: the new entry's number. Raises Refused if the ledger has it.

    Where this computer itself saw as much and is refused, the ledger is verified whole, somebody is asked
    (Unavailable if nobody says yes), and this computer goes on: what it lost comes second.
    """
    place = place_of(world, ledger)
    settings = place.settings()
    trust = Trust(state_of(world), settings.origin)
    trust.check_place(place.directory)
    lost = parse_lost(text, settings.origin)
    with place.store().read() as reader:
        signed, roster = _head(reader, settings.origin)
        mine = trust.missing(signed, hash_reader(reader.stored_hashes), roster)
    if mine is not None and (lost == mine or lost.size > mine.size):
        return _declare_refused(world, ui, place, trust, (lost, mine), identity)
    # whoever saw more than they would declare is refused as ever
    session = open_session(world, ui, ledger)
    with session.store.read() as reader:
        _refuse_known(reader, session.roster, lost, session.standing.checkpoint.size)
    number = declare(session.desk(identity), lost)
    session.remember()
    return number, None


def _declare_refused(
    world: World, ui: Ui, place: Place, trust: Trust, what: tuple[Checkpoint, Checkpoint], identity: Path | None
) -> tuple[int, Lost]:
    """The same from a computer that saw what is lost: `what` is to be declared, and what was seen here."""
    lost, mine = what
    settings, store = place.settings(), place.store()
    report = _verified(world, ui, place, trust)
    with store.read() as reader:
        roster = load_roster(reader, settings.origin, report.size)
        _refuse_known(reader, roster, lost, report.size)
    _say_both(ui, mine, report)
    ui.talk(
        f"You would declare, in the new entry {report.size} and for ever, that a restore lost what the first "
        f"{lost.size} entries, root {lost.root.hex()}, held and this ledger does not. If nobody restored anything, "
        "somebody has cut it off: say no, and tell your information-governance lead."
    )
    if not ui.confirm("Declare it lost, and go on with this ledger?"):
        hint = "Find out who restored what. Then run it again, in a terminal."
        raise Unavailable("--lost", "a yes", "none; nothing was changed", hint)
    standing = Standing(Checkpoint(settings.origin, report.size, report.root), first_contact=False)
    session = Session(world, ui, place, settings, store, roster, standing)
    number = declare(session.verified_desk(identity), lost)
    return number, _go_on(world, store, trust, settings.origin, None)


def _refuse_known(reader: Reader, roster: Roster, lost: Checkpoint, size: int) -> None:
    for loss in roster.losses:
        if (loss.size, loss.root) == (lost.size, lost.root):
            raise Refused.one("--lost", "what is not declared yet", f"what entry {loss.entry} declares")
    if lost.size <= size and read_roots(hash_reader(reader.stored_hashes), [(0, lost.size)])[0] == lost.root:
        raise Refused.one("--lost", "a checkpoint that the ledger has lost", "one that it has")


def parse_lost(text: str, origin: str) -> Checkpoint:
    """The checkpoint in SIZE:ROOT. Raises Refused."""
    size, _colon, root = text.partition(":")
    expected, got = "SIZE:ROOT, a number and 64 hex digits", "something else"
    hint = "The computer that was refused shows both: expected … entries, root …"
    try:
        lost = Checkpoint(origin, parse_decimal(size), parse_hex(root, HASH_SIZE))
    except Malformed as error:
        raise Refused.one("--lost", expected, got, hint) from error
    if lost.size == 0:
        raise Refused.one("--lost", expected, got, hint)
    return lost


def agree(world: World, ui: Ui, ledger: Path | None) -> Lost:
    """Show what is lost, verify the ledger as it is now, ask, and go on. Raises Unavailable where nobody says yes."""
    place = place_of(world, ledger)
    settings, store = place.settings(), place.store()
    trust = Trust(state_of(world), settings.origin)
    trust.check_place(place.directory)
    with store.read() as reader:
        signed, roster = _head(reader, settings.origin)
        seen, lost = trust.last_seen(), trust.loss(signed, hash_reader(reader.stored_hashes), roster)
    assert seen is not None, "what is lost was seen"
    report = _verified(world, ui, place, trust)
    _say_both(ui, seen, report)
    day = format_time(lost.declared_at)[:10]
    ui.talk(
        f"{lost.by} declared in the new entry {lost.entry}, on {day}, that what stood in {lost.what} was lost in a "
        f"restore. Nothing brings it back. Ask {lost.by}, and compare the root with somebody else."
    )
    if not ui.confirm("Go on with this ledger?"):
        hint = "Ask who declared it. Then run it again, in a terminal: consent-ledger restore --acknowledge"
        raise Unavailable("--acknowledge", "a yes", "none; nothing was changed", hint)
    return _go_on(world, store, trust, settings.origin, lost)


def _say_both(ui: Ui, seen: Checkpoint, report: Report) -> None:
    ui.talk(f"This computer saw {seen.size} entries, root {seen.root.hex()}.")
    ui.talk(f"The ledger has {report.size} entries, root {report.root.hex()}. They all verified.")


def _verified(world: World, ui: Ui, place: Place, trust: Trust) -> Report:
    settings = place.settings()
    expected = Expected(trust.log_key() or settings.log_key, ())
    report = verify(place.store(), settings.origin, world.clock(), expected=expected, progress=ui.progress("verified"))
    if not report.ok:
        first = report.findings[0]
        raise Unverified("ledger", "entries that all hold", first.says, "Run: consent-ledger verify")
    return report


def _go_on(world: World, store: Store, trust: Trust, origin: str, lost: Lost | None) -> Lost:
    """Remember what was lost, and the ledger as it is. lost: what somebody saw and agreed to; None if it is new."""
    with store.read() as reader:
        signed, roster = _head(reader, origin)
        read = hash_reader(reader.stored_hashes)
        agreed = trust.acknowledge(lost or trust.loss(signed, read, roster), signed, read, roster, world.clock())
    trust.note_verified(holds=True)
    return agreed


def _head(reader: Reader, origin: str) -> tuple[bytes, Roster]:
    head = reader.head()
    if head is None:
        raise Unverified("head", "a signed checkpoint", "none", "Run: consent-ledger verify")
    return head.checkpoint, load_roster(reader, origin, head.size)
