"""Every status of every rule of 2018 is reached by some facts, and says on what it rests."""

import tomllib
from typing import Any

import pytest

from policies.conditions import read_condition
from policies.errors import PackRefused
from policies.facts import parse_facts
from policies.golden_rules import STATUSES, RuleStatus, evaluate_rules, read_rules
from policies.lines import Outcome
from policies.packs import DATA, Pack, pack_named, parse_pack
from policies.predicates import PREDICATES, View

RULES = pack_named("rules/2018-seven")
CHECKS = ("necessary", "need_to_know", "accurate", "secure", "onward", "informed")
ALL_MET = dict.fromkeys(CHECKS, "yes") | {"onward": "not_applicable"}


def outcome(
    advice: str = "may_share",
    route: str = "public_interest",
    conditions: tuple[str, ...] = (),
    act_now: bool = False,
) -> Outcome:
    return Outcome(advice=advice, route=route, conditions=conditions, act_now=act_now, lines=())


def statuses(facts: dict[str, Any], found: Outcome | None = None, **more: bool) -> dict[int, RuleStatus]:
    result = evaluate_rules(parse_facts(facts), found or outcome(), RULES, **more)
    return {each.number: each for each in result}


SHARE = {"decision": "share"}
KEEP = {"decision": "no_share", "reasons": "Agreement was refused and there is no danger."}


def public_interest(**words: str) -> dict[str, Any]:
    return {"questions": {"public_interest": {"answer": "yes", **words}}}


WEIGHED = public_interest(if_shared="Trust may suffer.", if_not_shared="The harm may go on.")
DUTY = {"questions": {"duty": {"answer": "yes", "code": "COURT"}}}
RIGHT_WAY = {"questions": {"right_way": {"checks": ALL_MET}}}
NOT_SECURE = {"questions": {"right_way": {"checks": ALL_MET | {"secure": "no"}}}}
LATER = {"informing": {"status": "later", "reason": "child_harm", "when": "2026-12-01"}}

# rule, status, facts, the words must say.
CASES = [
    (1, "contradicted", KEEP | {"reason_codes": ["data_protection"]}, "only reason"),
    (1, "for_people", KEEP | {"reason_codes": ["data_protection", "not_necessary"]}, "for people"),
    (1, "for_people", SHARE | {"reason_codes": ["data_protection"]}, "for people"),
    (2, "recorded", SHARE | {"informing": {"status": "informed"}}, "was told"),
    (2, "not_needed", SHARE | LATER, "safety, crime or delay"),
    (2, "not_needed", SHARE | {"informing": {"status": "no", "reason": "serious_crime"}}, "safety"),
    (2, "for_people", SHARE | {"informing": {"status": "no", "reason": "cannot_reach"}}, "good enough"),
    (2, "missing", SHARE | {"informing": {"status": "later"}}, "not written down"),
    (2, "missing", SHARE, "not written down"),
    (2, "not_needed", KEEP, "Nothing that shows"),
    (2, "not_needed", {"decision": "share_anonymised"}, "Nothing that shows"),
    (3, "recorded", SHARE | {"advice": [{"role": "line manager", "advice": "Share it."}]}, "is recorded"),
    (3, "missing", SHARE | {"questions": {"confidential": {"answer": "unsure"}}}, "marked as unsure"),
    (3, "missing", SHARE | {"risk": {"significant_harm": "unsure"}}, "marked as unsure"),
    (3, "missing", SHARE | {"information": [{"confidential": "unsure"}]}, "marked as unsure"),
    (3, "missing", SHARE | {"competence": {"conclusion": "unsure"}}, "marked as unsure"),
    (3, "not_needed", SHARE, "Nothing is marked"),
    (4, "not_needed", {"decision": "share_anonymised"}, "Nobody can be recognised"),
    (4, "recorded", SHARE | {"consent": {"status": "given"}}, "somebody agreed"),
    (4, "recorded", SHARE | {"questions": {"consent": {"answer": "yes"}}}, "somebody agreed"),
    (4, "recorded", KEEP | {"consent": {"status": "refused"}}, "nothing was shared"),
    (4, "recorded", SHARE | {"consent": {"status": "refused"}} | WEIGHED, "without it is allowed"),
    (4, "recorded", SHARE | {"consent": {"status": "refused"}} | DUTY, "without it is allowed"),
    (4, "recorded", SHARE | {"basis": {"codes": ["A6-E"]}}, "law relied on"),
    (4, "recorded", SHARE | DUTY, "law relied on"),
    (4, "not_needed", KEEP, "no agreement was needed"),
    (4, "missing", SHARE | {"consent": {"status": "refused"}}, "not written down"),
    (4, "missing", SHARE, "not written down"),
    (5, "recorded", SHARE | {"safety_and_wellbeing": "He is safer at home."}, "weighed in words"),
    (5, "recorded", SHARE | {"risk": {"significant_harm": "yes"}} | WEIGHED, "weighed in words"),
    (5, "contradicted", SHARE | {"risk": {"significant_harm": "yes"}}, "nothing is written about"),
    (5, "contradicted", KEEP | {"risk": {"offence": "yes"}}, "nothing is written about"),
    (5, "contradicted", SHARE | {"risk": {"immediate": "yes"}} | public_interest(if_shared="Yes."), "weighing"),
    (5, "missing", SHARE | {"risk": {"significant_harm": "yes"}, "urgent": True}, "safety and wellbeing"),
    (5, "missing", SHARE, "safety and wellbeing"),
    (6, "not_needed", KEEP | NOT_SECURE, "Nothing was shared"),
    (6, "for_people", SHARE | NOT_SECURE, "answered no or unsure"),
    (6, "recorded", SHARE | RIGHT_WAY, "Every check"),
    (6, "missing", SHARE, "Not every check"),
    (7, "missing", SHARE, "reasons"),
    (7, "missing", {"decision": "no_share"}, "reasons"),
    (7, "recorded", KEEP, "its reasons are recorded"),
    (7, "recorded", {"decision": "defer", "reasons": "Waiting for her answer."}, "its reasons are recorded"),
    (7, "missing", SHARE | {"reasons": "She needs help."}, "What it is for"),
    (7, "missing", SHARE | {"reasons": "She needs help.", "purpose": "To get it."}, "not recorded yet"),
]


@pytest.mark.parametrize(("number", "status", "facts", "says"), CASES)
def test_how_each_rule_stands(number: int, status: str, facts: dict[str, Any], says: str) -> None:
    found = statuses(facts)[number]
    assert found.status == status
    assert says in found.words
    assert found.citation.confidence == "seed"


def test_rule_7_waits_for_what_was_sent() -> None:
    facts = SHARE | {"reasons": "She needs help.", "purpose": "To get it."}
    assert statuses(facts)[7].status == "missing"
    assert statuses(facts, shared_recorded=True)[7].status == "recorded"
    assert statuses(SHARE, shared_recorded=True)[7].status == "missing"


def test_telling_later_is_not_needed_until_its_day() -> None:
    assert statuses(SHARE | LATER)[2].status == "not_needed"
    assert statuses(SHARE | LATER, telling_due=True)[2].status == "missing"
    assert statuses(SHARE | {"informing": {"status": "informed"}}, telling_due=True)[2].status == "recorded"


def test_advice_to_ask_counts_as_doubt() -> None:
    assert statuses(SHARE, outcome("seek_advice"))[3].status == "missing"


def test_one_recipient_refused_for_data_protection_alone_is_a_contradiction() -> None:
    facts = {
        "decision": "share",
        "reason_codes": ["data_protection"],
        "recipients": [{"kind": "health"}, {"kind": "police", "decision": "no_share"}],
    }
    assert statuses(facts)[1].status == "contradicted"
    assert statuses(facts)[6].status == "missing"


def test_every_case_of_every_rule_is_reached() -> None:
    reached = {(number, says_status, statuses(facts)[number].words) for number, says_status, facts, _ in CASES}
    late = statuses(SHARE | LATER, telling_due=True)[2]
    sent = statuses(SHARE | {"reasons": "R.", "purpose": "P."}, shared_recorded=True)[7]
    reached |= {(each.number, each.status, each.words) for each in (late, sent)}
    written = {(rule.number, case.status, case.words) for rule in read_rules(RULES) for case in rule.cases}
    assert reached == written
    assert {status for _, status, _ in written} == set(STATUSES)


def test_a_status_names_the_facts_on_which_it_rests() -> None:
    found = statuses(KEEP | {"reason_codes": ["data_protection"]})
    assert found[1].rests_on == ("decision", "recipients.decision", "reason_codes")
    assert found[2].rests_on[0] == "decision"
    assert found[4].rests_on == ("decision", "recipients.decision")
    last_case = statuses(SHARE)[6]
    assert last_case.rests_on == ("decision", "recipients.decision", "questions.right_way.checks")
    assert all(rule.rests_on for rule in found.values())


def test_the_answer_is_plain_json() -> None:
    found = statuses(KEEP)[7].to_json()
    assert list(found) == ["id", "number", "name", "status", "words", "rests_on", "citation"]
    assert found["id"] == "rule-7"
    assert found["rests_on"] == ["decision", "recipients.decision"]


def names(raw: object) -> set[str]:
    """Every predicate that a condition in a file names."""
    if isinstance(raw, str):
        return {raw}
    inner = next(iter(raw.values()))
    return set().union(*map(names, inner)) if isinstance(inner, list) else names(inner)


def asked_in_data() -> set[str]:
    found: set[str] = set()
    for kind in ("rules", "timings"):
        for path in sorted((DATA / kind).glob("*.toml")):
            for statement in tomllib.loads(path.read_text("utf-8"))["statements"]:
                for case in statement.get("cases", [statement]):
                    found |= names(case["when"]) if "when" in case else set()
    return found - {"always"}


def test_nothing_can_be_asked_that_no_file_asks() -> None:
    assert asked_in_data() == set(PREDICATES)


def planted(old: str, new: str) -> Pack:
    text = (DATA / "rules/2018-seven.toml").read_text("utf-8")
    assert old in text
    return parse_pack("rules/2018-seven.toml", text.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("old", "new", "field", "hint"),
    [
        ('"only_data_protection"]', '"only_data_protecton"]', "cases[1].when.all[2]", "only_data_protection"),
        ("{ all = [", "{ most = [", "cases[1].when", ""),
        ('status = "contradicted"', 'status = "broken"', "cases[1].status", ""),
        ('when = "always"', 'when = "told"', "cases[2].when", ""),
        ("number = 1", 'number = "1"', "", ""),
        ("number = 2", "number = 9", None, ""),
        ('name = "The law is no barrier"', 'title = "The law is no barrier"', "title", ""),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(old: str, new: str, field: str | None, hint: str) -> None:
    pack = planted(old, new)
    with pytest.raises(PackRefused) as refused:
        read_rules(pack)
    where = "rules/2018-seven" if field is None else f"rules/2018-seven#rule-1{'.' if field else ''}{field}"
    found = {fault.field: fault.hint for fault in refused.value.faults}
    assert where in found
    assert hint in found[where]


def test_conditions_join_as_they_read() -> None:
    faults: list = []
    told = View(parse_facts({"informing": {"status": "informed"}}), outcome())
    untold = View(parse_facts({}), outcome())
    table = [
        ("told", True, False),
        ({"not": "told"}, False, True),
        ({"all": ["told", "advice_recorded"]}, False, False),
        ({"any": ["told", "advice_recorded"]}, True, False),
        ({"any": [{"not": "told"}, {"all": ["told"]}]}, True, True),
        ("always", True, True),
    ]
    for raw, when_told, when_not in table:
        condition = read_condition(raw, PREDICATES, "here", faults)
        assert (condition.holds(told), condition.holds(untold)) == (when_told, when_not), raw
    assert faults == []


@pytest.mark.parametrize("raw", [None, 1, "", [], {}, {"all": []}, {"all": "told"}, {"not": "told", "any": []}])
def test_what_is_no_condition_is_refused_and_never_holds(raw: object) -> None:
    faults: list = []
    condition = read_condition(raw, PREDICATES, "here", faults)
    assert [fault.field for fault in faults] == ["here"]
    assert not condition.holds(View(parse_facts({}), outcome()))
