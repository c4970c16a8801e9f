"""report audit, whole: a real ledger with a real decision, damaged and erased, through the command line."""

import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from cli.world import World
from ledger.log.encoding import parse_json, parse_time
from ledger.log.entry import Wrap
from ledger.log.types import PEOPLE_CASE
from ledger.records.access import reads_codes
from ledger.records.decisions import consider, record_decision
from ledger.records.document import check_document
from ledger.records.followups import approve_erasure, erase, follow_up, request_erasure
from ledger.records.intake import read_document
from ledger.records.place import DATABASE, Place, Settings, secret_text
from ledger.records.writing import Draft
from ledger.sealing.identity import CodesKey, seal_to_person
from ledger.sealing.keys import encode_key, write_private
from ledger.sealing.seal import codes_key_id
from tests.ledger_fixtures import NOW, Chance, Sample, case, copied, seed_of, small_ledger

PASSPHRASE = "correct horse battery staple"
PERIOD = ["report", "audit", "--from", "2026-09-01", "--to", "2026-09-30"]
MADE_AT = parse_time("2026-10-02T09:00:00Z")
MARKER = "Quillfeather"
DOCUMENT = f"""
decision: share
decided_at: 2026-09-21T10:00Z
reasons: The {MARKER} family asked us to.
purpose: To help
subject: {{name: Robin {MARKER}, date_of_birth: 2015-02-28}}
risk: {{significant_harm: no}}
information: [{{description: what {MARKER} said}}]
recipients: [{{kind: health}}]
basis: {{codes: [A6-E, CL-NONE]}}
questions:
  purpose: {{answer: yes, reason: help}}
  identifies: {{answer: yes, reason: by name}}
  confidential: {{answer: no, reason: everybody knows}}
"""


@dataclass
class Office:
    """A ledger's directory, its people's key files beside it, and a client that has not seen it yet."""

    root: Path
    ledger: Sample
    at: dict[str, int] = field(default_factory=dict)
    chance: Chance = field(default_factory=lambda: Chance("command"))

    @property
    def directory(self) -> Path:
        return self.root / "ledger"

    def run(self, *arguments: str, who: str = "guardian", out: io.StringIO | None = None) -> tuple[int, str, str]:
        out, err = out or io.StringIO(), io.StringIO()
        world = World(
            clock=lambda: MADE_AT,
            random=self.chance,
            env={
                "CONSENT_LEDGER": str(self.directory),
                "CONSENT_LEDGER_STATE": str(self.root / "state"),
                "CONSENT_LEDGER_IDENTITY": str(self.root / f"{who}.key"),
                "CONSENT_LEDGER_PASSPHRASE": PASSPHRASE,
            },
            cwd=self.root,
            programs=self.root,
            stdin=io.StringIO(),
            stdout=out,
            stderr=err,
            ask_secret=lambda _prompt: PASSPHRASE,
        )
        return main(arguments, world), out.getvalue(), err.getvalue()

    def size(self) -> int:
        return self.ledger.checkpoint().size

    def sql(self, statement: str, *values: Any) -> None:
        """Change a row behind the ledger's back; the triggers that would refuse it are put back afterwards."""
        connection = sqlite3.connect(self.directory / DATABASE)
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in guards:
            connection.execute(f'DROP TRIGGER "{name}"')
        assert connection.execute(statement, values).rowcount == 1
        for _name, sql in guards:
            connection.execute(sql)
        connection.commit()
        connection.close()


def record(office: Office, name: str, number: int) -> None:
    document = check_document(
        read_document(DOCUMENT.encode(), "a.yaml"), now=NOW, organisation_kind="public", nation="england"
    )
    recorded = record_decision(
        office.ledger.desk("practitioner"), consider(document, "england", NOW), case=case(number)
    )
    office.at[name] = recorded.written.n


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Three decisions; one is erased, one holds codes that are not codes; another was recorded in October."""
    root = tmp_path_factory.mktemp("office")
    (root / "ledger").mkdir()
    ledger = small_ledger(root / "ledger", ("guardian", "practitioner", "manager", "lead"))
    office = Office(root, ledger)
    record(office, "read", 1)
    record(office, "erased", 2)
    lead, guardian = ledger.desk("lead"), ledger.desk("guardian")
    target = ledger.entry(office.at["erased"]).header.id
    asked = request_erasure(lead, case(2), [target], "recorded_in_error")
    guardian.seen = ledger.checkpoint()
    approved = approve_erasure(guardian, case(2), asked.header.id)
    erase(guardian, case(2), approved.header.id)
    office.at["not_codes"] = ledger.decide("practitioner", case(3), decision="no_share", approval="awaited").n
    ledger.clock.now = parse_time("2026-10-01T00:00:00Z")
    record(office, "october", 4)
    settings = Settings(ledger.origin, ledger.signers[0].key, DATABASE)
    place = Place(office.directory)
    place.finish(settings, secret_text(ledger.origin, ledger.log_seed, settings.log_key))
    for who in ("guardian", "lead", "practitioner", "manager"):
        write_private(root / f"{who}.key", encode_key(seed_of(who), PASSPHRASE.encode()))
    return office


@pytest.fixture
def office(told: Office, tmp_path: Path) -> Office:
    """The same, to be done with as a test likes."""
    (tmp_path / "ledger").mkdir()
    ledger = copied(told.ledger, tmp_path / "ledger")
    for path in [told.directory / "ledger.toml", told.directory / "log.key"]:
        shutil.copy(path, tmp_path / "ledger")
    for path in told.root.glob("*.key"):
        shutil.copy(path, tmp_path)
    return Office(tmp_path, ledger, dict(told.at))


def rows(report: Any, table: str) -> dict[str, list[int]]:
    found = next(each for each in report["tables"] if each["id"] == table)
    return {row["code"]: row["entries"] for row in [*found["rows"], *found["not_known"]] if row["count"]}


def test_json_goes_to_stdout_and_its_digest_stands_in_the_log(office: Office) -> None:
    before, head = office.size(), office.ledger.checkpoint()
    code, out, err = office.run(*PERIOD, "--purpose", "For the board")
    assert (code, f"is entry {before}." in err) == (0, True)
    report, at = parse_json(out.encode()), office.at
    assert report["integrity"]["verdict"] == "verified"
    assert report["report"]["ledger"]["size"] == before
    assert report["report"]["ledger"]["root"] == head.root.hex()
    assert (report["report"]["purpose"], report["report"]["made_by"]) == ("For the board", "p-guardian")
    assert report["report"]["made_at"] == "2026-10-02T09:00:00Z"
    assert rows(report, "decision") == {"share": [at["read"], at["erased"]], "no_share": [at["not_codes"]]}
    assert rows(report, "route") == {
        "not_confidential": [at["read"]],
        "erased": [at["erased"]],
        "not_read": [at["not_codes"]],
    }
    assert rows(report, "status")["awaiting_approval"] == [at["not_codes"]]
    assert rows(report, "month") == {"2026-09": [at["read"], at["erased"], at["not_codes"]]}
    cover = report["completeness"]
    assert cover["says"] == f"All {before} entries of the ledger were looked at, and none was left out."
    assert cover["in_scope"]["count"] == 3
    assert {row["code"]: row["entries"] for row in cover["codes_not_read"] if row["count"]} == {
        "erased": [at["erased"]],
        "not_codes": [at["not_codes"]],
    }
    # verifying did not open the records that the guardian may read
    assert "opened parts" not in [item["what"] for item in report["integrity"]["checked"]]
    entry = office.ledger.entry(before).header
    assert (entry.type, entry.case, entry.author) == ("report.exported", PEOPLE_CASE, "p-guardian")
    assert entry.body == {
        "kind": "audit",
        "digest": sha256(out.encode()).hexdigest(),
        "head": {"size": before, "root": head.root.hex()},
    }
    desk = office.ledger.desk("guardian")
    with office.ledger.store.read() as reader:
        row = reader.entry(before)
        assert row is not None
        assert desk.open_record(reader, row) == {
            "from": "2026-09-01",
            "to": "2026-09-30",
            "purpose": "For the board",
            "format": "json",
        }
    office.ledger.clock.now = MADE_AT
    assert office.ledger.verify().ok


def test_no_word_of_a_record_is_in_it(office: Office) -> None:
    assert MARKER not in office.run(*PERIOD)[1]
    assert office.run(*PERIOD, "--format", "html", "-o", str(office.root / "r.html"))[0] == 0
    assert MARKER not in (office.root / "r.html").read_text()


def test_the_page_is_private_and_made_from_the_json_that_was_recorded(office: Office) -> None:
    out = office.root / "r.html"
    code, said, _err = office.run(*PERIOD, "--format", "html", "-o", str(out), "--json")
    answer = json.loads(said)
    assert (code, answer["ok"], answer["file"]) == (0, True, str(out))
    assert out.stat().st_mode & 0o777 == 0o600
    page = out.read_text()
    assert page.startswith("<!DOCTYPE html>")
    body = office.ledger.entry(answer["entry"]).header.body
    assert body["digest"] == answer["digest"]
    assert answer["digest"] in page


def test_the_report_as_a_file_has_the_bytes_of_its_digest(office: Office) -> None:
    out = office.root / "r.json"
    code, said, _err = office.run(*PERIOD, "-o", str(out), who="lead")
    assert (code, "VERIFIED" in said) == (0, True)
    digest = office.ledger.entry(office.size() - 1).header.body["digest"]
    assert sha256(out.read_bytes()).hexdigest() == digest
    assert digest in said.replace("\n", "").replace(" ", "")
    assert out.stat().st_mode & 0o777 == 0o600


def test_the_same_head_parameters_and_moment_give_the_same_bytes(office: Office, told: Office, tmp_path: Path) -> None:
    (tmp_path / "second" / "ledger").mkdir(parents=True)
    again = Office(tmp_path / "second", copied(told.ledger, tmp_path / "second" / "ledger"))
    for path in [told.directory / "ledger.toml", told.directory / "log.key"]:
        shutil.copy(path, again.directory)
    shutil.copy(told.root / "guardian.key", again.root)
    first, second = office.run(*PERIOD), again.run(*PERIOD)
    assert first[1] == second[1] != ""
    # its own entry moved the head, and is not among its figures
    third = office.run(*PERIOD)
    assert third[1] != first[1]
    assert parse_json(third[1].encode())["tables"] == parse_json(first[1].encode())["tables"]


@pytest.mark.parametrize("who", ["practitioner", "manager"])
def test_others_may_not_and_nothing_is_written(office: Office, who: str) -> None:
    before, out = office.size(), office.root / "r.html"
    code, said, err = office.run(*PERIOD, "--format", "html", "-o", str(out), who=who)
    assert (code, said, out.exists(), office.size()) == (4, "", False, before)
    assert "Caldicott Guardian" in err


def test_a_file_that_is_there_is_never_overwritten(office: Office) -> None:
    out, before = office.root / "r.json", office.size()
    out.write_text("mine")
    assert office.run(*PERIOD, "-o", str(out))[0] == 3
    assert office.run(*PERIOD, "-o", str(office.root / "nowhere" / "r.json"))[0] == 3
    (office.root / "link").symlink_to(office.root / "elsewhere")
    assert office.run(*PERIOD, "-o", str(office.root / "link"))[0] == 3
    assert office.run(*PERIOD, "-o", str(office.root / ("r" * 300)))[0] == 3
    assert office.run(*PERIOD, "-o", str(out / "r.json"))[0] == 3
    assert (out.read_text(), office.size(), (office.root / "elsewhere").exists()) == ("mine", before, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--from", "2026-09-31", "--to", "2026-10-01"],
        ["--from", "20260901", "--to", "2026-10-01"],
        ["--from", "2026-W36", "--to", "2026-10-01"],
        ["--from", "2026-10-02", "--to", "2026-10-01"],
        ["--from", "2026-09-01", "--to", "2026-09-30", "--format", "html"],
        ["--from", "2026-09-01", "--to", "2026-09-30", "--format", "pdf"],
        ["--from", "2026-09-01", "--to", "2026-09-30", "--purpose", "two\nlines"],
        ["--from", "2026-09-01", "--to", "2026-09-30", "--purpose", "x" * 201],
        ["--from", "2026-09-01"],
    ],
)
def test_wrong_usage_writes_nothing(office: Office, arguments: list[str]) -> None:
    before = office.size()
    code, out, err = office.run("report", "audit", *arguments)
    assert (code, out, office.size()) == (2, "", before)
    assert err


def test_a_period_with_nothing_in_it_says_so(office: Office) -> None:
    code, out, _err = office.run("report", "audit", "--from", "2020-01-01", "--to", "2020-12-31")
    report = parse_json(out.encode())
    assert (code, report["completeness"]["in_scope"]) == (0, {"count": 0, "entries": []})
    assert report["decisions"] == []


def test_the_last_day_is_included_and_the_next_is_not(office: Office) -> None:
    for first, last, names in (
        ("2026-09-21", "2026-09-21", ("read", "erased", "not_codes")),
        ("2026-09-22", "2026-10-01", ("october",)),
        ("2026-09-21", "2026-10-01", ("read", "erased", "not_codes", "october")),
    ):
        report = parse_json(office.run("report", "audit", "--from", first, "--to", last)[1].encode())
        assert report["completeness"]["in_scope"]["entries"] == [office.at[name] for name in names]


def test_a_ledger_that_does_not_hold_is_reported_as_failed_first(office: Office) -> None:
    office.sql(
        "UPDATE part SET ciphertext = zeroblob(length(ciphertext)) WHERE n = ? AND part = 'codes'", office.at["read"]
    )
    out = office.root / "r.html"
    code, said, err = office.run(*PERIOD, "--format", "html", "-o", str(out))
    assert code == 1
    assert "FAILED" in said
    assert "FAILED" in err
    page = out.read_text()
    assert page.index("FAILED") < page.index("About this report")
    assert "VERIFIED" not in page
    assert office.ledger.entry(office.size() - 1).header.type == "report.exported"
    report = parse_json(office.run(*PERIOD)[1].encode())
    assert report["integrity"]["verdict"] == "failed"
    assert [(item["entry"], item["kind"]) for item in report["integrity"]["findings"]] == [
        (office.at["read"], "part_changed")
    ]
    assert report["completeness"]["counted_but_failed"]["entries"] == [office.at["read"]]
    codes = {row["code"]: row["entries"] for row in report["completeness"]["codes_not_read"] if row["count"]}
    assert codes["damaged"] == [office.at["read"]]


def test_codes_that_are_gone_without_an_erasure_are_missing_not_erased(office: Office) -> None:
    office.sql("DELETE FROM part WHERE n = ? AND part = 'codes'", office.at["read"])
    report = parse_json(office.run(*PERIOD)[1].encode())
    codes = {row["code"]: row["entries"] for row in report["completeness"]["codes_not_read"] if row["count"]}
    assert codes == {
        "erased": [office.at["erased"]],
        "missing": [office.at["read"]],
        "not_codes": [office.at["not_codes"]],
    }


def test_a_decision_hidden_from_queries_is_counted_all_the_same(office: Office) -> None:
    office.sql("UPDATE entry SET type = 'note.added', at = 0 WHERE n = ?", office.at["read"])
    report = parse_json(office.run(*PERIOD)[1].encode())
    assert report["integrity"]["verdict"] == "failed"
    assert office.at["read"] in report["completeness"]["in_scope"]["entries"]


def test_an_entry_that_is_not_its_authors_is_left_out_and_said_to_be(office: Office) -> None:
    n = office.at["not_codes"]
    leaf = office.ledger.entry(n).leaf
    office.sql("UPDATE entry SET leaf = ? WHERE n = ?", leaf.replace(b'"no_share"', b'"share"'), n)
    report = parse_json(office.run(*PERIOD)[1].encode())
    assert n not in report["completeness"]["in_scope"]["entries"]
    left_out = {row["code"]: row["entries"] for row in report["completeness"]["left_out"] if row["count"]}
    assert left_out == {"not_by_its_author": [n]}


def test_codes_under_a_key_that_the_guardian_does_not_hold_are_said_to_be_so(office: Office) -> None:
    office.ledger.clock.now = MADE_AT
    # a hostile founder: everybody gets a box, and none of them holds the key that it names
    public, ledger = CodesKey(bytes(range(32))).public, office.ledger
    under, now = codes_key_id(ledger.origin, public), ledger.checkpoint().size
    wraps = tuple(
        Wrap(under, handle, seal_to_person(bytes(32), term.key.public))
        for handle, term in ledger.roster().active(now)
        if reads_codes(term.roles)
    )
    ledger.desk("founder").write(Draft("ledger.codes_key", body={"codes_key": public.hex()}, extra_wraps=wraps))
    record(office, "newer", 5)
    code, out, _err = office.run("report", "audit", "--from", "2026-10-01", "--to", "2026-10-02")
    report = parse_json(out.encode())
    codes = {row["code"]: row["entries"] for row in report["completeness"]["codes_not_read"] if row["count"]}
    assert (code, codes) == (0, {"no_key": [office.at["newer"]]})
    assert rows(report, "decision")["share"] == [office.at["october"], office.at["newer"]]


class _Watched(io.StringIO):
    """A stream that asks how large the ledger is at the moment when something is written to it."""

    def __init__(self, size: Callable[[], int]) -> None:
        super().__init__()
        self.size, self.seen = size, list[int]()

    def write(self, text: str) -> int:
        self.seen.append(self.size())
        return super().write(text)


def test_the_export_is_recorded_before_anything_leaves(office: Office) -> None:
    before, out = office.size(), _Watched(office.size)
    assert office.run(*PERIOD, out=out)[0] == 0
    assert out.seen
    assert set(out.seen) == {before + 1}


def test_an_approval_is_followed(office: Office) -> None:
    target = office.ledger.entry(office.at["not_codes"]).header.id
    office.ledger.clock.now = MADE_AT
    office.ledger.desk("guardian").write(Draft("access.granted", case(3), body={"handle": "p-manager"}))
    follow_up(office.ledger.desk("manager"), "decision.approved", case(3), refs=[target], record={"reason": "agreed"})
    report = parse_json(office.run(*PERIOD)[1].encode())
    assert rows(report, "status")["approved"] == [office.at["not_codes"]]
