"""The organisation's own pack: what the log says is adopted, and the file that holds it.

What is adopted follows from the log alone: the newest entry that lists packs names it by its digest, or names none.
The bytes lie in the ledger's directory, a file for each pack that was ever adopted, because old decisions are looked
at again with the packs of their day; ledger.toml only says which of them is in use. Adopting, in this order:

    1  the file lies in packs/ under its digest, durable
    2  the entry ledger.packs_adopted stands in the log: from here on it is adopted
    3  ledger.toml names the file

Stopped after 1 nothing is adopted, after 2 everything but a name; the same command, run again, goes on from there.
Recording never waits for a file: where it is gone, the national packs are used, and that is said.
Proved by tests/ledger/records/test_own_pack.py.
"""

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final

from ledger.errors import Fault, NotPermitted, Refused, Unavailable
from ledger.log.files import flush_folder
from ledger.log.roster import Roster
from ledger.log.types import TYPES
from ledger.records.place import PACKS, Place
from ledger.records.writing import Desk, Draft
from ledger.sealing.keys import write_private
from policies.citation import day_in_words
from policies.codes import NATIONS
from policies.errors import PackRefused
from policies.own import read_own_pack
from policies.own_text import MAX_BYTES
from policies.pack_files import Pack
from policies.packs import packs_for, refuse_choices

ADOPTED: Final = "ledger.packs_adopted"
_OWN: Final = "own/"
_AGAIN: Final = "Adopt it again from where you keep it: consent-ledger policy adopt FILE"
_LOST: Final = "Decisions are judged by the national guidance alone."


class PackChanged(PackRefused):
    """A file has the name of a pack that was adopted, and holds something else."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """An own pack that the log says was adopted: name (own/ID), digest (lowercase hex), by which entry.

    alone: the entry names no other; where it does, nobody can say which is meant, and none is used.
    """

    name: str
    digest: str
    entry: int
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """Something about the own pack that somebody should look into. code: stable; says: in words, with what to do."""

    code: str
    says: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds of the own pack now. pack: None where none is adopted, or where it is and cannot be used."""

    adopted: Adopted | None
    pack: Pack | None
    found: tuple[Found, ...]

    @property
    def lost(self) -> bool:
        """Whether one is adopted and the national packs have to do without it."""
        return self.adopted is not None and self.pack is None


def _own_of(refs: Iterable[Mapping[str, str]], entry: int) -> Adopted | None:
    own = [ref for ref in refs if ref["id"].startswith(_OWN)]
    return Adopted(own[0]["id"], own[0]["digest"], entry, len(own) == 1) if own else None


def adopted(roster: Roster, index: int) -> Adopted | None:
    """The own pack that is adopted just before entry `index`, at least 1; None where there is none."""
    start, refs = next((start, refs) for start, refs in reversed(roster.packs) if start < index)
    return _own_of(refs, start)


def ever_adopted(roster: Roster) -> tuple[Adopted, ...]:
    """Every own pack that was adopted at some time, each once, in order."""
    found: dict[str, Adopted] = {}
    for start, refs in roster.packs:
        for ref in refs:
            if ref["id"].startswith(_OWN):
                found.setdefault(ref["digest"], Adopted(ref["id"], ref["digest"], start))
    return tuple(found.values())


# -- the files


def file_of(digest: str) -> str:
    """The file of a pack, as ledger.toml names it: packs/DIGEST.toml."""
    return f"{PACKS}/{digest}.toml"


def bytes_of(place: Place, digest: str) -> bytes | None:
    """The bytes with this digest, from packs/ or from the file that ledger.toml names; None where neither has them."""
    for name in (file_of(digest), place.settings().pack):
        raw = _read(place.directory / name) if name else None
        if raw is not None and sha256(raw).hexdigest() == digest:
            return raw
    return None


def pack_of(place: Place, ref: Mapping[str, str]) -> Pack | None:
    """The own pack that a decision names by id and digest; None where its bytes are gone.

    Raises PackChanged where its file is there and is something else, PackRefused where this version cannot read it, or
    what its bytes say is another's name.
    """
    raw = bytes_of(place, ref["digest"])
    if raw is None:
        if os.path.lexists(place.directory / file_of(ref["digest"])):
            raise PackChanged.one(file_of(ref["digest"]), "the file that was adopted", "another")
        return None
    pack = read_own_pack(raw)
    if pack.name != ref["id"]:
        raise PackRefused.one("pack.id", f"the id under which it was adopted, {ref['id']}", pack.name)
    return pack


def _read(path: Path) -> bytes | None:
    """What a file holds, if it is one and no larger than a pack may be: a pipe or a device is not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES:
                return None
            raw = file.read(MAX_BYTES + 1)
    except OSError:
        return None
    return raw if len(raw) <= MAX_BYTES else None


def standing(place: Place, roster: Roster, size: int) -> Standing:
    """What is adopted after `size` entries, the pack itself where it can be used, and what does not fit together."""
    own, named = adopted(roster, size), place.settings().pack
    found = _unfinished(place, roster)
    if own is None:
        return Standing(None, None, (*_named_in_vain(named), *found))
    what, says, hint = "", "", _AGAIN
    try:
        pack = pack_of(place, {"id": own.name, "digest": own.digest})
        if pack is None:
            what, says = "gone", "is not here: its file is gone"
        elif own.alone:
            refuse_choices(pack, roster.nation)
        else:
            what, says = "several", "is not the only one that this entry names"
    except PackChanged:
        what, says = "changed", "is not what was adopted: its file was changed"
        hint = f"Put {file_of(own.digest)} aside. Then a{_AGAIN[1:]}"
    except PackRefused as refused:
        what, says = "unreadable", f"cannot be used by this version ({refused.faults[0]})"
        hint = "Put your file right and adopt that: consent-ledger policy adopt FILE"
    if what or pack is None:
        whole = f"{own.name}, adopted in entry {own.entry}, {says} ({file_of(own.digest)}). {_LOST} {hint}"
        return Standing(own, None, (Found(what, whole), *found))
    return Standing(own, pack, (*_named_otherwise(place, own, named), *found))


def _named_in_vain(named: str) -> tuple[Found, ...]:
    if not named:
        return ()
    says = f"ledger.toml names {named}, and no pack is adopted: it is not used. To adopt it, an administrator runs: "
    return (Found("not_adopted", f"{says}consent-ledger policy adopt FILE"),)


def _named_otherwise(place: Place, own: Adopted, named: str) -> tuple[Found, ...]:
    used = f"Used is what was adopted in entry {own.entry}, {own.name} with digest {own.digest[:16]}."
    if not named:
        says = f"ledger.toml does not name the pack that is adopted. {used} To have it named: {_AGAIN}"
        return (Found("not_named", says),)
    raw = _read(place.directory / named)
    if raw is not None and sha256(raw).hexdigest() == own.digest:
        return ()
    what = "which is not there" if raw is None else "which is another"
    return (Found("another_named", f"ledger.toml names {named}, {what}. {used} {_AGAIN}"),)


def _unfinished(place: Place, roster: Roster) -> tuple[Found, ...]:
    """Files of packs that no entry adopted: of an adoption that stopped before it was one."""
    known = {own.digest for own in ever_adopted(roster)}
    try:
        files = sorted(path.stem for path in (place.directory / PACKS).iterdir() if path.suffix == ".toml")
    except OSError:
        return ()
    return tuple(
        Found("unfinished", f"{file_of(digest)} was never adopted. Adopt it again from its file, or delete it.")
        for digest in files
        if digest not in known
    )


# -- adopting


@dataclass(frozen=True, slots=True)
class Adoption:
    """What came of adopting. pack: None where a pack was given up. entry: None where the log said so already."""

    pack: Pack | None
    entry: int | None


def check_may_adopt(roster: Roster, handle: str, size: int) -> None:
    """Raises NotPermitted unless the handle has a role that may adopt packs at entry `size`."""
    term = roster.term(handle, size)
    if term is None or not term.roles & TYPES[ADOPTED].roles:
        hint = "Ask an administrator. Who they are: consent-ledger status"
        raise NotPermitted("identity", "an administrator", "somebody with another role", hint)


def check_own_pack(raw: bytes, nation: str, today: date) -> Pack:
    """The pack in a file that an organisation in this nation may adopt today. Raises Refused with every fault."""
    try:
        pack = read_own_pack(raw)
        if nation not in pack.nations:
            got = f"one for {' and '.join(NATIONS[each] for each in pack.nations)}"
            raise Refused.one("pack.nations", f"a pack for {NATIONS[nation]}, where this ledger is", got)
        if pack.period.end is not None and pack.period.end < today:
            got = f"one that ended on {day_in_words(pack.period.end)}"
            raise Refused.one("pack.in_force", "a pack that is in force, or will be", got)
        packs_for(nation, max(today, pack.period.start), (), pack)
    except PackRefused as refused:
        raise Refused(Fault(f.field, f.expected, f.got, f.hint) for f in refused.faults) from refused
    return pack


def adopt(desk: Desk, place: Place, raw: bytes, today: date) -> Adoption:
    """Adopt the own pack with these bytes: file, entry, name. today: whose national packs the entry lists beside it.

    Raises Refused for a pack that may not be adopted, NotPermitted, Unavailable, and what Desk.write raises.
    """
    roster, size = _roster(desk)
    check_may_adopt(roster, desk.identity.handle, size)
    pack = check_own_pack(raw, roster.nation, today)
    known = {own.digest for own in ever_adopted(roster)}
    keep(place.directory / PACKS, raw, instead=pack.digest not in known)
    now, entry = adopted(roster, size), None
    if now is None or now.digest != pack.digest:
        national = packs_for(roster.nation, today).as_refs()
        entry = desk.write(Draft(ADOPTED, body={"packs": [*national, {"id": pack.name, "digest": pack.digest}]})).n
    place.name_pack(file_of(pack.digest))
    return Adoption(pack, entry)


def give_up(desk: Desk, place: Place, today: date) -> Adoption:
    """Adopt that there is no own pack any more. Its file stays, for the decisions that it was used in."""
    roster, size = _roster(desk)
    check_may_adopt(roster, desk.identity.handle, size)
    entry = None
    if adopted(roster, size) is not None:
        entry = desk.write(Draft(ADOPTED, body={"packs": packs_for(roster.nation, today).as_refs()})).n
    place.name_pack("")
    return Adoption(None, entry)


def _roster(desk: Desk) -> tuple[Roster, int]:
    with desk.log.store.read() as reader:
        state = desk.log.state(reader)
        return state.roster, state.size


def keep(folder: Path, raw: bytes, *, instead: bool = False) -> None:
    """Keep the bytes of a pack in a folder under their digest, durable: all of them, or nothing has the name.

    instead: something else that has the name gives way, being what an adoption left that was stopped.
    Raises Refused where something else has that name and stays, Unavailable where the disk does not take it.
    """
    name = f"{sha256(raw).hexdigest()}.toml"
    path, part = folder / name, folder / f"{name}.part"
    if os.path.lexists(path):
        if _read(path) == raw:
            return
        if not instead:
            hint = f"Somebody changed {folder.name}/{name}: put it aside, and try again."
            raise Refused.one("FILE", "a name under which nothing else lies", "a file that is another", hint)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        flush_folder(folder.parent)
        part.unlink(missing_ok=True)
        write_private(part, raw)
        part.replace(path)
        flush_folder(folder)
    except OSError as error:
        got = (error.strerror or "an error").lower()
        raise Unavailable(folder.name, "a folder that can be written to", got, "Try again.") from error


# -- with backups


def beside(backup: Path) -> Path:
    """The folder beside a backup in which the own packs lie that its decisions were judged by."""
    return backup.with_name(f"{backup.name}.{PACKS}")


def refuse_beside(roster: Roster, backup: Path) -> None:
    """Raise Refused where own packs have to lie beside a backup and something else has their folder's name."""
    folder = beside(backup)
    if ever_adopted(roster) and (folder.exists() or folder.is_symlink()):
        hint = "Choose another name: nothing is overwritten."
        raise Refused.one("FILE", "a name beside which nothing lies yet", f"{folder.name}, which is there", hint)


def carry_out(place: Place, roster: Roster, backup: Path) -> tuple[list[str], list[Adopted]]:
    """Put every own pack that was ever adopted beside a backup: the digests that are there, and those that are gone.

    Raises as keep().
    """
    kept, gone = [], []
    for own in ever_adopted(roster):
        raw = bytes_of(place, own.digest)
        if raw is None:
            gone.append(own)
        else:
            keep(beside(backup), raw)
            kept.append(own.digest)
    return kept, gone


@dataclass(frozen=True, slots=True)
class Beside:
    """The own packs of a ledger and what lies beside a backup. back: brought back, or to be; by digest.

    changed: those of which something else lies beside the backup. lost: those that are neither here nor there.
    """

    back: tuple[str, ...] = ()
    changed: tuple[Adopted, ...] = ()
    lost: tuple[Adopted, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is anything to be told."""
        return bool(self.back or self.changed or self.lost)


def look_beside(place: Place, roster: Roster, backup: Path) -> Beside:
    """What of the own packs can be brought back from beside a backup; nothing is written."""
    back, changed, lost = [], [], []
    for own in ever_adopted(roster):
        path = beside(backup) / f"{own.digest}.toml"
        raw = _read(path)
        sound = raw is not None and sha256(raw).hexdigest() == own.digest
        if os.path.lexists(path) and not sound:
            changed.append(own)
        # what lies here and was changed is for a person to put aside
        if bytes_of(place, own.digest) is None:
            if sound and not os.path.lexists(place.directory / file_of(own.digest)):
                back.append(own.digest)
            else:
                lost.append(own)
    return Beside(tuple(back), tuple(changed), tuple(lost))


def carry_in(place: Place, roster: Roster, backup: Path) -> Beside:
    """Bring back from beside a backup the own packs that are not here any more. Raises as keep()."""
    found = look_beside(place, roster, backup)
    for digest in found.back:
        raw = _read(beside(backup) / f"{digest}.toml")
        if raw is not None and sha256(raw).hexdigest() == digest:
            keep(place.directory / PACKS, raw)
    return found
