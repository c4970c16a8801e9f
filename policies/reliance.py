"""Whether what is relied on bears it: laws not verified, or that need an agreement or a duty which is not there.

Nothing here changes advice: a law that does not serve is never a route. It is named, so that somebody looks again.
tests/policies/test_bases_relied_on.py shows each, and that none of them makes a route.
"""

import datetime
from collections.abc import Iterable, Mapping

from policies import bases, retention_classes
from policies.bases import Basis
from policies.codes import ORGANISATION_KINDS
from policies.consent import CONFIDENCE
from policies.lines import SHARES, Line, all_answers, all_consents, all_questions
from policies.pack_files import Pack
from policies.packs import Packs
from policies.values import Facts

# Routes for which nobody's agreement was looked at: whether one that was given holds is not known there.
_UNASKED = frozenset({"duty", "not_confidential", "within_understanding", "anonymised"})


def laws_named(facts: Facts) -> tuple[str, ...]:
    """The codes of all laws that are relied on: as a basis, or as a duty that is answered yes. Each once."""
    duties = [each.duty.code for _, each in all_questions(facts) if each.duty.answer == "yes" and each.duty.code]
    return tuple(dict.fromkeys((*facts.basis.codes, *duties)))


def grounds(facts: Facts, lines: tuple[Line, ...], packs: tuple[Pack, ...] | None = None) -> tuple[str, ...]:
    """The codes relied on as a basis that can be one: those that need an agreement count only where there is one.

    packs: Packs.bases, or every pack that is here. A code that no pack has is left out.
    """
    known = bases.all_bases(packs)
    return tuple(
        code for code in facts.basis.codes if code in known and _serves(known[code][0].agreement, facts, lines)
    )


def _serves(sense: str, facts: Facts, lines: tuple[Line, ...]) -> bool:
    if sense in ("", CONFIDENCE):
        return not sense or _agreed(facts, lines)
    return any(each.status == "given" and each.sense == sense for each in all_consents(facts))


def law_concerns(facts: Facts, packs: Packs, lines: tuple[Line, ...], day: datetime.date) -> list[tuple[str, str]]:
    """(concern, the codes that it is about) for laws that do not bear what is rested on them.

    lines: as judged. day: whose law applies. Raises PackRefused for a code that no pack has.
    """
    relied = {code: bases.in_force(code, day, packs.bases) for code in laws_named(facts)}
    chosen = {code: relied[code] for code in facts.basis.codes}
    # Consent in the sense of data protection is looked at where the senses are (policies.concerns).
    unagreed = [code for code, law in chosen.items() if law.agreement == CONFIDENCE and not _agreed(facts, lines)]
    needing = [code for code, law in chosen.items() if law.needs_duty]
    routes = {line.route for line in lines if line.advice in SHARES}
    found = {
        "law_not_verified": [doubt for law in relied.values() if (doubt := _doubted(law, facts))],
        "law_day_not_known": [code for code, law in relied.items() if _began_that_year(law, day)],
        "law_not_checked": [code for code, law in chosen.items() if _for_some(law) and not facts.organisation.kind],
        "condition_missing": _alone(facts, chosen),
        "law_needs_agreement": unagreed,
        "requiring_law_unnamed": needing if needing and not _bound(facts, relied, packs, day) else [],
        "another_route": [
            code
            for code, law in chosen.items()
            if law.routes and routes and routes.isdisjoint(law.routes) and code not in unagreed
        ],
    }
    return [(concern, ", ".join(codes)) for concern, codes in found.items() if codes]


def _doubted(law: Basis, facts: Facts) -> str:
    """The code of a law whose statement is not verified, or of which a part is not that is relied on; else empty."""
    if law.citation.confidence == "unverified":
        return law.code
    nation = facts.organisation.nation
    relied = {
        "exception": any(
            each.duty.code == law.code and each.duty.answer == "yes" and each.duty.exception
            for _, each in all_questions(facts)
        ),
        "nations": bool(nation) and nation not in law.verified_nations,
    }
    parts = [bases.PARTS[part] for part in law.unverified if relied.get(part)]
    return f"{law.code} ({'; '.join(parts)})" if parts else ""


def _began_that_year(law: Basis, day: datetime.date) -> bool:
    """Whether of its beginning only the year is known, and the decision was in that year."""
    return law.period.start_is == "year" and law.period.start.year == day.year


def _for_some(law: Basis) -> bool:
    return len(law.organisations) < len(ORGANISATION_KINDS)


def _alone(facts: Facts, chosen: Mapping[str, Basis]) -> list[str]:
    """The codes of Article 6 that stand alone where health and the like, or a crime, asks for a second condition."""
    layers = {law.layer for law in chosen.values()}
    special = "article9" not in layers and any(each.special_category for each in facts.information)
    crime = layers.isdisjoint({"article9", "crime"}) and any(each.criminal_offence for each in facts.information)
    return [code for code, law in chosen.items() if law.layer == "article6"] if special or crime else []


def class_not_open(facts: Facts, packs: Packs, day: datetime.date) -> str:
    """Why the class of record that is named cannot be chosen that day, in words; empty where it can, or none is."""
    if not facts.retention.class_:
        return ""
    fault = retention_classes.check(facts.retention.class_, packs.retention, day, facts.organisation.nation)
    return f"Expected {fault.expected}; got {fault.got}." if fault else ""


def weighing_not_written(facts: Facts) -> bool:
    """Whether the reason is called strong enough for some line, and not both sides of it are written down (3.10).

    An urgent record is completed afterwards, and is asked for it then.
    """
    if facts.urgent:
        return False
    asked = (questions.public_interest for questions, _ in all_answers(facts))
    return any(each.answer == "yes" and not (each.if_shared and each.if_not_shared) for each in asked)


def kept_otherwise(facts: Facts, packs: Packs, side: str) -> bool:
    """Whether the class of retention that was chosen does not fit the guidance used for that. side: its id."""
    known = retention_classes.read_classes(packs.retention)
    chosen = known.get(facts.retention.class_)
    return chosen is not None and bool(chosen.sides) and side not in chosen.sides


def _bound(facts: Facts, codes: Iterable[str], packs: Packs, day: datetime.date) -> bool:
    """Whether one of these is a duty on these people towards one of the recipients."""
    own, kinds = facts.organisation, {each.kind for each in facts.recipients}
    return any(
        bases.is_duty(code, facts.author.kind, own.kind, own.nation, kind, day, packs=packs.bases).duty
        for code in codes
        for kind in kinds
    )


def _agreed(facts: Facts, lines: tuple[Line, ...]) -> bool:
    """Whether somebody agreed, in the sense of confidence, in a way that holds as far as it was looked at."""
    given = any(each.status == "given" and each.sense == CONFIDENCE for each in all_consents(facts))
    routes = {line.route for line in lines}
    return "consent" in routes or (given and not routes.isdisjoint(_UNASKED))
