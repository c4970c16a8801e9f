"""How a rule is read and how it stands: the first case that holds, or its tests; on what it rests; what is refused.

Every status of every version is in tests/policies/test_golden_rules_versions.py.
"""

import itertools
import tomllib
from typing import Any

import pytest

from policies.conditions import read_condition
from policies.errors import PackRefused
from policies.facts import parse_facts
from policies.golden_rules import RuleStatus, evaluate_rules, read_rules
from policies.lines import Outcome
from policies.pack_files import DATA, Pack, pack_named, parse_pack
from policies.predicates import PREDICATES, View

RULES = pack_named("rules/2018-seven")
SALFORD = pack_named("rules/salford-2018")


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
LATER = {"informing": {"status": "later", "reason": "child_harm", "when": "2026-12-01"}}


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


def test_a_status_names_the_facts_on_which_it_rests() -> None:
    found = statuses(KEEP | {"reason_codes": ["data_protection"]})
    assert found[1].rests_on == ("decision", "recipients.decision", "reason_codes")
    assert found[2].rests_on[0] == "decision"
    assert found[4].rests_on == ("decision", "recipients.decision")
    last_case = statuses(SHARE)[6]
    assert last_case.rests_on[:2] == ("decision", "recipients.decision")
    assert "questions.right_way.checks.secure" in last_case.rests_on
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
    for kind in ("rules", "caldicott", "timings"):
        for path in sorted((DATA / kind).glob("*.toml")):
            for statement in tomllib.loads(path.read_text("utf-8"))["statements"]:
                tested = [case for each in statement.get("tests", []) for case in each["cases"]]
                for case in [*statement.get("cases", []), *tested, statement]:
                    found |= names(case["when"]) if "when" in case else set()
    return found - {"always"}


def test_nothing_can_be_asked_that_no_file_asks() -> None:
    assert asked_in_data() == set(PREDICATES)


def planted(old: str, new: str, name: str = "rules/2018-seven") -> Pack:
    text = (DATA / f"{name}.toml").read_text("utf-8")
    assert old in text
    return parse_pack(f"{name}.toml", text.replace(old, new, 1).encode())


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


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('id = "need_to_know"\nnumber = 3', 'id = "need_to_know"\nnumber = 4', "tests[3]"),
        ('words = "It is adequate."\n', "", "tests[5]"),
        ('words = "It is shared in time."', 'words = "It is shared in time."\nname = "Time"', "tests[6]"),
        ('name = "The right information in the right way"', 'name = "Right"\ncases = []', "tests"),
        ('when = "secure_doubted"', 'when = "secure_doubt"', "tests[7].cases[2].when"),
        ('when = "secure_met"', 'when = "always"', "tests[7].cases[3].when"),
    ],
)
def test_a_test_of_a_rule_that_cannot_be_read_is_refused(old: str, new: str, field: str) -> None:
    pack = planted(old, new, "rules/salford-2018")
    with pytest.raises(PackRefused) as refused:
        read_rules(pack)
    assert f"rules/salford-2018#rule-6.{field}" in [fault.field for fault in refused.value.faults]


def test_a_rule_without_cases_or_tests_is_refused() -> None:
    pack = planted('[[statements.cases]]\nstatus = "recorded"\nwhen = "told"\n', "[[statements.case]]\n")
    with pytest.raises(PackRefused):
        read_rules(pack)


TWO_TESTS = """
[pack]
id = "planted"
kind = "rules"
words = "Planted"
in_force = { from = 2000-01-01 }
source = { document = "A rule", paragraph = "all" }
checked = 2026-11-22
confidence = "seed"
[[statements]]
id = "rule-1"
number = 1
name = "One"
words = "One."
in_force = { from = 2000-01-01 }
source = { document = "A rule", paragraph = "1" }
checked = 2026-11-22
confidence = "seed"
"""
ORDER = ("contradicted", "missing", "for_people", "recorded", "not_needed")


@pytest.mark.parametrize(("first", "second"), list(itertools.product(ORDER, ORDER)))
def test_a_rule_stands_as_the_weakest_of_its_tests(first: str, second: str) -> None:
    text = TWO_TESTS
    for number, status in ((1, first), (2, second)):
        case = f'[[statements.tests.cases]]\nstatus = "{status}"\nwhen = "always"\nwords = "Found."\n'
        text += f'[[statements.tests]]\nid = "t{number}"\nnumber = {number}\nwords = "Is it?"\n{case}'
    (rule,) = evaluate_rules(parse_facts({}), outcome(), parse_pack("rules/planted.toml", text.encode()))
    assert rule.status == min(first, second, key=ORDER.index)
    assert [each.status for each in rule.tests] == [first, second]


def test_the_tests_of_a_rule_stand_beside_it_and_it_follows_from_them() -> None:
    facts = SHARE | {"questions": {"right_way": {"checks": {"necessary": "yes", "secure": "no"}}}}
    six = evaluate_rules(parse_facts(facts), outcome(), SALFORD)[5]
    assert [(each.number, each.status) for each in six.tests] == [
        (1, "recorded"),
        (2, "for_people"),
        (3, "missing"),
        (4, "missing"),
        (5, "for_people"),
        (6, "for_people"),
        (7, "for_people"),
    ]
    assert six.status == "missing"
    plain = six.to_json()
    assert list(plain)[-3:] == ["rests_on", "tests", "citation"]
    assert list(plain["tests"][0]) == ["id", "number", "asks", "status", "words", "rests_on"]
    assert set(six.rests_on) == {path for each in six.tests for path in each.rests_on}


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
