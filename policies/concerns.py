"""What does not fit together in a document as a whole, and what is missing: for people to look at.

A concern changes no advice. Those of one line come from the walk (policies.judging); here are those that only the whole
document shows. The sentences and their sources are data (policies/data/concerns/).
"""

from policies import bases, competence
from policies.flowchart import Flowchart
from policies.judging import NOT_ANSWERED, concern
from policies.lines import Concern, Line, answers_for, line_numbers
from policies.packs import Packs
from policies.values import Facts, Questions


def all_questions(facts: Facts) -> list[tuple[str, Questions]]:
    """The answers of the document and of each exception, with the path at which they stand."""
    found = [("questions", facts.questions)]
    for place, each in enumerate(facts.exceptions, start=1):
        found.extend([(f"exceptions[{place}].questions", each.questions)] if each.questions else [])
    return found


def concerns(chart: Flowchart, facts: Facts, packs: Packs, lines: tuple[Line, ...]) -> tuple[Concern, ...]:
    """Those of the lines, and those of the document as a whole; each code once."""
    found = {each.code: each for line in lines for each in line.concerns}
    codes = list(competence.against_criteria(facts.competence)) if facts.competence else []
    codes += competence.parent_kept_informed(facts, packs.competence.id)
    codes += _answers_differ(facts)
    codes += _without_agreement(facts, packs, lines)
    for item_number, recipient_number in line_numbers(facts):
        asked, _ = answers_for(facts, item_number, recipient_number)
        if asked.confidential.answer == "no" and asked.confidential.relationship == "formal":
            codes.append("formal_not_confidential")
        checks = asked.right_way.checks
        if "unsure" in (checks.necessary, checks.need_to_know, checks.accurate, checks.secure):
            codes.append("check_unsure")
    if facts.sexual_activity and facts.subject.age is None:
        codes.append("under_13_age")
    risk = facts.risk
    if facts.urgent and not any((risk.significant_harm, risk.serious_harm_adult, risk.immediate, risk.offence)):
        codes.append("danger_not_said")
    for code in codes:
        found.setdefault(code, concern(chart, code))
    for line in lines:
        for step in line.trace:
            if step.decisive and step.answer == NOT_ANSWERED:
                key, said = f"not_answered.{step.question}", chart.concerns["not_answered"]
                words = f"{chart.nodes[step.question].words} {said.words}"
                found.setdefault(key, Concern("not_answered", words, said.citation))
    return tuple(found.values())


def _answers_differ(facts: Facts) -> list[str]:
    """Question 4 answered against the answers that are recorded."""
    statuses = {each.status for each in facts.consents}
    said = facts.questions.consent.answer
    against = (said == "yes" and "given" not in statuses) or (said == "no" and statuses == {"given"})
    return ["agreement_answers_differ"] if statuses and against else []


def _without_agreement(facts: Facts, packs: Packs, lines: tuple[Line, ...]) -> list[str]:
    """A law that serves only where somebody agreed, relied on where no line is shared by agreement."""
    known = bases.all_bases(packs.bases)
    needed = any(version.needs_agreement for code in facts.basis.codes for version in known[code])
    return ["law_needs_agreement"] if needed and all(line.route != "consent" for line in lines) else []
