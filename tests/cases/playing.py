"""Cases in plain words, played: every table of this folder, its facts, and what each case expects of an evaluation.

Other tests play the cases too, against a changed flowchart: `CASES` holds them by name, `check_case` raises an
AssertionError that says what is otherwise. How a table is written is said at the head of getting_it_right.toml.
"""

import datetime
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policies import evaluate, packs_for, parse_facts
from policies.errors import FactsRefused
from policies.evaluation import Evaluation
from policies.packs import Packs

HERE: Final = Path(__file__).parent
OF_THE_CASE: Final = frozenset({"paragraph", "words", "document", "day", "nation", "chosen", "sent", "shows"})
EXPECTED: Final = frozenset(
    {
        "expect",
        "rules",
        "principles",
        "senses",
        "tests",
        "lines",
        "concerns",
        "no_concerns",
        "differs",
        "readings",
        "says",
        "by",
        "refused",
    }
)
OF_EXPECT: Final = frozenset({"advice", "route", "conditions", "decisive", "act_now", "obligations"})


@dataclass(frozen=True)
class PlayedCase:
    """One case. name: table, number, paragraph. facts: as parse_facts takes them. expected: by the names of EXPECTED.

    day, nation, chosen: by which packs it is judged. sent: an entry says what was shared.
    """

    name: str
    table: str
    document: str
    paragraph: str
    words: str
    day: datetime.date
    nation: str
    chosen: tuple[tuple[str, str], ...]
    sent: bool
    facts: Mapping[str, Any]
    expected: Mapping[str, Any]

    @property
    def packs(self) -> Packs:
        """Those by which it is judged where nothing is changed."""
        return packs_for(self.nation, self.day, self.chosen)

    def evaluated(self, packs: Packs | None = None) -> Evaluation:
        """What the packs say of it. Raises FactsRefused where its facts are not taken."""
        facts = parse_facts(self.facts)
        return evaluate(facts, packs or self.packs, self.day, shared_recorded=self.sent)


def _written_out(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is given as empty text is left out; a question given as its answer stands as the field it means."""
    whole = {key: value for key, value in facts.items() if value != ""}
    if "questions" in whole:
        asked = {name: said for name, said in whole["questions"].items() if said != ""}
        whole["questions"] = {n: {"answer": said} if isinstance(said, str) else said for n, said in asked.items()}
    return whole


def _case(table: Mapping[str, Any], stem: str, number: int, raw: Mapping[str, Any]) -> PlayedCase:
    given = table["given"]
    facts = {key: value for key, value in raw.items() if key not in OF_THE_CASE | EXPECTED}
    facts = {**given, **facts, "questions": {**given["questions"], **facts.get("questions", {})}}
    chosen = raw.get("chosen", table.get("chosen", []))
    return PlayedCase(
        name=f"{stem} {number} ({raw['paragraph']})",
        table=stem,
        document=raw.get("document", table["document"]),
        paragraph=raw["paragraph"],
        words=raw["words"],
        day=datetime.date.fromisoformat(raw.get("day", table["day"])),
        nation=raw.get("nation", table["nation"]),
        chosen=tuple((kind, pack_id) for kind, pack_id in chosen),
        sent=raw.get("sent", False),
        facts=_written_out(facts),
        expected={key: raw[key] for key in EXPECTED if key in raw},
    )


def _read() -> Iterator[PlayedCase]:
    for path in sorted(HERE.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, raw in enumerate(table["case"], start=1):
            yield _case(table, path.stem, number, raw)


CASES: Final = tuple(_read())


def check_case(case: PlayedCase, packs: Packs | None = None) -> None:
    """Plays a case. Raises AssertionError with every difference from what it expects, in one text.

    packs: others than its own, for a test that changes them.
    """
    differences = list(_refusal(case, packs) if "refused" in case.expected else _differences(case, packs))
    assert not differences, "\n".join([case.name, case.words, *differences])


def _refusal(case: PlayedCase, packs: Packs | None) -> Iterator[str]:
    try:
        case.evaluated(packs)
    except FactsRefused as refused:
        yield from _unlike("refused", sorted(case.expected["refused"]), sorted(f.field for f in refused.faults))
    else:
        yield f"refused: expected {case.expected['refused']}, got facts that were taken"


def _unlike(what: str, expected: object, found: object) -> Iterator[str]:
    if expected != found:
        yield f"{what}: expected {expected!r}, found {found!r}"


def _differences(case: PlayedCase, packs: Packs | None) -> Iterator[str]:
    found, wanted = case.evaluated(packs), case.expected
    expect = wanted["expect"]
    decisive = [step.question for step in found.trace if step.decisive]
    yield from _unlike("advice", expect["advice"], found.advice)
    yield from _unlike("route", expect["route"], found.route)
    yield from _unlike("decisive", [expect["decisive"]], decisive)
    yield from _unlike("conditions", expect.get("conditions", []), list(found.conditions))
    yield from _unlike("act_now", expect.get("act_now", False), found.act_now)
    yield from _unlike("obligations", expect["obligations"], [each.code for each in found.obligations])
    yield from _unlike("rules", wanted["rules"].split(), [rule.status for rule in found.rules])
    if "lines" in wanted:
        lines = [f"{line.item} {line.recipient} {line.advice}" for line in found.lines]
        yield from _unlike("lines", wanted["lines"], lines)
    if "differs" in wanted:
        yield from _unlike("differs", wanted["differs"], list(found.differs(case.facts["decision"])))
    yield from _concerns(wanted, [each.code for each in found.concerns])
    yield from _rest(wanted, found)


def _concerns(wanted: Mapping[str, Any], found: list[str]) -> Iterator[str]:
    """Those named are there; where none is named as none, none is; those ruled out are not."""
    missing = [code for code in wanted.get("concerns", []) if code not in found]
    if missing or (wanted.get("concerns") == [] and found):
        yield f"concerns: expected {wanted['concerns']}, found {found}"
    unwanted = [code for code in wanted.get("no_concerns", []) if code in found]
    if unwanted:
        yield f"concerns: expected none of {unwanted}, found {found}"


def _rest(wanted: Mapping[str, Any], found: Evaluation) -> Iterator[str]:
    due = {each.code: each.by.in_words() for each in found.obligations}
    for code, by in wanted.get("by", {}).items():
        if not due.get(code, "nothing").startswith(by):
            yield f"{code}: expected {by!r}, found {due.get(code, 'nothing')!r}"
    tests = {str(each.number): each.status for rule in found.rules for each in rule.tests}
    for number, status in wanted.get("tests", {}).items():
        yield from _unlike(f"test {number}", status, tests.get(number, "nothing"))
    for question, (words, paragraph) in wanted.get("says", {}).items():
        read = [s for line in found.lines for s in line.trace if s.question == question]
        if not any(words in each.decided and each.citation.paragraph == paragraph for each in read):
            yield f"{question}: expected {words!r} ({paragraph}), found {[each.decided for each in read]!r}"
    if "principles" in wanted:
        yield from _unlike("principles", wanted["principles"].split(), [each.status for each in found.principles])
    if "senses" in wanted:
        yield from _unlike("senses", wanted["senses"], {each.sense: each.stands for each in found.senses})
    points = {each.point: each for each in found.readings}
    for point, (used, other) in wanted.get("readings", {}).items():
        reading = points[point]
        would_be = reading.would_be.outcome if reading.would_be else None
        says = would_be.advice if would_be else reading.would_say
        yield from _unlike(f"reading {point}", [used, other], [reading.used.name, says])
