"""policy explain: what can be asked for, one thing in words and as JSON, and what is not known."""

import re
from pathlib import Path

import pytest

from tests.cli.driver import Seat, seat_at

DAY = ("--on", "2026-11-22")


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    return seat_at(tmp_path / "seat")


def words(seat: Seat, *arguments: str) -> str:
    done = seat.inside("policy", "explain", *arguments, *DAY)
    assert (done.code, done.err) == (0, "")
    return " ".join(done.out.split())


# topic · what must be said of it
SAID = {
    "4": (
        "Question 4: Is there agreement",
        "Agreed: The person whose answer counts has agreed",
        "Practitioners' guide",
    ),
    "duty-must": ("An arrow of the flowchart", "The law requires this to be shared", "4.24"),
    "may_share": ("Advice: may_share", "What leads to it:", "identifies-no"),
    "condition:limited": ("A condition beside the advice", "share only what is needed".capitalize()),
    "rule-5": ("Golden rule 5: Protect identities", "rules/2024-seven", "In force from 1 May 2024"),
    "principle-1": ("Caldicott principle 1: Justify the purpose", "Not written down yet:"),
    "CA89-47": ("Law: CA89-47", "What it is: a duty", "Unless:", "Read in full"),
    "MAPPA": ("NOT VERIFIED", ", not verified"),
    "weighing": ("Whether somebody can decide", "weigh one thing against another"),
    "formal_not_confidential": ("What to look at again: formal_not_confidential", "looked at on"),
    "crime": ("A point on which the guidance disagrees", "The other side, girfec"),
    "adoption": ("How long a record is kept", "Counted from: the day of the adoption order"),
    "refer_today": ("What falls due", "By when: on the same day"),
    "not_sought.delay": ("A reason from a list", "4.22"),
}


@pytest.mark.parametrize("topic", SAID)
def test_one_thing_in_words_with_its_source(seat: Seat, topic: str) -> None:
    said = words(seat, topic)
    assert [each for each in SAID[topic] if each not in said] == []
    found = seat.inside("policy", "explain", topic, *DAY, "--json").json
    assert found["topic"] == topic
    for each in found["found"]:
        assert each["words"] in said or each["name"] in said


def test_without_a_topic_everything_is_listed_by_kind(seat: Seat) -> None:
    said = seat.inside("policy", "explain", *DAY)
    listed = seat.inside("policy", "explain", *DAY, "--json").json["topics"]
    assert len(listed) > 200
    assert [each["code"] for each in listed if each["code"] not in said.out and each["name"] not in said.out] == []
    for topic in re.findall(r"consent-ledger policy explain (\S+)", said.out):
        assert seat.inside("policy", "explain", topic).code == 0
    kinds = list(dict.fromkeys(each["kind"] for each in listed))
    assert kinds[:3] == ["question", "act_now", "advice"]


def test_of_the_pack_in_force_or_of_the_one_that_is_named(seat: Seat) -> None:
    assert "rules/2024-seven" in words(seat, "rule-4")
    older = seat.inside("policy", "explain", "rule-4", "--on", "2016-01-01")
    assert "From rules/2015-seven." in older.out
    assert "rules/salford-2018" in words(seat, "rule-6", "--rules", "salford-2018")
    assert "flowcharts/girfec-vsp" in words(seat, "involve", "--nation", "scotland")
    assert "competence/scotland-2018" in words(seat, "criterion:from_12", "--competence", "scotland-2018")
    assert seat.inside("policy", "explain", "involve", *DAY).code == 3


def test_what_is_not_known_is_refused_and_the_nearest_told(seat: Seat) -> None:
    done = seat.inside("policy", "explain", "cnsent")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("consent-ledger: refused\n")
    assert "Did you mean consent?" in done.err
    named = seat.inside("policy", "explain", "Robin Placeholder", "--json")
    assert (named.code, named.json["faults"][0]["field"]) == (3, "TOPIC")
    assert "Robin" not in named.said


def test_lines_fit_the_screen_and_plain_is_plain(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for topic in ((), ("4",), ("CA89-47",), ("seek_advice",)):
        out = seat.inside("policy", "explain", *topic, *DAY).out
        assert max(map(len, out.splitlines())) <= 80
        assert re.findall(r"\bNone\b(?! of )|\bTrue\b|\bFalse\b|[{}]", out) == []
        assert "\x1b" not in seat.inside("policy", "explain", *topic, "--plain").out
