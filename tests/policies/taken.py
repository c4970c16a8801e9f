"""For each edge of each flowchart, facts that take it and what the one line then comes to."""

import datetime
from dataclasses import replace
from typing import Any, NamedTuple

from policies.facts import parse_facts
from policies.flowchart import Edge, Flowchart, flowchart_of
from policies.judging import line_of
from policies.lines import SHARES, Line
from policies.packs import Packs, packs_for
from policies.values import Facts
from policies.views import views_for

# A day on which each flowchart is used, and where.
USED = {
    "england-2006": ("england", datetime.date(2026, 3, 2)),
    "uk-2008": ("england", datetime.date(2010, 3, 2)),
    "girfec-vsp": ("scotland", datetime.date(2026, 3, 2)),
}


class Row(NamedTuple):
    """facts: of one line. said: advice, route and conditions of it. sides: chosen on points where guidance differs."""

    facts: dict[str, Any]
    said: str
    sides: tuple[tuple[str, str], ...] = ()


def packs_of(name: str, sides: tuple[tuple[str, str], ...] = ()) -> Packs:
    """The packs beside a flowchart on the day it is used."""
    return replace(packs_for(*USED[name]), sides=sides)


def chart_of(name: str) -> Flowchart:
    """A flowchart, read once."""
    packs = packs_of(name)
    return flowchart_of(packs.flowchart, packs.concerns)


def lines_for(chart: Flowchart, facts: Facts, packs: Packs, day: datetime.date) -> list[Line]:
    """Every line judged by a flowchart, in the order of the document."""
    return [line_of(chart, views) for views in views_for(facts, packs, day)]


def line(name: str, chart: Flowchart, row: Row) -> Line:
    """What a row comes to; chart: the one of that name, or one with something changed in it."""
    (only,) = lines_for(chart, parse_facts(row.facts), packs_of(name, row.sides), USED[name][1])
    return only


def said(found: Line) -> str:
    """Advice, route and conditions."""
    return " ".join([found.advice, *([found.route] if found.route else []), *(each.code for each in found.conditions)])


def on_the_way(**answers: Any) -> dict[str, Any]:
    """Questions 1 to 3 answered so that question 4 is reached; others as given, a text being an answer."""
    given = {"purpose": "yes", "identifies": "yes", "confidential": "yes", **answers}
    return {name: {"answer": said} if isinstance(said, str) else said for name, said in given.items()}


def asked(status: str, **more: Any) -> dict[str, Any]:
    """One answer to a request for agreement, and a reason that is not strong enough."""
    return {"questions": on_the_way(public_interest="no"), "consent": {"status": status, **more}}


def weighed(answer: str, **more: Any) -> dict[str, Any]:
    """Nobody could be asked, so that the strength of the reason decides."""
    return {
        "questions": on_the_way(public_interest={"answer": answer, **more}),
        "consent": {"status": "unobtainable"},
    }


def open_with(**more: Any) -> dict[str, Any]:
    """Not confidential, so that it may be shared."""
    return {"questions": on_the_way(confidential="no"), **more}


def checked(**checks: str) -> dict[str, Any]:
    """Not confidential, with checks of what is sent and how."""
    return {"questions": on_the_way(confidential="no", right_way={"checks": checks})}


COURT = {"answer": "yes", "code": "COURT"}
HARM = {"circumstances": ["evidence_of_harm"]}
LIMITED = {"limited": {"what": "only the dates"}}
CALLER = {"kind": "member_of_public", "agrees_to_be_named": "no"}
GIVEN = {"status": "given", "by": {"capacity": "parental_responsibility", "resident": "yes"}}
REFUSED = {"status": "refused", "by": {"capacity": "parental_responsibility", "resident": "yes"}}
GIRFEC_REFUSAL = (("refusal", "girfec"),)
DIED = {"subject": {"living": False}}

_BASE: dict[str, Row] = {
    "risk-child": Row({"risk": {"offence": "yes"}, "questions": on_the_way()}, "seek_advice"),
    "risk-adult": Row({"risk": {"serious_harm_adult": "yes"}, **open_with()}, "may_share not_confidential"),
    "risk-unsure": Row({"risk": {"immediate": "unsure"}, **open_with()}, "may_share not_confidential"),
    "risk-none": Row(open_with(), "may_share not_confidential"),
    "duty-too-broad": Row({"questions": {"duty": {**COURT, "too_broad": "yes"}}}, "must_share duty legal_advice"),
    "duty-must": Row({"questions": {"duty": COURT}}, "must_share duty"),
    "duty-excepted": Row(
        {
            "questions": on_the_way(
                duty={"answer": "yes", "code": "CA89-27", "exception": "it would undo our work"}, public_interest="yes"
            ),
            "consent": {"status": "unobtainable"},
        },
        "may_share public_interest",
    ),
    "duty-not-known": Row(
        {
            "questions": on_the_way(duty={"answer": "yes", "code": "NI-CLA67"}),
            "organisation": {"nation": "wales"},
        },
        "seek_consent_first legal_advice",
    ),
    "duty-not-one": Row({"questions": on_the_way(duty={"answer": "yes", "code": "CDA98-115"})}, "seek_consent_first"),
    "duty-unnamed": Row({"questions": on_the_way(duty="yes")}, "seek_consent_first legal_advice"),
    "duty-outside": Row(
        {
            "questions": on_the_way(duty={**COURT, "extent_items": [2]}),
            "information": [{}, {}],
            "recipients": [{"items": [1]}],
        },
        "seek_consent_first",
    ),
    "duty-unsure": Row({"questions": on_the_way(duty="unsure")}, "seek_consent_first legal_advice"),
    "duty-none": Row({"questions": on_the_way(duty="no")}, "seek_consent_first"),
    "purpose-no": Row({"questions": on_the_way(purpose="no")}, "do_not_share"),
    "purpose-yes": Row(open_with(), "may_share not_confidential"),
    "identifies-no": Row({"questions": on_the_way(identifies="no")}, "may_share anonymised"),
    "identifies-deceased": Row({**open_with(), **DIED}, "may_share not_confidential"),
    "identifies-yes": Row(open_with(), "may_share not_confidential"),
    "confidential-no": Row(open_with(), "may_share not_confidential"),
    "confidential-within": Row(
        {"questions": on_the_way(confidential={"answer": "yes", "within_understanding": "yes"})},
        "may_share within_understanding",
    ),
    "confidential-yes": Row({"questions": on_the_way()}, "seek_consent_first"),
    "consent-good": Row(asked("given"), "may_share consent"),
    "consent-parents-differ": Row(
        {"questions": on_the_way(public_interest="no"), "subject": {"age": 3}, "consents": [GIVEN, REFUSED]},
        "seek_advice",
    ),
    "consent-parents-differ-risk": Row(
        {
            "questions": on_the_way(public_interest={"answer": "yes", **HARM}),
            "subject": {"age": 3},
            "consents": [GIVEN, REFUSED],
        },
        "should_share public_interest",
    ),
    "consent-refusal-respected": Row(
        {"questions": on_the_way(public_interest="yes"), "consent": {"status": "refused"}},
        "do_not_share",
        GIRFEC_REFUSAL,
    ),
    "consent-refused": Row(
        {"questions": on_the_way(public_interest={"answer": "yes", **HARM}), "consent": {"status": "refused"}},
        "should_share public_interest",
    ),
    "consent-withdrawn": Row(
        {"questions": on_the_way(public_interest={"answer": "yes", **HARM}), "consent": {"status": "withdrawn"}},
        "should_share public_interest",
    ),
    "consent-invalid": Row(asked("given", freely_given="no"), "do_not_share"),
    "consent-conflict": Row(
        asked("given", by={"capacity": "parental_responsibility", "conflict_of_interest": "yes"}), "do_not_share"
    ),
    "consent-unobtainable": Row(asked("unobtainable"), "do_not_share"),
    "consent-no-reply": Row(asked("no_reply"), "do_not_share"),
    "consent-not-to-be-sought": Row(asked("not_sought", not_sought="delay"), "seek_advice"),
    "consent-no": Row({"questions": on_the_way(consent="no", public_interest="no")}, "do_not_share"),
    "consent-not-asked-risk": Row(
        {"questions": on_the_way(public_interest={"answer": "yes", **HARM})}, "should_share public_interest"
    ),
    "consent-first": Row({"questions": on_the_way(public_interest="yes")}, "seek_consent_first"),
    "interest-should-limited": Row(weighed("yes", **HARM, **LIMITED), "should_share public_interest limited"),
    "interest-should": Row(weighed("yes", **HARM), "should_share public_interest"),
    "interest-may-limited": Row(weighed("yes", **LIMITED), "may_share public_interest limited"),
    "interest-may": Row(weighed("yes"), "may_share public_interest"),
    "interest-no-despite-harm": Row(weighed("no", **HARM), "seek_advice"),
    "interest-no": Row(weighed("no"), "do_not_share"),
    "interest-unsure": Row(weighed("unsure"), "seek_advice"),
    "informant-shown": Row(
        open_with(information=[{"provider": {**CALLER, "identifiable": "yes"}}]), "do_not_share share_less"
    ),
    "informant-withheld": Row(open_with(information=[{"provider": CALLER}]), "may_share not_confidential share_less"),
    "informant-none": Row(open_with(), "may_share not_confidential"),
    "right-way-not-needed": Row(checked(necessary="no"), "do_not_share share_less"),
    "right-way-unverified": Row(
        {**checked(accurate="no"), "risk": {"immediate": "yes"}}, "may_share not_confidential"
    ),
    "right-way-put-right": Row(checked(secure="no"), "may_share not_confidential put_right_first"),
    "right-way-yes": Row(open_with(), "may_share not_confidential"),
    "brake-danger": Row({"questions": on_the_way(purpose="no"), "risk": {"immediate": "yes"}}, "seek_advice"),
    "brake-none": Row({"questions": on_the_way(purpose="no")}, "do_not_share"),
    "approval-under-13": Row(
        {
            "questions": on_the_way(purpose="no"),
            "subject": {"age": 12},
            "sexual_activity": True,
            "decision": "no_share",
        },
        "do_not_share awaiting_approval",
    ),
    "approval-none": Row(open_with(subject={"age": 12}, sexual_activity=True), "may_share not_confidential"),
}  # fmt: skip

_ONLY_2008: dict[str, Row] = {
    "purpose-unsure": Row({"questions": on_the_way(purpose="unsure", confidential="no")}, "seek_advice"),
    "identifies-unsure": Row({"questions": on_the_way(identifies="unsure", confidential="no")}, "seek_advice"),
    "confidential-unsure": Row(
        {"questions": on_the_way(confidential="unsure", consent="yes")}, "seek_advice ask_the_person"
    ),
    "consent-unsure": Row(
        {"questions": on_the_way(consent="unsure", public_interest={"answer": "yes", **HARM})}, "seek_advice"
    ),
    "right-way-unsure": Row(checked(secure="unsure"), "seek_advice"),
}
_ONLY_GIRFEC: dict[str, Row] = {
    "involve-danger": Row({**open_with(), "risk": {"offence": "yes"}}, "may_share not_confidential"),
    "involve-done": Row(
        {**open_with(), "views": [{"of": "subject", "view": "wants the school to know"}]}, "may_share not_confidential"
    ),
    "involve-not": Row(open_with(), "may_share not_confidential"),
    # A refusal is respected even where it is not confidential, and crime or harm alone goes beyond it.
    "confidential-yes": Row(
        {"questions": on_the_way(confidential="no"), "consent": {"status": "refused"}}, "do_not_share"
    ),
    "consent-refusal-respected": Row(
        {"questions": on_the_way(public_interest="yes"), "consent": {"status": "refused"}}, "do_not_share"
    ),
    "consent-not-asked-risk": Row(
        {"questions": on_the_way(public_interest={"answer": "yes", "circumstances": ["crime"]})},
        "may_share public_interest",
    ),
    "interest-should": Row({**weighed("yes"), "risk": {"significant_harm": "yes"}}, "should_share public_interest"),
    "interest-crime": Row(
        {
            "questions": on_the_way(public_interest={"answer": "yes", "circumstances": ["crime"]}),
            "consent": {"status": "refused"},
        },
        "may_share public_interest",
    ),
}

TAKEN: dict[str, dict[str, Row]] = {
    "england-2006": _BASE,
    "uk-2008": _BASE | _ONLY_2008,
    "girfec-vsp": _BASE | _ONLY_GIRFEC,
}
CASES = [(chart, edge) for chart, rows in TAKEN.items() for edge in rows]
# What an edge raises for people to look at; the others raise nothing.
CONCERNS = {
    "risk-unsure": "risk_unsure",
    "duty-not-known": "duty_not_known",
    "duty-not-one": "not_a_duty",
    "duty-unnamed": "duty_unnamed",
    "purpose-unsure": "purpose_unsure",
    "confidential-unsure": "confidential_unsure",
    "consent-unsure": "consent_unsure",
    "consent-not-asked-risk": "say_why_not_asked",
    "interest-no-despite-harm": "no_despite_harm",
    "right-way-unverified": "mark_unverified",
    "brake-danger": "holding_back_in_danger",
    "involve-not": "family_not_involved",
}
NOT_TAKEN = "it is not taken"
# What is to be read at an edge of which nothing else would tell that it is gone: part of its words, and the paragraph.
READ: dict[str, dict[str, tuple[str, str]]] = {
    "england-2006": {
        "risk-child": ("keep a child safe", "3.18"),
        "risk-adult": ("keep an adult safe, with their wishes in mind", "3.12, 3.21"),
        "duty-excepted": ("has an exception, and you say why it applies", "4.23"),
        "duty-outside": ("does not reach this item or recipient", "4.24"),
        "identifies-deceased": ("only about somebody who has died", "glossary, personal data"),
        "consent-refused": ("Agreement was refused", "3.9, 4.25"),
        "consent-withdrawn": ("Agreement was taken back", "4.15"),
    },
    "uk-2008": {
        "risk-child": ("keep a child safe", "golden rule 5"),
        "risk-adult": ("what they can decide themselves", "golden rule 5"),
        "duty-excepted": ("has an exception, and you say why it applies", "the condition before the seven questions"),
        "duty-outside": ("does not reach this item or recipient", "the condition before the seven questions"),
        "identifies-deceased": ("the second question speaks of the living", "question 2"),
        "purpose-unsure": ("not sure that there is a good reason", "where you are not sure of an answer"),
        "consent-refused": ("Agreement was refused", "golden rule 4"),
        "consent-withdrawn": ("Agreement was taken back", "golden rule 4"),
    },
    "girfec-vsp": {
        "risk-child": ("child protection procedures today", "Concern perceived, the three questions"),
        "risk-adult": ("keep an adult safe, with their wishes in mind", "3.12, 3.21"),
        "duty-excepted": ("has an exception, and you say why it applies", "4.23"),
        "duty-outside": ("does not reach this item or recipient", "4.24"),
        "identifies-deceased": ("only about somebody who has died", "glossary, personal data"),
        "involve-danger": ("follow the procedures first", "Concern perceived, the three questions"),
        "involve-done": ("was asked what they think", "Concern perceived, involve the child and family"),
        "consent-refused": ("Agreement was refused", "Seek agreement"),
        "consent-withdrawn": ("Agreement was taken back", "4.15"),
        "interest-crime": ("prevent a crime or help to detect one", "Seek agreement; appendix 1, first note"),
    },
}
# Where an edge without advice leads: what is shared goes on to the informant, what is not to the brake.
NEXT = {
    "risk": "duty",
    "duty": "purpose",
    "purpose": "identifies",
    "identifies": "confidential",
    "confidential": "consent",
    "consent": "public_interest",
    "informant": "right_way",
    "right_way": "brake",
    "brake": "approval",
    "approval": "record",
}


def leads_to(name: str, edge: Edge) -> str:
    """The question that has to follow an edge."""
    if name == "girfec-vsp" and edge.from_ in ("duty", "involve") and not edge.advice:
        return {"duty": "involve", "involve": "purpose"}[edge.from_]
    if not edge.advice or edge.from_ == "brake":
        return NEXT[edge.from_]
    return "informant" if edge.advice in SHARES else "brake"


def failures(name: str, chart: Flowchart, edge_id: str) -> list[str]:
    """What is otherwise than the row of an edge says, in words; NOT_TAKEN alone where only the edge's name shows it."""
    row = TAKEN[name][edge_id]
    found = line(name, chart, row)
    taken = [step.edge for step in found.trace]
    wrong = [] if edge_id in taken else [NOT_TAKEN]
    (edge,) = (each for edges in chart_of(name).edges.values() for each in edges if each.id == edge_id)
    if edge_id in taken and found.trace[taken.index(edge_id) + 1].question != leads_to(name, edge):
        wrong.append("it leads to the wrong question")
    if said(found) != row.said:
        wrong.append(f"it comes to {said(found)}")
    if edge_id in CONCERNS and CONCERNS[edge_id] not in [each.code for each in found.concerns]:
        wrong.append("it raises no concern")
    if edge_id in READ[name]:
        words, paragraph = READ[name][edge_id]
        read = [(each.decided, each.citation.paragraph) for each in found.trace if each.question == edge.from_]
        if not any(words in decided and paragraph == cited for decided, cited in read):
            wrong.append(f"nobody reads: {words} ({paragraph})")
    return wrong


def check_row(name: str, chart: Flowchart, edge_id: str) -> None:
    """Raises AssertionError where the facts of an edge do not take it, lead elsewhere or come to something else."""
    wrong = failures(name, chart, edge_id)
    assert not wrong, f"{edge_id}: {', '.join(wrong)}"
