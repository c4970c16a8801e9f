"""What is relied on and does not bear it is named, refused where it cannot be so, and never makes a route."""

import datetime
import itertools
from dataclasses import replace
from typing import Any

import pytest

from policies import bases
from policies.codes import CONSENT_STATUS, NATIONS
from policies.errors import FactsRefused
from policies.evaluation import Evaluation, evaluate
from policies.facts import parse_facts
from policies.pack_files import DATA, parse_pack
from policies.packs import Packs, packs_for
from policies.reliance import grounds

DAY = datetime.date(2026, 11, 22)
REACHED = {name: {"answer": "yes"} for name in ("purpose", "identifies", "confidential")}
REFUSED = {"status": "refused"}
BOTH = {"answer": "yes", "if_shared": "She may be cross.", "if_not_shared": "He may be hurt."}


def judged(packs: Packs | None = None, nation: str = "england", **given: Any) -> Evaluation:
    questions = REACHED | given.pop("questions", {})
    own = {"kind": "public", "nation": nation} | given.pop("organisation", {})
    facts = {"decision": "share", "reasons": "Written down.", "organisation": own, "questions": questions, **given}
    return evaluate(parse_facts(facts), packs or packs_for(nation, DAY), DAY)


def named(found: Evaluation, concern: str) -> str:
    """The words of a concern after its sentence: the laws that it names. Empty where there is no such concern."""
    said = [each.words for each in found.concerns if each.code == concern]
    assert len(said) < 2
    return said[0].rsplit(": ", 1)[-1].removesuffix(".") if said else ""


def duty(code: str, **more: Any) -> dict[str, Any]:
    return {"duty": {"answer": "yes", "code": code, **more}}


LAWS = [law for versions in bases.all_bases().values() for law in versions]
NO_DUTIES = [law for law in LAWS if law.layer != "power" or law.effect != "must"]


@pytest.mark.parametrize("law", NO_DUTIES, ids=lambda law: law.code)
def test_what_is_no_duty_never_makes_it_one_that_must_be_shared(law: bases.Basis) -> None:
    """A power, a basis of data protection law, a police request form: the other questions decide."""
    nation = law.nations[0]
    claimed = judged(nation=nation, questions=duty(law.code) | {"public_interest": {"answer": "no"}}, consent=REFUSED)
    assert (claimed.advice, claimed.route) == ("do_not_share", "")
    (said,) = [each for each in claimed.concerns if each.code == "not_a_duty"]
    assert law.code in said.words


def test_a_police_request_form_is_said_to_require_nothing() -> None:
    asked = {"trigger": {"started_by": "request"}, "recipients": [{"kind": "police"}]}
    found = judged(questions=duty("DPA-S2-2") | {"public_interest": {"answer": "no"}}, consent=REFUSED, **asked)
    assert found.route == ""
    assert "requires nothing by itself" in next(each.words for each in found.concerns if each.code == "not_a_duty")


def test_a_duty_for_some_is_a_power_for_others() -> None:
    teacher = bases.is_duty("SCOT-CH11", "teacher", "public", "scotland", "other", DAY)
    assert not teacher.duty
    assert "for whom it is a power" in teacher.why
    assert bases.is_duty("SCOT-CH11", "police", "public", "scotland", "other", DAY).duty
    assert "power" not in bases.is_duty("NOTIF", "teacher", "public", "england", "health", DAY).why


STATES = [
    *[{"consent": {"status": status}} for status in CONSENT_STATUS],
    {"consent": {"status": "given", "sense": "openness"}},
    {"consent": {"status": "given", "sense": "data_protection"}},
    {"consent": {"status": "given", "freely_given": "no"}},
    {},
]


@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize("interest", ["yes", "no", "unsure"])
def test_a_law_that_is_relied_on_changes_neither_advice_nor_route(state: dict[str, Any], interest: str) -> None:
    """What may be shared follows from the questions; the law relied on is named beside it (HA02-12 most of all)."""
    questions = {"public_interest": {"answer": interest}}
    plain = judged(questions=questions, **state)
    for code in [law.code for law in LAWS if law.status == "usable" and {"england"} <= set(law.nations)]:
        if bases.check(code, DAY, "england", "public") is None:
            found = judged(questions=questions, basis={"codes": [code]}, **state)
            assert (found.advice, found.route, found.conditions) == (plain.advice, plain.route, plain.conditions), code
    agreed = state.get("consent", {}) == {"status": "given"}
    asked = judged(questions=questions, basis={"codes": ["HA02-12"]}, **state)
    assert (asked.route == "consent") == agreed
    assert named(asked, "law_needs_agreement") == ("" if agreed else "HA02-12")


def test_only_those_that_need_an_agreement_are_named() -> None:
    codes = ["A6-E", "HA02-12", "CL-CONS-X", "CL-CONS-I", "CL-PI"]
    found = judged(questions={"public_interest": BOTH}, consent=REFUSED, basis={"codes": codes})
    assert named(found, "law_needs_agreement") == "HA02-12, CL-CONS-X, CL-CONS-I"
    agreed = judged(consent={"status": "given"}, basis={"codes": codes})
    assert named(agreed, "law_needs_agreement") == ""


def test_an_agreement_that_nobody_had_to_look_at_is_one() -> None:
    """Shared because a court orders it, and she agreed as well: the law that needs her agreement has it."""
    given = {"consent": {"status": "given"}, "basis": {"codes": ["HA02-12"]}}
    assert named(judged(questions=duty("COURT"), **given), "law_needs_agreement") == ""
    for other in (REFUSED, {"status": "given", "sense": "openness"}, {"status": "given", "sense": "data_protection"}):
        found = judged(questions=duty("COURT"), consent=other, basis={"codes": ["HA02-12"]})
        assert named(found, "law_needs_agreement") == "HA02-12", other


@pytest.mark.parametrize(
    ("sense", "expected"),
    [("confidence", ("HA02-12", "A6-E")), ("data_protection", ("A6-A", "A6-E")), ("openness", ("A6-E",))],
)
def test_a_law_is_a_ground_only_with_the_agreement_that_it_needs(sense: str, expected: tuple[str, ...]) -> None:
    """Agreement in one sense never serves a law that needs it in another."""
    given = {"consent": {"status": "given", "sense": sense}, "basis": {"codes": ["HA02-12", "A6-A", "A6-E"]}}
    lines = judged(questions=duty("COURT"), **given).lines
    assert grounds(parse_facts(given), lines) == expected
    assert grounds(parse_facts(given | {"consent": REFUSED}), lines) == ("A6-E",)


@pytest.mark.parametrize(
    ("codes", "claimed", "expected"),
    [
        (["A6-E"], "", ""),
        (["MAPPA"], "", "MAPPA"),
        (["A6-B", "MAPPA", "A6-E", "A9-H"], "", "A6-B, MAPPA, A9-H"),
        ([], "CA04-16EH", "CA04-16EH"),
        (["MAPPA"], "CA04-16EH", "MAPPA, CA04-16EH"),
        (["CA04-16EH"], "CA04-16EH", "CA04-16EH"),
        ([], "COURT", ""),
    ],
)
def test_laws_that_are_not_verified_are_named(codes: list[str], claimed: str, expected: str) -> None:
    given = {"basis": {"codes": codes}} if codes else {}
    found = judged(questions=duty(claimed) if claimed else {}, consent={"status": "given"}, **given)
    assert named(found, "law_not_verified") == expected


def test_every_law_that_is_not_verified_is_named_where_it_is_relied_on() -> None:
    for nation, law in itertools.product(NATIONS, LAWS):
        if bases.check(law.code, DAY, nation, "public") is None:
            found = judged(nation=nation, basis={"codes": [law.code]})
            assert (named(found, "law_not_verified") == law.code) == (law.citation.confidence == "unverified")


def test_an_exception_that_names_a_law_counts_too() -> None:
    other = [{"items": [1], "questions": duty("CA04-16EH")}]
    assert named(judged(exceptions=other), "law_not_verified") == "CA04-16EH"
    unsure = [{"items": [1], "questions": {"duty": {"answer": "unsure", "code": "CA04-16EH"}}}]
    assert named(judged(exceptions=unsure), "law_not_verified") == ""


@pytest.mark.parametrize(
    ("codes", "claimed", "expected"),
    [
        (["A6-C"], "", "A6-C"),
        (["A6-C", "CL-STAT"], "", "A6-C, CL-STAT"),
        (["A6-C", "CA89-17"], "", "A6-C"),
        (["A6-C", "COURT"], "", ""),
        (["A6-C"], "COURT", ""),
        (["A6-C"], "CDA98-115", "A6-C"),
        (["A6-C", "NOTIF"], "", "A6-C"),
        (["A6-C"], "CA89-27", "A6-C"),
        (["A6-E"], "", ""),
    ],
)
def test_a_legal_obligation_needs_the_law_that_obliges(codes: list[str], claimed: str, expected: str) -> None:
    """A power is none, nor is a duty that lies on others or is owed to others."""
    whose = {"author": {"kind": "teacher"}, "recipients": [{"kind": "police"}]}
    asked = duty(claimed) if claimed else {}
    found = judged(questions=asked, basis={"codes": codes}, consent={"status": "given"}, **whose)
    assert named(found, "requiring_law_unnamed") == expected


@pytest.mark.parametrize(
    ("code", "questions", "consent", "expected"),
    [
        ("CL-PI", {"public_interest": BOTH}, REFUSED, ""),
        ("CL-PI", {}, {"status": "given"}, "CL-PI"),
        ("CL-CONS-X", {}, {"status": "given"}, ""),
        ("CL-STAT", duty("COURT"), REFUSED, ""),
        ("CL-STAT", {}, {"status": "given"}, "CL-STAT"),
        ("CL-ANON", {"identifies": {"answer": "no"}}, REFUSED, ""),
        ("CL-ANON", {}, {"status": "given"}, "CL-ANON"),
        ("CL-NONE", {"confidential": {"answer": "no"}}, REFUSED, ""),
        ("CL-NONE", {"confidential": {"answer": "yes", "within_understanding": "yes"}}, REFUSED, ""),
        ("CL-NONE", {"public_interest": BOTH}, REFUSED, "CL-NONE"),
        ("CL-BI", {"public_interest": BOTH}, REFUSED, ""),
        ("CL-CONS-X", {"public_interest": BOTH}, REFUSED, ""),  # named already, as one that needs an agreement
        ("CL-PI", {"public_interest": {"answer": "no"}}, REFUSED, ""),
    ],
)
def test_why_no_confidence_is_broken_is_as_the_answers_say(
    code: str, questions: dict[str, Any], consent: dict[str, Any], expected: str
) -> None:
    """Nothing is compared where nothing is to be shared: then no confidence is broken anyhow."""
    found = judged(questions=questions, consent=consent, basis={"codes": [code]})
    assert named(found, "another_route") == expected


@pytest.mark.parametrize(
    ("interest", "expected"),
    [
        (BOTH, False),
        ({"answer": "yes", "if_shared": "She may be cross."}, True),
        ({"answer": "yes", "if_not_shared": "He may be hurt."}, True),
        ({"answer": "yes"}, True),
        ({"answer": "no"}, False),
        ({"answer": "unsure"}, False),
    ],
)
def test_a_reason_that_is_strong_enough_is_weighed_on_both_sides(interest: dict[str, str], expected: bool) -> None:
    found = judged(questions={"public_interest": interest}, consent=REFUSED)
    assert ("weighing_not_written" in [each.code for each in found.concerns]) == expected


def test_an_urgent_record_is_asked_for_its_weighing_once_it_is_completed() -> None:
    given = {"questions": {"public_interest": {"answer": "yes"}}, "consent": REFUSED}
    assert "weighing_not_written" not in [each.code for each in judged(urgent=True, **given).concerns]
    assert "weighing_not_written" in [each.code for each in judged(urgent=False, **given).concerns]


def test_the_weighing_of_one_line_is_asked_for_too() -> None:
    part = [{"items": [2], "questions": {"public_interest": {"answer": "yes"}}}]
    items = [{"description": "school"}, {"description": "home"}]
    found = judged(questions={"public_interest": {"answer": "no"}}, consent=REFUSED, information=items, exceptions=part)
    assert "weighing_not_written" in [each.code for each in found.concerns]
    both = [{"items": [2], "questions": {"public_interest": BOTH}}]
    whole = judged(questions={"public_interest": {"answer": "no"}}, consent=REFUSED, information=items, exceptions=both)
    assert "weighing_not_written" not in [each.code for each in whole.concerns]


def with_duty_begun(code: str) -> Packs:
    """The packs of the day, as if that duty were confirmed as having begun."""
    text = (DATA / "bases/powers-2026.toml").read_text("utf-8")
    at = text.index(f'id = "{code}"\n')
    begun = text[:at] + text[at:].replace('status = "unconfirmed"\n', "", 1)
    assert begun != text
    here = packs_for("england", DAY)
    powers = parse_pack("bases/powers-2026.toml", begun.encode())
    return replace(here, bases=(*[pack for pack in here.bases if pack.id != powers.id], powers))


NEW_DUTY = "CA04-16LA"
WORSE = "He would run away again and sleep outside."


@pytest.mark.parametrize("interest", ["yes", "no", "unsure"])
@pytest.mark.parametrize("status", ["given", "refused"])
def test_the_new_duty_gives_way_only_to_a_reasoned_exception(status: str, interest: str) -> None:
    """Section 16LA(3): more harmful to the child than not sharing. Written down, it leads on to the questions."""
    packs = with_duty_begun(NEW_DUTY)
    rest = {"public_interest": {"answer": interest}}
    to_school = {"recipients": [{"kind": "education"}], "consent": {"status": status}}
    plain = judged(packs, questions=duty(NEW_DUTY) | rest, **to_school)
    assert (plain.advice, plain.route) == ("must_share", "duty")
    reasoned = judged(packs, questions=duty(NEW_DUTY, exception=WORSE) | rest, **to_school)
    without = judged(packs, questions=rest, **to_school)
    assert (reasoned.advice, reasoned.route) == (without.advice, without.route)
    assert reasoned.route != "duty"
    excepted = next(step for step in reasoned.trace if step.question == "duty")
    assert excepted.answer == "yes"


def test_as_long_as_it_is_not_confirmed_the_new_duty_binds_nobody() -> None:
    found = judged(questions=duty(NEW_DUTY) | {"public_interest": {"answer": "no"}}, consent=REFUSED)
    assert found.route == ""
    (said,) = [each.words for each in found.concerns if each.code == "duty_not_known"]
    assert "not confirmed as having begun" in said
    assert found.conditions == ("legal_advice",)
    with pytest.raises(FactsRefused) as refused:
        judged(basis={"codes": ["A6-E", NEW_DUTY]})
    assert [fault.field for fault in refused.value.faults] == ["basis.codes[2]"]
    assert "last looked at" in refused.value.faults[0].got


FGM = {"author": {"kind": "teacher"}, "recipients": [{"kind": "police"}]}


def times(found: Evaluation) -> list[str]:
    return [each.by.in_words() for each in found.obligations if each.code == "duty_time"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (FGM | {"questions": duty("FGM-5B")}, ["within 1 month of the decision"]),
        (FGM | {"questions": duty("FGM-5B"), "decision": "no_share"}, ["within 1 month of the decision"]),
        (FGM | {"questions": duty("COURT")}, []),
        (FGM | {"questions": {"duty": {"answer": "unsure", "code": "FGM-5B"}}}, []),
        (FGM | {"questions": duty("FGM-5B"), "author": {"kind": "youth_worker"}}, []),
        (FGM | {"questions": duty("FGM-5B"), "recipients": [{"kind": "education"}]}, []),
        (
            FGM | {"questions": duty("FGM-5B"), "recipients": [{"kind": "police"}, {"kind": "police"}]},
            ["within 1 month of the decision"],
        ),
        (
            FGM | {"exceptions": [{"recipients": [1], "questions": duty("FGM-5B")}]},
            ["within 1 month of the decision"],
        ),
    ],
)
def test_the_time_that_a_duty_sets_falls_due_once(given: dict[str, Any], expected: list[str]) -> None:
    found = judged(consent=REFUSED, **given)
    assert times(found) == expected
    said = [each for each in found.obligations if each.code == "duty_time"]
    assert all("who the girl is" in each.words and each.citation.confidence == "published" for each in said)


# What nobody can rely on is refused, by field, with what to do next.
NOT_OPEN = [
    ({"basis": {"codes": ["A6-EA"]}}, "basis.codes[1]", "See whether A6-E serves"),
    ({"basis": {"codes": ["A6-E", "CA04-12"]}}, "basis.codes[2]", "See whether CA04-10 serves"),
    ({"basis": {"codes": ["SCOT-CS95"]}}, "basis.codes[1]", "See which laws are open to you on that day"),
    ({"basis": {"codes": ["A6-X"]}}, "basis.codes[1]", "Did you mean"),
    ({"questions": duty("COURTS")}, "questions.duty.code", "Did you mean COURT?"),
    (
        {"exceptions": [{"items": [1], "questions": duty("COURTS")}]},
        "exceptions[1].questions.duty.code",
        "Did you mean COURT?",
    ),
]


@pytest.mark.parametrize(("given", "field", "hint"), NOT_OPEN)
def test_a_basis_that_is_not_available_is_refused_by_field(given: dict[str, Any], field: str, hint: str) -> None:
    with pytest.raises(FactsRefused) as refused:
        judged(**given)
    (fault,) = refused.value.faults
    assert fault.field == field
    assert fault.hint.startswith(hint)
