"""What the answers to a request for agreement come to: whose counts, what it covers, whether it holds."""

import datetime
from typing import Any

import pytest

from policies.consent import STATES, Agreement, agreement
from policies.facts import Item, Recipient, parse_facts
from policies.lines import View
from policies.packs import packs_for
from policies.readings import Readings

READINGS = Readings(packs_for("england", datetime.date(2026, 3, 2)))
INFORMED = {"why": "yes", "who": "yes", "purpose": "yes", "implications": "yes"}
FULL = {"status": "given", "informed": INFORMED, "freely_given": "yes"}


def view(
    person: str = "subject", first: bool = True, item: int = 1, judged_by: str = "england-2006", **given: Any
) -> View:
    given.setdefault("information", [{}, {}])
    given.setdefault("recipients", [{}, {}])
    facts = parse_facts(given)
    return View(
        facts=facts,
        questions=facts.questions,
        consents=facts.consents,
        item=Item(),
        recipient=Recipient(),
        item_number=item,
        recipient_number=1,
        person=person,
        first=first,
        duty=None,
        act_now=False,
        day="2026-03-02",
        competence_pack=judged_by,
        readings=READINGS,
    )


def found(person: str = "subject", assumed: dict[str, str] | None = None, **given: Any) -> Agreement:
    return agreement(view(person, **given), assumed or {})


def parent(status: str, **by: str) -> dict[str, Any]:
    return {"status": status, "by": {"capacity": "parental_responsibility", **by}}


def dated(month: int) -> dict[str, str]:
    return {"obtained_at": f"2026-{month:02}-05"}


@pytest.mark.parametrize(
    ("consent", "state", "concerns"),
    [
        (FULL, "good", ()),
        ({"status": "given"}, "good", ("agreement_not_described",)),
        ({**FULL, "freely_given": "no"}, "bad", ("not_free",)),
        *[({**FULL, "informed": {**INFORMED, each: "no"}}, "bad", ("not_informed",)) for each in INFORMED],
        ({**FULL, "informed": {**INFORMED, "right_to_object": "no"}}, "bad", ("not_informed",)),
        ({**FULL, "expires_at": "2026-03-01"}, "bad", ("agreement_ended",)),
        ({**FULL, "expires_at": "2026-03-02"}, "good", ()),
        ({**FULL, "scope": {"this_use": "no"}}, "bad", ("outside_what_was_agreed",)),
        ({**FULL, "scope": {"items": [2]}}, "bad", ("outside_what_was_agreed",)),
        ({**FULL, "scope": {"recipients": [2]}}, "bad", ("outside_what_was_agreed",)),
        ({**FULL, "scope": {"items": [1, 2], "recipients": [1]}}, "good", ()),
        ({**FULL, "scope": {"purposes": ["a place at the nursery"]}}, "good", ("use_not_said",)),
        ({**FULL, "scope": {"purposes": ["a place at the nursery"], "this_use": "yes"}}, "good", ()),
        ({**FULL, "changed_since": "yes"}, "bad", ("asked_before_a_change",)),
        ({**FULL, "changed_since": "no"}, "good", ()),
        ({**FULL, "interpreter": "a signer who is no relative"}, "good", ()),
        ({**FULL, "obtained_at": "2026-03-02T23:59:00Z"}, "good", ()),
        ({**FULL, "obtained_at": "2026-03-03"}, "not_asked", ("answer_after_decision",)),
        ({"status": "refused", "obtained_at": "2026-03-03"}, "not_asked", ("answer_after_decision",)),
        ({"status": "refused", "freely_given": "no"}, "unobtainable", ("refusal_not_free",)),
        ({"status": "withdrawn", "freely_given": "no"}, "unobtainable", ("refusal_not_free",)),
        ({"status": "refused", "freely_given": "unsure"}, "refused", ()),
        ({**FULL, "form": "implied", "explained_at_outset": "yes"}, "good", ("agreement_not_described",)),
        (
            {**FULL, "form": "implied", "informed": {**INFORMED, "right_to_object": "yes"}},
            "good",
            ("implied_not_explained",),
        ),
        ({"status": "refused"}, "refused", ()),
        ({"status": "withdrawn"}, "withdrawn", ()),
        ({"status": "no_reply"}, "no_reply", ()),
        ({"status": "unobtainable"}, "unobtainable", ()),
        ({"status": "not_sought"}, "not_asked", ()),
        ({"status": "not_sought", "not_sought": "other", "not_sought_words": "no time"}, "not_asked", ()),
        *[({"status": "not_sought", "not_sought": each}, "ground", ()) for each in ("child_harm", "delay")],
        *[({"status": "not_sought", "not_sought": each}, "ground", ()) for each in ("adult_harm", "serious_crime")],
    ],
)
def test_one_answer(consent: dict[str, Any], state: str, concerns: tuple[str, ...]) -> None:
    assert found(consent=consent) == Agreement(state, concerns)


@pytest.mark.parametrize("fact", ["informed", "freely_given", "scope", "authority", "changed_since"])
def test_what_is_not_sure_is_opened_and_then_taken_both_ways(fact: str) -> None:
    unsure: dict[str, Any] = {
        "informed": {**FULL, "informed": {**INFORMED, "who": "unsure"}},
        "freely_given": {**FULL, "freely_given": "unsure"},
        "scope": {**FULL, "scope": {"this_use": "unsure"}},
        "changed_since": {**FULL, "changed_since": "unsure"},
        "authority": {**FULL, "by": {"capacity": "parental_responsibility", "authority": "unsure"}},
    }
    given = {"consent": unsure[fact]}
    assert found(**given).open == "consent"
    assert found(assumed={"consent": "yes"}, **given).state == "good"
    assert found(assumed={"consent": "no"}, **given).state == "bad"


@pytest.mark.parametrize(
    ("answer", "state", "open_"),
    [("yes", "good", ""), ("no", "no_agreement", ""), ("unsure", "", "consent"), ("", "not_asked", "")],
)
def test_question_four_alone(answer: str, state: str, open_: str) -> None:
    given = {"questions": {"consent": {"answer": answer}}} if answer else {}
    assert (found(**given).state, found(**given).open) == (state, open_)
    if open_:
        assert found(assumed={"consent": "yes"}, **given).state == "good"
        assert found(assumed={"consent": "no"}, **given).state == "no_agreement"


def test_the_later_answer_counts_and_without_days_a_refusal() -> None:
    early, late = {"obtained_at": "2026-01-05"}, {"obtained_at": "2026-02-05T10:00:00Z"}
    assert found(consents=[{"status": "given", **early}, {"status": "refused", **late}]).state == "refused"
    assert found(consents=[{"status": "refused", **early}, {"status": "given", **late}]).state == "good"
    assert found(consents=[{"status": "given", **late}, {"status": "withdrawn"}]).state == "withdrawn"
    assert found(consents=[{"status": "given"}, {"status": "withdrawn"}]) == Agreement("withdrawn")


@pytest.mark.parametrize(
    ("agreed", "said_no", "contradict"),
    [
        ({}, {}, True),
        ({"obtained_at": "2026-01-05"}, {}, True),
        ({"obtained_at": "2026-01-05"}, {"obtained_at": "2026-01-05"}, True),
        ({"obtained_at": "2026-01-05"}, {"obtained_at": "2026-01-06"}, False),
    ],
)
def test_one_person_who_agreed_and_refused(agreed: dict[str, str], said_no: dict[str, str], contradict: bool) -> None:
    result = found(consents=[{**FULL, **agreed}, {"status": "refused", **said_no}])
    assert result == Agreement("refused", ("answers_contradict",) if contradict else ())


def test_a_refusal_under_pressure_takes_back_nothing() -> None:
    pressed = {"status": "refused", "freely_given": "no", "obtained_at": "2026-02-01"}
    assert found(consents=[{**FULL, "obtained_at": "2026-01-05"}, pressed]) == Agreement("good", ("refusal_not_free",))
    father = parent("refused", resident="yes")
    assert found(subject={"age": 4}, consents=[parent("given"), father]).state == "parents_differ"
    assert found(subject={"age": 4}, consents=[parent("given"), {**father, "freely_given": "no"}]).state == "good"


def test_a_refusal_for_something_else_does_not_count_here() -> None:
    both = [{"status": "given"}, {"status": "refused", "scope": {"items": [2]}}]
    assert found(consents=both).state == "good"
    assert agreement(view(item=2, consents=both), {}).state == "refused"


SEPARATED = [
    ("yes", "no", "good"),
    ("yes", "yes", "parents_differ"),
    ("no", "yes", "parents_differ"),
    # alike in every fact, so it may be one parent who said both
    ("no", "no", "parents_differ"),
    ("yes", "", "good"),
    ("", "", "parents_differ"),
    ("", "yes", "parents_differ"),
    ("no", "", "parents_differ"),
]


@pytest.mark.parametrize(("agrees", "refuses", "state"), SEPARATED)
def test_separated_parents(agrees: str, refuses: str, state: str) -> None:
    """Who the child lives with: the one who agrees, the one who refuses (4.20)."""
    one = parent("given", **({"resident": agrees} if agrees else {}))
    other = parent("refused", **({"resident": refuses} if refuses else {}))
    assert found(subject={"age": 4}, consents=[one, other]).state == state
    assert found(subject={"age": 4}, consents=[other, one]).state == state


def test_one_parent_is_enough_and_one_refusal_is_a_refusal() -> None:
    assert found(subject={"age": 4}, consents=[parent("given"), parent("no_reply")]).state == "good"
    assert found(subject={"age": 4}, consents=[parent("refused"), parent("refused")]).state == "refused"


def test_an_agreement_that_does_not_hold_stands_against_no_refusal() -> None:
    empty = {**parent("given"), "freely_given": "no"}
    assert found(subject={"age": 4}, consents=[empty, parent("refused")]) == Agreement("refused", ("not_free",))
    # nor does it lend its home to another agreement: the child does not live with the one whose agreement holds
    home, away, refuses = {**empty, "by": {**empty["by"], "resident": "yes"}}, parent("given"), parent("refused")
    assert found(subject={"age": 4}, consents=[home, away, refuses]).state == "parents_differ"


def test_a_council_that_only_accommodates_a_child_cannot_answer() -> None:
    council = parent("given", holds_by="accommodated", authority="yes")
    assert found(subject={"age": 4}, consents=[council]) == Agreement("bad", ("no_responsibility",))
    refuses = parent("refused", holds_by="accommodated")
    assert found(subject={"age": 4}, consents=[refuses]) == Agreement("not_asked", ("no_responsibility",))
    without = parent("refused", holds_by="accommodated", authority="no")
    assert found(subject={"age": 4}, consents=[without]) == Agreement("not_asked", ("no_responsibility",))
    mother = parent("given", holds_by="birth_parent")
    both = found(subject={"age": 4}, consents=[council, mother])
    assert (both.state, "no_responsibility" in both.concerns) == ("good", True)
    ordered = parent("given", holds_by="care_order", authority="yes")
    assert "no_responsibility" not in found(subject={"age": 4}, consents=[ordered]).concerns
    assert found(subject={"age": 4}, consents=[ordered]).state == "good"


def test_a_refusal_without_authority_displaces_nothing() -> None:
    given, stranger = parent("given"), parent("refused", authority="no", resident="yes")
    without = ("refusal_without_authority", "agreement_not_described")
    assert found(subject={"age": 4}, consents=[given, stranger]) == Agreement("good", without)
    assert found(subject={"age": 4}, consents=[stranger]) == Agreement("not_asked", without[:1])
    # nor does it take back an agreement of somebody described alike
    alike = parent("refused", authority="no")
    assert found(subject={"age": 4}, consents=[{**given, **dated(1)}, {**alike, **dated(2)}]).state == "good"
    doubted = parent("refused", authority="unsure")
    assert found(subject={"age": 4}, consents=[doubted]) == Agreement("refused", ("refusal_authority_unsure",))


def test_an_agreement_without_authority_says_so_and_stands_behind_a_refusal_with_it() -> None:
    stranger = parent("given", authority="no")
    assert found(subject={"age": 4}, consents=[stranger]) == Agreement("bad", ("no_authority",))
    assert found(subject={"age": 4}, consents=[stranger, parent("refused")]).state == "refused"


def test_another_interest_settles_nothing_about_the_child() -> None:
    for status in ("given", "refused"):
        alone = found(subject={"age": 4}, consents=[parent(status, conflict_of_interest="yes")])
        assert alone == Agreement("conflicted", ("conflict_of_interest",))
    with_other = [parent("refused", conflict_of_interest="yes", resident="yes"), parent("given")]
    assert found(subject={"age": 4}, consents=with_other).state == "good"


def test_another_interest_that_is_not_sure_is_taken_both_ways() -> None:
    given = {"subject": {"age": 4}, "consents": [parent("given", conflict_of_interest="unsure")]}
    assert found(**given).open == "conflict"
    assert found(assumed={"conflict": "yes"}, **given).state == "conflicted"
    assert found(assumed={"conflict": "no"}, **given).state == "good"


def test_a_parent_answers_for_information_about_themselves() -> None:
    theirs = [parent("given", conflict_of_interest="yes")]
    assert found("parent", first=False, consents=theirs).state == "good"
    assert found("parent", first=False, consents=[{"status": "given", "by": {"capacity": "self"}}]).state == "not_asked"
    spoken = [{"status": "refused", "by": {"capacity": "self", "person": "parent"}}]
    assert found("parent", first=False, consents=spoken).state == "refused"
    assert found(consents=spoken).state == "not_asked"


def test_an_answer_of_nobody_named_is_the_first_persons() -> None:
    nobody = [{"status": "given"}]
    assert found("parent", first=True, consents=nobody).state == "good"
    assert found("parent", first=False, consents=nobody).state == "not_asked"
    assert found("subject", first=True, consents=nobody).state == "good"


def test_for_a_grown_person_a_parent_cannot_answer_and_an_attorney_can() -> None:
    unable = {"subject": {"age": 30}, "competence": {"conclusion": "not_competent"}, "judged_by": "mca-2005"}
    nobody = ("family_cannot_sign", "nobody_may_answer")
    assert found(consents=[parent("given")], **unable) == Agreement("not_asked", nobody)
    said = found(consents=[{"status": "given", "by": {"capacity": "self"}}], **unable)
    assert said == Agreement("not_asked", ("nobody_may_answer", "child_answer_is_a_view"))
    attorney = {"status": "given", "by": {"capacity": "attorney"}}
    assert found(consents=[attorney], **unable).state == "good"
    assert found(consents=[attorney, parent("refused")], **unable).state == "good"
    able = {"subject": {"age": 30}, "judged_by": "mca-2005"}
    assert found(consents=[attorney], **able) == Agreement("not_asked", ("answered_for_somebody_able",))


def test_a_parent_answers_for_somebody_of_sixteen_who_cannot_and_not_in_scotland() -> None:
    unable = {"subject": {"age": 16}, "competence": {"conclusion": "not_competent"}, "consents": [parent("given")]}
    assert found(judged_by="mca-2005", **unable).state == "good"
    nobody = ("family_cannot_sign", "nobody_may_answer")
    assert found(judged_by="scotland-awi-2000", **unable) == Agreement("not_asked", nobody)
    child = {"subject": {"age": 9}, "competence": {"conclusion": "not_competent"}}
    assert found(consents=[{"status": "given", "by": {"capacity": "self"}}], **child).concerns == (
        "holder_to_ask",
        "child_answer_is_a_view",
    )


def test_nobody_is_attorney_for_a_child() -> None:
    attorney = {"status": "given", "by": {"capacity": "attorney"}}
    assert found(subject={"age": 9}, consents=[attorney]) == Agreement("not_asked", ("attorney_not_apt",))


@pytest.mark.parametrize(
    ("age", "judged_by", "concerns"),
    [
        (30, "mca-2005", ("nobody_may_answer",)),
        (17, "mca-2005", ("holder_to_ask",)),
        (16, "scotland-awi-2000", ("nobody_may_answer",)),
        (9, "england-2006", ("holder_to_ask",)),
    ],
)
def test_who_may_answer_is_said_where_no_answer_is_written(age: int, judged_by: str, concerns: tuple[str, ...]) -> None:
    unable = {"subject": {"age": age}, "competence": {"conclusion": "not_competent"}, "judged_by": judged_by}
    assert found(**unable) == Agreement("not_asked", concerns)
    no = {"questions": {"consent": {"answer": "no"}}}
    assert found(**unable, **no) == Agreement("no_agreement", ("not_said_whether_asked", *concerns))
    # somebody did agree, and it is not said who: nothing shows that it was not one who may
    yes = {"questions": {"consent": {"answer": "yes"}}}
    assert found(**unable, **yes) == Agreement("good", ("agreement_not_described",))
    assert found("parent", **unable) == Agreement("not_asked")
    able = {**unable, "competence": {"conclusion": "competent"}}
    assert found(**able) == Agreement("not_asked")
    assert found(**{**unable, "subject": {"unborn": True}}) == Agreement("not_asked")


def test_an_answer_of_somebody_else_is_named_and_settles_nothing() -> None:
    for person in ("parent", "carer", "sibling", "other_person"):
        said = {**FULL, "by": {"person": person}}
        assert found(subject={"age": 4}, consents=[said]) == Agreement("not_asked", ("answer_of_another",))
        assert found(subject={"age": 4}, consents=[{**said, "status": "no_reply"}]) == Agreement("not_asked")
    # who is spoken of themselves answers for themselves
    both = view(consents=[{**FULL, "by": {"person": "sibling"}}])
    both.item = Item(about=("subject", "sibling"))
    assert agreement(both, {}) == Agreement("not_asked")


def test_where_nobody_answered_nobody_has_to_be_judged() -> None:
    """A toddler whose parents were not asked: what the toddler understands is no question (4.22)."""
    ground = {"status": "not_sought", "not_sought": "delay"}
    for by in ({}, {"capacity": "self"}, {"capacity": "parental_responsibility"}):
        assert found(subject={"age": 2}, consents=[{**ground, "by": by}]) == Agreement("ground")
    assert found(subject={"age": 2}, consents=[{"status": "no_reply"}]) == Agreement("no_reply")
    assert found(subject={"age": 2}, consents=[ground, parent("no_reply")]) == Agreement("ground")


def test_a_child_who_was_asked_and_is_silent_is_not_passed_over() -> None:
    silent = {"status": "no_reply", "by": {"capacity": "self"}}
    assert found(subject={"age": 13}, consents=[silent, parent("given")]).state == "no_reply"
    # where it is not said who was silent, it may have been a parent: a child's silence needs a name
    assert found(subject={"age": 13}, consents=[{"status": "no_reply"}, parent("given")]).state == "good"


def test_why_a_child_was_not_asked_need_not_be_said_twice() -> None:
    asked_not = {"status": "not_sought", "not_sought": "child_harm", "by": {"capacity": "self"}}
    bare = {"status": "not_sought", "by": {"capacity": "self"}}
    assert "child_not_asked" not in found(subject={"age": 13}, consents=[asked_not, parent("given")]).concerns
    assert "child_not_asked" in found(subject={"age": 13}, consents=[bare, parent("given")]).concerns


UNBORN: dict[str, Any] = {"subject": {"unborn": True}}


def test_for_a_child_not_born_yet_the_mother_answers() -> None:
    for by in (
        {},
        {"capacity": "self", "person": "parent"},
        {"capacity": "self"},
        {"capacity": "parental_responsibility"},
        {"capacity": "parental_responsibility", "person": "parent", "holds_by": "birth_parent"},
    ):
        assert found(consents=[{**FULL, "by": by}], **UNBORN).state == "good"
        assert found(consents=[{"status": "refused", "by": by}], **UNBORN).state == "refused"
    child = {**FULL, "by": {"capacity": "self", "person": "subject"}}
    assert found(consents=[child], **UNBORN) == Agreement("not_asked", ("unborn_cannot_agree",))
    both = found(consents=[child, {"status": "refused", "by": {"person": "parent"}}], **UNBORN)
    assert both == Agreement("refused", ("unborn_cannot_agree",))


@pytest.mark.parametrize(
    "by",
    [
        *[{"capacity": "self", "person": each} for each in ("carer", "sibling", "other_person")],
        {"capacity": "attorney", "authority": "yes"},
        {"capacity": "deputy", "authority": "yes"},
        {"capacity": "parental_responsibility", "person": "carer"},
        {"capacity": "parental_responsibility", "holds_by": "order_or_agreement"},
        {"capacity": "parental_responsibility", "holds_by": "care_order"},
    ],
)
def test_nobody_else_answers_for_a_child_not_born_yet(by: dict[str, str]) -> None:
    other = {**FULL, "by": by}
    assert found(consents=[other], **UNBORN) == Agreement("not_asked", ("only_the_mother",))
    assert found(consents=[{"status": "refused"}, other], **UNBORN) == Agreement("refused", ("only_the_mother",))


def test_a_mother_who_answers_in_two_ways_is_one_person() -> None:
    given = {**FULL, "by": {"capacity": "self", "person": "parent"}, **dated(1)}
    back = {"status": "withdrawn", "by": {"capacity": "parental_responsibility"}}
    assert found(consents=[given, back], **UNBORN) == Agreement("withdrawn")
    assert found(consents=[{**given, **dated(2)}, {**back, **dated(1)}], **UNBORN).state == "good"


DEAD, DIED = {"subject": {"living": False}}, {"subject": {"died_on": "2026-01-10"}}
CANNOT = ("deceased_cannot_agree",)


@pytest.mark.parametrize(
    ("subject", "consent", "expected"),
    [
        (DEAD, {**FULL}, Agreement("unobtainable", CANNOT)),
        (DEAD, {**FULL, "obtained_at": "2025-12-01"}, Agreement("good")),
        (DIED, {**FULL, "obtained_at": "2026-01-10"}, Agreement("good")),
        (DIED, {**FULL, "obtained_at": "2026-01-11"}, Agreement("unobtainable", CANNOT)),
        (DEAD, {"status": "refused"}, Agreement("refused")),
        (DIED, {"status": "refused", "obtained_at": "2026-01-11"}, Agreement("unobtainable", CANNOT)),
        (DEAD, {"status": "no_reply"}, Agreement("unobtainable")),
        (DEAD, {"status": "not_sought", "not_sought": "delay"}, Agreement("ground")),
        (DEAD, parent("given", authority="yes"), Agreement("unobtainable", CANNOT)),
        (DEAD, {**parent("given"), "obtained_at": "2025-12-01"}, Agreement("unobtainable", CANNOT)),
        (DIED, {**parent("refused"), "obtained_at": "2026-01-09"}, Agreement("refused")),
        (DIED, {**parent("given"), "obtained_at": "2026-01-09"}, Agreement("good", ("agreement_not_described",))),
        (
            DIED,
            {**FULL, "by": {"person": "other_person"}, "obtained_at": "2026-01-09"},
            Agreement("unobtainable", ("answer_of_another",)),
        ),
    ],
)
def test_for_somebody_who_died_only_what_was_said_in_life_counts(
    subject: dict[str, Any], consent: dict[str, Any], expected: Agreement
) -> None:
    assert found(consent=consent, **subject) == expected


def test_for_somebody_who_died_those_answer_who_could_in_life() -> None:
    grown = {"subject": {"age": 60, "died_on": "2026-02-01"}, "judged_by": "mca-2005"}
    attorney = {**FULL, "by": {"capacity": "attorney", "authority": "yes"}, **dated(1)}
    son = {**parent("given"), **dated(1)}
    able = ("answered_for_somebody_able",)
    assert found(consents=[attorney], **grown) == Agreement("unobtainable", able)
    assert found(consents=[son], **grown) == Agreement("unobtainable", ("family_cannot_sign",))
    unable = {**grown, "competence": {"conclusion": "not_competent"}}
    assert found(consents=[attorney], **unable).state == "good"
    # nobody is sent to look for an attorney of somebody who has died
    assert found(consents=[son], **unable) == Agreement("unobtainable", ("family_cannot_sign",))
    assert found(**unable) == Agreement("unobtainable")
    child = {"subject": {"age": 15, "died_on": "2026-02-01"}, "competence": {"conclusion": "competent"}}
    own = {"status": "refused", "by": {"capacity": "self"}, **dated(1)}
    assert found(consents=[own, son], **child) == Agreement("refused", ("parent_disagrees",))
    unborn = {"subject": {"unborn": True, "died_on": "2026-02-01"}}
    assert found(consents=[{**FULL, **dated(1)}], **unborn).state == "good"
    assert found(consents=[attorney], **unborn) == Agreement("unobtainable", ("only_the_mother",))


def test_question_four_alone_settles_nothing_for_somebody_who_died() -> None:
    yes = {"questions": {"consent": {"answer": "yes"}}}
    assert found(**DEAD, **yes) == Agreement("bad", CANNOT)
    assert found(**DEAD) == Agreement("unobtainable")
    assert found("parent", **DEAD, **yes).state == "good"


@pytest.mark.parametrize("sense", ["data_protection", "openness"])
def test_an_answer_in_another_sense_is_no_answer_to_this_question(sense: str) -> None:
    for status in ("given", "refused", "withdrawn", "no_reply"):
        other = {"status": status, "sense": sense}
        assert found(consents=[other]) == Agreement("not_asked")
        assert found(consents=[other, FULL]) == found(consents=[FULL])
        assert agreement(view(consents=[other, FULL]), {}, sense) == agreement(view(consents=[other]), {}, sense)
    assert agreement(view(consents=[FULL]), {}, sense) == Agreement("not_asked")


def test_a_competent_child_decides_whatever_a_parent_says() -> None:
    able = {"subject": {"age": 13}, "competence": {"conclusion": "competent"}}
    for own, other in (("given", "refused"), ("refused", "given")):
        both = [{"status": own, "by": {"capacity": "self"}}, parent(other)]
        result = found(consents=both, **able)
        assert result.state == {"given": "good", "refused": "refused"}[own]
        assert "parent_disagrees" in result.concerns
    agreed = [{"status": "refused", "by": {"capacity": "self"}}, parent("refused")]
    assert found(consents=agreed, **able) == Agreement("refused")
    assert found(consents=[parent("given")], **able) == Agreement("not_asked", ("answered_for_somebody_able",))


def test_unsure_whether_a_child_understands_is_taken_both_ways() -> None:
    both = [{"status": "given", "by": {"capacity": "self"}}, parent("refused")]
    given = {"subject": {"age": 11}, "competence": {"conclusion": "unsure"}, "consents": both}
    assert found(**given).open == "competent"
    assert found(assumed={"competent": "yes"}, **given).state == "good"
    assert found(assumed={"competent": "no"}, **given).state == "refused"


def test_in_doubt_a_parents_agreement_is_enough_unless_the_child_refused() -> None:
    given: dict[str, Any] = {"subject": {"age": 11}, "competence": {"conclusion": "unsure"}}
    agrees, no = parent("given"), {"status": "refused", "by": {"capacity": "self"}}
    doubt = "competent_unsure"
    for beside in ([], [{**FULL, "by": {"capacity": "self"}}], [{"status": "no_reply", "by": {"capacity": "self"}}]):
        result = found(consents=[agrees, *beside], **given)
        assert (result.state, result.open) == ("good", "") and doubt in result.concerns
    pressed = {**no, "freely_given": "no"}
    assert found(consents=[agrees, pressed], **given).state == "good"
    for consents in (
        [agrees, no],
        [agrees, {**no, "status": "withdrawn"}],
        [parent("refused")],
        [parent("given", conflict_of_interest="yes")],
        [parent("given", conflict_of_interest="unsure")],
        [parent("given", authority="no")],
        [parent("given", authority="unsure")],
        [{**agrees, "freely_given": "no"}],
        [parent("given"), parent("refused", resident="yes")],
    ):
        assert found(consents=consents, **given).open == "competent", consents
    # from the age at which ability is presumed a doubt takes the decision from nobody
    grown = {**given, "subject": {"age": 60}, "judged_by": "mca-2005"}
    assert found(consents=[{**FULL, "by": {"capacity": "attorney", "authority": "yes"}}], **grown).open == "competent"
    assert found(consents=[agrees], **{**given, "subject": {"age": 16}, "judged_by": "mca-2005"}).open == "competent"


TOLD: dict[str, Any] = {"information": [{"provider": {"kind": "parent"}}]}


def told_by_parent(
    about: tuple[str, ...] = (), relationship: str = "", sense: str = "confidence", **given: Any
) -> Agreement:
    """What is known from a parent in confidence, seen for that parent."""
    seen = view("parent", True, **given)
    seen.item = Item(about=about, relationship=relationship, provider=seen.facts.information[0].provider)
    return agreement(seen, {}, sense)


def test_somebody_who_refuses_what_another_told_of_them_is_heard() -> None:
    told, no = {**FULL, "by": {"person": "parent"}}, {"status": "refused", "by": {"person": "subject"}}
    refused = ("refused_by_whom_it_is_about",)
    able = {**TOLD, "subject": {"age": 15}, "competence": {"conclusion": "competent"}}
    assert told_by_parent(consents=[told, no], **able) == Agreement("good", refused)
    assert told_by_parent(consents=[told, no], **TOLD, subject={"age": 13}) == Agreement("good", refused)
    assert told_by_parent(consents=[told, {**no, "freely_given": "no"}], **able) == Agreement("good")
    assert told_by_parent(consents=[told, {**no, "status": "given"}], **able) == Agreement("good")
    young = {**able, "competence": {"conclusion": "not_competent"}}
    assert told_by_parent(consents=[told, no], **young) == Agreement("good")
    assert told_by_parent(consents=[{**told, "status": "refused"}, no], **able) == Agreement("refused")
    for who in ({"age": 15, "living": False}, {"unborn": True}):
        assert told_by_parent(consents=[told, no], **{**able, "subject": who}) == Agreement("good")
    # of what the parent told of themselves, and where the child is owed confidence and judged beside the parent
    assert told_by_parent(consents=[told, no], about=("parent",), **able) == Agreement("good")
    assert told_by_parent(consents=[told, no], about=("parent", "subject"), **able) == Agreement("good", refused)
    assert told_by_parent(consents=[told, no], relationship="formal", **able) == Agreement("good")
    # who said no is not said, so it was the one who told it, and who agreed later
    nobody = {"status": "refused", **dated(1)}
    assert told_by_parent(consents=[nobody, {**told, **dated(2)}], **able) == Agreement("good")
    by_law = [{**each, "sense": "data_protection"} for each in (told, no)]
    assert told_by_parent(sense="data_protection", consents=by_law, **able) == Agreement("good")


def test_every_state_has_words() -> None:
    assert all(words for words in STATES.values())
    assert len(STATES) == 11
