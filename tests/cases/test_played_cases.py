"""The paragraphs of all five documents played out: one test for each case of the tables, in plain words."""

import tomllib

import pytest

from policies.codes import ADVICE, CONDITIONS, POINTS, ROUTES
from tests.cases.playing import CASES, EXPECTED, HERE, OF_EXPECT, PlayedCase, check_case

# What has to be among the cases, by the name under which a case says that it shows it.
SHOWN = (
    "implied consent at a GP referral",
    "unsure confidentiality",
    "a village where anonymous is not",
    "consent to some recipients only",
    "refused with risk",
    "refused without risk",
    "not sought with a ground",
    "not sought without a ground",
    "a suspected parent consents",
    "a competent child refuses and a parent agrees",
    "separated parents differ",
    "duty with consent refused",
    "duty with purpose no",
    "an over-broad order",
    "public interest unsure",
    "limited sharing",
    "an informant",
    "preventative services",
    "urgent risk at night",
    "an adult's service about a child",
    "siblings",
    "an unborn child",
    "a deceased child",
    "contradictory answers",
    "a competence conclusion against its own criteria",
    "a basis that is not available",
    "a power claimed as a duty",
)
GUIDE = (
    "3.7 3.8 3.9 3.10 3.11 3.12 3.13 3.16 3.17 3.18 3.19 3.20 3.21 4.2 4.3 4.6 4.8 4.9 4.10 4.11 4.13 4.14 4.15 4.16 "
    "4.17 4.18 4.19 4.20 4.21 4.22 4.23 4.24 4.25 4.26 4.27 4.28 4.29 4.30"
)
DOCUMENTS = {
    "getting it right for every child",
    "Support and Safeguarding in Salford",
    "Recording policy",
    "A guide for managers",
    "What to do if you're worried",
    "Information sharing: Practitioners' guide",
}
JUDGED = [case for case in CASES if "refused" not in case.expected]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_paragraph_is_followed(case: PlayedCase) -> None:
    check_case(case)


def test_every_case_expects_all_that_it_has_to() -> None:
    for case in JUDGED:
        expect = case.expected["expect"]
        assert {"advice", "route", "decisive", "obligations"} <= set(expect) <= OF_EXPECT, case.name
        assert expect["advice"] in {*ADVICE, "mixed"} and expect["route"] in {*ROUTES, "mixed", ""}, case.name
        assert set(expect.get("conditions", [])) <= set(CONDITIONS), case.name
        assert set(case.expected.get("readings", {})) <= set(POINTS), case.name
        assert case.expected["rules"] and case.facts.get("decision"), case.name
    assert len(JUDGED) >= 200 and all(case.expected["refused"] for case in CASES if case not in JUDGED)


def test_every_expectation_of_the_tables_is_read() -> None:
    used = {key for case in CASES for key in case.expected}
    assert used == EXPECTED


def test_what_has_to_be_shown_is_shown() -> None:
    shown = [
        each["shows"]
        for path in HERE.glob("*.toml")
        for each in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
        if "shows" in each
    ]
    assert sorted(shown) == sorted(SHOWN)


def test_every_document_and_paragraph_has_its_cases() -> None:
    guide = {
        part
        for case in CASES
        if case.document.startswith("Information sharing: Practitioners' guide")
        for part in case.paragraph.replace("-", ", ").split(", ")
    }
    assert set(GUIDE.split()) <= guide
    titles = {case.document for case in CASES}
    for document in DOCUMENTS:
        assert any(title.startswith(document) for title in titles), document


def test_a_case_that_goes_otherwise_says_how() -> None:
    case = next(case for case in JUDGED if case.table == "getting_it_right" and case.nation == "england")
    scotland = next(each for each in JUDGED if each.nation == "scotland").packs
    with pytest.raises(AssertionError, match=r"advice: expected 'may_share', found 'do_not_share'"):
        check_case(case, scotland)
    taken = next(case for case in CASES if case.expected.get("refused") == ["basis.codes[2]"])
    with pytest.raises(AssertionError, match="got facts that were taken"):
        check_case(PlayedCase(**{**vars(taken), "facts": {}}))
