"""What holds for every combination of answers, on every flowchart, whichever side is used where guidance disagrees.

Risk 3 x who could act 2 x duty 2 x purpose 4 x identifies 3 x confidential, with what was understood, 8 x agreement
15 x public interest 4 x circumstance 3 x only to decide 2 x side on crime 2 x side on refusal 2 = 1,658,880 lines on
each flowchart, gone through by what is looked at (lazily.py). The answers about a duty that does not bind are shown to
be looked at by nothing that comes after. The last questions (informant, right way, holding back, approval) look only at
the advice and route so far, so they are gone through for one line of each advice, route and risk that there is.
Exceptions: every pair of 96 answers on two lines. A broken property prints its shortest counterexample in words.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from policies.facts import Exemption, Facts, Item
from policies.flowchart import Flowchart, walk
from policies.judging import line_of
from policies.lines import OPENNESS, SHARES, Line
from tests.policies.taken import TAKEN, USED, chart_of, lines_for, packs_of
from tests.property.lazily import (
    ANSWERS,
    LAST,
    PLAIN,
    PLAIN_LAST,
    Asked,
    LazyView,
    Only,
    Said,
    a_view,
    explore,
    facts_of,
    sides_of,
    stands_for,
)

NAMES = list(TAKEN)
ALIVE: Only = {name: (said,) for name, said in PLAIN_LAST.items()} | {
    "duty": ("no", "a court order"),
    "the person": ("is living",),
}
ENGLAND: Only = {"side on crime": ("england-2006",), "side on refusal": ("england-2006",)}
HELD_BACK = ("do_not_share", "seek_consent_first")


def in_words(said: Said) -> str:
    """The answers that were looked at; of the last questions and of who has died only what is not plain."""
    left_out = {name: PLAIN[name] for name in (*LAST, "the person")}
    return "; ".join(f"{name}: {each}" for name, each in said.items() if left_out.get(name) != each)


def plainness(said: Said) -> tuple[int, int]:
    """How many answers are not the plainest, and how many there are."""
    return sum(each != PLAIN[name] for name, each in said.items()), len(said)


def report(rule: str, broken: list[Said]) -> None:
    """Fails with the shortest counterexample in words, and how many there are."""
    if broken:
        shortest = min(broken, key=plainness)
        raise AssertionError(f"{rule}; broken {len(broken)} times, the shortest: {in_words(shortest)}")


def every(name: str, chart: Flowchart, only: Only) -> Iterator[tuple[Said, Line]]:
    """Every combination on a flowchart, with the answers that were looked at, and the line that comes of it."""
    like = a_view(packs_of(name), USED[name][1])

    def judged(asked: Asked) -> Line:
        return line_of(chart, [LazyView(asked, like)])

    yield from explore(judged, only)


def may(said: Said, name: str, *values: str) -> bool:
    """Whether an answer is one of these, or was not looked at and so may be."""
    return name not in said or said[name] in values


def whole(said: Said, line: Line) -> bool:
    """One advice, one decisive step, each step with its source; a route with every share and only then."""
    decisive = [step for step in line.trace if step.decisive]
    cited = all(step.citation.document and step.citation.paragraph for step in line.trace)
    routed = bool(line.route) == (line.advice in SHARES)
    return line.advice in OPENNESS and len(decisive) == 1 and cited and routed


def duty_first(said: Said, line: Line) -> bool:
    """A duty gives must_share under every other answer, and nothing else does."""
    return (line.advice == "must_share") == (said["duty"] == "a court order")


def refusal_alone(said: Said, line: Line) -> bool:
    """A refusal alone never holds back where the reason is strong enough (unless refusals are final there)."""
    refused = may(said, "agreement", "refused", "withdrawn") and may(said, "public interest", "yes")
    final = said.get("side on refusal") == "girfec"
    return not (refused and may(said, "purpose", "yes")) or final or line.advice not in HELD_BACK


def refusal_kept(said: Said, line: Line) -> bool:
    """Where refusals are final, one that neither danger nor a circumstance speaks against is kept."""
    refused = said.get("agreement") in ("refused", "withdrawn") and said.get("side on refusal") == "girfec"
    lesser = said.get("circumstance") == "a crime" and said.get("side on crime") == "england-2006"
    quiet = said["risk"] == "none" and (said.get("circumstance") == "none" or lesser)
    sure = all(said.get(name) == "yes" for name in ("purpose", "identifies", "confidential"))
    return not (refused and quiet and sure) or line.advice == "do_not_share"


def crime_counts(said: Said, line: Line) -> bool:
    """With nobody asked and nobody in danger, a lesser crime is a reason only where any crime is enough."""
    crime = said.get("circumstance") == "a crime" and said.get("agreement") == "not asked" and said["risk"] == "none"
    sure = all(said.get(name) == "yes" for name in ("purpose", "identifies", "confidential"))
    shared = may(said, "public interest", "yes") and said.get("side on crime") == "girfec"
    return not (crime and sure) or (line.advice in SHARES) == shared


def danger(said: Said, line: Line) -> bool:
    """act_now waits for no answer, and never stands beside holding back from somebody who could act."""
    feared, could_act = said["risk"] == "harm", said["they could act"] == "yes"
    return line.act_now == feared and not (feared and could_act and line.advice in HELD_BACK)


def no_guess(said: Said, line: Line) -> bool:
    """What is not sure never counts as agreement, nor as a strong enough reason; silence never as yes."""
    asked = said.get("agreement") in ("no reply", "could not be asked", "given, not freely", "not asked")
    return not (line.route == "consent" and asked) and not (
        line.route == "public_interest" and said.get("public interest") != "yes"
    )


PROPERTIES: list[Callable[[Said, Line], bool]] = [
    whole,
    duty_first,
    refusal_alone,
    refusal_kept,
    crime_counts,
    danger,
    no_guess,
]

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
    "risk": {"unsure": ["none", "harm"]},
}


def unsettled(name: str, said: Said, line: Line) -> bool:
    """Whether a share in doubt could turn out to be none, however any one doubt in it turns out."""
    doubts = [(each, turned) for each, said_ in said.items() for turned in RESOLVED.get(each, {}).get(said_, [])]
    for doubt, turned in doubts if line.advice in SHARES else []:
        settled = {each: (said_,) for each, said_ in (said | {doubt: turned}).items()}
        if any(found.advice not in SHARES for _, found in every(name, chart_of(name), ALIVE | settled)):
            return True
    return False


def same_from_real_facts(name: str, only: Only, turn: int, said: Said, line: Line) -> None:
    """Going by what is looked at gives what real facts give, whatever the answers are where nobody looked."""
    choices = {each: tuple(only.get(each, words)) for each, words in ANSWERS.items()}
    filled = {each: words[turn % len(words)] for each, words in choices.items()} | dict(said)
    (real,) = lines_for(chart_of(name), facts_of(filled), packs_of(name, sides_of(filled)), USED[name][1])
    assert (real.advice, real.route, real.conditions) == (line.advice, line.route, line.conditions), in_words(said)
    assert (real.trace, real.act_now, real.unsure) == (line.trace, line.act_now, line.unsure), in_words(said)


@pytest.mark.parametrize("risk", ANSWERS["risk"])
@pytest.mark.parametrize("name", NAMES)
def test_what_holds_for_every_combination(name: str, risk: str) -> None:
    only = ALIVE | {"risk": (risk,)}
    broken: dict[str, list[Said]] = {each.__doc__ or "": [] for each in PROPERTIES}
    undone, combinations = [], 0
    for place, (said, line) in enumerate(every(name, chart_of(name), only)):
        combinations += stands_for(said, only)
        if place % 100 == 0:
            same_from_real_facts(name, only, place // 100, said, line)
        for each in PROPERTIES:
            if not each(said, line):
                broken[each.__doc__ or ""].append(said)
        if unsettled(name, said, line):
            undone.append(said)
    for rule, found in broken.items():
        report(rule, found)
    report("What may be shared in doubt may be shared however the doubt turns out", undone)
    # Nothing was left out: together they stand for all there are.
    assert combinations == math.prod(len(only.get(each, answers)) for each, answers in ANSWERS.items()) == 552_960


@pytest.mark.parametrize("name", NAMES)
def test_a_duty_that_does_not_bind_is_looked_at_by_nothing_after_it(name: str) -> None:
    """So a doubt about a duty, or a power taken for one, undoes nothing that is reached otherwise."""
    chart, like = chart_of(name), a_view(packs_of(name), USED[name][1])
    (after,) = {edge.to for edge in chart.edges["duty"] if not edge.advice}
    rest = replace(chart, begins=after)
    only = ALIVE | {"duty": (), "purpose": ("yes", "no"), "risk": ("none", "harm")}
    assert sum(1 for _ in explore(lambda asked: walk(rest, LazyView(asked, like)), only)) > 500
    with pytest.raises(AssertionError, match="nobody was to ask about duty"):
        list(explore(lambda asked: walk(chart, LazyView(asked, like)), only))


@pytest.mark.parametrize("name", ["england-2006", "girfec-vsp"])
def test_not_sure_whether_it_identifies_counts_as_yes(name: str) -> None:
    only = ALIVE | ENGLAND | {"duty": ("no",), "purpose": ("yes",)}
    yes = every(name, chart_of(name), only | {"identifies": ("yes",)})
    unsure = every(name, chart_of(name), only | {"identifies": ("unsure",)})
    broken = []
    for (said, sure), (_, doubted) in zip(yes, unsure, strict=True):
        if (doubted.advice, doubted.route, doubted.conditions) != (sure.advice, sure.route, sure.conditions):
            broken.append(said)
    report("Not sure whether it identifies counts as yes", broken)


def test_in_2008_whoever_is_not_sure_of_a_question_asks_for_advice() -> None:
    """Of the first question that is not answered yes; a question that is answered otherwise ends the asking."""
    only = ALIVE | ENGLAND | {"duty": ("no",)}
    doubts, broken = 0, []
    for said, line in every("uk-2008", chart_of("uk-2008"), only):
        asked = [said.get(each, "") for each in ("purpose", "identifies", "confidential", "agreement")]
        first = next((each for each in asked if each != "yes"), "")
        if first.startswith("unsure"):
            doubts += 1
            broken += [said] if line.advice != "seek_advice" else []
    assert doubts > 50
    report("Whoever is not sure of a question asks for advice", broken)


@pytest.mark.parametrize("name", NAMES)
def test_somebody_who_has_died_is_not_to_be_asked_first(name: str) -> None:
    only = ALIVE | {"the person": ("has died",), "duty": ("no",), "purpose": ("yes", "no"), "identifies": ("yes",)}
    broken: dict[str, list[Said]] = {each.__doc__ or "": [] for each in PROPERTIES if each is not crime_counts}
    for said, line in every(name, chart_of(name), only):
        for each in PROPERTIES:
            if each is not crime_counts and not each(said, line):
                broken[each.__doc__ or ""].append(said)
        if line.advice == "seek_consent_first":
            broken.setdefault("Somebody who has died cannot be asked first", []).append(said)
    for rule, found in broken.items():
        report(rule, found)


def reached(name: str) -> list[Said]:
    """One combination, the plainest, for each advice, route, doubt and risk that there is."""
    found: dict[tuple[str, str, str, bool], Said] = {}
    only = ALIVE | ENGLAND | {"identifies": ("yes", "no"), "circumstance": ("none", "evidence of harm")}
    for said, line in every(name, chart_of(name), only):
        key = (line.advice, line.route, said["risk"] + said["they could act"], bool(line.unsure))
        if key not in found or plainness(said) < plainness(found[key]):
            found[key] = said
    return list(found.values())


def after(name: str, before: Line, line: Line, said: Said) -> bool:
    """What the last questions may change: nothing for a duty; else to leave it out, to put it right, to ask."""
    codes = {each.code for each in line.conditions}
    told = said.get("who told", "nobody of the public")
    out = "no" in (said.get("necessary"), said.get("need to know")) or told == "would be shown"
    doubted = name == "uk-2008" and said.get("necessary") == "unsure" and not line.act_now
    wrong = "no" in (said.get("accurate"), said.get("secure"))
    awaited = said.get("sexual activity") == "under 13" and (
        said.get("decision") == "not to share" or (said.get("decision") == "none yet" and line.advice in HELD_BACK)
    )
    right = [whole(said, line), danger(said, line), ("awaiting_approval" in codes) == awaited]
    if before.route == "duty":
        right += [line.advice == "must_share", "share_less" not in codes]
    elif before.advice in SHARES and out:
        right += [line.advice not in SHARES, line.taken_out, "share_less" in codes]
    elif before.unsure and (out or doubted):
        right.append(line.advice not in SHARES)
    elif before.advice in SHARES and doubted:
        right.append(line.advice == "seek_advice")
    else:
        right += [line.advice == before.advice, not line.taken_out]
    if line.advice in SHARES:
        right.append(("put_right_first" in codes) == (wrong and not line.act_now))
        right.append(("share_less" in codes) == (told == "might be shown" and line.route != "duty"))
    return all(right)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_last_questions_may_change(name: str) -> None:
    representatives = reached(name)
    assert len(representatives) > 20
    chart, broken = chart_of(name), []
    for said in representatives:
        fixed = {each: (said.get(each, PLAIN[each]),) for each in ANSWERS if each not in LAST}
        plain = {each: (words,) for each, words in PLAIN_LAST.items()}
        ((_, before),) = every(name, chart, fixed | plain)
        sent = {each: tuple(ANSWERS[each]) for each in LAST if each not in ("sexual activity", "decision")}
        approved = {each: tuple(ANSWERS[each]) for each in ("necessary", "sexual activity", "decision")}
        for varied in (sent, approved):
            broken += [
                tail for tail, line in every(name, chart, fixed | plain | varied) if not after(name, before, line, tail)
            ]
    report(after.__doc__ or "", broken)


@pytest.mark.parametrize("name", NAMES)
def test_approval_looks_at_nothing_that_is_sent(name: str) -> None:
    """So the two may be gone through one after the other."""
    chart, like = chart_of(name), a_view(packs_of(name), USED[name][1])
    only = dict.fromkeys(("necessary", "need to know", "accurate", "secure", "who told", "public interest"), ())
    ways = list(explore(lambda asked: walk(replace(chart, begins="approval"), LazyView(asked, like)), only))
    assert {edge.id for _, (way,) in ways for edge in way.edges} == {"approval-under-13", "approval-none"}


def small() -> Iterator[dict[str, str]]:
    """Enough answers to reach every advice, for pairs of them."""
    values = (
        ["yes", "no"],
        ["yes", "no"],
        ["yes", "unsure"],
        ["no", "a court order"],
        ["not asked", "given", "refused"],
    )
    names = ("purpose", "identifies", "confidential", "duty", "agreement", "public interest")
    for each in itertools.product(*values, ["yes", "no"]):
        yield dict(zip(names, each, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_an_exception_changes_its_own_line_and_no_other(name: str) -> None:
    """Two items: the exception is on the second. The first stays; the second is as if the answers were its own."""
    chart, packs, day = chart_of(name), packs_of(name), USED[name][1]
    alone: dict[str, tuple[Facts, Line]] = {}
    for said in small():
        facts = facts_of(said)
        (line,) = lines_for(chart, facts, packs, day)
        alone[in_words(said)] = facts, line
    for (words, (facts, own)), (other, (over, expected)) in itertools.product(alone.items(), repeat=2):
        exception = Exemption(items=(2,), questions=over.questions, consents=over.consents)
        both: Any = replace(facts, information=(Item(), Item()), exceptions=(exception,))
        first, second = lines_for(chart, both, packs, day)
        assert first == own, words
        if over.consents or not facts.consents:
            assert (second.advice, second.route) == (expected.advice, expected.route), other
            assert second.trace == expected.trace


# A property, an edge without which it cannot hold, and the shortest counterexample there is then.
BREAKS = [
    (danger, "brake-danger", "risk: harm; duty: no; purpose: no; confidential: yes; they could act: yes"),
    (duty_first, "duty-must", "risk: none; duty: a court order; purpose: yes; identifies: yes; confidential: yes; "
     "agreement: not asked; circumstance: none; they could act: yes"),
    (refusal_alone, "consent-refused", "risk: none; duty: no; purpose: yes; identifies: yes; confidential: yes; "
     "agreement: refused; circumstance: none; side on refusal: england-2006; they could act: yes"),
]  # fmt: skip


@pytest.mark.parametrize(("holds", "edge", "words"), BREAKS, ids=[edge for _, edge, _ in BREAKS])
def test_a_broken_property_prints_its_shortest_counterexample(
    holds: Callable[[Said, Line], bool], edge: str, words: str
) -> None:
    only = ALIVE | ENGLAND | {"confidential": ("yes",)}
    among = every("england-2006", chart_of("england-2006").without(edge), only)
    broken = [said for said, line in among if not holds(said, line)]
    with pytest.raises(AssertionError) as caught:
        report(holds.__doc__ or "", broken)
    assert str(caught.value).endswith(f"the shortest: {words}")
