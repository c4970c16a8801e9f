"""policy replay from the command line: who may look, what is compared with, what is told, and how it ends."""

import json
import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger.log.encoding import parse_json
from ledger.log.entry import parse_entry
from tests.cli.driver import Done, Seat, demo_seat

Factory = pytest.TempPathFactory
DECISIONS = [13, 14, 15, 17, 18, 21, 22, 23, 24, 25, 26, 27, 31, 33, 34]
"""The entries of the sample ledger that decide something."""
SUMMARY = {
    *("other", "looked_at", "equal", "alarms", "advised_otherwise", "differing", "by_rule", "decisions"),
    *("not_judged", "not_judged_by_other", "codes_not_compared", "packs_not_held"),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: Factory) -> Seat:
    """One copy: nothing here writes to it."""
    return demo_seat(tmp_path_factory.mktemp("replay"), tmp_path_factory)


def replay(seat: Seat, *more: str, who: str = "guardian") -> Done:
    return seat.inside("policy", "replay", *more, "--identity", seat.key(who))


def answer(seat: Seat, *more: str, who: str = "guardian", code: int = 0) -> Any:
    done = replay(seat, *more, "--json", who=who)
    assert done.code == code, done.said
    return done.json


def entries(counted: Any) -> list[int]:
    assert counted["count"] == len(counted["first_entries"])
    found: list[int] = counted["first_entries"]
    return found


def test_the_same_guidance_says_the_same_of_every_sample(demo: Seat) -> None:
    told = answer(demo)
    assert set(told) == SUMMARY
    assert (told["looked_at"], entries(told["equal"]), told["alarms"]["count"]) == (15, DECISIONS, 0)
    assert told["not_judged"] == told["codes_not_compared"] == told["packs_not_held"] == []
    assert list(told["other"]) == ["packs_on"], "today's, where nothing is named"
    row = told["decisions"][0]
    assert (row["entry"], row["decided"], row["alarm"]) == (13, "share_part", False)
    assert row["recorded"] == row["same"]
    assert row["recorded"]["conditions"] == ["limited"]
    assert demo.size() == 35, "nothing is recorded"


def test_a_period_and_entries_by_their_numbers_or_ids(demo: Seat) -> None:
    assert [row["entry"] for row in answer(demo, "17", "13")["decisions"]] == [17, 13]
    shown = demo.inside("show", "17", "--json").json
    assert [row["entry"] for row in answer(demo, shown["id"][:8])["decisions"]] == [17]
    day = shown["at"][:10]
    assert [row["entry"] for row in answer(demo, "--from", day, "--to", day)["decisions"]] == [17]
    before = answer(demo, "--to", "2025-12-31")
    assert (before["looked_at"], before["decisions"]) == (0, [])
    assert "No decision fits" in replay(demo, "--to", "2025-12-31").out


def test_another_side_changes_advice_and_says_by_which_statement(demo: Seat) -> None:
    told = answer(demo, "--side", "refusal=girfec")
    assert told["other"] == {"chosen": [["readings.refusal", "girfec"]]}
    assert entries(told["equal"]) == DECISIONS
    changed = told["advised_otherwise"]["first_entries"]
    assert changed
    groups = [group for group in told["by_rule"] if group["what"] == "advice"]
    assert sorted({n for group in groups for n in group["first_entries"]}) == changed
    for group in groups:
        assert group["rule"].startswith("flowcharts/england-2006#")
        assert group["words"]
        assert group["source"]
        assert group["before"] != group["after"]
    rows = {row["entry"]: row for row in told["decisions"]}
    for n in DECISIONS:
        assert (rows[n]["same"] != rows[n]["other"]) == (n in changed)


def test_other_rules_change_no_advice(demo: Seat) -> None:
    told = answer(demo, "--rules", "2018-seven")
    assert told["advised_otherwise"]["count"] == 0
    assert told["differing"]["count"] > 0
    assert {group["what"] for group in told["by_rule"]} == {"rule"}
    assert {group["rule"].partition("#")[0] for group in told["by_rule"]} == {"rules/2018-seven", "rules/2024-seven"}


def test_guidance_of_another_day_another_flowchart_and_an_own_pack(demo: Seat) -> None:
    on = answer(demo, "--packs-on", "2019-01-01")
    assert on["other"] == {"packs_on": "2019-01-01"}
    assert "rules/2018-seven" in {group["rule"].partition("#")[0] for group in on["by_rule"]}
    chart = answer(demo, "--chart", "uk-2008", "--competence", "scotland-2018", "13")
    assert chart["other"]["chosen"] == [["flowcharts", "uk-2008"], ["competence", "scotland-2018"]]
    own = (
        '[pack]\nid = "ours"\nwords = "Ours"\nin_force = { from = 2026-01-01 }\nchecked = 2026-09-01\n'
        'confidence = "own"\nsource = { document = "Policy of Anytown (sample)", paragraph = "1" }\n'
        '[[safeguards]]\nid = "less"\nwords = "Less to health"\nwhen = "to_health"\ncondition = "share_less"\n'
    )
    told = answer(demo, "--own", demo.file("ours.toml", own))
    assert told["other"] == {"own": "ours.toml"}
    assert [group["rule"] for group in told["by_rule"]] == ["own/ours#share_less"]
    assert told["by_rule"][0]["count"] == told["advised_otherwise"]["count"] > 0


REFUSED = {
    ("99",): 3,
    ("2",): 3,
    ("13", "--from", "2026-01-01"): 2,
    ("--from", "2026-02-30"): 2,
    ("--from", "2026-02-02", "--to", "2026-02-01"): 2,
    ("--packs-on", "yesterday"): 2,
    ("--rules", "2018-sevn"): 3,
    ("--chart", "nowhere"): 3,
    ("--side", "refusal"): 2,
    ("--side", "refusal=nobody"): 3,
    ("--own", "passphrase"): 3,
    ("--own", "nowhere.toml"): 3,
}


@pytest.mark.parametrize("more", REFUSED, ids=" ".join)
def test_what_cannot_be_asked_is_refused_at_once(demo: Seat, more: tuple[str, ...]) -> None:
    done = replay(demo, *more)
    assert (done.code, done.out) == (REFUSED[more], "")
    assert "Traceback" not in done.err
    assert "nothing was written" not in done.err, "it never writes"


def test_a_key_is_asked_for(demo: Seat) -> None:
    done = demo.inside("policy", "replay")
    assert (done.code, done.out) == (2, "")
    assert "--identity FILE" in done.err


def test_what_others_may_not_read_is_counted_for_them(demo: Seat) -> None:
    told = answer(demo, who="lead")
    assert (told["looked_at"], told["equal"]["count"]) == (15, 0)
    assert [(each["code"], entries(each)) for each in told["not_judged"]] == [("withheld", DECISIONS)]
    words = replay(demo, who="lead").out
    assert "15, sealed for others than whoever looked" in " ".join(words.split())
    assert 0 < words.index("sealed for others") < words.index("the same guidance says the same of"), "named first"
    assert "Not judged" not in replay(demo).out
    own = answer(demo, who="teacher")
    assert 0 < own["equal"]["count"] < 15
    assert own["equal"]["count"] + own["not_judged"][0]["count"] == 15
    assert [each["code"] for each in own["codes_not_compared"]] == ["withheld"]


def test_names_and_words_of_records_are_not_in_any_answer(demo: Seat) -> None:
    """Codes, numbers of entries and statements of guidance alone."""
    known = demo.inside("show", "17", "--identity", demo.key("guardian"), "--json").json["record"]["holds"]["document"]
    said = replay(demo, "--packs-on", "2007-01-01").said + replay(demo, "17").said + replay(demo, "--json").said
    for word in (known["subject"]["name"], known["reasons"], known["purpose"], known["information"][0]["description"]):
        assert word
        assert word not in " ".join(said.split())


def test_in_words_one_decision_in_three_columns(demo: Seat) -> None:
    told = " ".join(replay(demo, "13", "--side", "refusal=girfec").out.split())
    assert "advised then: may share (the reason is strong enough without agreement); share only" in told
    assert "then may share (the reason is strong enough without agreement); other guidance: seek advice." in told
    assert "the side of girfec on how a refusal is taken" in told
    assert "the same guidance: the same" in told
    assert "other guidance: seek advice" in told
    assert "[flowcharts/england-2006#" in told


def damaged(seat: Seat, n: int, *statements: str) -> None:
    with sqlite3.connect(seat.ledger / "ledger.db") as database:
        for trigger in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger[0]}")
        for statement in statements:
            database.execute(statement, (n,))
    database.close()


def test_a_header_that_somebody_rewrote_is_an_alarm(tmp_path: Path, tmp_path_factory: Factory) -> None:
    """Advice altered behind the ledger's back in an entry whose sealed parts are as they were."""
    seat = demo_seat(tmp_path, tmp_path_factory)
    with sqlite3.connect(seat.ledger / "ledger.db") as database:
        (leaf,) = database.execute("SELECT leaf FROM entry WHERE n = 22").fetchone()
    database.close()
    lines = leaf.split(b"\n")
    header = parse_json(lines[2])
    header["body"]["advice"] = "do_not_share"
    lines[2] = json.dumps(header, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    changed = b"\n".join(lines)
    parse_entry(changed, seat.inside("status", "--json").json["origin"])
    assert sha256(changed).digest() != sha256(leaf).digest()
    damaged(seat, 22, f"UPDATE entry SET leaf = x'{changed.hex()}' WHERE n = ?")
    told = answer(seat, code=1)
    assert entries(told["alarms"]) == [22]
    (row,) = [row for row in told["decisions"] if row["alarm"]]
    assert row["unequal"] == ["advice"]
    done = replay(seat)
    assert done.code == 1
    assert "ALARM" in done.out
    assert "entry 22: other than recorded: advice" in done.out
    assert "consent-ledger verify" in done.out


def test_a_decision_whose_column_calls_it_something_else_is_looked_at_all_the_same(
    tmp_path: Path, tmp_path_factory: Factory
) -> None:
    seat = demo_seat(tmp_path, tmp_path_factory)
    before = answer(seat)["looked_at"]
    damaged(seat, 22, "UPDATE entry SET type = 'note.added' WHERE n = ?")
    assert answer(seat)["looked_at"] == before
    assert [row["entry"] for row in answer(seat, "22")["decisions"]] == [22]


def test_a_missing_part_is_an_alarm_and_an_erased_one_is_not(tmp_path: Path, tmp_path_factory: Factory) -> None:
    seat = demo_seat(tmp_path, tmp_path_factory)
    damaged(seat, 24, "DELETE FROM part WHERE n = ?")
    told = answer(seat, code=1)
    assert entries(told["alarms"]) == [24]
    assert [(each["code"], entries(each)) for each in told["not_judged"]] == [("missing", [24])]
    assert "entry 24: missing, and no entry says that it was erased" in replay(seat).out
