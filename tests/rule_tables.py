"""Facts for every status of every rule, key point and principle, in every version: one row each.

tests/policies/test_golden_rules_versions.py plays them, and plays them again with each case of the data taken away.
"""

from typing import Any, NamedTuple

from policies.facts import parse_facts
from policies.golden_rules import RuleStatus, evaluate_rules
from policies.lines import Outcome
from policies.pack_files import Pack


class Row(NamedTuple):
    """What is to be found. number: of the rule. part: of its test, 0 for the rule itself. says: part of the words."""

    number: int
    status: str
    facts: dict[str, Any]
    says: str
    part: int = 0
    sent: bool = False
    late: bool = False
    advice: str = "may_share"
    route: str = "public_interest"

    def found(self, pack: Pack) -> tuple[str, str]:
        """The status and the words that the rule, or the test of it, has in this pack."""
        rule = self.rule(pack)
        seen = rule.tests[self.part - 1] if self.part else rule
        return seen.status, seen.words

    def rule(self, pack: Pack) -> RuleStatus:
        """The rule as it stands for these facts."""
        outcome = Outcome(advice=self.advice, route=self.route, conditions=(), act_now=False, lines=())
        stand = evaluate_rules(parse_facts(self.facts), outcome, pack, shared_recorded=self.sent, telling_due=self.late)
        return stand[self.number - 1]


CHECKS = ("necessary", "need_to_know", "accurate", "secure")


def joined(*parts: dict[str, Any]) -> dict[str, Any]:
    """The parts laid over each other, their questions side by side."""
    whole: dict[str, Any] = {}
    for part in parts:
        asked = {**whole.get("questions", {}), **part.get("questions", {})}
        whole |= part
        if asked:
            whole["questions"] = asked
    return whole


def interest(**words: str) -> dict[str, Any]:
    return {"questions": {"public_interest": {"answer": "yes", **words}}}


def checked(*names: str, **other: str) -> dict[str, Any]:
    return {"questions": {"right_way": {"checks": dict.fromkeys(names, "yes") | other}}}


def answer(status: str, **more: Any) -> dict[str, Any]:
    return {"consent": {"status": status, **more}}


SHARE: dict[str, Any] = {"decision": "share"}
KEEP: dict[str, Any] = {"decision": "no_share", "reasons": "There is no danger."}
HIDDEN: dict[str, Any] = {"decision": "share_anonymised"}
BOTH_SIDES = interest(if_shared="Trust may suffer.", if_not_shared="The harm may go on.")
DUTY = {"questions": {"duty": {"answer": "yes", "code": "COURT"}}}
LAW = {"basis": {"codes": ["A6-E"]}}
DANGER = {"risk": {"significant_harm": "yes"}}
UNSURE = {"questions": {"confidential": {"answer": "unsure"}}}
ASKED = {"advice": [{"role": "line manager", "advice": "Share it."}]}
NAMED = {"advice": [{"role": "line manager", "advice": "Share it.", "named_the_person": "yes"}]}
TOLD = {"informing": {"status": "informed"}}
LATER = {"informing": {"status": "later", "reason": "child_harm", "when": "2026-12-01"}}
UNREACHED = {"informing": {"status": "no", "reason": "cannot_reach"}}
ONLY_DATA_PROTECTION = {"reason_codes": ["data_protection"]}
UNDERSTOOD = dict.fromkeys(("why", "who", "purpose", "implications"), "yes")
REASONED = {"reasons": "She needs help."}
MEANT = {"purpose": "To get it."}


def barrier(number: int) -> list[Row]:
    """Data protection is no reason by itself."""
    return [
        Row(number, "contradicted", KEEP | ONLY_DATA_PROTECTION, "only reason"),
        Row(number, "for_people", KEEP | {"reason_codes": ["data_protection", "not_necessary"]}, "for people"),
        Row(number, "for_people", SHARE | ONLY_DATA_PROTECTION, "for people"),
    ]


def openly(number: int) -> list[Row]:
    """Whether the person was told, will be, or why not."""
    return [
        Row(number, "recorded", SHARE | TOLD, "was told"),
        Row(number, "missing", SHARE | LATER, "That day has come", late=True),
        Row(number, "recorded", SHARE | TOLD, "was told", late=True),
        Row(number, "not_needed", SHARE | LATER, "safety, crime or delay"),
        Row(number, "not_needed", SHARE | {"informing": {"status": "no", "reason": "serious_crime"}}, "safety"),
        Row(number, "for_people", SHARE | UNREACHED, "good enough"),
        Row(number, "not_needed", KEEP, "Nothing that shows"),
        Row(number, "not_needed", HIDDEN, "Nothing that shows"),
        Row(number, "missing", SHARE | {"informing": {"status": "later"}}, "not written down"),
        Row(number, "missing", SHARE, "not written down"),
    ]


def advised(number: int, unnamed: bool) -> list[Row]:
    """Whether advice was asked for where there is doubt. unnamed: the rule asks for it without naming the person."""
    named = Row(number, "for_people", SHARE | NAMED, "could be avoided")
    return [
        named if unnamed else Row(number, "recorded", SHARE | NAMED, "is recorded"),
        Row(number, "recorded", SHARE | ASKED, "is recorded"),
        Row(number, "missing", SHARE | UNSURE, "marked as unsure"),
        Row(number, "missing", SHARE | {"risk": {"significant_harm": "unsure"}}, "marked as unsure"),
        Row(number, "missing", SHARE | {"information": [{"confidential": "unsure"}]}, "marked as unsure"),
        Row(number, "missing", SHARE | {"competence": {"conclusion": "unsure"}}, "marked as unsure"),
        Row(number, "missing", SHARE, "suggested", advice="seek_advice"),
        Row(number, "not_needed", SHARE, "Nothing is marked"),
    ]


def weighed(number: int) -> list[Row]:
    """Safety and wellbeing, weighed in words."""
    return [
        Row(number, "recorded", SHARE | {"safety_and_wellbeing": "He is safer at home."}, "weighed in words"),
        Row(number, "recorded", joined(SHARE, DANGER, BOTH_SIDES), "weighed in words"),
        Row(number, "contradicted", SHARE | DANGER, "nothing is written about"),
        Row(number, "contradicted", KEEP | {"risk": {"offence": "yes"}}, "nothing is written about"),
        Row(number, "contradicted", joined(SHARE, DANGER, interest(if_shared="Yes.")), "weighing"),
        Row(number, "missing", SHARE | DANGER | {"urgent": True}, "safety and wel"),
        Row(number, "missing", SHARE, "safety and wel"),
    ]


def danger_weighed(number: int) -> list[Row]:
    """Only that a danger is not left unweighed; the rest is for people."""
    return [
        Row(number, "contradicted", KEEP | ONLY_DATA_PROTECTION, "only reason"),
        Row(number, "contradicted", SHARE | DANGER, "weighing"),
        Row(number, "for_people", joined(SHARE, DANGER, BOTH_SIDES), "for people"),
        Row(number, "for_people", SHARE | DANGER | {"urgent": True}, "for people"),
        Row(number, "for_people", SHARE, "for people"),
    ]


def right_way(number: int, *names: str) -> list[Row]:
    """The checks that a rule speaks of: each of them counts, and no other."""
    rows = [
        Row(number, "not_needed", joined(KEEP, checked(*names, secure="no")), "Nothing was shared"),
        Row(number, "recorded", joined(SHARE, checked(*names)), "Every check"),
        Row(number, "recorded", joined(SHARE, checked(**dict.fromkeys(names, "not_applicable"))), "Every check"),
        Row(number, "missing", SHARE, "Not every check"),
    ]
    for name in names:
        others = [each for each in names if each != name]
        elsewhere = {"exceptions": [{"items": [1], **checked(**{name: "no"})}]}
        rows += [
            Row(number, "missing", joined(SHARE, checked(*others)), "Not every check"),
            Row(number, "for_people", joined(SHARE, checked(*others, **{name: "no"})), "answered no or unsure"),
            Row(number, "for_people", joined(SHARE, checked(**{name: "unsure"})), "answered no or unsure"),
            Row(number, "for_people", joined(SHARE, checked(*names), elsewhere), "answered no or unsure"),
        ]
    spared = [each for each in CHECKS if each not in names]
    return rows + [Row(number, "missing", joined(SHARE, checked(**{name: "no"})), "Not every") for name in spared]


def kept_record(number: int) -> list[Row]:
    """The decision, its reasons and purpose, and what was shared."""
    return [
        Row(number, "missing", SHARE, "reasons"),
        Row(number, "missing", {"decision": "no_share"}, "reasons"),
        Row(number, "missing", SHARE, "reasons", sent=True),
        Row(number, "recorded", KEEP, "its reasons are recorded"),
        Row(number, "recorded", {"decision": "defer", "reasons": "Waiting for her."}, "its reasons are recorded"),
        Row(number, "missing", SHARE | REASONED, "What it is for", sent=True),
        Row(number, "missing", SHARE | REASONED | MEANT, "not recorded yet"),
        Row(number, "recorded", SHARE | REASONED | MEANT, "what was shared are recorded", sent=True),
    ]


def agreement_or_interest(number: int) -> list[Row]:
    """2006 and 2008: without agreement only a duty or the public interest outweighs."""
    refused = answer("refused")
    return [
        Row(number, "not_needed", HIDDEN | answer("given"), "Nobody can be recognised"),
        Row(number, "recorded", SHARE | answer("given"), "somebody agreed"),
        Row(number, "recorded", KEEP | refused, "nothing was shared"),
        Row(number, "recorded", joined(SHARE, refused, BOTH_SIDES), "outweighs"),
        Row(number, "recorded", joined(SHARE, refused, DUTY), "outweighs"),
        Row(number, "not_needed", KEEP, "no agreement was needed"),
        Row(number, "not_needed", joined(KEEP, BOTH_SIDES), "no agreement was needed"),
        Row(number, "missing", joined(SHARE, refused, interest()), "not written down"),
        Row(number, "missing", joined(SHARE, refused, {"safety_and_wellbeing": "He is safe."}), "not written down"),
        Row(number, "missing", joined(SHARE, refused, LAW), "not written down"),
        Row(number, "missing", SHARE, "not written down"),
    ]


def agreement_or_law(number: int) -> list[Row]:
    """2018: without agreement any law that allows it."""
    refused = answer("refused")
    return [
        Row(number, "not_needed", HIDDEN | answer("given"), "Nobody can be recognised"),
        Row(number, "recorded", SHARE | answer("given"), "somebody agreed"),
        Row(number, "recorded", SHARE | {"questions": {"consent": {"answer": "yes"}}}, "somebody agreed"),
        Row(number, "recorded", KEEP | refused, "nothing was shared"),
        Row(number, "recorded", joined(SHARE, refused, BOTH_SIDES), "without it is allowed"),
        Row(number, "recorded", joined(SHARE, refused, DUTY), "without it is allowed"),
        Row(number, "recorded", SHARE | LAW, "law relied on"),
        Row(number, "recorded", SHARE | DUTY, "law relied on"),
        Row(number, "not_needed", KEEP, "no agreement was needed"),
        Row(number, "not_needed", KEEP | LAW, "no agreement was needed"),
        Row(number, "missing", SHARE | refused, "not written down"),
        Row(number, "missing", SHARE | refused | {"basis": {"codes": ["HA02-12"]}}, "not written down"),
        Row(number, "missing", joined(SHARE, BOTH_SIDES), "not written down"),
        Row(number, "missing", SHARE, "not written down"),
    ]


def _points_of_2006() -> list[Row]:
    unasked = answer("not_sought", not_sought="adult_harm")
    return [
        Row(1, "recorded", SHARE | TOLD | answer("refused"), "agreement was sought"),
        Row(1, "recorded", joined(SHARE, TOLD, DUTY), "law requires"),
        Row(1, "missing", SHARE | LATER | answer("given"), "That day has come", late=True),
        Row(1, "not_needed", SHARE | LATER, "not asking or not telling"),
        Row(1, "not_needed", SHARE | unasked, "not asking or not telling"),
        Row(1, "for_people", SHARE | UNREACHED, "good enough"),
        Row(1, "not_needed", KEEP | TOLD, "Nothing that shows"),
        Row(1, "not_needed", HIDDEN, "Nothing that shows"),
        Row(1, "missing", SHARE | TOLD, "whether their agreement was sought"),
        Row(1, "missing", SHARE, "whether the person was told"),
        *weighed(2),
        *agreement_or_interest(3),
        *advised(4, unnamed=False),
        *right_way(5, *CHECKS),
        Row(6, "recorded", SHARE | REASONED, "reasons"),
        Row(6, "missing", SHARE | MEANT, "not written down", sent=True),
    ]


def _rules_of_2008() -> list[Row]:
    return [
        *barrier(1),
        *openly(2),
        *advised(3, unnamed=True),
        *agreement_or_interest(4),
        Row(4, "recorded", joined(SHARE, BOTH_SIDES), "weighing of the public interest"),
        Row(4, "recorded", joined(SHARE, DUTY), "law that requires it"),
        *weighed(5),
        *right_way(6, "necessary", "accurate", "secure"),
        *kept_record(7),
    ]


def _rules_of_2015() -> list[Row]:
    understood = answer("given", informed=UNDERSTOOD)
    part_of_it = answer("given", informed=UNDERSTOOD | {"who": "unsure"})
    return [
        *barrier(1),
        *openly(2),
        *advised(3, unnamed=True),
        Row(4, "not_needed", HIDDEN | understood, "Nobody can be recognised"),
        Row(4, "recorded", SHARE | understood, "what they understood"),
        Row(4, "recorded", KEEP | answer("refused"), "nothing was shared"),
        Row(4, "recorded", SHARE | LAW, "On what sharing rests"),
        Row(4, "recorded", SHARE | DUTY, "On what sharing rests"),
        Row(4, "recorded", joined(SHARE, part_of_it, BOTH_SIDES), "On what sharing rests"),
        Row(4, "not_needed", KEEP, "no agreement was needed"),
        Row(4, "missing", SHARE | part_of_it, "not that they understood"),
        Row(4, "missing", SHARE | answer("given"), "not that they understood"),
        Row(4, "missing", SHARE, "whether agreement was sought"),
        *weighed(5),
        *right_way(6, "necessary", "accurate", "secure"),
        *kept_record(7),
    ]


def _rules_of_2018(six: list[Row]) -> list[Row]:
    first = [*barrier(1), *openly(2), *advised(3, unnamed=True), *agreement_or_law(4), *weighed(5)]
    return [*first, *six, *kept_record(7)]


def _seven_tests() -> list[Row]:
    rows = []
    for part, name in ((1, "necessary"), (3, "need_to_know"), (4, "accurate"), (7, "secure")):
        rows += [
            Row(6, "not_needed", joined(KEEP, checked(name)), "Nothing was shared", part),
            Row(6, "for_people", joined(SHARE, checked(**{name: "no"})), "answered no or unsure", part),
            Row(6, "recorded", joined(SHARE, checked(name)), "It is written down", part),
            Row(6, "missing", SHARE, "Nothing is written", part),
        ]
    for part in (2, 5, 6):
        rows += [
            Row(6, "not_needed", joined(KEEP, BOTH_SIDES), "Nothing was shared", part),
            Row(6, "for_people", SHARE, "for people", part),
        ]
    return [
        *rows,
        Row(6, "recorded", joined(SHARE, interest(proportionate="No more than her name.")), "written down", 2),
        Row(6, "recorded", joined(SHARE, BOTH_SIDES), "written down", 2),
        Row(6, "not_needed", KEEP, "All 7 tests: not needed here."),
        Row(6, "missing", SHARE, "Tests 1, 3, 4 and 7: not written down yet. Tests 2, 5 and 6: for people to judge."),
        Row(6, "missing", joined(SHARE, checked("necessary", "accurate", "secure")), "Test 3: not written down yet."),
        Row(6, "for_people", joined(SHARE, checked(*CHECKS)), "Tests 1, 3, 4 and 7: recorded."),
        Row(6, "for_people", joined(SHARE, checked(*CHECKS[:3], secure="no")), "Tests 2, 5, 6 and 7: for people"),
    ]


def _rules_of_2024() -> list[Row]:
    caller = {"kind": "member_of_public", "identifiable": "yes", "agrees_to_be_named": "no"}
    refused = answer("refused")
    return [
        *danger_weighed(1),
        *openly(2),
        Row(3, "not_needed", HIDDEN | answer("given"), "Nobody can be recognised"),
        Row(3, "recorded", SHARE | DANGER | answer("given"), "somebody agreed"),
        Row(3, "not_needed", SHARE | DANGER | refused, "at risk or may be"),
        Row(3, "not_needed", SHARE | {"risk": {"offence": "unsure"}}, "at risk or may be"),
        Row(3, "missing", SHARE | {"risk": {"serious_harm_adult": "yes"}}, "not written down"),
        *[row for row in agreement_or_law(3) if row.facts.get("decision") != "share_anonymised"],
        *advised(4, unnamed=False),
        Row(5, "not_needed", KEEP | {"protect": [{}]}, "Nothing was shared"),
        Row(5, "recorded", SHARE | {"protect": [{}], "information": [{"provider": caller}]}, "what must not be seen"),
        Row(5, "missing", SHARE | {"information": [{"provider": caller}]}, "would show who told you"),
        Row(5, "for_people", SHARE | {"information": [{"provider": caller | {"agrees_to_be_named": "yes"}}]}, "people"),
        Row(5, "for_people", SHARE | {"information": [{"provider": caller | {"identifiable": "no"}}]}, "for people"),
        *right_way(6, "necessary", "accurate", "need_to_know"),
        *kept_record(7),
    ]


def _principles() -> list[Row]:
    return [
        Row(1, "recorded", KEEP | MEANT, "is written down"),
        Row(
            1, "recorded", joined(SHARE, {"questions": {"purpose": {"answer": "yes", "reason": "Help."}}}), "is written"
        ),
        Row(1, "not_needed", KEEP, "Nothing was shared"),
        Row(1, "missing", SHARE, "not written down"),
        Row(2, "not_needed", HIDDEN | {"necessity": "They need the street."}, "Nothing that shows"),
        Row(2, "not_needed", KEEP | {"necessity": "They need the street."}, "Nothing that shows"),
        Row(2, "recorded", SHARE | {"necessity": "They must find him."}, "is written down"),
        Row(2, "missing", SHARE, "not written down"),
        *[
            row
            for number, name in ((3, "necessary"), (4, "need_to_know"))
            for row in (
                Row(number, "not_needed", joined(KEEP, checked(name)), "Nothing was shared"),
                Row(number, "for_people", joined(SHARE, checked(**{name: "no"})), "answered no or unsure"),
                Row(number, "recorded", joined(SHARE, checked(name)), "It is written down"),
                Row(number, "missing", SHARE, "not written down whether"),
            )
        ],
        Row(5, "for_people", SHARE, "training"),
        Row(6, "not_needed", KEEP | LAW, "Nothing that shows"),
        Row(6, "not_needed", HIDDEN | LAW, "Nothing that shows"),
        Row(6, "recorded", SHARE | LAW, "law relied on is recorded"),
        Row(6, "recorded", SHARE | DUTY, "law relied on is recorded"),
        Row(6, "missing", SHARE, "not written down"),
        *danger_weighed(7),
        *openly(8),
    ]


ROWS: dict[str, list[Row]] = {
    "rules/2006-six-points": _points_of_2006(),
    "rules/2008-seven": _rules_of_2008(),
    "rules/2015-seven": _rules_of_2015(),
    "rules/2018-seven": _rules_of_2018(right_way(6, *CHECKS)),
    "rules/2024-seven": _rules_of_2024(),
    "rules/salford-2018": _rules_of_2018(_seven_tests()),
    "caldicott/caldicott-2020": _principles(),
}
