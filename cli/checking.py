"""verify, for a person: what this client and its receipts have seen goes in, what an identity can open is added."""

from pathlib import Path

from cli.files import check_free
from cli.losses import not_there
from cli.passphrases import seed_of
from cli.session import place_of, state_of
from cli.ui import Ui
from cli.world import World
from ledger.errors import Malformed, Refused, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.joining import encode_part, join_parts, parse_part
from ledger.log.note import VerifierKey
from ledger.log.opening import open_everything
from ledger.log.parts import Part, verify_part
from ledger.log.receipt import check_receipt, signed_by
from ledger.log.state import load_roster
from ledger.log.store import Store
from ledger.log.tiles import hash_reader
from ledger.log.trust import Trust
from ledger.log.verify import Report, verify
from ledger.log.whole import Expected
from ledger.records.place import Place, Settings
from ledger.sealing.identity import Identity, public_of
from ledger.sealing.keys import write_private

_MAKE_AGAIN = "Make it again: consent-ledger verify --range A:B --out FILE"


def check_ledger(
    world: World,
    ui: Ui,
    ledger: Path | None,
    identity: Path | None,
    receipts: list[Path],
    jobs: int | None,
    since: int = 0,
) -> Report:
    """Verify a ledger, or what is new in it, and, if it holds, remember its checkpoint as seen."""
    place = place_of(world, ledger)
    settings, store = place.settings(), place.store()
    opens = not since and (identity or world.env.get("CONSENT_LEDGER_IDENTITY"))
    seed = seed_of(world, ui, identity) if opens else None
    trust = Trust(state_of(world), settings.origin)
    trust.check_place(place.directory)
    expected = _expected(store, trust, settings, receipts)
    progress = ui.progress("verified")
    try:
        report = verify(
            store, settings.origin, world.clock(), expected=expected, jobs=jobs, since=since, progress=progress
        )
    except Malformed as error:
        # a database that cannot be read at all is no wrong input to this command: it is what it looks for
        fault = error.fault
        raise Unverified(fault.field, fault.expected, fault.got, fault.hint) from error
    report.could_not_check.update(not_there(trust.losses()))
    if trust.last_seen() is None:
        report.could_not_check["against what this computer saw before (first look)"] = 1
    if seed is not None and not any(item.kind == "no_founder" for item in report.findings):
        _open(store, settings, seed, report)
    else:
        report.could_not_check["what sealed parts hold (no identity given)"] = report.checked.get("sealed_parts", 0)
    # what failed before is not mended by what is new
    if not (report.ok and report.since):
        trust.note_verified(holds=report.ok)
    if report.ok:
        _remember(store, trust, place, settings, report)
    return report


def _expected(store: Store, trust: Trust, settings: Settings, receipts: list[Path]) -> Expected:
    checkpoints: list[Checkpoint] = []
    seen = trust.last_seen()
    if seen is not None:
        checkpoints.append(seen)
    key = trust.log_key() or settings.log_key
    keys = _log_keys(store, settings, key) if receipts else []
    for path in receipts:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Refused.one("--receipt", "a receipt that can be read", (error.strerror or "error").lower()) from error
        checkpoints.append(check_receipt(data, signed_by(data, keys)).checkpoint)
    return Expected(key, checkpoints)


def _log_keys(store: Store, settings: Settings, trusted: VerifierKey) -> list[VerifierKey]:
    """Under which keys a receipt of this ledger may be: each that it ever had.

    A key that the ledger only claims is no risk: a receipt's own chain must name it, back to the founder.
    """
    keys = [settings.log_key, trusted]
    with store.read() as reader:
        try:
            head = reader.head()
            roster = load_roster(reader, settings.origin, head.size if head else 0)
        except (Malformed, Unverified):
            return keys  # verify says what does not hold
    return [*keys, *(key for _start, key in roster.log_keys)]


def _open(store: Store, settings: Settings, seed: bytes, report: Report) -> None:
    with store.read() as reader:
        try:
            roster = load_roster(reader, settings.origin, report.size)
        except (Malformed, Unverified):
            return  # reported already: without people there is nobody to open for
        handle = roster.handle_of_key(public_of(seed))
        if handle is None:
            report.could_not_check["what sealed parts hold (this key is not enrolled)"] = 1
            return
        opened = open_everything(reader, roster, Identity(handle, seed), report.size)
    report.checked["opened_parts"] = opened.parts
    report.checked["opened_wraps"] = opened.wraps
    report.could_not_check.update(opened.unread)
    report.findings += opened.findings


def _remember(store: Store, trust: Trust, place: Place, settings: Settings, report: Report) -> None:
    def look() -> None:
        with store.read() as reader:
            head = reader.head()
            assert head is not None, "a verified ledger has a head"
            roster = load_roster(reader, settings.origin, head.size)
            trust.advance(head.checkpoint, hash_reader(reader.stored_hashes), roster, place.directory)

    trust.steadily(look)


def next_step(world: World, ledger: Path | None, report: Report) -> str:
    """What whoever saw more than is there is told to do, as by every other command; empty where more is amiss."""
    if report.ok or any(item.kind not in ("fork", "rollback") for item in report.findings):
        return ""
    place = place_of(world, ledger)
    settings = place.settings()
    trust = Trust(state_of(world), settings.origin)
    with place.store().read() as reader:
        head = reader.head()
        assert head is not None, "a ledger in which nothing else is amiss has a head"
        roster = load_roster(reader, settings.origin, head.size)
        try:
            missing = trust.missing(head.checkpoint, hash_reader(reader.stored_hashes), roster)
        except Unverified as error:
            hint = error.fault.hint
            return hint if "consent-ledger restore" in hint else ""
    if missing is None:
        return ""
    declare = f"consent-ledger restore --lost {missing.size}:{missing.root.hex()}"
    return f"Was an old backup restored? If so, an administrator declares what is missing: {declare}"


def check_range(world: World, ui: Ui, ledger: Path | None, start: int, end: int, out: Path) -> Part:
    """Verify one part of a ledger and write what it gave to a new file."""
    check_free(out, "the part")
    place = place_of(world, ledger)
    progress = ui.progress("verified")
    part = verify_part(place.store(), place.settings().origin, start, end, world.clock(), progress=progress)
    write_private(out, encode_part(part))
    world.stands.files.append(str(out))
    return part


def join_files(world: World, ledger: Path | None, key: str | None, files: list[Path]) -> Report:
    """One answer from parts in files, under --key or else the keys that the ledger's directory and this client have."""
    if key is not None:
        keys = [VerifierKey.parse(key)]
    else:
        settings = place_of(world, ledger).settings()
        trusted = Trust(state_of(world), settings.origin).log_key()
        keys = [settings.log_key, *([trusted] if trusted is not None else [])]
    parts = []
    for path in files:
        try:
            parts.append(parse_part(path.read_bytes()))
        except OSError as error:
            raise Refused.one(str(path), "a part that can be read", (error.strerror or "an error").lower()) from error
        except Malformed as error:
            fault = error.fault
            raise Malformed(str(path), fault.expected, fault.got, _MAKE_AGAIN) from error
    report = join_parts(parts, keys)
    report.could_not_check["whether whoever made these parts told the truth"] = len(parts)
    report.could_not_check["against what this computer saw before"] = 1
    report.could_not_check["what sealed parts hold (no identity given)"] = report.checked.get("sealed_parts", 0)
    return report
