"""Bad input through the real command: refused before anything is written, by field, and nothing of it repeated.

After each the ledger verifies and is as long as before.
"""

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.driver import Done, Seat, club_seat, demo_seat
from tests.cli.sample_documents import MARKERS, no_share, planted, share, text, without

Factory = pytest.TempPathFactory
WRONG_NUMBER = "9990000688"
TOMORROW = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: Factory) -> Seat:
    """One copy for all: whatever is refused leaves it as it is."""
    return demo_seat(tmp_path_factory.mktemp("public"), tmp_path_factory)


@pytest.fixture(scope="module")
def club(tmp_path_factory: Factory) -> Seat:
    return club_seat(tmp_path_factory.mktemp("other"), tmp_path_factory)


def fields_of(done: Done) -> dict[str, tuple[str, str, str]]:
    """What the command said on stderr, by field: expected, got, next."""
    found: dict[str, list[str]] = {}
    field = ""
    for line in done.err.splitlines()[1:]:
        if line.startswith("    "):
            found[field].append(line[14:])
        else:
            field = line.strip()
            found[field] = []
    return {name: (said[0], said[1], said[2] if len(said) > 2 else "") for name, said in found.items()}


def other_kind(document: dict[str, Any]) -> dict[str, Any]:
    document["recipients"][0]["kind"] = "other"
    return document


def numbered(document: dict[str, Any]) -> dict[str, Any]:
    document["subject"]["identifiers"] = {"nhs_number": WRONG_NUMBER}
    return document


def with_control_characters() -> bytes:
    return text(share(purpose="to \x1b[2J clear the screen")).encode()


CASES: dict[str, tuple[bytes, str, str]] = {
    "unknown field": (text(share(risks={})).encode(), "risks", "Did you mean risk?"),
    "unknown field inside": (
        text(share(subject={"name": "Robin", "date_of_brith": "2015-01-01"})).encode(),
        "subject.date_of_brith",
        "Did you mean date_of_birth?",
    ),
    "impossible day": (text(share(decided_at="2026-02-30")).encode(), "decided_at", ""),
    "impossible hour": (text(share(decided_at="2026-11-02T25:00:00Z")).encode(), "decided_at", ""),
    "in the future": (text(share(decided_at=TOMORROW)).encode(), "decided_at", "slip"),
    "wrong check digit": (text(numbered(share())).encode(), "subject.identifiers.nhs_number", "digit"),
    "no reasons to share": (text(without(share(), "reasons")).encode(), "reasons", "whichever way you decided"),
    "no reasons not to": (text(without(no_share(), "reasons")).encode(), "reasons", "whichever way you decided"),
    "empty reasons": (text(share(reasons="  ")).encode(), "reasons", ""),
    "OTHER without words": (text(other_kind(share())).encode(), "recipients[1].kind_words", "what is meant"),
    "late and no reason": (text(without(share(), "late_reason")).encode(), "late_reason", "Late is better"),
    "not open to a public body": (text(share(basis={"codes": ["A6-EA"]})).encode(), "basis.codes[1]", ""),
    "unknown law": (text(share(basis={"codes": ["A6-X"]})).encode(), "basis.codes[1]", ""),
    "no decision": (text(without(share(), "decision")).encode(), "decision", ""),
    "not UTF-8": (text(share(purpose="caf\xe9")).replace("\\u00e9", "é").encode("latin-1"), "line 47", "UTF-8"),
    "control characters": (with_control_characters(), "purpose", ""),
    "over the limit": (text(share(purpose="x" * 270_000)).encode(), "the file", "Keep the decision here"),
    "one field too long": (text(share(purpose="x" * 5_000)).encode(), "purpose", ""),
    "nothing": (b"", "the file", "record --template"),
    "half a document": (text(share()).encode()[:400], "line 22", "bracket"),
}
YAML: dict[str, tuple[str, str]] = {
    "anchor": ("decision: &x share\nreasons: yes\n", "line 1"),
    "alias": ("decision: share\nreasons: *x\n", "line 2"),
    "merge": ("decision: share\nsubject:\n  <<: {name: A}\n", "line 3"),
    "type": ("decision: !!python/name:os.system share\n", "line 1"),
    "two documents": ("decision: share\n---\ndecision: share\n", "line 2"),
    "twice": ("decision: share\ndecision: no_share\n", "line 2"),
    "tab": ("subject:\n\tname: A\n", "line 2"),
}


def check_refused(seat: Seat, done: Done, size: int) -> None:
    assert done.code == 3, done.said
    assert done.out == ""
    assert done.err.startswith("consent-ledger: refused; nothing was written\n")
    assert seat.sound() == seat.size() == size


@pytest.mark.parametrize("name", CASES)
def test_a_document_that_cannot_be_recorded(name: str, demo: Seat) -> None:
    data, field, hint = CASES[name]
    done = demo.run("record", "--file", demo.file("bad.json", data), "--identity", demo.key("teacher"))
    check_refused(demo, done, 35)
    assert field in fields_of(done), done.err
    assert hint in fields_of(done)[field][2]
    assert WRONG_NUMBER not in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize("name", YAML)
def test_yaml_that_means_something_else_than_it_says(name: str, demo: Seat) -> None:
    data, field = YAML[name]
    done = demo.inside("record", "--file", demo.file("bad.yaml", data), "--identity", demo.key("teacher"))
    check_refused(demo, done, 35)
    assert field in fields_of(done), done.err


def test_every_fault_is_named_at_once(demo: Seat) -> None:
    document = numbered(other_kind(without(share(risks={}, decided_at=TOMORROW), "reasons")))
    done = demo.inside("record", "--file", demo.file("bad.json", text(document)), "--identity", demo.key("teacher"))
    check_refused(demo, done, 35)
    assert set(fields_of(done)) >= {
        "risks",
        "decided_at",
        "subject.identifiers.nhs_number",
        "recipients[1].kind_words",
        "reasons",
    }


@pytest.mark.parametrize(("day", "accepted"), [("2026-02-04", False), ("2026-02-05", True)])
def test_recognised_legitimate_interest_begins_on_its_day(day: str, accepted: bool, club: Seat, demo: Seat) -> None:
    """Article 6(1)(ea) is in force from 5 February 2026, and never for a public body in its tasks."""
    document = share(decided_at=f"{day}T10:00:00Z", basis={"codes": ["A6-EA"]})
    document["consent"]["obtained_at"] = document["informing"]["when"] = f"{day}T09:00:00Z"
    before = club.size()
    done = club.run(
        "record", "--file", club.file(f"{day}.json", text(document)), "--identity", club.key("practitioner")
    )
    if accepted:
        assert done.code == 0, done.said
        assert club.sound() == before + 1
    else:
        check_refused(club, done, before)
        assert "5 February 2026" in done.err
    public = demo.inside("record", "--file", demo.file("b.json", text(document)), "--identity", demo.key("teacher"))
    check_refused(demo, public, 35)


def test_the_ledger_is_no_ledger(demo: Seat) -> None:
    file = demo.file("decision.json", text(share()))
    for place in ("home", "nowhere", file, "demo/ledger.db"):
        done = demo.run("record", "--file", file, "--identity", demo.key("teacher"), "--ledger", place)
        check_refused(demo, done, 35)
        hint = fields_of(done)["ledger"][2]
        assert (
            hint
            == "Name it with --ledger DIR, put ledger.toml back if it is gone, or begin one: consent-ledger init DIR"
        )


def test_a_wrong_passphrase(demo: Seat) -> None:
    file = demo.file("decision.json", text(share()))
    wrong = demo.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=None, CONSENT_LEDGER_PASSPHRASE="some other sentence")
    done = wrong.run("record", "--file", file, "--identity", demo.key("teacher"))
    assert done.code == 4
    assert done.err.startswith("consent-ledger: not permitted; nothing was written\n")
    assert "some other sentence" not in done.said
    assert demo.sound() == demo.size() == 35


def test_a_wrong_key(demo: Seat, club: Seat) -> None:
    """A key of another ledger, a key that others can read, and a key whose owner may not record."""
    file = demo.file("decision.json", text(share()))
    shutil.copyfile(club.root / club.key("practitioner"), demo.root / "other.key")
    foreign = demo.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=club.env["CONSENT_LEDGER_PASSPHRASE_FILE"])
    (demo.root / "other.key").chmod(0o644)
    assert "chmod 600" in foreign.inside("record", "--file", file, "--identity", "other.key").err
    (demo.root / "other.key").chmod(0o600)
    for seat, key in ((foreign, "other.key"), (demo, demo.key("lead")), (demo, demo.key("auditor"))):
        done = seat.inside("record", "--file", file, "--identity", key)
        assert done.code == 4, done.said
        assert demo.sound() == demo.size() == 35


WRONG_FILES = ("photo.jpg", "home", "/dev/null", "nothing", "first-decision.receipt")


@pytest.mark.parametrize("file", WRONG_FILES)
def test_a_wrong_file_wherever_a_file_is_named(file: str, demo: Seat) -> None:
    demo.file("photo.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256)) * 40)
    shutil.copyfile(demo.ledger / "first-decision.receipt", demo.root / "first-decision.receipt")
    key = demo.inside("status", "--json").json["vkey"]
    good = demo.file("decision.json", text(share()))
    lines = [
        f"record --file {file} --identity {demo.key('teacher')}",
        f"record --file {good} --identity {file}",
        f"policy check {file}",
        f"actor enrol {file} --role practitioner --identity {demo.key('administrator')}",
        f"identity card {file}",
        f"show 13 --identity {file}",
        f"verify --identity {file}",
    ]
    if file != "first-decision.receipt":
        lines += [f"check-receipt {file} --key {key}", f"verify --receipt {file}"]
    for line in lines:
        done = demo.inside(*line.split(), stdin="A\nB\nC\n")
        # 4: a key file that others can read is not even looked into
        assert done.code in (3, 4), (line, done.said)
        assert "JFIF" not in done.said
        assert demo.sound() == demo.size() == 35
    assert demo.run("record", "--file", file, "--identity", demo.key("teacher")).code == 3


def test_wrong_order(club: Seat, tmp_path: Path) -> None:
    size = club.size()
    for line in ("receipt 99 -o r.receipt", "show 99", "show ffffffff", "record --case 99 --file d.json"):
        club.file("d.json", text(share()))
        done = club.inside(*line.split(), *(("--identity", club.key("practitioner")) if "record" in line else ()))
        assert done.code == 3, (line, done.said)
        assert club.sound() == club.size() == size
    assert not (club.root / "r.receipt").exists()


def test_no_failure_repeats_what_is_personal(demo: Seat) -> None:
    """Names, numbers and the story stand in a document that fails in many ways, and in none of the answers."""
    whole = planted()
    broken = [
        {**whole, "risks": MARKERS[0]},
        {**whole, MARKERS[0]: MARKERS[1], MARKERS[4]: MARKERS[0]},
        {**whole, "decision": MARKERS[1]},
        {**whole, "decided_at": MARKERS[2]},
        {**whole, "subject": {**whole["subject"], "identifiers": {"nhs_number": MARKERS[0]}}},
        {**whole, "basis": {"codes": [MARKERS[0], MARKERS[3]]}},
        {**whole, "recipients": [{"kind": MARKERS[5], "role": 7}]},
        {**whole, "consent": {"status": MARKERS[0], "by": MARKERS[1]}},
    ]
    files = [demo.file(f"{n}.json", text(document)) for n, document in enumerate(broken)]
    files += [demo.file("cut.json", text(whole)[:-30]), demo.file("cut.yaml", f"subject: {{name: {MARKERS[0]}\n")]
    said = ""
    for file in files:
        for extra in ((), ("--json",)):
            done = demo.inside("record", "--file", file, "--identity", demo.key("teacher"), *extra)
            assert done.code == 3, done.said
            said += done.said
        # a name and a number are no facts: what is wrong with them alone does not keep the rules from being asked
        said += demo.inside("policy", "check", file).said
    said += demo.run("record", "--file", files[0], "--identity", demo.key("teacher")).said
    said += demo.run("record", "--file", "4.json", "--identity", demo.key("lead"), "--json").said
    left = [path for name in ("state", "tmp", "home") for path in (demo.root / name).rglob("*") if path.is_file()]
    said += "".join(path.read_bytes().decode("latin-1") + path.name for path in left)
    words = {word for marker in MARKERS for word in (marker, marker.replace(" ", "_"), json.dumps(marker))}
    words.add("sample people only")
    assert [word for word in sorted(words) if word in said] == []
    assert demo.sound() == demo.size() == 35
