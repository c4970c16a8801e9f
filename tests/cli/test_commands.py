"""Every command and option there is, what --help says of each, every exit code, and how commands fit one another."""

import json
import sqlite3
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cli.main import app
from tests.cli.driver import PASSPHRASE, Seat, club_seat, demo_seat, enrol
from tests.cli.sample_documents import MARKERS, no_share, planted, share, text

Factory = pytest.TempPathFactory
L, I, J = "--ledger", "--identity", "--json"  # noqa: E741 short for a table
CHOICES = ("--nation", "--on", "--chart", "--rules", "--competence", "--own")
COMMANDS: dict[str, set[str]] = {
    "init": {"--name", "--organisation", "--kind", "--nation", "--role", "--database", J},
    "identity new": {"--out", J},
    "identity card": {"--handle", J},
    "actor enrol": {"--role", "--team", L, I, J},
    "actor list": {L, I, J},
    "actor change": {"--role", "--team", L, I, J},
    "actor rotate": {"--new", L, I, J},
    "actor revoke": {"--reason", "--since", L, I, J},
    "record": {"--file", "--case", "--template", "--schema", "--dry-run", L, I, J},
    "show": {L, I, J},
    "list": {"--type", "--case", "--author", "--from", "--to", "--differs", L, J},
    "status": {L, J},
    "verify": {"--receipt", "--jobs", "--since", "--range", "--out", "--join", "--key", L, I, J},
    "receipt": {"--out", "-o", L, J},
    "check-receipt": {"--key", J},
    "report audit": {"--from", "--to", "--format", "--out", "-o", "--purpose", L, I, J},
    "backup": {L, J},
    "restore": {"--check", "--lost", "--acknowledge", L, I, J},
    "export log": {L, J},
    "export tiles": {L, J},
    "copy": {"--to", "--switch", L, J},
    "upgrade": {L, J},
    "policy check": {*CHOICES, "--side", J},
    "policy ask": {*CHOICES, "--side", J},
    "policy explain": {*CHOICES, J},
    "policy packs": {"--nation", "--on", "--since", "--between", "--unverified", "--check", "--own", J},
    "policy diagram": {*CHOICES, "--side", "--line", "--format", "--out", "-o", J} - {"--rules"},
    "policy adopt": {"--none", L, I, J},
    "policy replay": {
        *("--from", "--to", "--packs-on", "--chart", "--rules", "--competence", "--side", "--own"),
        *(L, I, J),
    },
    "quickstart": {J},
}
"""All commands with all their options, besides --plain and --help that each has. None takes a person's name, number
or passphrase: arguments can be read by everybody on the machine. --name is the ledger's, --author a handle."""


@pytest.fixture
def demo(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return demo_seat(tmp_path, tmp_path_factory)


@pytest.fixture
def club(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return club_seat(tmp_path, tmp_path_factory)


def leaves(command: Any, name: str = "") -> dict[str, Any]:
    """Every command that does something, by its words."""
    if not hasattr(command, "commands"):
        return {name: command}
    found = {}
    for word, inner in command.commands.items():
        found.update(leaves(inner, f"{name} {word}".strip()))
    return found


ALL = leaves(typer.main.get_command(app))


def test_these_are_the_commands_and_their_options() -> None:
    there = {
        name: {option for parameter in command.params for option in parameter.opts if option.startswith("-")}
        for name, command in ALL.items()
    }
    assert there == {name: options | {"--plain"} for name, options in COMMANDS.items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_the_command_does_and_every_option_means(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], tmp_path_factory: Factory
) -> None:
    seat = Seat(tmp_path, {})
    assert seat.inside(*name.split(), "--help").code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"Usage: consent-ledger {name}" in shown
    assert ALL[name].help in shown
    for parameter in ALL[name].params:
        assert parameter.help, parameter.name
        assert " ".join(parameter.help.split()) in shown, parameter.name


def test_help_of_the_program_and_of_its_groups(tmp_path: Path, demo: Seat) -> None:
    done = demo.run("--help")
    assert (done.code, done.err) == (0, "")
    for name in COMMANDS:
        assert f"  {name.split()[0]} " in done.out
    assert "Exit codes: 0 done" in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())
    for group in ("identity", "actor", "report", "export", "policy"):
        assert demo.run(group).code == 2


def test_exit_codes_of_real_runs(demo: Seat) -> None:
    """0 to 4 here; 5, a ledger that is busy, is in test_breaking.py."""
    assert demo.run("status").code == 0
    assert demo.run("show", "1000").code == 3
    assert demo.run("show", "--nothing").code == 2
    assert demo.run("record", "--file", "x.json", "--identity", demo.key("teacher")).code == 3
    file = demo.file("decision.json", text(share()))
    assert demo.run("record", "--file", file, "--identity", demo.key("lead")).code == 4
    nowhere = demo.with_env(CONSENT_LEDGER_STATE=str(demo.root / file))
    assert nowhere.run("status").code == 5
    with sqlite3.connect(demo.ledger / "ledger.db") as database:
        database.execute("DROP TRIGGER entry_no_update")
    database.close()
    assert demo.run("verify").code == 1


def test_the_ledger_may_be_named_after_any_command_or_by_the_environment_or_by_standing_in_it(demo: Seat) -> None:
    nameless = demo.with_env(CONSENT_LEDGER=None)
    assert nameless.inside("status").code == 2
    assert "CONSENT_LEDGER" in nameless.inside("status").err
    named = demo.inside("status", "--json").json
    assert nameless.inside("status", "--ledger", "demo", "--json").json == named
    assert nameless.inside("status", "--json", "--ledger", str(demo.ledger)).json == named
    assert Seat(demo.ledger, nameless.env).inside("status", "--json").json == named
    # what is said on the line counts more than the environment
    elsewhere = demo.with_env(CONSENT_LEDGER="nowhere")
    assert elsewhere.inside("status").code == 3
    assert elsewhere.inside("status", "--ledger", "demo", "--json").json == named


def test_every_command_with_a_ledger_takes_it_as_an_option(club: Seat) -> None:
    """Each runs and is refused, if at all, for something else than not knowing which ledger is meant."""
    seat = club.with_env(CONSENT_LEDGER=None)
    file = seat.file("decision.json", text(no_share()))
    seat.file("practitioner.card", seat.inside("identity", "card", seat.key("practitioner")).out)
    lines = {
        "status": "", "verify": "", "list": "", "show": "0", "receipt": "0 -o 0.receipt", "actor list": "",
        "actor enrol": "practitioner.card --role practitioner", "actor change": "p-nobody22 --role practitioner",
        "actor rotate": "--new no.key", "actor revoke": "p-nobody22 --reason left",
        "record": f"--file {file} --dry-run",
        "report audit": "--from 2026-01-01 --to 2026-12-31",
        "backup": "one.backup", "restore": "one.backup --check", "upgrade": "",
        "policy adopt": "--none", "policy replay": "",
        "export log": "log.jsonl", "export tiles": "tiles", "copy": f"--to sqlite:///{seat.root}/copy.db",
    }  # fmt: skip
    assert set(lines) == {name for name, options in COMMANDS.items() if L in options}
    for name, rest in lines.items():
        done = seat.inside(*name.split(), *rest.split(), "--ledger", "demo")
        assert "Name the ledger" not in done.err, name
        # only an open ledger can tell that this card's owner is enrolled
        other = "who is or was" if name == "actor enrol" else "Name your key file"
        assert done.code == 0 or other in done.err, (name, done.said)


def test_identity_from_the_environment(demo: Seat) -> None:
    seated = demo.with_env(CONSENT_LEDGER_IDENTITY=demo.key("teacher"))
    assert "Dee Specimen" in seated.run("show", "13").out
    assert "Dee Specimen" not in seated.run("show", "13", "--identity", demo.key("lead")).out


def test_an_entry_goes_by_its_number_its_id_or_a_start_of_its_id(demo: Seat) -> None:
    whole = demo.inside("show", "13", "--json").json
    for ref in (whole["id"], whole["id"][:8]):
        assert demo.inside("show", ref, "--json").json == whole
    assert demo.inside("show", "zz").code == 3


def test_template_fills_into_a_document_and_the_schema_is_json(demo: Seat) -> None:
    template = demo.run("record", "--template")
    assert (template.code, template.err) == (0, "")
    assert all(line.startswith("#") or not line for line in template.out.splitlines())
    refused = demo.inside("record", "--file", demo.file("blank.yaml", template.out), "--identity", demo.key("teacher"))
    assert refused.code == 3
    schema = json.loads(demo.run("record", "--schema").out)
    assert schema["additionalProperties"] is False
    assert set(share()) <= set(schema["properties"])


def test_a_day_at_the_desk(club: Seat) -> None:
    """From the first key to a report: every role does its own work, and the ledger holds at the end."""
    assert enrol(club, "lead", "Indigo Sample", by="guardian", role="ig_lead").code == 0
    file = club.file("decision.json", text(share()))
    recorded = club.inside("record", "--file", file, "--identity", club.key("practitioner"), "--json").json
    again = ("record", "--file", club.file("no.json", text(no_share())), "--case", str(recorded["index"]))
    assert club.inside(*again, "--identity", club.key("practitioner"), "--json").json["case"] == recorded["case"]
    assert "Robin Example" in club.inside("show", recorded["entry"], "--identity", club.key("guardian")).out
    listed = club.inside("list", "--case", recorded["case"], "--json").json["entries"]
    assert [row["decision"] for row in listed] == ["share", "no_share"]
    made = club.inside("receipt", str(recorded["index"]), "-o", "r.receipt", "--json").json
    assert club.inside("check-receipt", "r.receipt", "--key", made["vkey"]).code == 0
    assert club.inside("verify", "--receipt", "r.receipt").code == 0
    asked = ("report", "audit", "--from", "2026-01-01", "--to", "2999-12-31", "--identity", club.key("lead"))
    assert club.inside(*asked, "--format", "html", "-o", "r.html").code == 0
    assert club.sound() == club.size() == 7


def test_what_is_written_is_for_its_owner_alone(club: Seat) -> None:
    club.inside("receipt", "0", "-o", "r.receipt")
    kept = [*club.ledger.rglob("*"), club.ledger, *(club.root / "state").rglob("*"), club.root / "r.receipt"]
    assert len(kept) > 10
    for path in kept:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_the_file_is_deleted_only_where_somebody_said_yes(club: Seat) -> None:
    file = club.file("decision.json", text(share()))
    recording = ("record", "--file", file, "--identity", club.key("practitioner"))
    for answer in ("", "n", "maybe"):
        assert club.terminal(*recording, answers=(("[y/N]: ", answer),)).code == 0
        assert (club.root / file).exists()
    assert club.terminal(*recording, answers=(("[y/N]: ", "y"),)).code == 0
    assert not (club.root / file).exists()
    assert club.sound() == 7


def test_a_lead_verifies_and_cannot_read(demo: Seat) -> None:
    """Nothing that a lead's identity prints or writes holds a word of a record."""
    file = demo.file("decision.json", text(planted()))
    assert demo.inside("record", "--file", file, "--identity", demo.key("teacher"), "--json").code == 0
    own = demo.inside("show", "35", "--identity", demo.key("teacher")).out
    assert [marker for marker in MARKERS if marker not in own.replace("\n" + " " * 17, " ")] == []
    asked = "report audit --from 2026-01-01 --to 2999-12-31"
    said = ""
    for line in (
        "show 35", "show 35 --json", "show 35 --plain", "list", "list --json", "status", "actor list", "verify",
        "verify --json", f"{asked} -o a.json", f"{asked} --format html -o a.html", asked, "receipt 35 -o 35.receipt",
        "record --dry-run --file no.json", "show 13",
    ):  # fmt: skip
        reads = line.split()[0] not in ("list", "status", "receipt")
        done = demo.inside(*line.split(), *(("--identity", demo.key("lead")) if reads else ()))
        assert done.code == (3 if "no.json" in line else 0), (line, done.said)
        said += done.said
    said += "".join((demo.root / name).read_text() for name in ("a.json", "a.html", "35.receipt"))
    said += demo.run("show", "35", "--identity", demo.key("lead")).said
    assert [marker for marker in (*MARKERS, "Dee Specimen") if marker in said] == []
    assert "Sealed for others" in said


def test_no_planted_word_is_in_any_file_but_the_document_itself(club: Seat) -> None:
    file = club.file("decision.json", text(planted()))
    done = club.run("record", "--file", file, "--identity", club.key("practitioner"))
    assert done.code == 0
    assert [marker for marker in MARKERS if marker in done.said] == []
    for path in club.root.rglob("*"):
        if path.is_file() and path.name != file:
            data = path.read_bytes()
            assert [marker for marker in MARKERS if marker.encode() in data] == [], path.name
            assert PASSPHRASE.encode() not in data or path.name == "passphrase"
    assert list((club.root / "tmp").iterdir()) == []


def test_commands_that_quickstart_prints_can_be_pasted(demo: Seat, tmp_path_factory: Factory) -> None:
    """Every line under "What to try next", typed into a shell one after the other."""
    printed = demo.inside("quickstart", "fresh").out.partition("What to try next")[2]
    typed = [line.strip() for line in printed.splitlines() if line.startswith("    ")]
    assert len(typed) >= 9
    verified = False
    env = {name: demo.env[name] for name in ("PATH", "HOME", "LANG", "CONSENT_LEDGER_STATE", "TMPDIR")}
    for number, line in enumerate(typed):
        # the ledger is shown to be altered on purpose: that verify fails is what is to be seen
        expected = 1 if line == "consent-ledger verify" else 0
        before = " && ".join(word for word in typed[:number] if word.startswith("export"))
        script = f"{before} && {line}" if before else line
        done = subprocess.run(["sh", "-c", script], cwd=demo.root, env=env, capture_output=True, check=False)
        assert done.returncode == expected, line
        verified |= expected == 1
    assert verified
