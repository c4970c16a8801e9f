"""What figures may be made from: the codes of a decision, sealed apart for guardians, leads, managers and auditors.

No name, no number of a person, no words that anybody typed: only codes of closed lists, dates, and counts. What is not
there was not answered. Source: record design "decision.recorded", C. Proved by tests/ledger/records/test_document.py.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from policies import bases
from policies.evaluation import Evaluation
from policies.golden_rules import evaluate_rules
from policies.pack_files import pack_named
from policies.values import Consent, Facts

if TYPE_CHECKING:
    from ledger.records.document import Document

AGE_BANDS: Final = {
    "under_12": "under 12",
    "from_12": "12 to 15",
    "from_16": "16 or 17",
    "adult": "adult",
}
_FIRST_AGES: Final = ((18, "adult"), (16, "from_16"), (12, "from_12"), (0, "under_12"))


def age_band(facts: Facts) -> str:
    """One of AGE_BANDS on the day of the decision, a child not born yet being under 12; empty: not known."""
    if facts.subject.unborn:
        return "under_12"
    age = facts.subject.age
    return "" if age is None else next(band for first, band in _FIRST_AGES if age >= first)


def _given(**codes: Any) -> dict[str, Any]:
    """Only what was answered."""
    return {name: code for name, code in codes.items() if code not in ("", [], {}, None)}


def _lines(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [
        {
            "item": line.item,
            "recipient": line.recipient,
            "advice": line.advice,
            **_given(route=line.route, conditions=list(dict.fromkeys(each.code for each in line.conditions))),
        }
        for line in evaluation.lines
    ]


def _by_layer(codes: Iterable[str]) -> dict[str, list[str]]:
    known, found = bases.all_bases(), dict[str, list[str]]()
    for code in dict.fromkeys(codes):
        found.setdefault(known[code][0].layer, []).append(code)
    return found


def _consent(consent: Consent) -> dict[str, Any]:
    return _given(
        status=consent.status,
        form=consent.form,
        capacity=consent.by.capacity,
        not_sought=consent.not_sought,
        # the month alone: a day could tell one case from another
        expires=consent.expires_at[:7],
        # what releases confidence is the common one, and goes without saying
        sense="" if consent.sense == "confidence" else consent.sense,
    )


def _competence(facts: Facts, evaluation: Evaluation) -> dict[str, Any]:
    """The answers and the conclusion, and by which pack: the one that is named, else the one for that age."""
    assessed = facts.competence
    if assessed is None:
        return {}
    age = facts.subject.age
    ages = "from_16" if age is not None and age >= 16 else "under_16"
    used = [pack_named(ref["id"]) for ref in evaluation.packs if ref["id"].startswith("competence/")]
    by_age = next((pack.id for pack in used if pack.for_ages == ages), "")
    criteria = {code: criterion.answer for code, criterion in assessed.criteria}
    return _given(pack=assessed.pack or by_age, criteria=criteria, conclusion=assessed.conclusion)


def _risk(facts: Facts) -> dict[str, str]:
    risk = facts.risk
    return _given(
        significant_harm=risk.significant_harm,
        serious_harm_adult=risk.serious_harm_adult,
        immediate=risk.immediate,
        offence=risk.offence,
    )


def _counts(document: Mapping[str, Any], facts: Facts) -> dict[str, int]:
    return {
        "items": len(facts.information),
        "recipients": len(facts.recipients),
        "consents": len(facts.consents),
        "exceptions": len(facts.exceptions),
        "people": len(facts.people),
        "views": len(facts.views),
        "advice": len(facts.advice),
        "protect": len(document.get("protect", [])),
    }


def _statuses(facts: Facts, evaluation: Evaluation, kind: str) -> list[dict[str, str]]:
    """How each rule or principle stands, and what it becomes once an entry says what was sent, where that differs."""
    found, name = (evaluation.rules, "rule") if kind == "rules" else (evaluation.principles, "principle")
    pack = next((pack["id"] for pack in evaluation.packs if pack["id"].startswith(f"{kind}/")), "")
    sent = evaluate_rules(facts, evaluation.outcome, pack_named(pack), shared_recorded=True) if pack else ()
    return [
        {
            name: rule.id,
            "status": rule.status,
            **({"once_sent": after.status} if after.status != rule.status else {}),
        }
        for rule, after in zip(found, sent, strict=True)
    ]


def codes_of(
    document: "Document",
    evaluation: Evaluation,
    *,
    due: Iterable[tuple[str, str]] = (),
    team: str = "",
    proposed: Iterable[str] = (),
) -> dict[str, Any]:
    """The sealed codes of a decision.

    due: (code, YYYY-MM-DD) each. team: the author's, by its short name; empty for none. proposed: laws that the
    organisation's own pack proposes beside those relied on.
    Keys that do not apply are left out; `lines`, `conditions`, `recipients`, `concerns`, `due`, `risk`, `rules`,
    `readings`, `counts` and `decided_at` are always there.
    """
    facts, lines = document.facts, _lines(evaluation)
    informing = facts.informing
    told = _given(status=informing.status, reason=informing.reason) if informing else {}
    return {
        "lines": lines,
        "conditions": list(evaluation.conditions),
        "risk": _risk(facts),
        "recipients": [recipient.kind for recipient in facts.recipients],
        "rules": _statuses(facts, evaluation, "rules"),
        "readings": {each.point: each.used.name for each in evaluation.readings},
        "concerns": [concern.code for concern in evaluation.concerns],
        "due": [{"code": code, "by": day} for code, day in due],
        "decided_at": document.decided_at,
        "counts": _counts(document.value, facts),
        **_given(
            route=evaluation.route,
            basis=_by_layer(facts.basis.codes),
            proposed=_by_layer(proposed),
            consents=[_consent(consent) for consent in facts.consents],
            competence=_competence(facts, evaluation),
            trigger=facts.trigger.started_by,
            urgency=facts.urgency,
            informing=told,
            caldicott=_statuses(facts, evaluation, "caldicott"),
            team=team,
            retention=evaluation.retention.get("class", ""),
            age_band=age_band(facts),
        ),
    }
