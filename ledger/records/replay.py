"""Looking back: as decided, the same guidance again, and other guidance, for decision after decision.

The same guidance over the same record says the same thing, or something is wrong: that is an alarm. Other guidance
shows what a change of it would have changed. One decision is held at a time, and nothing is recorded.
Source: policy design "Looking back". Proved by tests/ledger/records/test_replay.py.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ledger.errors import Malformed, NotPermitted, Unverified
from ledger.log.entry import Header, parse_entry
from ledger.log.reader import Reader, Stored
from ledger.log.removal import erased_numbers
from ledger.log.roster import Roster
from ledger.records.as_then import AsThen, PacksOf
from ledger.records.comparing import Difference, differences
from ledger.records.decisions import late_limit, proposed_laws
from ledger.records.document import Document, codes_of
from ledger.records.document_checks import OLDEST, age_on
from ledger.records.document_fields import SUBJECT
from ledger.records.due import add_working_days, due_items
from ledger.records.own_pack import adopted
from ledger.records.writing import Desk
from ledger.sealing.seal import CODES, RECORD
from policies.errors import FactsRefused, PackRefused, PolicyError
from policies.evaluation import Evaluation, evaluate
from policies.facts import parse_facts
from policies.fields import FACTS
from policies.pack_files import Pack
from policies.packs import Packs, packs_for

DECIDING: Final = ("decision.recorded", "decision.completed", "decision.corrected")
"""The types of entries that say what a decision is; each is looked at by itself."""
NOT_REPLAYED: Final = {
    "withheld": "sealed for others than whoever looked",
    "erased": "erased, as a later entry says",
    "missing": "missing, and no entry says that it was erased",
    "damaged": "there, but not what its author sealed",
    "not_a_record": "opened, but not in the form in which this version reads a record",
    "packs_not_held": "this version does not know a pack of guidance that it names",
    "packs_changed": "a pack that it names has another digest than the pack of that name here",
    "packs_wrong": "the packs that it names are no whole guidance, or an own pack that was not adopted then",
    "own_gone": "the file of the organisation's own pack that was used is gone",
    "own_changed": "the file of the organisation's own pack that was used was changed",
    "own_unreadable": "this version cannot read the organisation's own pack that was used",
    "does_not_fit": "the record does not fit the guidance",
}
BROKEN: Final = frozenset(
    {"missing", "damaged", "not_a_record", "packs_changed", "packs_wrong", "own_changed", "does_not_fit"}
)
"""Those that should never be of what was recorded: whoever finds one verifies the ledger."""
SHOWN: Final = 20
"""So many entries are named for each figure; the rest is counted."""
END: Final = 1 << 62
JUDGING: Final = 3600
"""Seconds between judging a decision and its entry, at most: somebody reads, agrees, types a passphrase."""


@dataclass(frozen=True, slots=True)
class Column:
    """What was, or would be, advised. route, conditions: None where codes could not be opened to tell."""

    advice: str
    route: str | None = None
    conditions: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """One decision, three times. same, other: None where same_why, other_why (of NOT_REPLAYED) say why not.

    codes_why: why the codes that were sealed with it were not compared, empty where they were. unequal: the fields
    in which the same guidance says something else now than then: an alarm. not_held: packs by name.
    """

    n: int
    type: str
    decided: str
    recorded: Column
    same: Column | None = None
    other: Column | None = None
    same_why: str = ""
    other_why: str = ""
    codes_why: str = ""
    unequal: tuple[str, ...] = ()
    not_held: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def alarm(self) -> bool:
        """Whether something does not hold: what was said again is not what was said, or a part is not as sealed."""
        return bool(self.unequal) or bool(BROKEN & {self.same_why, self.codes_why})

    @property
    def advised_otherwise(self) -> bool:
        """Whether other guidance gives other advice, another reason why it may be shared, or other conditions."""
        return any(each.what in ("advice", "condition") for each in self.differences)


@dataclass(slots=True)
class Counted:
    """A count, and the first entries behind it."""

    count: int = 0
    entries: list[int] = field(default_factory=list)

    def add(self, n: int) -> None:
        """Count entry n."""
        self.count += 1
        if len(self.entries) < SHOWN:
            self.entries.append(n)


@dataclass(slots=True)
class Summary:
    """What came of all decisions, however many. by_rule: how many decisions each difference was made in.

    differing: something is otherwise; advised: the advice, a route or a condition is. other_why, codes_why: only where
    the record could be judged by the same guidance, or could not for another reason.
    """

    looked_at: int = 0
    equal: Counted = field(default_factory=Counted)
    alarms: Counted = field(default_factory=Counted)
    differing: Counted = field(default_factory=Counted)
    advised: Counted = field(default_factory=Counted)
    same_why: dict[str, Counted] = field(default_factory=dict)
    other_why: dict[str, Counted] = field(default_factory=dict)
    codes_why: dict[str, Counted] = field(default_factory=dict)
    not_held: dict[str, Counted] = field(default_factory=dict)
    by_rule: dict[Difference, Counted] = field(default_factory=dict)

    def take(self, row: Replayed) -> None:
        """Count one decision."""
        self.looked_at += 1
        if row.alarm:
            self.alarms.add(row.n)
        elif row.same is not None:
            self.equal.add(row.n)
        if row.differences:
            self.differing.add(row.n)
        if row.advised_otherwise:
            self.advised.add(row.n)
        for whys, why in (
            (self.same_why, row.same_why),
            (self.other_why, row.other_why if row.other_why != row.same_why else ""),
            (self.codes_why, row.codes_why if row.codes_why != row.same_why else ""),
        ):
            if why:
                whys.setdefault(why, Counted()).add(row.n)
        for name in row.not_held:
            self.not_held.setdefault(name, Counted()).add(row.n)
        for each in row.differences:
            self.by_rule.setdefault(each, Counted()).add(row.n)


@dataclass(slots=True)
class Replay:
    """One person looking back at a ledger. used: the guidance of then; other: what else decisions are to be judged by.

    size: entries of the log that are looked at.
    """

    desk: Desk
    reader: Reader
    roster: Roster
    size: int
    used: AsThen
    other: PacksOf
    _erased: dict[int, int] | None = None

    def of(self, rows: Iterable[Stored], start: int = 0, end: int = END) -> Iterator[Replayed]:
        """Each of these rows that decides something, in their order, recorded from `start` to before `end`.

        What a row decides and when is what its author signed, not what stands in a column beside it.
        Raises Unverified for one that is no entry.
        """
        for row in rows:
            try:
                header = parse_entry(row.leaf, self.desk.origin).header
            except Malformed as error:
                hint = "Run: consent-ledger verify"
                raise Unverified(f"entry {row.n}", "an entry as it was signed", "damaged bytes", hint) from error
            if header.type in DECIDING and start <= header.at < end:
                yield self._replayed(row, header)

    def _replayed(self, row: Stored, header: Header) -> Replayed:
        codes, codes_why = self._opened(row, header, CODES)
        codes = codes if type(codes) is dict else {}
        recorded = Column(header.body["advice"])
        if codes:
            conditions = tuple(each for each in codes.get("conditions", ()) if type(each) is str)
            recorded = Column(header.body["advice"], str(codes.get("route", "")), conditions)
        begun = {"n": row.n, "type": header.type, "decided": header.body["decision"], "recorded": recorded}
        begun["codes_why"] = codes_why
        record, why = self._opened(row, header, RECORD)
        document = None if why else self._document(record)
        if document is None:
            why = why or "not_a_record"
            return Replayed(**begun, same_why=why, other_why=why)
        packs = header.body["packs"]
        same, same_why = None, self.used.why_not(packs, self._adopted(row.n, header))
        if not same_why:
            same, same_why = _evaluated(header, document, lambda _header, _facts: self.used.packs(packs))
        other, other_why = _evaluated(header, document, self.other)
        found = () if same is None else self._unequal(header, codes if not codes_why else None, document, same)
        return Replayed(
            **begun,
            same=_column(same),
            other=_column(other),
            same_why=same_why,
            other_why=other_why,
            unequal=found,
            not_held=self.used.not_held(packs) if same_why == "packs_not_held" else (),
            differences=differences(same, other) if same is not None and other is not None else (),
        )

    def _adopted(self, n: int, header: Header) -> list[tuple[str, str]]:
        """The own pack that was adopted when a decision was written, or between that and when its author looked."""
        found = (adopted(self.roster, max(index, 1)) for index in {n, header.seen_size})
        return [(own.name, own.digest) for own in found if own is not None and own.alone]

    def _opened(self, row: Stored, header: Header, part: str) -> tuple[Any, str]:
        """What a part holds, or why that is not known: a key of NOT_REPLAYED."""
        if part not in header.sealed:
            return None, "missing"
        opening = self.desk.open_record if part == RECORD else self.desk.open_codes
        try:
            return opening(self.reader, row), ""
        except NotPermitted:
            return None, "withheld"
        except LookupError:
            return None, "erased" if row.n in self._erasures() else "missing"
        except (Unverified, Malformed):
            return None, "damaged"

    def _erasures(self) -> dict[int, int]:
        if self._erased is None:
            self._erased = erased_numbers(self.reader, self.size, self.roster.origin, self.roster)
        return self._erased

    def _document(self, record: Any) -> Document | None:
        """What rules read of a decision's document, as this version reads it; None where it does not."""
        value = record.get("document") if type(record) is dict else None
        if type(value) is not dict:
            return None
        ours = {"organisation": {"kind": self.roster.kind, "nation": self.roster.nation}}
        subject, faults = SUBJECT.parse(value.get("subject"))
        try:
            facts = parse_facts({**FACTS.keep(value), **ours})
        except FactsRefused:
            return None
        if faults or not facts.decided_at:
            return None
        age = age_on({"subject": subject, "decided_at": facts.decided_at})
        if age is not None and 0 <= age <= OLDEST:
            facts = replace(facts, subject=replace(facts.subject, age=age))
        return Document(value, facts, facts.decided_at)

    def _unequal(
        self, header: Header, codes: Mapping[str, Any] | None, document: Document, same: Evaluation
    ) -> tuple[str, ...]:
        """What header and codes say otherwise than their own record and guidance do."""
        decision = document.facts.decision
        awaited = "awaiting_approval" in same.conditions
        again: dict[str, Any] = {
            "decision": decision,
            "advice": same.advice,
            "differs": bool(same.differs(decision)),
            "approval": "awaited" if awaited else "not_needed",
        }
        found = [name for name, value in again.items() if header.body[name] != value]
        packs = self.used.packs(header.body["packs"])
        if not self._of_their_day(packs, document):
            found.append("packs")
        if header.type == "decision.recorded" and header.body["late"] not in self._late(header, document, packs.own):
            found.append("late")
        if codes is not None:
            day, team = document.decided_on, str(codes.get("team", ""))
            due = due_items(same.obligations, day, self.roster.nation)
            proposed = proposed_laws(document.facts, packs, day)
            made = codes_of(document, same, due=due, team=team, proposed=proposed)
            found += [f"codes.{name}" for name in sorted({*made, *codes}) if made.get(name) != codes.get(name)]
        return tuple(found)

    def _of_their_day(self, packs: Packs, document: Document) -> bool:
        """Whether they are those of this nation and the day of the decision, with the own pack that was used."""
        facts = document.facts
        try:
            due = packs_for(self.roster.nation, document.decided_on, (), packs.own)
            if facts.competence is not None and facts.competence.pack:
                due = due.with_competence(facts.competence.pack)
        except PackRefused:
            return False
        return due.as_refs() == packs.as_refs()

    def _late(self, header: Header, document: Document, own: Pack | None) -> set[bool]:
        """Whether it was recorded late: at the time it bears, or up to an hour before, when its author was judging."""
        last = add_working_days(document.decided_on, late_limit(own), self.roster.nation)
        return {
            datetime.datetime.fromtimestamp(at, datetime.UTC).date() > last for at in (header.at, header.at - JUDGING)
        }


def _evaluated(header: Header, document: Document, of: PacksOf) -> tuple[Evaluation | None, str]:
    """An evaluation, or why there is none: a key of NOT_REPLAYED."""
    try:
        packs = of(header, document.facts)
    except PackRefused:
        return None, "packs_not_held"
    try:
        return evaluate(document.facts, packs), ""
    except PolicyError:
        return None, "does_not_fit"


def _column(evaluation: Evaluation | None) -> Column | None:
    return None if evaluation is None else Column(evaluation.advice, evaluation.route, evaluation.conditions)
