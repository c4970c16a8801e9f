"""An organisation's own pack from the command line: adopted, used, lost, kept with backups, moved, given up."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.driver import Done, Seat, demo_seat
from tests.cli.sample_documents import no_share, share, text

Factory = pytest.TempPathFactory
OURS = """\
[pack]
id = "anytown-2026"
words = "What Anytown adds to the national guidance"
in_force = { from = 2026-01-01 }
source = { document = "Recording policy of Anytown (sample)", paragraph = "2", year = 2026 }
checked = 2026-09-01
confidence = "own"

[late]
working_days = 0

[choices]
rules = "salford-2018"

[[safeguards]]
id = "early-help-less"
words = "Early help is told no more than it takes to offer a place"
when = "to_early_help"
condition = "share_less"

[[proposes]]
id = "our-laws"
words = "What Anytown's schools rely on"
codes = ["A6-E", "A9-G18"]
recipients = ["early_help"]
"""
DIGEST = sha256(OURS.encode()).hexdigest()
ADOPTED = {"id": "own/anytown-2026", "digest": DIGEST, "entry": 35}


@pytest.fixture
def demo(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return demo_seat(tmp_path, tmp_path_factory)


def adopt(seat: Seat, *more: str, who: str = "administrator") -> Done:
    return seat.inside("policy", "adopt", *more, "--identity", seat.key(who))


@pytest.fixture
def adopted(demo: Seat) -> Seat:
    demo.file("ours.toml", OURS)
    done = adopt(demo, "ours.toml", "--json")
    assert (done.code, done.json["entry"]) == (0, 35), done.said
    assert done.json["own_pack"] == {"state": "used", **ADOPTED, "findings": []}
    return demo


def recorded(seat: Seat, document: dict[str, Any], *more: str) -> Done:
    file = seat.file("decision.json", text(document))
    return seat.inside("record", "--file", file, "--identity", seat.key("teacher"), *more)


def own_pack(seat: Seat) -> Any:
    return seat.inside("status", "--json").json["own_pack"]


def test_without_one_status_says_so_to_scripts_and_nothing_to_people(demo: Seat) -> None:
    assert own_pack(demo) == {"state": "none", "findings": []}
    assert "own pack" not in demo.inside("status").out


def test_decisions_are_judged_with_it_and_it_is_told_apart(adopted: Seat) -> None:
    """Its safeguard, its rules, its proposals, its limit for late records; the advice is what it was."""
    done = recorded(adopted, share(), "--json")
    assert done.code == 0, done.said
    answer = done.json
    assert (answer["advice"], answer["differs"]) == ("may_share", [])
    assert answer["proposed"] == ["A9-G18"], "A6-E is relied on already"
    assert answer["own_pack"] == {"state": "used", **ADOPTED, "findings": []}
    shown = adopted.inside("show", "36", "--identity", adopted.key("guardian"), "--json").json
    packs = {pack["id"]: pack["digest"] for pack in shown["body"]["packs"]}
    assert packs["own/anytown-2026"] == DIGEST
    assert "rules/salford-2018" in packs
    (line,) = shown["evaluation"]["lines"]
    (own,) = [each for each in line["conditions"] if each["code"] == "share_less"]
    assert own["from"] == "own"
    assert shown["record"]["holds"]["proposed"] == ["A9-G18"]
    assert shown["codes"]["holds"]["proposed"] == {"article9": ["A9-G18"]}
    assert shown["body"]["late"] is True
    words = adopted.inside("show", "36", "--identity", adopted.key("guardian")).out
    assert "Law that your organisation's own pack proposes" in words
    assert "Early help is told no more than it takes" in words
    assert adopted.sound() == 37


def test_its_limit_for_late_records_is_the_one_that_counts(adopted: Seat) -> None:
    document = share()
    del document["late_reason"]
    done = recorded(adopted, document)
    assert done.code == 3
    assert "why it is recorded after the day of the decision" in done.err
    assert adopted.size() == 36


def test_what_was_adopted_and_by_whom_stands_openly(adopted: Seat) -> None:
    """No key is needed to see it."""
    shown = adopted.inside("show", "35").out
    assert "ledger.packs_adopted" in shown
    assert f"own/anytown-2026, digest {DIGEST[:16]}" in shown
    listed = adopted.inside("list", "--type", "ledger.packs_adopted", "--json").json["entries"]
    assert [row["entry"] for row in listed] == [35]


def test_a_decision_of_before_is_shown_as_it_was(adopted: Seat) -> None:
    shown = adopted.inside("show", "24", "--identity", adopted.key("guardian"), "--json").json
    assert [pack for pack in shown["body"]["packs"] if pack["id"].startswith("own/")] == []
    assert "from" not in json.dumps(shown["evaluation"]["lines"])


@pytest.mark.parametrize("who", ["teacher", "guardian", "manager"])
def test_others_may_not(demo: Seat, who: str) -> None:
    demo.file("ours.toml", OURS)
    for more in (("ours.toml",), ("--none",)):
        done = adopt(demo, *more, who=who)
        assert done.code == 4
        assert "an administrator" in done.err
    assert demo.sound() == 35
    assert not (demo.ledger / "packs").exists()


WRONG = {
    "nothing": (),
    "both": ("ours.toml", "--none"),
    "no such file": ("nowhere.toml",),
    "no pack": ("passphrase",),
    "a pack with a duty in it": ("duty.toml",),
}


@pytest.mark.parametrize("more", WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_adopted_is_refused_before_any_passphrase(demo: Seat, more: tuple[str, ...]) -> None:
    demo.file("ours.toml", OURS)
    demo.file("duty.toml", OURS + '\n[[duties]]\nid = "x"\n')
    keyless = demo.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=None)
    done = keyless.inside("policy", "adopt", *more, "--identity", demo.key("administrator"))
    assert done.code == (2 if more in (WRONG["nothing"], WRONG["both"]) else 3)
    assert "Traceback" not in done.said
    if "duty.toml" in more:
        assert "duties" in done.err
    assert demo.size() == 35


def test_where_its_file_is_gone_recording_goes_on_and_it_is_said_aloud(adopted: Seat) -> None:
    (adopted.ledger / "packs" / f"{DIGEST}.toml").unlink()
    before = own_pack(adopted)
    assert (before["state"], [each["code"] for each in before["findings"]]) == ("not_used", ["gone"])
    done = recorded(adopted, share(), "--json")
    assert done.code == 0
    assert (done.json["differs"], done.json["own_pack"]["state"]) == ([], "not_used")
    assert "proposed" not in done.json
    assert "YOUR ORGANISATION'S OWN PACK IS NOT USED" in done.err
    words = recorded(adopted, no_share())
    assert "Your organisation's own pack was not used" in words.out
    assert "YOUR ORGANISATION'S OWN PACK IS NOT USED" in words.err
    shown = adopted.inside("show", "36", "--identity", adopted.key("teacher"), "--json").json
    assert "own/anytown-2026" not in {pack["id"] for pack in shown["body"]["packs"]}
    assert adopted.sound() == 38
    again = adopt(adopted, "ours.toml", "--json")
    assert (again.code, "entry" in again.json, again.json["own_pack"]["state"]) == (0, False, "used")
    assert adopt(adopted, "ours.toml").out.startswith("It is adopted already")


def test_a_decision_whose_pack_is_gone_is_shown_and_says_what_is_missing(adopted: Seat) -> None:
    assert recorded(adopted, share()).code == 0
    (adopted.ledger / "packs" / f"{DIGEST}.toml").unlink()
    shown = adopted.inside("show", "36", "--identity", adopted.key("teacher"))
    assert shown.code == 0
    assert "the guidance that was used is not here" in " ".join(shown.out.split())
    assert "(own/anytown-2026)" in shown.out


def test_a_file_that_the_settings_name_by_hand_is_not_used(adopted: Seat) -> None:
    settings = adopted.ledger / "ledger.toml"
    (adopted.ledger / "mine.toml").write_text(OURS.replace("working_days = 0", "working_days = 5"))
    settings.write_text(settings.read_text().replace(f"packs/{DIGEST}.toml", "mine.toml"))
    told = own_pack(adopted)
    assert (told["state"], [each["code"] for each in told["findings"]]) == ("used", ["another_named"])
    done = recorded(adopted, share(), "--json")
    assert done.json["own_pack"]["findings"] == told["findings"]
    assert "ledger.toml names mine.toml, which is another. Used is what was adopted" in " ".join(done.err.split())
    assert "ledger.toml names mine.toml" in " ".join(adopted.inside("status").out.split())


def test_given_up_it_judges_no_more(adopted: Seat) -> None:
    done = adopt(adopted, "--none", "--json")
    assert (done.code, done.json) == (0, {"own_pack": {"state": "none", "findings": []}, "entry": 36})
    assert adopt(adopted, "--none").out == "No pack is adopted: there was nothing to give up.\n"
    answer = recorded(adopted, share(), "--json").json
    assert "own_pack" not in answer
    assert answer["differs"] == []
    assert adopted.sound() == 38


def test_it_goes_with_a_backup_and_comes_back(adopted: Seat) -> None:
    made = adopted.inside("backup", "one.backup", "--json").json
    assert made["packs"] == {"folder": "one.backup.packs", "count": 1}
    assert (adopted.root / "one.backup.packs" / f"{DIGEST}.toml").read_text() == OURS
    for path in (adopted.ledger / "ledger.db", *(adopted.ledger / "packs").iterdir()):
        path.unlink()
    done = adopted.inside("restore", "one.backup")
    assert (done.code, "Your organisation's own pack came back from beside it." in done.out) == (0, True), done.said
    assert own_pack(adopted)["state"] == "used"


def test_what_lies_beside_a_backup_and_is_not_what_was_adopted_is_told(adopted: Seat) -> None:
    adopted.inside("backup", "one.backup")
    (adopted.root / "one.backup.packs" / f"{DIGEST}.toml").write_text(OURS + "# more\n")
    (adopted.ledger / "packs" / f"{DIGEST}.toml").unlink()
    ref = {"id": "own/anytown-2026", "digest": DIGEST}
    for more in (("--check",), ()):
        if not more:
            (adopted.ledger / "ledger.db").unlink()
        done = adopted.inside("restore", "one.backup", *more, "--json")
        assert done.json["packs"] == {"back": [], "changed": [ref], "lost": [ref]}, done.said
    words = " ".join(adopted.inside("restore", "one.backup", "--check").out.split())
    assert "own/anytown-2026, beside it in one.backup.packs, is not what was adopted in entry 35." in words
    assert "own/anytown-2026, adopted in entry 35, is not here as it was adopted, and cannot be brought back." in words


def test_a_changed_file_is_told_apart_from_one_that_is_gone(adopted: Seat) -> None:
    assert recorded(adopted, share()).code == 0
    file = adopted.ledger / "packs" / f"{DIGEST}.toml"
    replay = ("policy", "replay", "--identity", "demo/identities/guardian.key")
    assert adopted.inside(*replay).code == 0
    file.write_text(OURS + "# more\n")
    done = adopted.inside(*replay)
    assert (done.code, "own pack that was used was changed" in " ".join(done.out.split())) == (1, True)
    file.unlink()
    done = adopted.inside(*replay)
    assert (done.code, "own pack that was used is gone" in " ".join(done.out.split())) == (0, True)


def test_a_backup_beside_which_something_lies_is_refused_and_one_without_a_pack_is_not(adopted: Seat) -> None:
    (adopted.root / "one.backup.packs").mkdir()
    assert adopted.inside("backup", "one.backup").code == 3
    assert not (adopted.root / "one.backup").exists()
    (adopted.ledger / "packs" / f"{DIGEST}.toml").unlink()
    made = adopted.inside("backup", "two.backup")
    assert (made.code, "their files are gone: own/anytown-2026" in made.out) == (0, True)


def test_it_stays_where_the_database_moves(adopted: Seat) -> None:
    assert adopted.inside("copy", "--to", f"sqlite:///{adopted.root}/moved.db", "--switch").code == 0
    assert own_pack(adopted) == {"state": "used", **ADOPTED, "findings": []}
