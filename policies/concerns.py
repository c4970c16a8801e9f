"""What does not fit together in a document as a whole, and what is missing: for people to look at.

A concern changes no advice. Those of one line come from the walk (policies.judging); here are those that only the whole
document shows. The sentences and their sources are data (policies/data/concerns/).
"""

import datetime
from collections.abc import Mapping

from policies import bases, competence, reliance
from policies.answers import REFUSALS
from policies.consent import CONFIDENCE
from policies.contradictions import contradictions
from policies.flowchart import Flowchart
from policies.judging import NOT_ANSWERED, concern
from policies.lines import Concern, Line, all_consents, all_questions, answers_for, line_numbers
from policies.packs import Packs
from policies.readings import Readings
from policies.reminders import reminders
from policies.senses import DATA_PROTECTION
from policies.values import Consenter, Facts

_WITHOUT_ASKING = frozenset({"not_confidential", "within_understanding"})


def concerns(
    chart: Flowchart,
    facts: Facts,
    packs: Packs,
    lines: tuple[Line, ...],
    stands: Mapping[str, str],
    readings: Readings,
    day: datetime.date,
) -> tuple[Concern, ...]:
    """Those of the lines, and those of the document as a whole; each code once.

    stands: what stands in each sense of consent, by code of codes.SENSES. readings: the sides that were used.
    day: whose law applies.
    """
    found = {each.code: each for line in lines for each in line.concerns}
    codes = [*competence.assessment_concerns(facts, packs), *contradictions(facts)]
    codes += _of_data_protection(facts, packs, stands)
    codes += _of_people(facts)
    codes += ["refusal_set_aside"] if _refusal_set_aside(facts, lines) else []
    codes += ["crime_not_serious"] if _crime_not_serious(facts, readings) else []
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
    codes += ["criteria_not_looked_at"] if competence.nothing_looked_at(facts, packs) else []
    codes += reminders(facts, found)
    if reliance.weighing_not_written(facts):
        codes.append("weighing_not_written")
    if reliance.kept_otherwise(facts, packs, readings.used("retention").name):
        codes.append("kept_otherwise")
    for code in codes:
        found.setdefault(code, concern(chart, code))
    for code, laws in reliance.law_concerns(facts, packs, lines, day):
        said = chart.concerns[code]
        found.setdefault(code, Concern(code, f"{said.words} {laws}.", said.citation))
    if closed := reliance.class_not_open(facts, packs, day):
        said = chart.concerns["class_not_open"]
        found.setdefault("class_not_open", Concern("class_not_open", f"{said.words} {closed}", said.citation))
    for line in lines:
        for step in line.trace:
            if step.decisive and step.answer == NOT_ANSWERED:
                key, said = f"not_answered.{step.question}", chart.concerns["not_answered"]
                words = f"{step.asks} {said.words}"
                found.setdefault(key, Concern("not_answered", words, said.citation))
    return tuple(found.values())


def _of_data_protection(facts: Facts, packs: Packs, stands: Mapping[str, str]) -> list[str]:
    """Consent as the reason in data protection law: whether it stands, and whether it can be what the law asks for."""
    known = bases.all_bases(packs.bases)
    resting = [code for code in facts.basis.codes if known[code][0].agreement == DATA_PROTECTION]
    if not resting:
        return []
    layers = {known[code][0].layer for code in resting}
    others = {known[code][0].layer for code in facts.basis.codes if code not in resting}
    # Where it stands for some only, what else is relied on may be for the rest.
    enough = stands[DATA_PROTECTION] == "good" or (stands[DATA_PROTECTION] == "mixed" and layers <= others)
    found = [] if enough else ["wrong_sense"]
    given = [each for each in all_consents(facts) if each.sense == DATA_PROTECTION and each.status == "given"]
    if "article9" in layers and any(each.form == "implied" for each in given):
        found.append("explicit_needed")
    return [*found, "consent_weak"] if facts.organisation.kind == "public" else found


def _of_people(facts: Facts) -> list[str]:
    """Of whom it speaks: somebody who has died, brothers and sisters; and who answers by parental responsibility."""
    shown = {
        "deceased": facts.subject.died,
        "sibling_own_entry": any("sibling" in each.about for each in facts.information),
        "responsibility_not_shown": any(_unshown(each.by) for each in all_consents(facts)),
    }
    return [code for code, so in shown.items() if so]


def _unshown(by: Consenter) -> bool:
    """Somebody who is no parent answers by parental responsibility, and nothing says how they have it."""
    by_it = by.capacity == "parental_responsibility" and by.person in ("carer", "sibling", "other_person")
    return by_it and not by.holds_by and by.authority != "yes"


def _refusal_set_aside(facts: Facts, lines: tuple[Line, ...]) -> bool:
    """Somebody refused, and a line is shared for a reason that asks nobody."""
    for line in lines:
        if line.route in _WITHOUT_ASKING:
            _, consents = answers_for(facts, line.item, line.recipient)
            if any(each.status in REFUSALS and each.sense == CONFIDENCE for each in consents):
                return True
    return False


def _crime_not_serious(facts: Facts, readings: Readings) -> bool:
    """A crime that is not serious is named as what justifies sharing, where only serious crime normally does."""
    named = any("crime" in asked.public_interest.circumstances for _, asked in all_questions(facts))
    return named and readings.used("crime").name == "england-2006"
