"""The laws that a decision may rely on: which exist, on which days, for whom, and which of them are duties.

Four layers stand beside each other (a decision usually needs one of each that applies): a basis of Article 6, a
condition of Article 9, a power or duty, and how confidence is met. A fifth, `crime`, is often taken for a duty.
Data: policies/data/bases/. tests/policies/test_bases.py holds the table of what is open to whom, and when.
"""

import datetime
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from policies.citation import Citation, Period, day_in_words
from policies.codes import AUTHOR_KINDS, NATIONS, ORGANISATION_KINDS, RECIPIENT_KINDS, ROUTES, SENSES
from policies.deadlines import By, read_by
from policies.errors import Fault, PackRefused
from policies.near import nearest
from policies.pack_files import Pack, Statement, catalogue

LAYERS: Final = ("article6", "article9", "crime", "power", "confidentiality")
EFFECTS: Final = {"must": "a duty", "may": "a power", "none": "neither a duty nor a power"}
STATUSES: Final = {
    "usable": "can be relied on",
    "spent": "is no longer used",
    "not_commenced": "is not in force",
    "unconfirmed": "is not confirmed as having begun",
}
# The parts of a law that may not be verified where the rest of it is.
PARTS: Final = {
    "source": "which Act and section it is",
    "nations": "in which other nations it serves",
    "exception": "when it gives way",
    "by": "from when its time is counted",
    "policy_document": "that a written policy is needed",
}
_CODE_LIKE: Final = re.compile(r"[A-Z0-9]{1,6}(-[A-Za-z0-9]{1,6}){0,2}")
_KEYS: Final = frozenset(
    {
        "name",
        "effect",
        "status",
        "organisations",
        "nations",
        "duty_on",
        "recipients",
        "others",
        "extent",
        "by",
        "exception",
        "consent",
        "beside",
        "routes",
        "must_be_true",
        "note",
        "instead",
        "unverified",
        "verified_nations",
    }
)


@dataclass(frozen=True, slots=True)
class Basis:
    """One law, order or route, in our words.

    layer: of LAYERS. effect: must, may or none. exception: when a duty gives way, in words; empty for none.
    organisations, nations, recipients: codes for which it serves; empty recipients: any. duty_on: (kinds of author,
    nations) on whom a duty lies; empty: on the organisation. power_for_others: for all others it is a power.
    extent: how much a duty covers, in words. by: the time that it sets, None for none.
    agreement: the sense (of SENSES) in which somebody must have agreed; empty: it serves without.
    needs_duty: it serves only beside a duty that is named. routes: the routes of a line which it may stand for; empty:
    it says nothing about routes. must_be_true: what has to be so, for people to judge. instead: what to rely on where
    it does not serve. unverified: codes of PARTS; where `nations` is one, verified_nations are those that are verified.
    """

    code: str
    layer: str
    name: str
    words: str
    effect: str
    status: str
    exception: str
    organisations: tuple[str, ...]
    nations: tuple[str, ...]
    duty_on: tuple[tuple[frozenset[str], frozenset[str]], ...]
    power_for_others: bool
    recipients: tuple[str, ...]
    extent: str
    by: By | None
    agreement: str
    needs_duty: bool
    routes: tuple[str, ...]
    must_be_true: tuple[str, ...]
    note: str
    instead: str
    unverified: tuple[str, ...]
    verified_nations: tuple[str, ...]
    period: Period
    citation: Citation

    @property
    def qualified(self) -> bool:
        """Whether this duty has an exception of its own, which must then be reasoned."""
        return bool(self.exception)

    @property
    def needs_agreement(self) -> bool:
        """Whether it serves only where somebody agreed."""
        return bool(self.agreement)


@dataclass(frozen=True, slots=True)
class DutyAnswer:
    """Whether a code is a duty for these people. why: one plain sentence either way.

    known: false where our sources leave open whether it binds them; then it is not counted as one.
    exception: when it gives way, empty for never. not_checked: what was not said (`author.kind`,
    `organisation.kind`, `organisation.nation`, `recipients.kind`) although the answer depends on it.
    """

    code: str
    duty: bool
    why: str
    exception: str = ""
    not_checked: tuple[str, ...] = ()
    citation: Citation | None = None
    known: bool = True

    @property
    def qualified(self) -> bool:
        """Whether this duty has an exception of its own."""
        return self.duty and bool(self.exception)


def _listed(raw: object, known: Mapping[str, str], where: str, faults: list[Fault]) -> tuple[str, ...]:
    if isinstance(raw, list) and all(each in known for each in raw):
        return tuple(raw)
    faults.append(Fault(where, f"a list of {', '.join(known)}", repr(raw)))
    return ()


def _text(raw: object, where: str, faults: list[Fault]) -> str:
    if not isinstance(raw, str):
        faults.append(Fault(where, "words", repr(raw)))
    return str(raw)


def _basis(statement: Statement, layer: str, pack: Pack, faults: list[Fault]) -> Basis:
    extra, where = statement.extra, f"{pack.name}#{statement.id}"
    for key in sorted(set(extra) - _KEYS):
        faults.append(Fault(f"{where}.{key}", "a field of a basis", key, nearest(key, _KEYS)))
    effect, status = extra.get("effect"), extra.get("status", "usable")
    if effect not in EFFECTS:
        faults.append(Fault(f"{where}.effect", f"one of {', '.join(EFFECTS)}", repr(effect)))
    if status not in STATUSES:
        faults.append(Fault(f"{where}.status", f"one of {', '.join(STATUSES)}", repr(status)))
    for key, known in (("consent", tuple(SENSES)), ("beside", ("duty",)), ("others", ("may",))):
        if extra.get(key, known[0]) not in known:
            faults.append(Fault(f"{where}.{key}", f"{' or '.join(known)}, or nothing", repr(extra[key])))
    if effect == "must" and layer == "power" and not extra.get("extent"):
        faults.append(Fault(f"{where}.extent", "how much this duty covers, in words", "nothing"))
    holders = []
    for n, each in enumerate(extra.get("duty_on", []), start=1):
        at = f"{where}.duty_on[{n}]"
        authors = _listed(each.get("authors"), AUTHOR_KINDS, f"{at}.authors", faults)
        nations = _listed(each.get("nations", list(NATIONS)), NATIONS, f"{at}.nations", faults)
        holders.append((frozenset(authors), frozenset(nations)))
    return Basis(
        code=statement.code,
        layer=layer,
        name=_text(extra.get("name"), f"{where}.name", faults),
        words=statement.words,
        effect=str(effect),
        status=str(status),
        exception=_text(extra.get("exception", ""), f"{where}.exception", faults),
        organisations=_listed(
            extra.get("organisations", list(ORGANISATION_KINDS)), ORGANISATION_KINDS, f"{where}.organisations", faults
        ),
        nations=_listed(extra.get("nations", list(NATIONS)), NATIONS, f"{where}.nations", faults),
        duty_on=tuple(holders),
        power_for_others="others" in extra,
        recipients=_listed(extra.get("recipients", []), RECIPIENT_KINDS, f"{where}.recipients", faults),
        extent=_text(extra.get("extent", ""), f"{where}.extent", faults),
        by=read_by(extra["by"], where, faults)[0] if "by" in extra else None,
        agreement=str(extra.get("consent", "")),
        needs_duty="beside" in extra,
        routes=_listed(extra.get("routes", []), ROUTES, f"{where}.routes", faults),
        must_be_true=tuple(_text(each, f"{where}.must_be_true", faults) for each in extra.get("must_be_true", [])),
        note=_text(extra.get("note", ""), f"{where}.note", faults),
        instead=_text(extra.get("instead", ""), f"{where}.instead", faults),
        unverified=_listed(extra.get("unverified", []), PARTS, f"{where}.unverified", faults),
        verified_nations=_listed(extra.get("verified_nations", []), NATIONS, f"{where}.verified_nations", faults),
        period=statement.period,
        citation=statement.citation,
    )


@functools.lru_cache(maxsize=32)
def read_bases(packs: tuple[Pack, ...]) -> Mapping[str, tuple[Basis, ...]]:
    """Every basis of these packs by code, its versions in order of date. Raises PackRefused with every fault."""
    faults: list[Fault] = []
    found: dict[str, list[Basis]] = {}
    for pack in packs:
        layer = pack.data.get("layer")
        if layer not in LAYERS:
            faults.append(Fault(f"{pack.name}.layer", f"one of {', '.join(LAYERS)}", repr(layer)))
        for statement in pack.statements:
            basis = _basis(statement, str(layer), pack, faults)
            if any(earlier.layer != basis.layer for earlier in found.get(basis.code, [])):
                faults.append(Fault(f"{pack.name}#{statement.id}", "a code of one layer", "the same code in two"))
            found.setdefault(basis.code, []).append(basis)
    if faults:
        raise PackRefused(faults)
    return {code: tuple(sorted(each, key=lambda b: b.period.start)) for code, each in found.items()}


def all_bases(packs: tuple[Pack, ...] | None = None) -> Mapping[str, tuple[Basis, ...]]:
    """The bases of the packs given, or of every pack that is here."""
    return read_bases(catalogue("bases") if packs is None else packs)


def _version(versions: tuple[Basis, ...], on: datetime.date) -> Basis:
    """The version in force on the day, else the one nearest before it, else the first."""
    past = [each for each in versions if each.period.start <= on]
    return past[-1] if past else versions[0]


def in_force(code: str, on: datetime.date, packs: tuple[Pack, ...] | None = None) -> Basis:
    """The version of a law that counts on a day: the one in force, else the nearest. Raises PackRefused if unknown."""
    versions = all_bases(packs).get(code)
    if versions is None:
        raise PackRefused.one("bases", "a code of the list of laws", "another")
    return _version(versions, on)


def _one_of(codes: tuple[str, ...], words: Mapping[str, str]) -> str:
    return " or ".join(words[code] for code in codes)


def _unusable(basis: Basis, on: datetime.date, nation: str, organisation_kind: str, field: str) -> Fault | None:
    hint = f"See whether {basis.instead} serves" if basis.instead else "See which laws are open to you on that day"
    if basis.status != "usable":
        got = f"{basis.code}, which {STATUSES[basis.status]} (last looked at {day_in_words(basis.citation.checked)})"
        return Fault(field, "a law that can be relied on", got, hint)
    if not basis.period.covers(on):
        got = f"{basis.code}, in force {basis.period.in_words()}"
        return Fault(field, f"a law in force on {day_in_words(on)}", got, hint)
    if nation and nation not in basis.nations:
        got = f"{basis.code}, which our source gives for {_one_of(basis.nations, NATIONS)}"
        return Fault(field, f"a law that serves in {NATIONS.get(nation, 'that nation')}", got, hint)
    if organisation_kind and organisation_kind not in basis.organisations:
        got = f"{basis.code}, which is open to these kinds: {_one_of(basis.organisations, ORGANISATION_KINDS)}"
        return Fault(field, f"a law open to {ORGANISATION_KINDS.get(organisation_kind, 'that kind')}", got, hint)
    return None


def check(
    code: str,
    on: datetime.date,
    nation: str = "",
    organisation_kind: str = "",
    *,
    packs: tuple[Pack, ...] | None = None,
    field: str = "basis.codes",
) -> Fault | None:
    """What keeps this code from being relied on, or None.

    on: the day of the decision. nation, organisation_kind: codes of policies.codes; left empty, they are not
    looked at. packs: Packs.bases, or every pack that is here. field: the path that the fault names.
    Faults: an unknown code (with the nearest), spent or not begun, not in force that day (saying from when), not for
    that nation, not open to that kind of organisation.
    """
    versions = all_bases(packs).get(code)
    if versions is None:
        # Somebody may have typed a name here by mistake: only what looks like a code is said back.
        got = code if _CODE_LIKE.fullmatch(code) else "something that is no code"
        return Fault(field, "a code of the list of laws", got, nearest(code, all_bases(packs)))
    return _unusable(_version(versions, on), on, nation, organisation_kind, field)


def available(
    on: datetime.date,
    nation: str = "",
    organisation_kind: str = "",
    *,
    layer: str = "",
    packs: tuple[Pack, ...] | None = None,
) -> tuple[Basis, ...]:
    """Every basis that could be relied on by such an organisation on that day, in the order of the files."""
    versions = (_version(each, on) for each in all_bases(packs).values())
    return tuple(
        each
        for each in versions
        if layer in ("", each.layer) and _unusable(each, on, nation, organisation_kind, "") is None
    )


def _why_not(basis: Basis, author_kind: str, nation: str, recipient_kind: str) -> str:
    """Why a law that can be relied on is no duty for these people; empty where it is one."""
    if basis.layer != "power":
        return f"{basis.code} requires nothing by itself. Name the law or the order that requires it"
    if basis.effect != "must":
        return f"{basis.code} is {EFFECTS[basis.effect]}, not a duty: it does not require sharing"
    if author_kind and basis.duty_on:
        here = [authors for authors, nations in basis.duty_on if not nation or nation in nations]
        if not any(author_kind in authors for authors in here):
            known = [kind for kind in AUTHOR_KINDS if any(kind in authors for authors in here)]
            on_whom = _one_of(tuple(known), AUTHOR_KINDS) or "nobody here"
            power = ", for whom it is a power" if basis.power_for_others else ""
            others = AUTHOR_KINDS.get(author_kind, "others")
            return f"{basis.code} is a duty on: {on_whom}. It is not one on: {others}{power}"
    if recipient_kind and basis.recipients and recipient_kind not in basis.recipients:
        to_whom = _one_of(basis.recipients, RECIPIENT_KINDS)
        told = RECIPIENT_KINDS.get(recipient_kind, "others")
        return f"{basis.code} is a duty to tell: {to_whom}. It is not one to tell: {told}"
    return ""


def _none_here(fault: Fault | None) -> str:
    return f"This is not a duty here: expected {fault.expected}, got {fault.got}" if fault else ""


def _left_open(basis: Basis, nation: str) -> str:
    """Why it is not known whether a law binds anybody in a nation; empty where that is known."""
    if basis.status == "unconfirmed":
        return f"{basis.code} {STATUSES[basis.status]} (last looked at {day_in_words(basis.citation.checked)})"
    if nation and nation not in basis.nations:
        theirs = _one_of(basis.nations, NATIONS)
        return f"Our source gives {basis.code} for {theirs}, and does not say whether it binds in {NATIONS[nation]}"
    return ""


def is_duty(
    code: str,
    author_kind: str,
    organisation_kind: str,
    nation: str,
    recipient_kind: str,
    on: datetime.date,
    *,
    packs: tuple[Pack, ...] | None = None,
) -> DutyAnswer:
    """Whether the law requires these people to tell this recipient (seed 004 4.23-4.24; guidance section 3C).

    All codes of policies.codes; each may be empty for "not said", which never turns a duty into none and is listed
    in `not_checked`. A power, a basis of data protection law or a police request form is not a duty.
    Whether a law that is not confirmed, or that our source gives for other nations, binds them is left open (`known`).
    """
    versions = all_bases(packs).get(code)
    if versions is None:
        return DutyAnswer(code, False, _none_here(check(code, on, packs=packs)))
    basis = _version(versions, on)
    left_open = _left_open(basis, nation)
    settled = replace(basis, status="usable") if basis.status == "unconfirmed" else basis
    fault = _unusable(settled, on, "" if left_open else nation, organisation_kind, "")
    if fault is not None:
        return DutyAnswer(code, False, _none_here(fault))
    why_not = _why_not(basis, author_kind, "" if left_open else nation, recipient_kind)
    if why_not or left_open:
        return DutyAnswer(code, False, f"{why_not or left_open}.", citation=basis.citation, known=bool(why_not))
    depends = (
        ("author.kind", author_kind, bool(basis.duty_on)),
        ("organisation.kind", organisation_kind, len(basis.organisations) < len(ORGANISATION_KINDS)),
        ("organisation.nation", nation, len(basis.nations) < len(NATIONS)),
        ("recipients.kind", recipient_kind, bool(basis.recipients)),
    )
    not_said = tuple(path for path, given, matters in depends if matters and not given)
    return DutyAnswer(code, True, basis.words, basis.exception, not_said, basis.citation)
