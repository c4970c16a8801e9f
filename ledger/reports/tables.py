"""Which tables an audit report has: for each, what it counts and from where.

What stands in the open header is known of every decision; what comes from sealed codes is known only where they were
read, and the others have rows of their own, so that each table accounts for every decision.
Proved by tests/ledger/reports/test_figures.py.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ledger.records.state import STATUS_WORDS, decision_status
from ledger.reports.tallies import UNKNOWN, Tally, figure, known
from policies import bases
from policies.citation import day_in_words
from policies.codes import ADVICE, CONSENT_STATUS, DECISIONS, NOT_SOUGHT, POINTS, ROUTES, SHARING
from policies.errors import PackRefused
from policies.flowchart import read_concerns
from policies.golden_rules import STATUSES, read_rules
from policies.pack_files import catalogue, pack_named

if TYPE_CHECKING:
    from ledger.reports.figures import Decision

Codes = Mapping[str, Any]
Pick = Callable[["Decision", Codes], Iterable[tuple[str, str]]]
"""From a decision and its codes: (group, code) pairs, each counted once; the group is empty where there are none."""

MIXED: Final = "not the same for all of it"
LAYERS: Final = {
    "article6": "Data protection law: the basis (Article 6)",
    "article9": "Data protection law: sensitive information (Article 9)",
    "crime": "Data protection law: crime",
    "power": "Power or duty",
    "confidentiality": "How the duty of confidence is met",
    "none": "No law",
}
_NONE: Final = "none"
_NO_ROUTE: Final = {
    "not_recorded": "shared, and no reason is recorded for it",
    _NONE: "no reason: nothing was to be shared",
}
UNVERIFIED: Final = " (not verified)"
_UNREAD: Final = {"erased": "codes erased, so not known", "not_read": "codes could not be read, so not known"}
_DANGER: Final = {
    "yes": "yes: somebody may be in danger, and acting at once was advised",
    "unsure": "not sure",
    "no": "no",
    "not_answered": "not answered",
}


def read_codes(value: Any) -> Codes | None:
    """Sealed codes as tables read them; None for what is not in their form, so that it never counts as nothing said.

    The form is that of ledger.records.document_codes; a single code that is unknown does not break it.
    """
    if type(value) is not dict or not {"risk", "rules", "concerns"} <= value.keys():
        return None
    formed = (
        type(value["risk"]) is dict
        and _list_of(dict, value["rules"])
        and _list_of(dict, value.get("caldicott", []))
        and type(value.get("readings", {})) is dict
        and _list_of(str, value["concerns"])
        and type(value.get("route", "")) is str
        and _list_of(dict, value.get("consents", []))
        and type(value.get("basis", {})) is dict
        and all(_list_of(str, each) for each in value.get("basis", {}).values())
    )
    return value if formed else None


def _list_of(kind: type, value: Any) -> bool:
    return type(value) is list and all(type(item) is kind for item in value)


def tables_of(decisions: Sequence["Decision"]) -> list[dict[str, Any]]:
    """The tables in the order in which they are read."""
    return [
        _from_header("decision", "What was decided", "", decisions, DECISIONS, "decision"),
        _from_header(
            "advice", "What was advised", "", decisions, {**ADVICE, "mixed": f"The advice was {MIXED}"}, "advice"
        ),
        _differences(decisions),
        _flagged("late", "Recorded late", "late", decisions),
        _status(decisions),
        _danger(decisions),
        _routes(decisions),
        _basis(decisions),
        *_agreement(decisions),
        _rules(decisions, _RULES),
        _rules(decisions, _PRINCIPLES),
        _readings(decisions),
        _concerns(decisions),
        _months(decisions),
        _packs(decisions),
    ]


def _table(
    table_id: str, title: str, says: str, rows: list[dict[str, Any]], *, several: bool = False
) -> dict[str, Any]:
    if several:
        says = f"{says} A decision may stand in more than one row.".strip()
    return {"id": table_id, "title": title, **({"says": says} if says else {}), "rows": rows, "not_known": []}


def _from_header(
    table_id: str,
    title: str,
    says: str,
    decisions: Sequence["Decision"],
    words: Mapping[str, str],
    name: str,
) -> dict[str, Any]:
    tally = Tally(words, zeros=True)
    for decision in decisions:
        tally.add(decision.n, known(decision.now.header.body[name], words))
    return _table(table_id, title, says, tally.rows())


def _flagged(table_id: str, title: str, name: str, decisions: Sequence["Decision"]) -> dict[str, Any]:
    tally = Tally({"yes": "yes", "no": "no"}, zeros=True)
    for decision in decisions:
        tally.add(decision.n, "yes" if decision.now.header.body[name] else "no")
    says = "Recorded later than a working day after it, or than the organisation allows. Late is better than never."
    return _table(table_id, title, says, tally.rows())


def _differences(decisions: Sequence["Decision"]) -> dict[str, Any]:
    advised = {code: f"Advised: {words[0].lower()}{words[1:]}" for code, words in ADVICE.items()}
    advised["mixed"] = f"Advised: {MIXED}"
    decided = {code: f"Decided: {words}" for code, words in DECISIONS.items()}
    tally = Tally(decided, advised)
    for decision in decisions:
        body = decision.now.header.body
        if body["differs"]:
            tally.add(decision.n, known(body["decision"], decided), known(body["advice"], advised))
    says = "Each has its reasons in the record. A difference is not a fault: the guidance advises, a person decides."
    return _table("differences", "Decisions that differ from the advice", says, tally.rows())


def _status(decisions: Sequence["Decision"]) -> dict[str, Any]:
    shown = {code: words for code, words in STATUS_WORDS.items() if code != "incomplete"}
    tally = Tally(shown, zeros=True)
    for decision in decisions:
        status = decision_status(decision.versions[0].header, [header for _n, header in decision.later])
        tally.add(decision.n, known(status.code, shown))
    says = "One that awaits approval is not in effect until a manager approves it. Approval is never needed to share."
    return _table("status", "Where they stand, and what awaits approval", says, tally.rows())


def _from_codes(
    table: tuple[str, str, str],
    decisions: Sequence["Decision"],
    tally: Tally,
    pick: Pick,
    nothing: str = _NONE,
    *,
    several: bool = False,
) -> dict[str, Any]:
    """A table from sealed codes. pick: what to count of a decision; where that is nothing, it counts as `nothing`."""
    unread: dict[str, list[int]] = {}
    for decision in decisions:
        codes = decision.now.codes
        if codes is None:
            unread.setdefault("erased" if decision.now.unread == "erased" else "not_read", []).append(decision.n)
            continue
        picked = list(pick(decision, codes)) or [(_NONE if tally.groups else "", nothing)]
        for group, code in picked:
            tally.add(decision.n, code, group)
    table_id, title, says = table
    made = _table(table_id, title, says, tally.rows(), several=several)
    made["not_known"] = [{"code": c, "words": w, **figure(unread[c])} for c, w in _UNREAD.items() if c in unread]
    return made


def _danger(decisions: Sequence["Decision"]) -> dict[str, Any]:
    def pick(_decision: "Decision", codes: Codes) -> Iterable[tuple[str, str]]:
        answers = {known(answer, _DANGER) for answer in codes["risk"].values()}
        return [("", answer) for answer in ("yes", UNKNOWN, "unsure", "no") if answer in answers][:1]

    says = "Whether a child or an adult may come to serious harm. This is asked before all else (2006 guide 3.18)."
    table = ("act_now", "Danger", says)
    return _from_codes(table, decisions, Tally(_DANGER, zeros=True), pick, "not_answered")


def _routes(decisions: Sequence["Decision"]) -> dict[str, Any]:
    words = {**ROUTES, "mixed": MIXED, **_NO_ROUTE}

    def pick(decision: "Decision", codes: Codes) -> Iterable[tuple[str, str]]:
        if "route" in codes:
            return [("", known(codes["route"], words))]
        return [("", "not_recorded" if decision.now.header.body["decision"] in SHARING else _NONE)]

    return _from_codes(("route", "Why sharing was allowed", ""), decisions, Tally(words, zeros=True), pick)


def _basis(decisions: Sequence["Decision"]) -> dict[str, Any]:
    everything = bases.all_bases()
    layer_of = {code: versions[0].layer for code, versions in everything.items()}
    words = {code: f"{versions[0].name} ({code}){_doubt(versions)}" for code, versions in everything.items()}
    words[_NONE] = "none is named"

    def pick(_decision: "Decision", codes: Codes) -> Iterable[tuple[str, str]]:
        named = [code for each in codes.get("basis", {}).values() for code in each]
        found = [known(code, layer_of) for code in named]
        return [(layer_of.get(code, UNKNOWN), code) for code in found]

    table = ("basis", "Laws relied on", "As put forward with the decision.")
    return _from_codes(table, decisions, Tally(words, LAYERS), pick, several=True)


def _doubt(versions: Iterable[bases.Basis]) -> str:
    """A law of which any version was not compared with its source is marked: a row does not say which was used."""
    return UNVERIFIED if any(each.citation.confidence == "unverified" for each in versions) else ""


def _agreement(decisions: Sequence["Decision"]) -> list[dict[str, Any]]:
    status = {**CONSENT_STATUS, _NONE: "no answer is recorded"}
    reasons = {**NOT_SOUGHT, _NONE: "agreement was asked for, or no reason is recorded"}

    def picks(name: str, words: Mapping[str, str]) -> Pick:
        def pick(_decision: "Decision", codes: Codes) -> Iterable[tuple[str, str]]:
            # an answer in another sense is no agreement to share
            consents = [each for each in codes.get("consents", []) if "sense" not in each]
            return [("", known(consent[name], words)) for consent in consents if name in consent]

        return pick

    says = "The answers that the decision rests on, as they were then."
    return [
        _from_codes(
            ("agreement", "Agreement to share", says),
            decisions,
            Tally(status, zeros=True),
            picks("status", status),
            several=True,
        ),
        _from_codes(
            ("not_asked", "Why agreement was not asked for", "The first four are those of the 2006 guide, 4.22."),
            decisions,
            Tally(reasons, zeros=True),
            picks("not_sought", reasons),
            several=True,
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Ruled:
    """A table of rules: its own words, the kind of pack, what codes call a rule, what there is where no pack is."""

    table_id: str
    title: str
    says: str
    kind: str
    name: str
    none: str


_JUDGED: Final = "Whether something is written down for each {}. Whether it was kept is for people to judge."
_RULES: Final = _Ruled("rules", "Golden rules", _JUDGED.format("rule"), "rules", "rule", "no golden rule")
_PRINCIPLES: Final = _Ruled(
    *("caldicott", "Caldicott principles", _JUDGED.format("principle"), "caldicott", "principle"),
    "none: they did not apply to that day and nation",
)


def _rules(decisions: Sequence["Decision"], of: _Ruled) -> dict[str, Any]:
    groups: dict[str, str] = {}
    for decision in decisions:
        for pack in _packs_of(decision, of.kind):
            for rule_id, words in _rule_words(pack).items():
                groups.setdefault(f"{pack}/{rule_id}", words)
    groups[_NONE] = of.none

    def pick(decision: "Decision", codes: Codes) -> Iterable[tuple[str, str]]:
        packs, found = _packs_of(decision, of.kind), []
        sent = any(header.type == "disclosure.made" for _n, header in decision.later)
        for each in codes.get(of.kind, []):
            group = f"{packs[0]}/{each.get(of.name)}" if len(packs) == 1 else UNKNOWN
            # what was sent is recorded by an entry of its own, after the decision (the last golden rule)
            status = each.get("once_sent", each.get("status")) if sent else each.get("status")
            found.append((known(group, groups), known(status, STATUSES)))
        return found

    statuses = {**STATUSES, _NONE: "nothing is recorded about them"}
    table = (of.table_id, of.title, of.says)
    return _from_codes(table, decisions, Tally(statuses, groups), pick, several=True)


def _packs_of(decision: "Decision", kind: str) -> list[str]:
    return [pack["id"] for pack in decision.now.header.body["packs"] if pack["id"].startswith(f"{kind}/")]


def _rule_words(pack: str) -> dict[str, str]:
    """The rules of a pack that is here, by id; of one that is not, none: its rules count as unknown."""
    try:
        return {rule.id: f"{rule.number}. {rule.name}" for rule in read_rules(pack_named(pack))}
    except PackRefused:
        return {}


def _readings(decisions: Sequence["Decision"]) -> dict[str, Any]:
    sides = {**{pack.id: pack.words for pack in catalogue("readings")}, _NONE: "nothing is recorded about it"}
    points = {**POINTS, _NONE: "none of them"}

    def pick(_decision: "Decision", codes: Codes) -> Iterable[tuple[str, str]]:
        return [(known(point, points), known(side, sides)) for point, side in codes.get("readings", {}).items()]

    says = "Whose answer was used on each point on which the guidance disagrees."
    table = ("readings", "Where the guidance disagrees", says)
    return _from_codes(table, decisions, Tally(sides, points), pick, several=True)


def _concerns(decisions: Sequence["Decision"]) -> dict[str, Any]:
    words = {code: said.words for pack in catalogue("concerns") for code, said in read_concerns(pack)[0].items()}
    words[_NONE] = "nothing"

    def pick(_decision: "Decision", codes: Codes) -> Iterable[tuple[str, str]]:
        return [("", known(code, words)) for code in codes["concerns"]]

    says = "Contradictions and gaps that were shown when the decision was recorded. They change no advice."
    return _from_codes(("concerns", "To look at again", says), decisions, Tally(words), pick, several=True)


def _months(decisions: Sequence["Decision"]) -> dict[str, Any]:
    by_entry = {decision.n: decision.versions[0].header for decision in decisions}
    months = {n: header.to_json()["at"][:7] for n, header in by_entry.items()}
    tally = Tally({month: _month_in_words(month) for month in sorted(months.values())})
    for n, month in months.items():
        tally.add(n, month)
    return _table(
        "month", "By month", "The month in which it was recorded. A month without a row has none.", tally.rows()
    )


def _month_in_words(month: str) -> str:
    return day_in_words(datetime.date.fromisoformat(f"{month}-01")).partition(" ")[2]


def _packs(decisions: Sequence["Decision"]) -> dict[str, Any]:
    used = sorted({(p["id"], p["digest"]) for decision in decisions for p in decision.now.header.body["packs"]})
    tally = Tally({digest: f"SHA-256 {digest}" for _id, digest in used}, {pack: pack for pack, _digest in used})
    for decision in decisions:
        for pack in decision.now.header.body["packs"]:
            tally.add(decision.n, pack["digest"], pack["id"])
    says = "The guidance and law, as data, by which decisions were evaluated."
    rows = [{**row, **_pack_note(row, decisions)} for row in tally.rows()]
    return _table("packs", "Guidance used", says, rows, several=True)


def _pack_note(row: Mapping[str, Any], decisions: Sequence["Decision"]) -> dict[str, str]:
    """Why this pack was used on a day outside its own period, said of the first such day; nothing inside it.

    The day is that of the decision, which codes hold; of a decision whose codes were not read nothing is said.
    """
    try:
        pack = pack_named(row["group"])
    except PackRefused:
        return {}
    if pack.digest != row["code"]:
        return {}
    days = {_decided_on(decision.now.codes) for decision in decisions if decision.n in row["entries"]}
    noted = sorted(day for day in days if day is not None and pack.note(day))
    if not noted:
        return {}
    more = f" Other days of these decisions: {len(noted) - 1:,}." if len(noted) > 1 else ""
    return {"note": f"{pack.note(noted[0])}{more}"}


def _decided_on(codes: Codes | None) -> datetime.date | None:
    text = codes.get("decided_at") if codes is not None else None
    try:
        return datetime.date.fromisoformat(text[:10]) if type(text) is str else None
    except ValueError:
        return None
