"""The figures, from headers and codes made by hand whose counts are known."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Malformed
from ledger.log.encoding import canonical, parse_json
from ledger.log.scan import Finding
from ledger.log.verify import Report
from ledger.reports.figures import LEFT_OUT, UNREAD, Asked, Decision, Found, Version, audit_report
from ledger.reports.tables import read_codes
from policies.pack_files import pack_named
from tests.ledger.reports.by_hand import ASKED, FULL, GROUND, RULES, decided, header


def made(*decisions: Decision, left_out: Mapping[int, str] | None = None, verification: Report | None = None) -> Any:
    return parse_json(audit_report(ASKED, GROUND, Found(decisions, left_out or {}), verification))


def rows(report: Any, table: str) -> list[tuple[str, int, list[int]]]:
    """(code, count, entries) of the rows that have something behind them, groups before codes."""
    found = next(each for each in report["tables"] if each["id"] == table)
    return [
        (f"{row['group']}: {row['code']}" if "group" in row else row["code"], row["count"], row["entries"])
        for row in found["rows"]
        if row["count"]
    ]


def table_of(report: Any, table: str) -> Any:
    return next(each for each in report["tables"] if each["id"] == table)


def not_known(report: Any, table: str) -> list[tuple[str, int, list[int]]]:
    found = next(each for each in report["tables"] if each["id"] == table)
    return [(row["code"], row["count"], row["entries"]) for row in found["not_known"]]


def test_what_the_open_header_says_is_counted() -> None:
    report = made(
        decided(9, decision="no_share", advice="do_not_share"),
        decided(4),
        decided(7, late=True),
        decided(12, decision="no_share", advice="should_share", differs=True, late=True),
    )
    assert rows(report, "decision") == [("share", 2, [4, 7]), ("no_share", 2, [9, 12])]
    assert rows(report, "advice") == [("should_share", 1, [12]), ("may_share", 2, [4, 7]), ("do_not_share", 1, [9])]
    assert rows(report, "late") == [("yes", 2, [7, 12]), ("no", 2, [4, 9])]
    assert rows(report, "differences") == [("should_share: no_share", 1, [12])]
    assert [row["entry"] for row in report["decisions"]] == [4, 7, 9, 12]


def test_a_code_with_nothing_behind_it_has_a_row_that_says_none() -> None:
    table = next(each for each in made()["tables"] if each["id"] == "decision")
    assert [(row["code"], row["count"], row["entries"]) for row in table["rows"]] == [
        (code, 0, []) for code in ("share", "share_part", "share_anonymised", "no_share", "defer")
    ]


def test_mixed_advice_is_a_row_of_its_own() -> None:
    report = made(decided(5, advice="mixed", differs=True))
    assert rows(report, "advice") == [("mixed", 1, [5])]
    assert rows(report, "differences") == [("mixed: share", 1, [5])]


def test_routes_laws_and_agreement_come_from_codes() -> None:
    refused = {
        **FULL,
        "route": "public_interest",
        "basis": {"article6": ["A6-E"], "article9": ["A9-G18"], "power": ["CA89-47"], "confidentiality": ["CL-PI"]},
        "consents": [{"status": "refused"}, {"status": "given"}, {"status": "refused"}],
    }
    without = {name: value for name, value in FULL.items() if name not in ("route", "basis", "consents")}
    not_asked = {**FULL, "consents": [{"status": "not_sought", "not_sought": "delay"}], "route": "mixed"}
    report = made(decided(3), decided(5, refused), decided(8, without), decided(11, not_asked))
    assert rows(report, "route") == [
        ("consent", 1, [3]),
        ("public_interest", 1, [5]),
        ("mixed", 1, [11]),
        ("not_recorded", 1, [8]),
    ]
    assert rows(report, "basis") == [
        ("article6: A6-E", 3, [3, 5, 11]),
        ("article9: A9-G18", 1, [5]),
        ("power: CA89-47", 1, [5]),
        ("confidentiality: CL-CONS-X", 2, [3, 11]),
        ("confidentiality: CL-PI", 1, [5]),
        ("none: none", 1, [8]),
    ]
    assert rows(report, "agreement") == [
        ("given", 2, [3, 5]),
        ("refused", 1, [5]),
        ("not_sought", 1, [11]),
        ("none", 1, [8]),
    ]
    assert rows(report, "not_asked") == [("delay", 1, [11]), ("none", 3, [3, 5, 8])]


def test_sharing_without_a_reason_is_not_told_as_nothing_to_share() -> None:
    without = {name: value for name, value in FULL.items() if name != "route"}
    all_ways = ("share", "share_part", "share_anonymised", "no_share", "defer")
    report = made(*(decided(n, without, decision=way) for n, way in enumerate(all_ways)))
    assert rows(report, "route") == [("not_recorded", 3, [0, 1, 2]), ("none", 2, [3, 4])]
    words = {row["code"]: row["words"] for row in table_of(report, "route")["rows"]}
    assert words["not_recorded"] == "shared, and no reason is recorded for it"
    assert words["none"] == "no reason: nothing was to be shared"


def test_a_law_that_nobody_compared_with_its_source_is_marked() -> None:
    report = made(decided(2, {**FULL, "basis": {"article6": ["A6-E"], "article9": ["A9-H"]}}))
    words = {row["code"]: row["words"] for row in table_of(report, "basis")["rows"]}
    assert words["A9-H"] == "Health or social care (A9-H) (not verified)"
    assert "not verified" not in words["A6-E"]


def test_guidance_that_stands_in_for_other_says_so() -> None:
    """The 2018 rules end on 30 April 2024; the day of the decision counts, not that of its entry."""
    seven = [{"id": "rules/2018-seven", "digest": pack_named("rules/2018-seven").digest}]
    inside = {**FULL, "decided_at": "2020-01-01T10:00:00Z"}
    after = {**FULL, "decided_at": "2026-05-06T10:00:00Z"}
    later = {**FULL, "decided_at": "2026-05-07T10:00:00Z"}

    def note(*codes: Mapping[str, Any] | None, packs: list[dict[str, str]] = seven) -> str:
        report = made(*(decided(n, each, packs=packs) for n, each in enumerate(codes)))
        (row,) = table_of(report, "packs")["rows"]
        return str(row.get("note", ""))

    assert note(inside, None, {**FULL, "decided_at": "when"}, {**FULL, "decided_at": 7}) == ""
    wanted = "rules/2018-seven was in force from July 2018 until 30 April 2024, not on 6 May 2026."
    assert note(inside, after).startswith(wanted)
    assert "Other days" not in note(after)
    assert note(later, after).startswith(wanted)
    assert note(later, after).endswith(" Other days of these decisions: 1.")
    assert note(after, packs=RULES) == "", "another file of that name was used"
    assert note(after, packs=[{"id": "rules/of-another-land", "digest": "00" * 32}]) == ""


def test_golden_rules_have_the_entries_behind_each_status_and_never_say_complied() -> None:
    missing = {**FULL, "rules": [{"rule": "rule-1", "status": "contradicted"}, {"rule": "rule-7", "status": "missing"}]}
    report = made(decided(2), decided(6, missing), decided(9))
    assert rows(report, "rules") == [
        ("rules/2018-seven/rule-1: contradicted", 1, [6]),
        ("rules/2018-seven/rule-1: for_people", 2, [2, 9]),
        ("rules/2018-seven/rule-7: recorded", 2, [2, 9]),
        ("rules/2018-seven/rule-7: missing", 1, [6]),
    ]
    table = next(each for each in report["tables"] if each["id"] == "rules")
    assert table["rows"][2]["words"] == "recorded"
    assert table["rows"][0]["group_words"] == "1. The law is no barrier"
    assert b"compl" not in canonical({"rows": table["rows"], "says": table["says"]})


def test_a_rule_that_waits_for_what_was_sent_counts_once_that_is_recorded() -> None:
    """Golden rule 7 is missing until an entry says what was shared (rule 7, 2018)."""
    waiting = {**FULL, "rules": [{"rule": "rule-7", "status": "missing", "once_sent": "recorded"}]}
    before = decided(2, waiting)
    after = replace(before, later=((3, header(3, "disclosure.made")),))
    assert rows(made(before), "rules") == [("rules/2018-seven/rule-7: missing", 1, [2])]
    assert rows(made(after), "rules") == [("rules/2018-seven/rule-7: recorded", 1, [2])]


def test_rules_of_a_pack_that_is_not_here_are_unknown() -> None:
    report = made(decided(2, packs=[{"id": "rules/of-another-land", "digest": "00" * 32}]))
    assert rows(report, "rules") == [("unknown: recorded", 1, [2]), ("unknown: for_people", 1, [2])]


def test_rules_are_unknown_where_no_pack_of_them_or_more_than_one_is_named() -> None:
    for packs in ([], [*RULES, {"id": "rules/another", "digest": "00" * 32}]):
        report = made(decided(2, packs=packs))
        assert rows(report, "rules") == [("unknown: recorded", 1, [2]), ("unknown: for_people", 1, [2])]


CALDICOTT = [{"id": "caldicott/caldicott-2020", "digest": "11" * 32}]


def test_caldicott_principles_stand_in_a_table_of_their_own() -> None:
    some = [
        {"principle": "principle-1", "status": "recorded"},
        {"principle": "principle-8", "status": "missing", "once_sent": "recorded"},
    ]
    report = made(decided(2, {**FULL, "caldicott": some}, packs=[*RULES, *CALDICOTT]), decided(6))
    first, last = (f"caldicott/caldicott-2020/principle-{n}" for n in (1, 8))
    assert rows(report, "caldicott") == [
        (f"{first}: recorded", 1, [2]),
        (f"{last}: missing", 1, [2]),
        ("none: none", 1, [6]),
    ]
    table = table_of(report, "caldicott")
    assert table["rows"][0]["group_words"].startswith("1. ")
    assert b"compl" not in canonical({"rows": table["rows"], "says": table["says"]})


def test_whose_side_was_used_is_counted_point_by_point() -> None:
    one = {"under_12": "england-2006", "refusal": "girfec", "crime": "of-another-land"}
    report = made(
        decided(2, {**FULL, "readings": one}), decided(6, {**FULL, "readings": {"refusal": "girfec"}}), decided(7)
    )
    assert rows(report, "readings") == [
        ("under_12: england-2006", 1, [2]),
        ("crime: unknown", 1, [2]),
        ("refusal: girfec", 2, [2, 6]),
        ("none: none", 1, [7]),
    ]


def test_an_answer_in_another_sense_is_no_agreement_to_share() -> None:
    codes = {**FULL, "consents": [{"status": "given", "sense": "data_protection"}, {"status": "refused"}]}
    assert rows(made(decided(3, codes)), "agreement") == [("refused", 1, [3])]


@pytest.mark.parametrize(
    ("risk", "code"),
    [
        ({"significant_harm": "no", "immediate": "yes"}, "yes"),
        ({"significant_harm": "unsure", "offence": "no"}, "unsure"),
        ({"significant_harm": "no"}, "no"),
        ({}, "not_answered"),
        ({"significant_harm": ["yes"]}, "unknown"),
    ],
)
def test_danger_counts_a_decision_once(risk: Any, code: str) -> None:
    assert rows(made(decided(3, {**FULL, "risk": risk})), "act_now") == [(code, 1, [3])]


def test_concerns_count_the_decisions_that_have_them() -> None:
    one = {**FULL, "concerns": ["not_free", "risk_unsure"]}
    report = made(decided(3, one), decided(4, {**FULL, "concerns": ["not_free"]}), decided(5))
    assert sorted(rows(report, "concerns")) == [("none", 1, [5]), ("not_free", 2, [3, 4]), ("risk_unsure", 1, [3])]


def test_months_begin_and_end_at_midnight_utc() -> None:
    report = made(
        decided(1, day="2026-09-30T23:59:59Z"),
        decided(2, day="2026-10-01T00:00:00Z"),
        decided(3, day="2026-10-31T23:59:59Z"),
    )
    assert rows(report, "month") == [("2026-09", 1, [1]), ("2026-10", 2, [2, 3])]


def test_status_follows_what_came_later_and_a_correction_is_counted_as_it_stands() -> None:
    waits = header(4, approval="awaited", decision="no_share")
    approved = header(5, approval="awaited", decision="no_share")
    wrong, right = header(6, decision="share"), header(9, "decision.corrected", decision="no_share", for_leaver=False)
    report = made(
        Decision((Version(4, waits, FULL),)),
        Decision((Version(5, approved, FULL),), ((8, header(8, "decision.approved")),)),
        Decision((Version(6, wrong, FULL), Version(9, right, {**FULL, "route": "public_interest"})), ((9, right),)),
    )
    assert rows(report, "status") == [("awaiting_approval", 1, [4]), ("approved", 1, [5]), ("corrected", 1, [6])]
    assert rows(report, "decision") == [("no_share", 3, [4, 5, 6])]
    assert rows(report, "route") == [("consent", 2, [4, 5]), ("public_interest", 1, [6])]
    assert report["decisions"][2] == {
        "entry": 6,
        "recorded_at": "2026-09-10T10:00:00Z",
        "stands_in": 9,
        "codes": "read",
        "later": [9],
    }


def test_erased_and_unreadable_codes_are_counted_as_that_and_never_guessed() -> None:
    report = made(
        decided(1),
        decided(2, None, "erased"),
        decided(3, None, "no_key"),
        decided(4, None, "missing"),
        decided(5, None, "damaged"),
        decided(6, None, "not_codes"),
    )
    cover = report["completeness"]
    assert cover["in_scope"] == {"count": 6, "entries": [1, 2, 3, 4, 5, 6]}
    assert cover["codes_read"] == {"count": 1, "entries": [1]}
    assert [(row["code"], row["entries"]) for row in cover["codes_not_read"]] == list(
        zip(UNREAD, [[2], [3], [4], [5], [6]], strict=True)
    )
    # what the header says is known of all of them, what codes say of one
    assert rows(report, "decision") == [("share", 6, [1, 2, 3, 4, 5, 6])]
    for table in ("act_now", "route", "agreement", "basis", "rules", "concerns", "not_asked"):
        assert {n for _code, _count, entries in rows(report, table) for n in entries} == {1}
        assert not_known(report, table) == [("erased", 1, [2]), ("not_read", 4, [3, 4, 5, 6])]


def test_codes_that_are_unknown_or_misshapen_are_not_shown_and_not_counted_as_nothing() -> None:
    odd = {**FULL, "route": "Robin Example", "consents": [{"status": "x"}], "basis": {"article6": ["A6-NEW"]}}
    odd["concerns"] = ["<b>"]
    report = made(decided(1, odd))
    for table in ("route", "agreement", "concerns"):
        assert rows(report, table) == [("unknown", 1, [1])]
    assert rows(report, "basis") == [("unknown: unknown", 1, [1])]
    assert "Robin" not in json.dumps(report)
    assert "<b>" not in json.dumps(report)
    for broken in (
        "text",
        {},
        {"route": "consent"},
        {**FULL, "risk": []},
        {**FULL, "rules": ["rule-1"]},
        {**FULL, "concerns": [1]},
        {**FULL, "route": 1},
        {**FULL, "consents": {}},
        {**FULL, "basis": ["A6-E"]},
        {**FULL, "basis": {"article6": "A6-E"}},
    ):
        assert read_codes(broken) is None
    assert read_codes(FULL) is FULL


def test_every_table_accounts_for_every_decision_and_every_count_is_its_entries() -> None:
    report = made(decided(1), decided(2, None, "erased"), decided(30, {**FULL, "concerns": ["not_free"]}))
    for table in report["tables"]:
        behind = {n for row in [*table["rows"], *table["not_known"]] for n in row["entries"]}
        assert behind == ({1, 2, 30} if table["id"] != "differences" else set()), table["id"]
        for row in [*table["rows"], *table["not_known"]]:
            assert row["count"] == len(row["entries"])
            assert row["entries"] == sorted(set(row["entries"]))


def test_integrity_is_said_first_in_words() -> None:
    verification = Report("sample/0", size=40, root=bytes(32), checked={"signatures": 40}, suspect=[5])
    good = made(decided(4), verification=verification)["integrity"]
    assert (good["verdict"], good["findings"]) == ("verified", [])
    assert good["says"].startswith("Verified. All 40 entries")
    assert "not proof that it was true or right" in good["says"]
    verification.findings = [
        Finding(4, "signature", "its text is not what its author signed"),
        Finding(None, "fork", "x"),
    ]
    bad = made(decided(4), decided(5), decided(6), verification=verification)
    assert bad["integrity"]["says"].startswith("Failed. 2 things do not hold.")
    assert bad["integrity"]["findings"][0]["entry"] == 4
    assert "entry" not in bad["integrity"]["findings"][1]
    assert bad["completeness"]["counted_but_failed"]["entries"] == [4]
    assert bad["completeness"]["counted_but_suspect"]["entries"] == [5]
    approved = Decision((Version(3, header(3), FULL),), ((4, header(4, "decision.approved")),))
    resting = made(approved, verification=verification)["completeness"]
    assert resting["counted_but_failed"]["entries"] == [3], "it rests on an entry that does not hold"
    unchecked = made(decided(4))["integrity"]
    assert unchecked["verdict"] == "not_checked"
    assert "checked" not in unchecked


def test_entries_left_out_are_said_with_their_reason() -> None:
    report = made(decided(4), left_out={7: "missing", 8: "unreadable", 3: "not_by_its_author"})
    cover = report["completeness"]
    assert cover["says"].startswith("Of the 40 entries of the ledger 3 could not be used")
    assert [(row["code"], row["entries"]) for row in cover["left_out"]] == list(
        zip(LEFT_OUT, [[7], [8], [3]], strict=True)
    )
    assert made()["completeness"]["says"] == "All 40 entries of the ledger were looked at, and none was left out."


def test_the_header_says_what_was_asked_and_where_it_stands() -> None:
    report = made()["report"]
    assert report == {
        "kind": "audit",
        "from": "2026-09-01",
        "to": "2026-10-31",
        "made_at": "2026-11-02T09:00:00Z",
        "made_by": "p-guardian",
        "tool": "tool 1",
        "organisation": "Anytown Sample Trust",
        "organisation_kind": "public",
        "nation": "england",
        "ledger": {"origin": "sample/0", "size": 40, "root": bytes(range(32)).hex(), "key": "sample/0+key"},
    }


def test_packs_are_named_with_their_digests() -> None:
    other = [{"id": "rules/2018-seven", "digest": "cd" * 32}]
    assert rows(made(decided(1), decided(2, packs=other)), "packs") == [
        (f"rules/2018-seven: {'ab' * 32}", 1, [1]),
        (f"rules/2018-seven: {'cd' * 32}", 1, [2]),
    ]


def test_the_order_in_which_decisions_are_found_changes_nothing() -> None:
    several = [decided(n, {**FULL, "concerns": ["not_free"]} if n % 2 else FULL, packs=RULES) for n in range(9)]
    forwards = audit_report(ASKED, GROUND, Found(several), None)
    assert forwards == audit_report(ASKED, GROUND, Found(several[::-1]), None)
    assert forwards == canonical(parse_json(forwards))


def test_text_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(Malformed):
        audit_report(Asked(ASKED.first, ASKED.last, 0, "p-g", "t", "\ud800"), GROUND, Found([]), None)


_PROGRAM = """
from hashlib import sha256
from ledger.reports.figures import Found, audit_report
from ledger.reports.html import audit_page
from tests.ledger.reports.by_hand import ASKED, FULL, GROUND, decided
found = Found([decided(n, {**FULL, "concerns": ["not_free", "risk_unsure"]}) for n in range(20)])
report = audit_report(ASKED, GROUND, found, None)
print(sha256(report).hexdigest(), sha256(audit_page(report).encode()).hexdigest())
"""


def test_two_processes_give_the_same_bytes() -> None:
    said = set()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            check=True,
            text=True,
        )
        said.add(run.stdout)
    assert len(said) == 1
    assert len(said.pop().split()) == 2
