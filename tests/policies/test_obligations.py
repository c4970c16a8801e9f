"""What falls due after a decision, by when as a rule, and where that rule comes from."""

import datetime
import tomllib
from typing import Any

import pytest

from policies.errors import PackRefused
from policies.evaluation import evaluate
from policies.facts import parse_facts
from policies.lines import Outcome
from policies.obligations import BY_RULES, By, Obligation, obligations, read_timings, timing
from policies.pack_files import DATA, Pack, parse_pack
from policies.packs import packs_for
from tests.policies.elsewhere import in_an_exception

NOW = datetime.date(2026, 11, 21)
PACKS = packs_for("england", NOW)
TIMINGS = PACKS.timings


def due(
    facts: dict[str, Any],
    advice: str = "may_share",
    conditions: tuple[str, ...] = (),
    act_now: bool = False,
    on: datetime.date = NOW,
) -> dict[str, Obligation]:
    found = Outcome(advice, "public_interest", conditions, act_now, ())
    return {each.code: each for each in obligations(parse_facts(facts), found, PACKS, on)}


CARE = {"kind": "social_care"}
SHARE = {"decision": "share", "recipients": [CARE]}
TO_SCHOOL = {"decision": "share", "recipients": [{"kind": "education"}]}
KEEP = {"decision": "no_share"}
DEFER = {"decision": "defer"}
CONCERN = {"trigger": {"started_by": "own_concern"}}
LIMITED = {"questions": {"public_interest": {"answer": "yes", "limited": {"decide_by": "2026-12-04"}}}}
ORDER = {"questions": {"duty": {"answer": "yes", "code": "COURT", "return_on": "2026-12-08"}}}
AGREED = {"consent": {"status": "given", "expires_at": "2027-06-30"}}
TWO_DAYS = By("working_days", 2)
NEXT = By("next_working_day")
TODAY = By("same_day")


def dated(day: str) -> By:
    return By("on_date", date=day)


# facts, what the walk found, and everything that falls due.
TABLE: list[tuple[dict[str, Any], dict[str, Any], dict[str, By]]] = [
    (SHARE, {}, {"send": TWO_DAYS}),
    (KEEP, {"advice": "do_not_share"}, {}),
    ({}, {}, {}),
    ({"decision": "no_share", "recipients": [CARE | {"decision": "share_part"}]}, {}, {"send": TWO_DAYS}),
    (SHARE, {"act_now": True}, {"send": TODAY}),
    (TO_SCHOOL, {"act_now": True}, {"refer_today": TODAY, "send": TODAY}),
    (KEEP, {"act_now": True}, {"refer_today": TODAY}),
    (DEFER, {}, {"decide": NEXT}),
    (DEFER | {"urgency": "today"}, {}, {"decide": TODAY}),
    (DEFER, {"act_now": True}, {"refer_today": TODAY, "decide": TODAY}),
    (KEEP, {"advice": "seek_advice"}, {"ask_advice": NEXT}),
    (KEEP | {"urgency": "now"}, {"advice": "seek_advice"}, {"ask_advice": TODAY}),
    (KEEP | {"advice": [{"role": "line manager"}]}, {"advice": "seek_advice"}, {}),
    (SHARE | {"urgent": True}, {}, {"send": TODAY, "complete": By("working_days", 1)}),
    (SHARE | CONCERN, {}, {"send": TWO_DAYS, "chase": By("working_days", 3, counts_from="sent")}),
    (TO_SCHOOL | CONCERN, {}, {"send": TWO_DAYS}),
    (
        TO_SCHOOL | {"trigger": {"by_telephone": "yes"}},
        {},
        {"send": TWO_DAYS, "confirm_in_writing": By("hours", 48, counts_from="sent")},
    ),
    (KEEP | {"trigger": {"by_telephone": "yes"}}, {}, {}),
    (
        SHARE | {"informing": {"status": "later", "when": "2026-12-01"}},
        {},
        {"send": TWO_DAYS, "tell": dated("2026-12-01")},
    ),
    (
        SHARE | {"informing": {"status": "later", "when": "2026-12-01T09:00:00Z"}},
        {},
        {"send": TWO_DAYS, "tell": dated("2026-12-01")},
    ),
    (SHARE | {"informing": {"status": "later"}}, {}, {"send": TWO_DAYS, "set_day_to_tell": NEXT}),
    (SHARE | {"informing": {"status": "no", "when": "2026-12-01"}}, {}, {"send": TWO_DAYS}),
    (SHARE | {"told_plan": {"when": "2026-11-25"}}, {}, {"send": TWO_DAYS, "tell_as_agreed": dated("2026-11-25")}),
    (SHARE | {"told_plan": {"what": "That help is asked for."}}, {}, {"send": TWO_DAYS}),
    (KEEP, {"conditions": ("awaiting_approval",)}, {"approval": NEXT}),
    (SHARE, {"conditions": ("legal_advice",)}, {"send": TWO_DAYS, "legal_advice": NEXT}),
    (
        SHARE | ORDER,
        {"conditions": ("legal_advice",)},
        {"send": TWO_DAYS, "legal_advice": dated("2026-12-08")},
    ),
    (SHARE | LIMITED, {}, {"send": TWO_DAYS, "decide_further": dated("2026-12-04")}),
    (KEEP | LIMITED, {}, {}),
    (SHARE | AGREED, {}, {"send": TWO_DAYS, "agreement_ends": dated("2027-06-30")}),
    (SHARE | {"consent": {"status": "given"}}, {}, {"send": TWO_DAYS}),
    (KEEP | {"retention": {"review_on": "2027-05-01"}}, {}, {"review": dated("2027-05-01")}),
]


@pytest.mark.parametrize(("facts", "found", "expected"), TABLE)
def test_what_falls_due(facts: dict[str, Any], found: dict[str, Any], expected: dict[str, By]) -> None:
    assert {code: each.by for code, each in due(facts, **found).items()} == expected


def test_every_deadline_that_follows_from_a_decision_is_in_the_table() -> None:
    reached = {each.words for facts, found, _ in TABLE for each in due(facts, **found).values()}
    codes = {code for _, _, expected in TABLE for code in expected}
    from_decision = [each for each in read_timings(TIMINGS).values() if each.when is not None]
    assert {each.code for each in from_decision} == codes
    assert {each.words for each in from_decision} == reached


def test_the_earliest_end_of_an_agreement_counts() -> None:
    ends = ["2027-06-30", "2027-01-31", "2026-12-31"]
    consents = [{"status": "given", "expires_at": day} for day in ends[:2]]
    consents.append({"status": "withdrawn", "expires_at": ends[2]})
    assert due(SHARE | {"consents": consents})["agreement_ends"].by.date == "2027-01-31"


def test_an_agreement_that_had_ended_does_not_end_again() -> None:
    ended = {"status": "given", "expires_at": (NOW - datetime.timedelta(days=1)).isoformat()}
    assert "agreement_ends" not in due(SHARE | {"consents": [ended]})
    last_day = {"status": "given", "expires_at": NOW.isoformat()}
    assert due(SHARE | {"consents": [ended, last_day]})["agreement_ends"].by.date == NOW.isoformat()


def test_what_no_source_sets_is_marked_as_ours() -> None:
    found = due(SHARE | CONCERN | {"trigger": {"started_by": "own_concern", "by_telephone": "yes"}})
    sure = {code: each.citation.confidence for code, each in found.items()}
    assert sure == {"send": "unverified", "confirm_in_writing": "seed", "chase": "seed"}
    assert found["chase"].citation.paragraph == "11.5"


def test_a_deadline_not_yet_in_force_is_left_out() -> None:
    assert "chase" in due(SHARE | CONCERN, on=datetime.date(2006, 1, 1))
    assert "chase" not in due(SHARE | CONCERN, on=datetime.date(2005, 12, 31))


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (TODAY, "on the same day"),
        (NEXT, "by the end of the next working day"),
        (By("working_days", 1), "within 1 working day of the decision"),
        (By("working_days", 3, counts_from="sent"), "within 3 working days of the sending"),
        (By("hours", 48, counts_from="sent"), "within 48 hours of the sending"),
        (By("months", 1, counts_from="received"), "within 1 month of the request"),
        (dated("2027-02-05"), "on 5 February 2027"),
    ],
)
def test_by_when_in_words(by: By, words: str) -> None:
    assert by.in_words() == words


def test_the_answer_is_plain_json() -> None:
    plain = due(SHARE)["send"].to_json()
    assert list(plain) == ["code", "words", "by", "citation"]
    assert plain["by"] == {
        "rule": "working_days",
        "n": 2,
        "counts_from": "decided",
        "words": "within 2 working days of the decision",
    }
    review = due(KEEP | {"retention": {"review_on": "2027-05-01"}})["review"].to_json()
    assert review["by"] == {"rule": "on_date", "date": "2027-05-01", "words": "on 1 May 2027"}


def test_what_follows_from_later_entries_is_found_by_its_id() -> None:
    later = {each.id: each.by for each in read_timings(TIMINGS).values() if each.when is None}
    assert later == {
        "acknowledgement": By("working_days", 1, counts_from="received"),
        "emergency_access": By("next_working_day", counts_from="read"),
        "agreement_taken_back": By("working_days", 2, counts_from="withdrawn"),
        "access_request": By("months", 1, counts_from="received"),
        "answer_request": By("working_days", 1, counts_from="received"),
        "tell_referrer": By("next_working_day"),
        "name_after_birth": By("days", 42, counts_from="born"),
        "tell_of_loss": By("next_working_day", counts_from="found"),
    }
    assert timing(TIMINGS, "access_request").by.n == 1
    with pytest.raises(PackRefused) as refused:
        timing(TIMINGS, "acess_request")
    assert refused.value.faults[0].hint == "Did you mean access_request?"


def test_every_rule_is_used_by_some_deadline() -> None:
    assert {each.by.rule for each in read_timings(TIMINGS).values()} == set(BY_RULES)


def planted(old: str, new: str) -> Pack:
    text = (DATA / "timings/uk-2026.toml").read_text("utf-8")
    assert old in text
    assert tomllib.loads(text)
    return parse_pack("timings/uk-2026.toml", text.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('rule = "same_day" }', 'rule = "sameday" }', "#refer_today.by.rule"),
        ('rule = "same_day" }', 'rule = "same_day", n = 2 }', "#refer_today.by.n"),
        ('rule = "same_day" }', 'rule = "hours" }', "#refer_today.by.n"),
        ('rule = "same_day" }', 'rule = "on_date" }', "#refer_today.by.day"),
        ('rule = "same_day" }', 'rule = "same_day", counts_from = "birth" }', "#refer_today.by.counts_from"),
        ('rule = "same_day" }', 'ruled = "same_day" }', "#refer_today.by"),
        ('"told_somebody_who_can_act"', '"told_someone"', "#refer_today.when.all[2].not"),
        ('when = { all = ["act_now"', 'whenever = { all = ["act_now"', "#refer_today.whenever"),
        ('does = "send"', 'arises = "later"', "#send_today"),
    ],
)
def test_a_deadline_that_cannot_be_read_is_refused(old: str, new: str, field: str) -> None:
    pack = planted(old, new)
    with pytest.raises(PackRefused) as refused:
        read_timings(pack)
    assert f"timings/uk-2026{field}" in [fault.field for fault in refused.value.faults]


def test_one_line_that_asks_for_advice_is_not_hidden_by_a_mixed_headline() -> None:
    """Item 1 is not confidential; item 2 is, and whether the reason is strong enough is not sure (4.26)."""
    facts = parse_facts(
        {
            "information": [{"confidential": "no"}, {"confidential": "yes"}],
            "questions": {
                "purpose": {"answer": "yes"},
                "identifies": {"answer": "yes"},
                "public_interest": {"answer": "unsure"},
            },
            "consent": {"status": "refused"},
        }
    )
    day = datetime.date(2026, 3, 2)
    evaluation = evaluate(facts, packs_for("england", day), day)
    assert evaluation.advice == "mixed"
    assert "ask_advice" in {item.code for item in evaluation.obligations}


@pytest.mark.parametrize(("facts", "found", "expected"), TABLE)
def test_answers_in_an_exception_for_everybody_ask_for_the_same(
    facts: dict[str, Any], found: dict[str, Any], expected: dict[str, By]
) -> None:
    assert {code: each.by for code, each in due(in_an_exception(facts), **found).items()} == expected


def test_the_earliest_day_counts_wherever_it_stands() -> None:
    order, limit, agreed = ORDER["questions"]["duty"], LIMITED["questions"]["public_interest"], AGREED["consent"]
    earlier = {
        "questions": {
            "duty": {**order, "return_on": "2026-12-07"},
            "public_interest": {**limit, "limited": {"decide_by": "2026-12-03"}},
        },
        "consents": [{**agreed, "expires_at": "2027-06-29"}],
    }
    later = {"questions": {"duty": order, "public_interest": limit}, "consents": [agreed]}
    one = {"recipients": [CARE, CARE], "decision": "share"}
    for base, other in ((earlier, later), (later, earlier)):
        facts = {**one, **base, "exceptions": [{"recipients": [2], **other}]}
        days = {code: each.by.date for code, each in due(facts, conditions=("legal_advice",)).items() if each.by.date}
        assert days == {"legal_advice": "2026-12-07", "decide_further": "2026-12-03", "agreement_ends": "2027-06-29"}
    # an answer that every line answers otherwise asks for nothing
    facts = {**one, **earlier, "exceptions": [{"recipients": [1, 2], **later}]}
    assert due(facts, conditions=("legal_advice",))["legal_advice"].by.date == "2026-12-08"
