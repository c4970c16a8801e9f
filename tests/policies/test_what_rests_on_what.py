"""On which paragraph each edge of a flowchart and each golden rule rests, and how sure that is: written down by hand.

A citation that is changed by mistake, or made surer than its source, is red here; so is one that is missing.
"""

import pytest

from policies.pack_files import pack_named
from policies.packs import catalogue

UNSURE = "where you are not sure of an answer"
BEFORE = "the condition before the seven questions"
UNDER_13 = "under-13s, recording of decisions not to share"
# Of each flowchart: paragraph, confidence -> the edges that rest on it, in the order in which they are first met.
FLOWCHARTS: dict[str, dict[tuple[str, str], str]] = {
    "england-2006": {
        ("3.18", "seed"): "risk-child brake-none",
        ("3.12, 3.21", "seed"): "risk-adult",
        ("3.19", "seed"): "risk-unsure",
        ("3.13-3.17", "seed"): "risk-none",
        ("4.23-4.24", "seed"): "duty-too-broad duty-not-one",
        ("4.24", "seed"): "duty-must duty-unnamed duty-outside duty-none",
        ("4.23", "seed"): "duty-excepted",
        ("4.24, 4.26", "seed"): "duty-not-known duty-unsure",
        ("4.2", "seed"): "purpose-no",
        ("4.2-4.3", "seed"): "purpose-yes",
        ("4.6", "seed"): "identifies-no identifies-yes",
        ("glossary, personal data", "seed"): "identifies-deceased",
        ("3.7, 3.17", "seed"): "confidential-no",
        ("3.8", "seed"): "confidential-within",
        ("3.7, 4.8-4.11", "seed"): "confidential-yes",
        ("3.8, 4.13-4.20", "seed"): "consent-good",
        ("3.12, 4.21-4.22", "seed"): "consent-parents-differ-risk",
        ("4.20", "seed"): "consent-parents-differ",
        ("Seek agreement", "seed"): "consent-refusal-respected",
        ("3.9, 4.25", "seed"): "consent-refused",
        ("4.15", "seed"): "consent-withdrawn consent-no-reply",
        ("4.13, 4.15-4.16", "seed"): "consent-invalid",
        ("4.20-4.21", "seed"): "consent-conflict",
        ("3.9", "seed"): "consent-unobtainable consent-no",
        ("4.22", "seed"): "consent-not-to-be-sought",
        ("3.12, 3.18", "seed"): "consent-not-asked-risk",
        ("3.9, 3.16", "seed"): "consent-first",
        ("3.11-3.12, 4.25", "seed"): "interest-should-limited",
        ("3.12", "seed"): "interest-should",
        ("3.11, 4.25", "seed"): "interest-may-limited",
        ("3.9-3.10", "seed"): "interest-may",
        ("3.11, 3.19", "seed"): "interest-no-despite-harm",
        ("3.17", "seed"): "interest-no",
        ("4.26-4.27", "seed"): "interest-unsure",
        ("12.5", "seed"): "informant-shown informant-withheld informant-none",
        ("4.29", "seed"): "right-way-not-needed right-way-put-right right-way-yes",
        ("3.18, 4.29", "seed"): "right-way-unverified",
        ("3.18-3.19", "seed"): "brake-danger",
        (UNDER_13, "seed"): "approval-under-13 approval-none",
    },
    "uk-2008": {
        ("golden rule 5", "published"): "risk-child risk-adult risk-none brake-danger brake-none",
        ("golden rule 3", "published"): "risk-unsure",
        (BEFORE, "unverified"): "duty-too-broad duty-excepted duty-not-one duty-unnamed duty-outside",
        (BEFORE, "published"): "duty-must duty-none",
        (UNSURE, "published"): (
            "duty-not-known duty-unsure purpose-unsure identifies-unsure confidential-unsure consent-unsure "
            "interest-unsure right-way-unsure"
        ),
        ("question 1", "unverified"): "purpose-no",
        ("question 1", "published"): "purpose-yes",
        ("question 2", "unverified"): "identifies-no identifies-deceased",
        ("question 2", "published"): "identifies-yes",
        ("question 3", "unverified"): "confidential-no confidential-within",
        ("question 3", "published"): "confidential-yes",
        ("golden rule 4", "published"): "consent-good consent-refused consent-no interest-may interest-no",
        ("golden rules 2 and 5", "unverified"): "consent-parents-differ-risk",
        ("question 4", "unverified"): (
            "consent-parents-differ consent-invalid consent-conflict consent-unobtainable consent-no-reply"
        ),
        ("Seek agreement", "seed"): "consent-refusal-respected",
        ("golden rule 4", "unverified"): "consent-withdrawn",
        ("golden rule 2", "published"): "consent-not-to-be-sought consent-first",
        ("golden rules 2 and 5", "published"): "consent-not-asked-risk",
        ("question 5", "unverified"): "interest-should-limited interest-should interest-may-limited",
        ("golden rules 3 and 5", "unverified"): "interest-no-despite-harm",
        ("12.5", "seed"): "informant-shown informant-withheld informant-none",
        ("golden rule 6", "published"): "right-way-not-needed right-way-put-right right-way-yes",
        ("golden rules 5 and 6", "unverified"): "right-way-unverified",
        (UNDER_13, "seed"): "approval-under-13 approval-none",
    },
    "girfec-vsp": {
        ("Concern perceived, the three questions", "seed"): (
            "risk-child risk-none involve-danger brake-danger brake-none"
        ),
        ("3.12, 3.21", "unverified"): "risk-adult",
        ("Concerned but not sure what to do?", "seed"): (
            "risk-unsure identifies-no identifies-yes interest-no-despite-harm interest-unsure"
        ),
        ("4.23-4.24", "unverified"): "duty-too-broad duty-not-one",
        ("Seek agreement", "seed"): (
            "duty-must duty-none consent-refusal-respected consent-refused consent-no consent-first interest-no"
        ),
        ("4.23", "unverified"): "duty-excepted",
        ("4.24, 4.26", "unverified"): "duty-not-known duty-unsure",
        ("4.24", "unverified"): "duty-unnamed duty-outside",
        ("Concern perceived, involve the child and family", "seed"): "involve-done involve-not",
        ("Concern perceived, involve the child and family, question 5", "seed"): "purpose-no purpose-yes",
        ("glossary, personal data", "unverified"): "identifies-deceased",
        ("3.7, 3.17", "unverified"): "confidential-no",
        ("3.8", "unverified"): "confidential-within",
        ("3.7, 4.8-4.11", "unverified"): "confidential-yes",
        ("Seek agreement; appendix 1, second note", "seed"): "consent-good",
        ("appendix 1, first note", "seed"): "consent-parents-differ-risk consent-not-asked-risk interest-should",
        ("4.20", "unverified"): "consent-parents-differ",
        ("4.15", "unverified"): "consent-withdrawn consent-no-reply",
        ("4.13, 4.15-4.16", "unverified"): "consent-invalid",
        ("4.20-4.21", "unverified"): "consent-conflict",
        ("3.9", "unverified"): "consent-unobtainable",
        ("4.22", "unverified"): "consent-not-to-be-sought",
        ("3.11-3.12, 4.25", "unverified"): "interest-should-limited",
        ("3.11, 4.25", "unverified"): "interest-may-limited",
        ("Seek agreement; appendix 1, first note", "seed"): "interest-crime",
        ("3.9-3.10", "unverified"): "interest-may",
        ("12.5", "unverified"): "informant-shown informant-withheld informant-none",
        ("appendix 1, third note", "seed"): "right-way-not-needed right-way-yes",
        ("3.18, 4.29", "unverified"): "right-way-unverified",
        ("4.29", "unverified"): "right-way-put-right",
        (UNDER_13, "unverified"): "approval-under-13 approval-none",
    },
}
# Of each pack of rules: the paragraph of each rule in its order, and its confidence.
RULES: dict[str, list[tuple[str, str]]] = {
    "2006-six-points": [
        ("2, first key point", "seed"),
        ("2, second key point", "seed"),
        ("2, third key point", "seed"),
        ("2, fourth key point", "seed"),
        ("2, fifth key point", "seed"),
        ("2, sixth key point", "seed"),
    ],
    "2008-seven": [
        ("golden rule 1, as printed in public copies", "published"),
        ("golden rule 2, as printed in public copies", "published"),
        ("golden rule 3, as printed in public copies", "published"),
        ("golden rule 4, as printed in public copies", "published"),
        ("golden rule 5, as printed in public copies", "published"),
        ("golden rule 6, as printed in public copies", "published"),
        ("golden rule 7, as printed in public copies", "published"),
    ],
    "2015-seven": [
        ("golden rule 1, as printed in public copies", "published"),
        ("golden rule 2, as printed in public copies", "published"),
        ("golden rule 3, as printed in public copies", "published"),
        ("golden rule 4, as printed in public copies", "published"),
        ("golden rule 5, as printed in public copies", "published"),
        ("golden rule 6, as printed in public copies", "published"),
        ("golden rule 7, as printed in public copies", "published"),
    ],
    "2018-seven": [
        ("rule 1", "seed"),
        ("rule 2", "seed"),
        ("rule 3", "seed"),
        ("rule 4", "seed"),
        ("rule 5", "seed"),
        ("golden rule 6, as printed in public copies", "published"),
        ("rule 7", "seed"),
    ],
    "2024-seven": [
        ("golden rule 1, as reported in public sources", "published"),
        ("golden rule 2, as reported in public sources", "published"),
        ("golden rule 3, as reported in public sources", "published"),
        ("golden rule 4, as reported in public sources", "published"),
        ("golden rule 5, as reported in public sources", "published"),
        ("golden rule 6, as reported in public sources", "published"),
        ("golden rule 7; its wording was not seen and is read as in 2018", "unverified"),
    ],
    "salford-2018": [
        ("seven golden rules to sharing information, rule 1", "seed"),
        ("seven golden rules to sharing information, rule 2", "seed"),
        ("seven golden rules to sharing information, rule 3", "seed"),
        ("seven golden rules to sharing information, rule 4", "seed"),
        ("seven golden rules to sharing information, rule 5", "seed"),
        ("seven golden rules to sharing information, rule 6", "seed"),
        ("seven golden rules to sharing information, rule 7", "seed"),
    ],
}


@pytest.mark.parametrize("name", FLOWCHARTS)
def test_each_edge_rests_on_its_paragraph_and_is_as_sure_as_that(name: str) -> None:
    wanted = {edge: rests for rests, edges in FLOWCHARTS[name].items() for edge in edges.split()}
    found = pack_named(f"flowcharts/{name}").statements
    assert {each.id: (each.citation.paragraph, each.citation.confidence) for each in found} == wanted


@pytest.mark.parametrize("name", RULES)
def test_each_rule_rests_on_its_paragraph_and_is_as_sure_as_that(name: str) -> None:
    found = pack_named(f"rules/{name}").statements
    assert [(each.citation.paragraph, each.citation.confidence) for each in found] == RULES[name]


def test_no_flowchart_and_no_rules_are_left_out() -> None:
    assert {pack.id for pack in catalogue("flowcharts")} == set(FLOWCHARTS)
    assert {pack.id for pack in catalogue("rules")} == set(RULES)
