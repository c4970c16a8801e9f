"""What other guidance makes of the same facts: each kind of difference, with the statement that makes it."""

import datetime
from typing import Any

from ledger.records.comparing import NOTHING, WHAT, Difference, decisive, differences, in_order, pack_of
from policies import evaluate, packs_for, parse_facts
from policies.evaluation import Evaluation
from policies.own import read_own_pack
from policies.packs import Packs

DAY = datetime.date(2026, 3, 2)
OWN = b"""\
[pack]
id = "anytown"
words = "Anytown's"
in_force = { from = 2026-01-01 }
source = { document = "Policy of Anytown (sample)", paragraph = "3" }
checked = 2026-09-01
confidence = "own"

[[safeguards]]
id = "less"
words = "Health is told less"
when = "to_health"
condition = "share_less"

[[timings]]
id = "soon"
words = "The same day"
does = "send"
by = { rule = "same_day" }
"""


def facts(**changes: Any) -> Any:
    """A child of ten agrees alone to their nurse being told; everything is checked."""
    checks = dict.fromkeys(("necessary", "need_to_know", "accurate", "secure", "onward", "informed"), "yes")
    answers = {name: {"answer": "yes"} for name in ("purpose", "identifies", "confidential")}
    raw = {
        "decision": "share",
        "decided_at": "2026-03-02T10:00:00Z",
        "subject": {"age": 10},
        "risk": {"significant_harm": "no"},
        "recipients": [{"kind": "health"}],
        "questions": {**answers, "right_way": {"checks": checks}},
        "consents": [{"status": "given", "form": "explicit_oral", "by": {"person": "subject", "capacity": "self"}}],
        "competence": {"conclusion": "competent"},
        **changes,
    }
    return parse_facts(raw)


def judged(packs: Packs, **changes: Any) -> Evaluation:
    return evaluate(facts(**changes), packs)


def england(*chosen: tuple[str, str], own: bytes | None = None) -> Packs:
    return packs_for("england", DAY, chosen, read_own_pack(own) if own else None)


def of(what: str, found: tuple[Difference, ...]) -> list[Difference]:
    return [each for each in found if each.what == what]


def test_the_same_guidance_makes_no_difference() -> None:
    assert differences(judged(england()), judged(england())) == ()


def refused() -> dict[str, Any]:
    """Nobody is in danger, and whether the reason is strong enough is not sure."""
    answers = {name: {"answer": "yes"} for name in ("purpose", "identifies", "confidential")}
    no_risk = dict.fromkeys(("significant_harm", "serious_harm_adult", "immediate", "offence"), "no")
    questions = {**answers, "public_interest": {"answer": "unsure"}}
    return {"consents": [{"status": "refused"}], "questions": questions, "risk": no_risk}


def test_advice_is_told_by_the_edge_that_makes_it() -> None:
    same, other = judged(england(), **refused()), judged(england(("readings.refusal", "girfec")), **refused())
    assert (same.advice, other.advice) == ("seek_advice", "do_not_share")
    (found,) = of("advice", differences(same, other))
    step = decisive(other.lines[0])
    assert (found.before, found.after) == ("seek_advice", "do_not_share")
    assert found.rule == f"flowcharts/england-2006#{step.edge}"
    assert (found.words, found.source) == (step.decided, step.citation.in_words())
    assert of("advice", differences(other, judged(england())))[0].after == "may_share (consent)"


def test_what_an_organisation_adds_is_told_as_its_own() -> None:
    found = differences(judged(england()), judged(england(own=OWN)))
    assert [(each.what, each.rule, each.before, each.after) for each in found] == [
        ("condition", "own/anytown#share_less", NOTHING, "share_less"),
        ("deadline", "own/anytown#send", "within 2 working days of the decision", "on the same day"),
    ]
    assert found[0].source == "Policy of Anytown (sample), 3"
    back = differences(judged(england(own=OWN)), judged(england()))
    assert [(each.rule, each.before, each.after) for each in back] == [
        ("own/anytown#share_less", "share_less", NOTHING),
        ("timings/uk-2026#send", "on the same day", "within 2 working days of the decision"),
    ]


def test_the_organisations_own_beside_the_same_of_the_guidance_is_a_difference() -> None:
    answers = {name: {"answer": "yes"} for name in ("purpose", "identifies", "confidential")}
    insecure = {"questions": {**answers, "right_way": {"checks": {"secure": "no"}}}}
    own = OWN.replace(b"share_less", b"put_right_first")
    same, other = judged(england(), **insecure), judged(england(own=own), **insecure)
    assert same.conditions == other.conditions == ("put_right_first",)
    assert [each.rule for each in of("condition", differences(same, other))] == ["own/anytown#put_right_first"]


def test_another_reason_why_it_may_be_shared_is_a_difference() -> None:
    answers = {"purpose": {"answer": "yes"}, "identifies": {"answer": "yes"}, "confidential": {"answer": "no"}}
    (found,) = of("advice", differences(judged(england()), judged(england(), questions=answers)))
    assert (found.before, found.after) == ("may_share (consent)", "may_share (not_confidential)")


def test_a_class_of_retention_that_an_own_pack_gives_comes_with_it() -> None:
    keeping = OWN + b'[[retention]]\nid = "keep"\nwords = "As health keeps it"\nclass = "child_health"\n'
    (found,) = of("kept", differences(judged(england(own=OWN)), judged(england(own=keeping))))
    assert (found.rule, found.before, found.after) == ("own/anytown#retention", NOTHING, "child_health")
    named = {"retention": {"class": "own_policy"}}
    assert of("kept", differences(judged(england(own=OWN), **named), judged(england(own=keeping), **named))) == []


def test_what_a_condition_is_about_stays_in_the_record() -> None:
    """The words of `limited` are the recorder's own."""
    weighed = {"answer": "yes", "limited": {"what": "That Robin was seen", "to_learn": "Whether they know Robin"}}
    answers = {name: {"answer": "yes"} for name in ("purpose", "identifies", "confidential")}
    refused = [{"status": "refused"}]
    questions = {**answers, "public_interest": weighed}
    plain = {**answers, "public_interest": {"answer": "yes"}}
    same = judged(england(), consents=refused, questions=plain, risk={"significant_harm": "yes"})
    other = judged(england(), consents=refused, questions=questions, risk={"significant_harm": "yes"})
    assert "Robin" in str(other.to_json())
    found = differences(same, other)
    assert "limited" in {each.after for each in of("condition", found)}
    assert "Robin" not in str(found)


def test_a_concern_is_told_by_its_code() -> None:
    same, other = judged(england()), judged(england(), competence={"conclusion": "unsure"})
    told = {each.after if each.before == NOTHING else each.before for each in of("concern", differences(same, other))}
    codes = {side: {each.code for each in evaluation.concerns} for side, evaluation in (("a", same), ("b", other))}
    assert told == codes["a"] ^ codes["b"] != set()
    for each in of("concern", differences(same, other)):
        assert each.rule.startswith("concerns/uk-2026#")
        assert each.words


def test_a_day_that_a_record_sets_is_told_without_the_day() -> None:
    later = {"status": "later", "when": "2026-04-05", "reason": "delay"}
    found = of("deadline", differences(judged(england()), judged(england(), informing=later)))
    assert "on the day that was set" in {each.after for each in found}
    assert "April" not in str(found)


def test_rules_of_the_same_pack_differ_in_their_status() -> None:
    same, other = judged(england()), judged(england(), informing={"status": "informed", "when": "2026-03-02"})
    for each in of("rule", differences(same, other)):
        assert each.rule.startswith(("rules/2024-seven#", "caldicott/caldicott-2020#"))
        assert NOTHING not in (each.before, each.after)
    before = {rule.id: rule.status for rule in (*same.rules, *same.principles)}
    after = {rule.id: rule.status for rule in (*other.rules, *other.principles)}
    told = of("rule", differences(same, other))
    assert len(told) == sum(before[name] != after[name] for name in before) > 0


def test_of_other_rules_only_what_they_find_missing_is_told() -> None:
    same, other = judged(england()), judged(england(("rules", "2018-seven")))
    told = of("rule", differences(same, other))
    now = {f"rules/2018-seven#{rule.id}" for rule in other.rules if rule.status in ("missing", "contradicted")}
    then = {f"rules/2024-seven#{rule.id}" for rule in same.rules if rule.status in ("missing", "contradicted")}
    assert {each.rule for each in told if each.before == NOTHING} == now != set()
    assert {each.rule for each in told if each.after == NOTHING} == then != set()


def test_principles_that_no_longer_apply_are_told() -> None:
    told = of("rule", differences(judged(england()), judged(packs_for("scotland", DAY))))
    assert {each.rule.partition("#")[0] for each in told if each.after == NOTHING} == {"caldicott/caldicott-2020"}
    assert pack_of(judged(packs_for("scotland", DAY)), "caldicott") == ""


def test_the_order_is_that_in_which_differences_are_told() -> None:
    several = [
        Difference(what, "", "", "", "", "") for what in ("rule", "advice", "kept", "deadline", "concern", "condition")
    ]
    assert [each.what for each in in_order(several)] == list(WHAT)
