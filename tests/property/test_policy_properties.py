"""What holds for every combination of answers on the england-2006 flowchart, by going through all of them.

Questions 1 to 6 in every combination: purpose 4 x identifies 2 x confidential, with what was understood, 8 x duty 6 x
agreement 15 x public interest, with its circumstances, 9 x risk and who could act 4 = 207,360 lines; not being sure
whether it identifies is shown to be the same as yes. What comes after (informant, right way, holding back, approval)
looks only at the advice and route so far, so it is gone through for one line of each advice, route and risk that there
is: 60 checks x 4 informants x 4 ages and decisions. Exceptions: every pair of 96 answers on two lines. A broken
property prints its shortest counterexample in words.
"""

import datetime
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from policies import bases
from policies.evaluation import lines_for
from policies.facts import (
    Checks,
    Competence,
    Confidential,
    Consent,
    Consenter,
    Duty,
    Exemption,
    Facts,
    Item,
    Limited,
    Provider,
    PublicInterest,
    Question,
    Questions,
    Recipient,
    RightWay,
    Risk,
    Subject,
)
from policies.flowchart import Flowchart, flowchart_of
from policies.judging import line_of
from policies.lines import OPENNESS, SHARES, Line, View
from policies.packs import packs_for

DAY = datetime.date(2026, 3, 2)
PACKS = packs_for("england", DAY)
CHART = flowchart_of(PACKS.flowchart, PACKS.concerns)
PARENT = Consenter(capacity="parental_responsibility", resident="yes")
OTHER_INTEREST = Consenter(capacity="parental_responsibility", conflict_of_interest="yes")
HARM = ("evidence_of_harm",)

# Each answer in words; the first of each is the plainest, and a counterexample is short when it has many of those.
ANSWERS: dict[str, dict[str, Any]] = {
    "purpose": {"yes": "yes", "no": "no", "unsure": "unsure", "not answered": ""},
    "identifies": {"yes": "yes", "no": "no", "unsure": "unsure"},
    "confidential": {
        "yes": Confidential("yes"),
        "no": Confidential("no"),
        "unsure": Confidential("unsure"),
        "not answered": Confidential(),
        "yes, within what was understood": Confidential("yes", within_understanding="yes"),
        "yes, unsure what was understood": Confidential("yes", within_understanding="unsure"),
        "unsure, within what was understood": Confidential("unsure", within_understanding="yes"),
        "unsure, unsure what was understood": Confidential("unsure", within_understanding="unsure"),
    },
    "duty": {
        "no": Duty("no"),
        "a court order": Duty("yes", code="COURT"),
        "a request with an exception, reasoned": Duty("yes", code="CA89-27", exception="it would undo our own work"),
        "a power": Duty("yes", code="CDA98-115"),
        "yes, unnamed": Duty("yes"),
        "unsure": Duty("unsure"),
    },
    "agreement": {
        "not asked": (Question(), (), None),
        "yes": (Question("yes"), (), None),
        "no": (Question("no"), (), None),
        "unsure": (Question("unsure"), (), None),
        "given": (Question(), (Consent("given"),), None),
        "given, unsure whether freely": (Question(), (Consent("given", freely_given="unsure"),), None),
        "given, not freely": (Question(), (Consent("given", freely_given="no"),), None),
        "refused": (Question(), (Consent("refused"),), None),
        "withdrawn": (Question(), (Consent("withdrawn"),), None),
        "no reply": (Question(), (Consent("no_reply"),), None),
        "could not be asked": (Question(), (Consent("unobtainable"),), None),
        "not to be asked": (Question(), (Consent("not_sought", not_sought="child_harm"),), None),
        "parents differ": (Question(), (Consent("given", by=PARENT), Consent("refused", by=PARENT)), None),
        "given by one with another interest": (Question(), (Consent("given", by=OTHER_INTEREST),), None),
        "given by a child, unsure whether they understand": (
            Question(),
            (Consent("given", by=Consenter(capacity="self")),),
            Competence("unsure"),
        ),
    },
    "public interest": {
        "yes": PublicInterest("yes"),
        "no": PublicInterest("no"),
        "unsure": PublicInterest("unsure"),
        "not answered": PublicInterest(),
        "yes, evidence of harm": PublicInterest("yes", circumstances=HARM),
        "no, evidence of harm": PublicInterest("no", circumstances=HARM),
        "unsure, evidence of harm": PublicInterest("unsure", circumstances=HARM),
        "not answered, evidence of harm": PublicInterest(circumstances=HARM),
        "yes, in order to decide": PublicInterest("yes", limited=Limited("only the dates")),
    },
    "risk": {
        "none": (Risk(), "yes"),
        "unsure": (Risk(significant_harm="unsure"), "yes"),
        "harm, and they could act": (Risk(significant_harm="yes"), "yes"),
        "harm, and they could not act": (Risk(significant_harm="yes"), "no"),
    },
}
DUTIES = {
    said: bases.is_duty(duty.code, "", "", "england", "court", DAY) if duty.code else None
    for said, duty in ANSWERS["duty"].items()
}
Said = tuple[str, ...]
NAMES = tuple(ANSWERS)


def in_words(said: Said) -> str:
    return "; ".join(f"{name}: {each}" for name, each in zip(NAMES, said, strict=True))


def plainness(said: Said) -> int:
    """How many answers are not the plainest."""
    return sum(each != next(iter(ANSWERS[name])) for name, each in zip(NAMES, said, strict=True))


def report(rule: str, broken: list[Said]) -> None:
    """Fails with the shortest counterexample in words, and how many there are."""
    if broken:
        shortest = min(broken, key=plainness)
        raise AssertionError(f"{rule}; broken {len(broken)} times, the shortest: {in_words(shortest)}")


def view_of(said: Said, **more: Any) -> View:
    """One line whose answers are these. more: fields of Facts, and `item`, `checks`."""
    purpose, identifies, confidential, duty, agreement, interest, risk = said
    bare, consents, competence = ANSWERS["agreement"][agreement]
    feared, could_act = ANSWERS["risk"][risk]
    questions = Questions(
        purpose=Question(ANSWERS["purpose"][purpose]),
        identifies=Question(ANSWERS["identifies"][identifies]),
        confidential=ANSWERS["confidential"][confidential],
        consent=bare,
        duty=ANSWERS["duty"][duty],
        public_interest=ANSWERS["public interest"][interest],
        right_way=RightWay(checks=more.pop("checks", Checks())),
    )
    item = more.pop("item", Item())
    facts = Facts(questions=questions, consents=consents, competence=competence, risk=feared, **more)
    return View(
        facts=facts,
        questions=questions,
        consents=consents,
        item=item,
        recipient=Recipient(could_act=could_act),
        item_number=1,
        recipient_number=1,
        person="subject",
        first=True,
        duty=DUTIES[duty],
        act_now=feared.significant_harm == "yes",
        day="2026-03-02",
        competence_pack="england-2006",
    )


def every(chart: Flowchart, **fixed: str) -> Iterator[tuple[Said, Line]]:
    """Every combination with some answers fixed, and the line that comes of it."""
    for said in itertools.product(*([fixed[name]] if name in fixed else each for name, each in ANSWERS.items())):
        yield said, line_of(chart, [view_of(said)])


def whole(said: Said, line: Line) -> bool:
    """One advice, one decisive step, each step with its source; a route with every share and only then."""
    decisive = [step for step in line.trace if step.decisive]
    cited = all(step.citation.document and step.citation.paragraph for step in line.trace)
    routed = bool(line.route) == (line.advice in SHARES)
    return line.advice in OPENNESS and len(decisive) == 1 and cited and routed


def duty_first(said: Said, line: Line) -> bool:
    """A duty gives must_share under every other answer, and nothing else does."""
    return (line.advice == "must_share") == (said[3] == "a court order")


def refusal_alone(said: Said, line: Line) -> bool:
    """A refusal alone never gives do_not_share where the reason is strong enough (and there is a purpose)."""
    refused = said[4] in ("refused", "withdrawn") and said[5].startswith("yes") and said[0] == "yes"
    return not refused or line.advice in SHARES


def danger(said: Said, line: Line) -> bool:
    """act_now waits for no answer, and never stands beside holding back from somebody who could act."""
    feared, could_act = said[6].startswith("harm"), said[6] == "harm, and they could act"
    held_back = line.advice in ("do_not_share", "seek_consent_first")
    return line.act_now == feared and not (could_act and held_back)


def no_guess(said: Said, line: Line) -> bool:
    """What is not sure never counts as agreement, nor as a strong enough reason; silence never as yes."""
    asked = said[4] in ("no reply", "could not be asked", "given, not freely", "not asked")
    return not (line.route == "consent" and asked) and not (
        line.route == "public_interest" and not said[5].startswith("yes")
    )


PROPERTIES: list[Callable[[Said, Line], bool]] = [whole, duty_first, refusal_alone, danger, no_guess]

# An answer that is not sure, and what it may turn out to be.
RESOLVED: dict[str, dict[str, list[str]]] = {
    "purpose": {"unsure": ["yes", "no"], "not answered": ["yes", "no"]},
    "identifies": {"unsure": ["yes", "no"]},
    "confidential": {
        "unsure": ["yes", "no"],
        "not answered": ["yes", "no"],
        "yes, unsure what was understood": ["yes", "yes, within what was understood"],
        "unsure, within what was understood": ["yes, within what was understood", "no"],
        "unsure, unsure what was understood": ["yes, unsure what was understood", "no", "unsure"],
    },
    "agreement": {"unsure": ["yes", "no"], "given, unsure whether freely": ["given", "given, not freely"]},
    "public interest": {"unsure": ["yes", "no"], "not answered": ["yes", "no"]},
    "risk": {"unsure": ["none", "harm, and they could act"]},
}


def resolutions(said: Said) -> Iterator[Said]:
    for place, name in enumerate(NAMES):
        for turned in RESOLVED.get(name, {}).get(said[place], []):
            yield (*said[:place], turned, *said[place + 1 :])


@pytest.mark.parametrize("duty", ANSWERS["duty"])
@pytest.mark.parametrize("identifies", ["yes", "no"])
def test_what_holds_for_every_combination(duty: str, identifies: str) -> None:
    advice: dict[Said, str] = {}
    broken: dict[str, list[Said]] = {each.__doc__ or "": [] for each in PROPERTIES}
    for said, line in every(CHART, duty=duty, identifies=identifies):
        advice[said] = line.advice
        for each in PROPERTIES:
            if not each(said, line):
                broken[each.__doc__ or ""].append(said)
    for rule, found in broken.items():
        report(rule, found)
    undone = [
        said
        for said, given in advice.items()
        if given in SHARES and any(advice.get(turned, given) not in SHARES for turned in resolutions(said))
    ]
    report("What may be shared in doubt may be shared however the doubt turns out", undone)


def test_not_sure_whether_it_identifies_counts_as_yes() -> None:
    broken = []
    for said, line in every(CHART, identifies="unsure", purpose="yes"):
        sure = line_of(CHART, [view_of((said[0], "yes", *said[2:]))])
        if (line.advice, line.route, line.conditions) != (sure.advice, sure.route, sure.conditions):
            broken.append(said)
    report("Not sure whether it identifies counts as yes", broken)


def test_a_doubt_about_a_duty_undoes_nothing() -> None:
    undone = []
    for said, line in every(CHART, identifies="yes", duty="unsure", purpose="yes"):
        sure = [line_of(CHART, [view_of((*said[:3], each, *said[4:]))]) for each in ("no", "a court order")]
        if line.advice in SHARES and not SHARES.issuperset(each.advice for each in sure):
            undone.append(said)
    report("What may be shared in doubt may be shared however the doubt turns out", undone)


def reached() -> list[Said]:
    """One combination, the plainest, for each advice, route and risk that there is."""
    found: dict[tuple[str, str, str], Said] = {}
    for said, line in every(CHART, identifies="yes", purpose="yes"):
        key = (line.advice, line.route, said[6])
        if key not in found or plainness(said) < plainness(found[key]):
            found[key] = said
    for risk in ANSWERS["risk"]:
        for said, line in every(CHART, identifies="no", duty="no", agreement="not asked", risk=risk):
            found.setdefault((line.advice, line.route, risk), said)
    return list(found.values())


CHECKED = ["yes", "no", "unsure", "not_applicable", ""]
CALLERS = {
    "nobody": Provider(),
    "may be named": Provider("member_of_public", agrees_to_be_named="yes", identifiable="yes"),
    "would be shown": Provider("member_of_public", agrees_to_be_named="not_asked", identifiable="yes"),
    "might be shown": Provider("member_of_public"),
}


def tails() -> Iterator[dict[str, Any]]:
    for necessary, know, accurate, secure in itertools.product(
        CHECKED, ["yes", "no"], ["yes", "no", ""], ["yes", "no"]
    ):
        for caller in CALLERS.values():
            for age, decision in ((12, "no_share"), (12, "share"), (13, "no_share"), (12, "")):
                yield {
                    "checks": Checks(necessary, know, accurate, secure),
                    "item": Item(provider=caller),
                    "subject": Subject(age),
                    "sexual_activity": True,
                    "decision": decision,
                }


def after(before: Line, line: Line, said: Said, tail: dict[str, Any]) -> bool:
    """What the last questions may change: nothing for a duty; else to leave it out, to put it right, to ask."""
    checks, caller = tail["checks"], tail["item"].provider
    codes = {each.code for each in line.conditions}
    out = checks.necessary == "no" or checks.need_to_know == "no" or caller is CALLERS["would be shown"]
    wrong = "no" in (checks.accurate, checks.secure)
    awaited = tail["subject"].age == 12 and (
        tail["decision"] == "no_share"
        or (tail["decision"] == "" and line.advice in ("do_not_share", "seek_consent_first"))
    )
    right = [whole(said, line), danger(said, line), ("awaiting_approval" in codes) == awaited]
    if before.route == "duty":
        right += [line.advice == "must_share", "share_less" not in codes]
    elif before.advice in SHARES and out:
        right += [line.advice not in SHARES, line.taken_out, "share_less" in codes]
    elif before.unsure and out:
        right.append(line.advice not in SHARES)
    else:
        right += [line.advice == before.advice, not line.taken_out]
    if line.advice in SHARES:
        right.append(("put_right_first" in codes) == (wrong and not line.act_now))
        right.append(("share_less" in codes) == (caller is CALLERS["might be shown"] and line.route != "duty"))
    return all(right)


def test_what_the_last_questions_may_change() -> None:
    representatives = reached()
    assert len(representatives) > 20
    broken = []
    for said in representatives:
        before = line_of(CHART, [view_of(said)])
        for tail in tails():
            line = line_of(CHART, [view_of(said, **tail)])
            if not after(before, line, said, tail):
                broken.append(said)
    report(after.__doc__ or "", broken)


def small() -> Iterator[Said]:
    """Enough answers to reach every advice, for pairs of them."""
    yield from itertools.product(
        ["yes", "no"],
        ["yes", "no"],
        ["yes", "unsure"],
        ["no", "a court order"],
        ["not asked", "given", "refused"],
        ["yes", "no"],
        ["none"],
    )


def test_an_exception_changes_its_own_line_and_no_other() -> None:
    """Two items: the exception is on the second. The first stays; the second is as if the answers were its own."""
    alone = {}
    for said in small():
        facts = view_of(said).facts
        (alone[said],) = lines_for(CHART, facts, PACKS, DAY)
    for said, other in itertools.product(alone, repeat=2):
        facts, over = view_of(said).facts, view_of(other).facts
        exception = Exemption(items=(2,), questions=over.questions, consents=over.consents)
        both = Facts(
            questions=facts.questions, consents=facts.consents, information=(Item(), Item()), exceptions=(exception,)
        )
        first, second = lines_for(CHART, both, PACKS, DAY)
        assert first == alone[said], in_words(said)
        if over.consents or not facts.consents:
            expected = alone[other]
            assert (second.advice, second.route) == (expected.advice, expected.route), in_words(other)
            assert second.trace == expected.trace


# A property, an edge without which it cannot hold, and the shortest counterexample there is then.
BREAKS = [
    (danger, "brake-danger", "purpose: no; identifies: yes; confidential: yes; duty: no; agreement: not asked; "
     "public interest: yes; risk: harm, and they could act"),
    (duty_first, "duty-must", "purpose: yes; identifies: yes; confidential: yes; duty: a court order; "
     "agreement: not asked; public interest: yes; risk: none"),
    (refusal_alone, "interest-may", "purpose: yes; identifies: yes; confidential: yes; duty: no; agreement: refused; "
     "public interest: yes; risk: none"),
]  # fmt: skip


@pytest.mark.parametrize(("holds", "edge", "words"), BREAKS, ids=[edge for _, edge, _ in BREAKS])
def test_a_broken_property_prints_its_shortest_counterexample(
    holds: Callable[[Said, Line], bool], edge: str, words: str
) -> None:
    among = every(CHART.without(edge), identifies="yes", confidential="yes")
    broken = [said for said, line in among if not holds(said, line)]
    with pytest.raises(AssertionError) as caught:
        report(holds.__doc__ or "", broken)
    assert str(caught.value).endswith(f"the shortest: {words}")
