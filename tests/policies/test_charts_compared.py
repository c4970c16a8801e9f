"""What differs between the three flowcharts, written down with its reason; all that they share besides is equal.

And likewise for the sentences that versions of the golden rules share: the same words are found by the same test.
"""

import tomllib
from collections import defaultdict
from typing import Any

import pytest

from policies.pack_files import DATA

READ_WHOLE = "england-2006"
DECIDES = ("from", "to", "when", "advice", "route", "conditions", "concerns")

# Edges that a chart has and england-2006 has not: chart, edge, why.
MORE = {
    ("uk-2008", "purpose-unsure"): "where an answer is not sure, advice is asked for, whatever the others say",
    ("uk-2008", "identifies-unsure"): "likewise",
    ("uk-2008", "confidential-unsure"): "likewise",
    ("uk-2008", "consent-unsure"): "likewise",
    ("uk-2008", "right-way-unsure"): "likewise",
    (
        "girfec-vsp",
        "involve-danger",
    ): "the family is involved before anything else, as far as that is safe",
    ("girfec-vsp", "involve-done"): "likewise",
    ("girfec-vsp", "involve-not"): "likewise",
    ("girfec-vsp", "interest-crime"): "any crime is enough, not a serious one alone",
}
TO_THE_FAMILY = "a duty that does not settle it leads on to the child and the family"
REFUSAL = "a refusal is respected even where it is not confidential"
DANGER = "a risk to a child is enough, without a circumstance named"
# Edges that both have, and that decide otherwise: chart, edge, field, what it is there, why.
OTHERWISE: dict[tuple[str, str, str], tuple[Any, str]] = {
    **{
        ("girfec-vsp", f"duty-{each}", "to"): ("involve", TO_THE_FAMILY)
        for each in ("excepted", "not-known", "not-one", "unnamed", "outside", "unsure", "none")
    },
    ("girfec-vsp", "confidential-no", "when"): ({"all": ["confidential_no", {"not": "refusal_final"}]}, REFUSAL),
    ("girfec-vsp", "confidential-within", "when"): (
        {"all": ["within_understanding", {"not": "refusal_final"}]},
        REFUSAL,
    ),
    ("girfec-vsp", "interest-should-limited", "when"): (
        {"all": ["interest_yes", {"any": ["in_danger", "normally_justified"]}, "limited"]},
        DANGER,
    ),
    ("girfec-vsp", "interest-should", "when"): (
        {"all": ["interest_yes", {"any": ["in_danger", "normally_justified"]}]},
        DANGER,
    ),
}
# Questions that a chart asks and england-2006 does not.
ASKED_BESIDE = {"uk-2008": [], "girfec-vsp": ["involve"]}
# Sentences of the golden rules that are found by another test in some version, and why; the first words of each.
BY_ANOTHER_TEST = {
    "A danger is recorded, and nothing is written about weighing it.": "where it is no rule of its own, it comes first",
    "A check was answered no or unsure.": "each version speaks of other checks",
    "Every check that this rule speaks of is answered.": "likewise",
    "This check was answered no or unsure.": "each test is about its own check",
    "The reasons for the decision are not written down.": "the six points ask for nothing else, so it comes last",
    "What it is for is not written down.": "the principles ask for nothing else there, so it comes last",
}


def raw(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))


def edges(chart: str) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in raw(f"flowcharts/{chart}")["statements"]}


@pytest.mark.parametrize("chart", ASKED_BESIDE)
def test_a_chart_has_every_edge_of_the_one_read_whole_and_only_those_more_that_are_written_down(chart: str) -> None:
    here, there = edges(chart), edges(READ_WHOLE)
    assert set(there) - set(here) == set()
    assert {each for each in here if each not in there} == {edge for name, edge in MORE if name == chart}
    assert [each for each in here if each in there] == list(there)


@pytest.mark.parametrize("chart", ASKED_BESIDE)
def test_what_both_have_decides_the_same_but_where_it_is_written_down(chart: str) -> None:
    here, there = edges(chart), edges(READ_WHOLE)
    found = {
        (chart, edge, field): here[edge].get(field)
        for edge in there
        for field in DECIDES
        if here[edge].get(field) != there[edge].get(field)
    }
    assert found == {key: value for key, (value, _) in OTHERWISE.items() if key[0] == chart}


@pytest.mark.parametrize("chart", ASKED_BESIDE)
def test_they_begin_alike_and_ask_the_same_in_the_same_order(chart: str) -> None:
    here, there = raw(f"flowcharts/{chart}"), raw(f"flowcharts/{READ_WHOLE}")
    assert here["begins"] == there["begins"]
    beside = ASKED_BESIDE[chart]
    assert [each["id"] for each in here["nodes"] if each["id"] not in beside] == [n["id"] for n in there["nodes"]]
    assert set(beside) <= {each["id"] for each in here["nodes"]}


def found_by() -> dict[str, list[tuple[str, str]]]:
    """Each sentence of a rule or principle, with its status and its test wherever it stands."""
    found = defaultdict(list)
    for path in sorted((*(DATA / "rules").glob("*.toml"), *(DATA / "caldicott").glob("*.toml"))):
        for rule in tomllib.loads(path.read_text("utf-8"))["statements"]:
            for part in (rule, *rule.get("tests", [])):
                for case in part.get("cases", []):
                    found[case["words"]].append((case["status"], repr(case["when"])))
    return found


def test_the_same_words_of_a_rule_mean_the_same_in_every_version() -> None:
    shared = {words: each for words, each in found_by().items() if len(each) > 1}
    assert len(shared) > 20
    assert [words for words, each in shared.items() if len({status for status, _ in each}) > 1] == []
    otherwise = {words for words, each in shared.items() if len({test for _, test in each}) > 1}
    begun = {words: [each for each in BY_ANOTHER_TEST if words.startswith(each)] for words in otherwise}
    assert [words for words, each in begun.items() if not each] == []
    assert {each for some in begun.values() for each in some} == set(BY_ANOTHER_TEST)
