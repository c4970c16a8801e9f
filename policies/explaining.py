"""What the packs say about one thing, by its name: a question, an arrow, a law, a rule, a deadline, a concern.

Nothing is judged here: the words, sources, dates and confidence are those of the packs that apply, and of a question
also where each answer leads. tests/policies/test_explaining.py: every statement of every pack can be asked for.
"""

import datetime
import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies import bases, codes
from policies.citation import CONFIDENCE, Citation, Period
from policies.errors import PackRefused
from policies.flowchart import Edge, Flowchart, flowchart_of
from policies.golden_rules import STATUSES, Rule, read_rules
from policies.in_force import own_rows
from policies.near import nearest
from policies.obligations import Timing, read_timings
from policies.pack_files import Pack, Statement, catalogue
from policies.packs import Packs
from policies.predicates import PREDICATES as DECISION_TESTS
from policies.readings import read_sides
from policies.retention_classes import COUNTED_FROM, THEN, RetentionClass, classes
from policies.safeguards import TESTS as SAFEGUARD_TESTS

# What can be asked for, in the order in which it is listed.
KINDS: Final[Mapping[str, str]] = {
    "question": "questions of the flowchart",
    "act_now": "what to do at once",
    "advice": "advice",
    "route": "why sharing is allowed",
    "condition": "conditions beside the advice",
    "rule": "golden rules",
    "principle": "Caldicott principles",
    "reading": "points on which the guidance disagrees",
    "criterion": "whether somebody can decide for themselves",
    "law": "laws, orders and routes",
    "deadline": "what falls due",
    "retention": "how long a record is kept",
    "reason": "reasons from a list",
    "concern": "what to look at again",
    "own": "what your organisation adds",
    "test": "what a safeguard or a deadline of your own may depend on",
    "edge": "arrows of the flowchart",
}
_PARTED: Final = re.compile(r"[\s_-]+")
# Somebody may type a name of a person by mistake: only what looks like a code is said back.
_CODE_LIKE: Final = re.compile(r"[a-z0-9_.:-]{1,40}")


@dataclass(frozen=True, slots=True)
class Lead:
    """Where one answer leads. answer: in short, empty where none is written; words: what it decides.

    question: which it answers; to: the next one; both in words. advice, route: codes, empty for none.
    """

    edge: str
    question: str
    answer: str
    words: str
    to: str
    advice: str
    route: str
    conditions: tuple[str, ...]
    citation: Citation

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; what does not apply is left out."""
        held = {"advice": self.advice, "route": self.route, "conditions": list(self.conditions)}
        kept = {name: value for name, value in held.items() if value}
        said = {"answer": self.answer} if self.answer else {}
        return {
            "edge": self.edge,
            "question": self.question,
            **said,
            "words": self.words,
            "to": self.to,
            **kept,
            "citation": self.citation.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Explained:
    """One thing that can be asked for. kind: of KINDS. code: its name there. number: as printed, 0 for none.

    details: label and words each. leads: where each answer leads, or for advice what leads to it.
    pack: the name of its pack. period, citation: None for a word of this software itself, whose leads are cited.
    """

    kind: str
    code: str
    name: str
    words: str
    number: int = 0
    details: tuple[tuple[str, str], ...] = ()
    leads: tuple[Lead, ...] = ()
    pack: str = ""
    period: Period | None = None
    citation: Citation | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; what does not apply is left out."""
        found: dict[str, Any] = {"kind": self.kind, "code": self.code, "name": self.name, "words": self.words}
        if self.number:
            found["number"] = self.number
        found["details"] = [{"label": label, "words": words} for label, words in self.details]
        found["leads"] = [lead.to_json() for lead in self.leads]
        if self.citation is not None and self.period is not None:
            found |= {"pack": self.pack, "in_force": self.period.in_words(), "citation": self.citation.to_json()}
            found["confidence"] = CONFIDENCE[self.citation.confidence]
        return found


@functools.lru_cache(maxsize=16)
def everything(packs: Packs, on: datetime.date, nation: str = "") -> tuple[Explained, ...]:
    """All that can be asked for, by kind in the order of KINDS, of packs on a day in a nation (any, if empty)."""
    chart = flowchart_of(packs.flowchart, packs.concerns)
    found = [
        *_questions(chart, packs.flowchart),
        *_said(packs.concerns, on),
        *_codes(chart),
        *_rules("rule", packs.rules),
        *(_rules("principle", packs.caldicott) if packs.caldicott else ()),
        *_readings(packs, on),
        *_competence(packs, on),
        *(_law(each, packs.bases) for versions in bases.all_bases(packs.bases).values() for each in versions),
        *(_deadline(packs.timings, each, on) for each in read_timings(packs.timings).values()),
        *(_kept(packs.retention, each) for each in classes(packs.retention, on, nation)),
        *(_own(packs.own) if packs.own else ()),
        *_tests(),
        *(_plain("reason", pack, each) for pack in catalogue("reasons") for each in pack.on(on).values()),
    ]
    order = list(KINDS)
    return tuple(sorted(found, key=lambda each: order.index(each.kind)))


def explain(topic: str, packs: Packs, on: datetime.date, nation: str = "") -> tuple[Explained, ...]:
    """What the packs say about a topic: everything of that name, in the order of KINDS.

    topic: a code or name (`consent`, `CA89-47`, `rule-4`, `may_share`), the printed number of a question (`4`), or
    one of a kind alone (`route:consent`). Capitals, spaces, hyphens and underscores make no difference.
    Raises PackRefused, with the nearest, where there is no such thing.
    """
    kind, _, rest = topic.partition(":")
    wanted = _plain_name(rest if kind in KINDS and rest else topic)
    found = [
        each
        for each in everything(packs, on, nation)
        if (not rest or kind not in KINDS or each.kind == kind) and wanted in _names(each)
    ]
    if found:
        return tuple(found)
    known = {name for each in everything(packs, on, nation) for name in _names(each)}
    got = topic if _CODE_LIKE.fullmatch(topic) else "something that is not known here"
    near = nearest(wanted, sorted(known)) or "Leave the topic out to see everything that can be asked for"
    raise PackRefused.one("TOPIC", "something that can be explained", got, near)


def _plain_name(text: str) -> str:
    return _PARTED.sub("-", text.strip().lower())


def _names(each: Explained) -> set[str]:
    """By which names it is found."""
    names = {_plain_name(each.code), _plain_name(each.name)}
    if each.kind == "question":
        names |= {str(each.number), f"question-{each.number}"}
    elif each.number:
        names |= {f"{each.kind}-{each.number}"}
    return names


def _lead(chart: Flowchart, edge: Edge) -> Lead:
    to = chart.nodes[edge.to].words
    asked = chart.nodes[edge.from_].words
    return Lead(edge.id, asked, edge.label, edge.words, to, edge.advice, edge.route, edge.conditions, edge.citation)


def _questions(chart: Flowchart, pack: Pack) -> Iterable[Explained]:
    for node in chart.nodes.values():
        leads = tuple(_lead(chart, edge) for edge in chart.edges.get(node.id, ()))
        yield Explained(
            "question", node.id, node.words, node.words, node.printed, (), leads, pack.name, pack.period, node.citation
        )
    periods = {each.id: each.period for each in pack.statements}
    for edges in chart.edges.values():
        for edge in edges:
            asked = (("The question", chart.nodes[edge.from_].words),)
            yield Explained(
                "edge",
                edge.id,
                edge.id,
                edge.words,
                0,
                asked,
                (_lead(chart, edge),),
                pack.name,
                periods[edge.id],
                edge.citation,
            )


def _codes(chart: Flowchart) -> Iterable[Explained]:
    """The words of advice, routes and conditions, each with the arrows that give it."""
    edges = [edge for each in chart.edges.values() for edge in each]
    for kind, words in (("advice", codes.ADVICE), ("route", codes.ROUTES), ("condition", codes.CONDITIONS)):
        for code, said in words.items():
            giving = [edge for edge in edges if code in (edge.advice, edge.route, *edge.conditions)]
            leads = tuple(_lead(chart, edge) for edge in giving)
            yield Explained(kind, code, said, f"{said[0].upper()}{said[1:]}.", 0, (), leads)


def _said(pack: Pack, on: datetime.date) -> Iterable[Explained]:
    for each in pack.on(on).values():
        yield _plain("act_now" if each.id.startswith("act_now.") else "concern", pack, each)


def _plain(kind: str, pack: Pack, each: Statement) -> Explained:
    return Explained(kind, each.id, each.id, each.words, 0, (), (), pack.name, each.period, each.citation)


def _own(pack: Pack) -> Iterable[Explained]:
    for each in own_rows(pack):
        yield Explained("own", each.id, each.id, each.words, 0, (), (), pack.name, each.period, each.citation)


def _tests() -> Iterable[Explained]:
    """The names that an organisation's own pack may put into `when`: of one line, and of a whole decision."""
    for name, (words, test) in SAFEGUARD_TESTS.items():
        details = (("In", "safeguards"), ("Looks at", ", ".join(test.paths)))
        yield Explained("test", name, name, f"{words[0].upper()}{words[1:]}.", 0, details)
    for name, looks in DECISION_TESTS.items():
        words = name.replace("_", " ")
        details = (("In", "timings and retention"), ("Looks at", ", ".join(looks.paths) or "what follows the decision"))
        yield Explained("test", name, name, f"{words[0].upper()}{words[1:]}.", 0, details)


def _rules(kind: str, pack: Pack) -> Iterable[Explained]:
    periods = {each.id: each.period for each in pack.statements}
    for rule in read_rules(pack):
        period, details = periods[rule.id], _cases(rule)
        yield Explained(kind, rule.id, rule.name, rule.asks, rule.number, details, (), pack.name, period, rule.citation)


def _cases(rule: Rule) -> tuple[tuple[str, str], ...]:
    """When a rule has which status, in words, or its own tests; and the facts that it looks at."""
    tests = tuple((f"Test {each.number}", each.asks) for each in rule.tests)
    cases = tuple((STATUSES[case.status].capitalize(), case.words) for case in rule.cases)
    last = [each[-1] for each in (rule.cases, *(test.cases for test in rule.tests)) if each]
    looked = dict.fromkeys(path for case in last for path in case.rests_on)
    return (*tests, *cases, *((("Looks at", ", ".join(looked)),) if looked else ()))


def _readings(packs: Packs, on: datetime.date) -> Iterable[Explained]:
    used, other = packs.readings, packs.other_readings
    sides, others = read_sides(used), read_sides(other)
    for each in used.statements:
        words, against = sides[each.id].on(on).words, others[each.id].on(on)
        details = ((f"The other side, {against.name}", f"{against.words} ({against.citation.in_words()})"),)
        named = codes.POINTS[each.id]
        yield Explained("reading", each.id, named, words, 0, details, (), used.name, each.period, each.citation)


def _competence(packs: Packs, on: datetime.date) -> Iterable[Explained]:
    for pack in (packs.competence, packs.capacity):
        if pack is not None:
            day = on if pack.period.covers(on) else pack.period.end or pack.period.start
            yield from (_plain("criterion", pack, each) for each in pack.on(day).values())


def _law(law: bases.Basis, packs: Iterable[Pack]) -> Explained:
    pack = next(each for each in packs if any(said.code == law.code for said in each.statements))
    return Explained("law", law.code, law.name, law.words, 0, _of_law(law), (), pack.name, law.period, law.citation)


def _of_law(law: bases.Basis) -> tuple[tuple[str, str], ...]:
    duty_on = dict.fromkeys(kind for kinds, _ in law.duty_on for kind in codes.AUTHOR_KINDS if kind in kinds)
    said = (
        ("What it is", bases.EFFECTS[law.effect] + (", and a power for others" if law.power_for_others else "")),
        ("Whether it can be used", bases.STATUSES[law.status]),
        ("Open to", _listed(law.organisations, codes.ORGANISATION_KINDS)),
        ("Where", _listed(law.nations, codes.NATIONS)),
        ("A duty on", _listed(duty_on, codes.AUTHOR_KINDS)),
        ("To tell", _listed(law.recipients, codes.RECIPIENT_KINDS)),
        ("How much", law.extent),
        ("By when", law.by.in_words() if law.by else ""),
        ("Unless", law.exception),
        ("Only with agreement", "it serves only where somebody agreed" if law.needs_agreement else ""),
        ("What must be so", "; ".join(law.must_be_true)),
        ("Not verified", "; ".join(bases.PARTS[part] for part in law.unverified)),
        ("To know", law.note),
        ("In its place", law.instead),
    )
    return tuple((label, words) for label, words in said if words)


def _listed(those: Iterable[str], words: Mapping[str, str]) -> str:
    return ", ".join(words[each] for each in those)


def _deadline(pack: Pack, each: Timing, on: datetime.date) -> Explained:
    period = next(said.period for said in pack.statements if said.id == each.id)
    when = "follows from a later entry" if each.when is None else "follows from the decision"
    by = "on the day that the record gives" if each.day else each.by.in_words()
    details = (("By when", by), ("When it arises", when))
    return Explained("deadline", each.id, each.code, each.words, 0, details, (), pack.name, period, each.citation)


def _kept(pack: Pack, each: RetentionClass) -> Explained:
    years = "no number of years" if each.years is None else f"{each.years} years"
    sooner = "" if each.sooner_years is None else f"{each.sooner_years} years from {COUNTED_FROM[each.sooner_from]}"
    said = (
        ("How long", years),
        ("Counted from", COUNTED_FROM[each.counted_from]),
        ("Sooner", sooner),
        ("Then", THEN[each.then]),
        ("While it holds", "nothing may be destroyed" if each.hold else ""),
        ("Where", _listed(each.nations, codes.NATIONS)),
    )
    details = tuple((label, words) for label, words in said if words)
    return Explained(
        "retention", each.code, each.code, each.words, 0, details, (), pack.name, each.period, each.citation
    )
