"""What a person sees, word for word: transcripts in tests/golden/, in a terminal of 80 columns and with --plain.

Handles, ids, roots, keys and times of the clock differ from run to run and are replaced by the named patterns below,
each by a word of the same length, so that lines break where they did. Everything else is compared as it is.
After a change of words that is wanted: GOLDEN=write pytest tests/cli/test_golden.py, then read what changed.
"""

import datetime
import difflib
import os
import re
import sqlite3
from pathlib import Path

import pytest

from tests.cli.driver import Answers, Seat, club_seat, demo_seat, enrol, quickstart_screen, seat_at
from tests.cli.sample_documents import no_share, share, text

GOLDEN = Path(__file__).parent.parent / "golden"
TODAY = datetime.datetime.now(datetime.UTC).date()
Factory = pytest.TempPathFactory

# named patterns: what may differ from run to run; each is shown as its name, numbered by its first appearance
PATTERNS = {
    "vkey": r"[a-z-]+/[0-9a-f]{32}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}",
    "origin": r"[a-z-]+/[0-9a-f]{32}(?![0-9a-f+])",
    "card key": r"(?<=\+)[0-9a-f]{8}\+[A-Za-z0-9+/]{44}",
    "root": r"\b[0-9a-f]{64}\b",
    "id": r"\b[0-9a-f]{32}\b",
    "digest": r"(?<=Digest )[0-9a-f]{12}",
    "count": r"\b\d+(?=\s+statements\b)",
    "case": r"(?<!p-)\b[0-9a-f]{8}\b",
    "handle": r"\bp-[a-z2-7]{8}\b",
    "signature": r"(?<=— )(\S+ )?[A-Za-z0-9+/]{80,}=*",
    "time": r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "day": r"\b\d{4}-\d\d-\d\d\b",
    "moment": r"\b\d{8}T\d{6}Z",
}


class Transcript:
    """Commands and what they answered, as they would stand on paper."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._known: dict[str, str] = {}

    def title(self, words: str) -> None:
        """Say how what follows was run."""
        self.lines += [*([""] if self.lines else []), f"===== {words} ====="]

    def command(self, seat: Seat, *arguments: str, answers: Answers = ()) -> None:
        """Run in a terminal and write down what was typed, what stood on the screen, and how it ended."""
        done = seat.terminal(*arguments, answers=answers)
        self.add(arguments, done.out, done.code)

    def plain(self, seat: Seat, *arguments: str) -> None:
        """Run with --plain; what is said besides comes first."""
        done = seat.inside(*arguments, "--plain")
        self.add((*arguments, "--plain"), done.err + done.out, done.code)

    def add(self, arguments: tuple[str, ...], screen: str, code: int) -> None:
        """Write down one command."""
        typed = " ".join(f"'{word}'" if re.search(r"[ +]", word) else word for word in arguments)
        shown = screen.replace("\x1b", "␛").rstrip("\n").split("\n")
        self.lines += [f"$ consent-ledger {typed}", *(line.rstrip("\r") for line in shown), f"[exit {code}]"]

    def __str__(self) -> str:
        found = "\n".join(self.lines) + "\n"
        for name, pattern in PATTERNS.items():
            found = re.sub(pattern, lambda match, name=name: self._named(name, match.group()), found)
        return found

    def _named(self, name: str, was: str) -> str:
        if name in ("time", "day") and datetime.date.fromisoformat(was[:10]) < TODAY:
            return was  # a day of the samples, the same in every run
        if was not in self._known:
            number = sum(word.startswith(f"<{name}") for word in self._known.values()) + 1
            self._known[was] = f"<{name}{number}".ljust(len(was) - 1, "-") + ">"
        return self._known[was]


def compare(name: str, transcript: Transcript) -> None:
    """Against tests/golden/NAME.txt; with GOLDEN=write the file is written instead."""
    path, now = GOLDEN / f"{name}.txt", str(transcript)
    if os.environ.get("GOLDEN") == "write":
        path.write_text(now, encoding="utf-8")
    then = path.read_text(encoding="utf-8")
    changes = "\n".join(difflib.unified_diff(then.splitlines(), now.splitlines(), f"golden/{name}", "now", lineterm=""))
    assert changes == "", f"not as in tests/golden/{name}.txt (GOLDEN=write takes it over):\n{changes}"


@pytest.fixture
def demo(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return demo_seat(tmp_path, tmp_path_factory)


@pytest.fixture
def club(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return club_seat(tmp_path, tmp_path_factory)


def test_quickstart(tmp_path: Path, tmp_path_factory: Factory) -> None:
    said = Transcript()
    said.title("in a terminal of 80 columns")
    said.add(("quickstart", "demo"), quickstart_screen(tmp_path_factory), 0)
    said.title("with --plain")
    said.plain(seat_at(tmp_path / "seat"), "quickstart", "demo")
    compare("quickstart", said)


ASKED = (("Your name: ", "Avery Sample"), ("Your post: ", "Secretary"))
SECRETS = (("A passphrase for your key", "four words in a row"), ("The same again: ", "four words in a row"))
BEGIN = ("init", "club", "--name", "anytown-club", "--organisation", "Anytown Youth Club (sample)", "--kind", "other")


def test_init(tmp_path: Path) -> None:
    said = Transcript()
    for words, more in (("in a terminal of 80 columns", ()), ("with --plain", ("--plain",))):
        seat = seat_at(tmp_path / (more or ("terminal",))[0].strip("-"), "club")
        seat = seat.with_env(CONSENT_LEDGER=None, CONSENT_LEDGER_PASSPHRASE_FILE=None)
        said.title(words)
        said.command(seat, *BEGIN, *more, answers=(*ASKED, *SECRETS))
        said.command(seat, "status", "--ledger", "club", *more)
    compare("init", said)


def test_identity(tmp_path: Path) -> None:
    said = Transcript()
    for words, more in (("in a terminal of 80 columns", ()), ("with --plain", ("--plain",))):
        seat = seat_at(tmp_path / (more or ("terminal",))[0].strip("-"))
        typed = seat.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=None)
        said.title(words)
        said.command(typed, "identity", "new", "--out", "my.key", *more, answers=SECRETS)
        said.command(typed, "identity", "card", "my.key", *more, answers=(("Passphrase: ", "four words in a row"),))
        said.command(typed, "identity", "card", "my.key", *more, answers=(("Passphrase: ", "five words in a row"),))
        said.command(seat.with_env(CONSENT_LEDGER_PASSPHRASE="short"), "identity", "new", "--out", "my.key", *more)
    compare("identity", said)


def test_actor_enrol(demo: Seat) -> None:
    said = Transcript()
    details = (("Their name: ", "Ellis Sample"), ("Their post: ", "Teaching assistant"), ("Their organisation: ", "A"))
    for card in ("first", "second", "third"):
        assert demo.inside("identity", "new", "--out", f"{card}.key").code == 0
        demo.file(f"{card}.card", demo.inside("identity", "card", f"{card}.key").out)
    role = ("--role", "practitioner", "--team", "north")
    for words, card, more in (("in a terminal of 80 columns", "first", ()), ("with --plain", "second", ("--plain",))):
        said.title(words)
        enrolling = ("actor", "enrol", f"{card}.card", *role, *more, "--identity", demo.key("administrator"))
        said.command(demo, *enrolling, answers=details)
        said.command(demo, *enrolling)
        said.command(demo, "actor", "enrol", "third.card", *role, *more, "--identity", demo.key("teacher"))
    compare("actor_enrol", said)


def handle_of(seat: Seat, word: str) -> str:
    handle: str = seat.inside("identity", "card", seat.key(word), "--json").json["handle"]
    return handle


def both(said: Transcript, seat: Seat, *commands: tuple[str, ...]) -> None:
    """The same commands in a terminal, then with --plain."""
    said.title("in a terminal of 80 columns")
    for command in commands:
        said.command(seat, *command)
    said.title("with --plain")
    for command in commands:
        said.plain(seat, *command)


def test_actor_list(demo: Seat) -> None:
    said = Transcript()
    both(said, demo, ("actor", "list"), ("actor", "list", "--identity", demo.key("teacher")))
    compare("actor_list", said)


def test_actor_change(demo: Seat) -> None:
    said = Transcript()
    volunteer, options = handle_of(demo, "volunteer"), ("--identity", demo.key("administrator"))
    changing = ("actor", "change", volunteer, "--role", "practitioner", "--role", "duty", "--team", "south", *options)
    nobody = ("actor", "change", "p-nobody22", "--role", "practitioner", *options)
    both(said, demo, changing, nobody)
    compare("actor_change", said)


def test_actor_rotate(demo: Seat) -> None:
    said = Transcript()
    for name in ("first.key", "second.key"):
        assert demo.inside("identity", "new", "--out", name).code == 0
    said.title("in a terminal of 80 columns")
    said.command(demo, "actor", "rotate", "--new", "first.key", "--identity", demo.key("volunteer"))
    said.command(demo, "show", "17", "--identity", demo.key("volunteer"))
    said.title("with --plain")
    said.plain(demo, "actor", "rotate", "--new", "second.key", "--identity", "first.key")
    said.plain(demo, "show", "17", "--identity", "first.key")
    compare("actor_rotate", said)


def test_actor_revoke(demo: Seat) -> None:
    said = Transcript()
    options = ("--identity", demo.key("administrator"))
    revoking = ("actor", "revoke", handle_of(demo, "volunteer"), "--reason", "key_stolen", "--since", "17", *options)
    said.title("in a terminal of 80 columns")
    said.command(demo, *revoking)
    said.command(demo, *revoking)
    said.command(demo, "show", "17")
    said.command(demo, "verify")
    said.title("with --plain")
    said.plain(demo, "actor", "revoke", handle_of(demo, "housing"), "--reason", "left", *options)
    said.plain(demo, "actor", "list")
    compare("actor_revoke", said)


DANGER = {"significant_harm": "yes", "serious_harm_adult": "no", "immediate": "yes", "offence": "unsure"}


@pytest.mark.parametrize(
    ("name", "document", "more"),
    [
        ("record_share", share(), ()),
        ("record_no_share", no_share(), ()),
        ("record_dry_run", share(), ("--dry-run",)),
        ("record_differs", no_share(risk=DANGER, reasons="She sounded unsure on the telephone."), ()),
    ],
)
def test_record(name: str, document: dict[str, object], more: tuple[str, ...], demo: Seat) -> None:
    said = Transcript()
    file = demo.file("decision.json", text(document))
    recording = ("record", "--file", file, *more, "--identity", demo.key("teacher"))
    said.title("in a terminal of 80 columns")
    said.command(demo, *recording, answers=() if more else (("[y/N]: ", "n"),))
    said.title("with --plain")
    said.plain(demo, *recording)
    compare(name, said)


def test_record_act_now(demo: Seat) -> None:
    said = Transcript()
    document = share(risk=DANGER)
    document["recipients"][0].update(kind="social_care", could_act="yes", role="duty social worker")
    file = demo.file("decision.json", text(document))
    both(said, demo, ("record", "--file", file, "--dry-run", "--identity", demo.key("teacher")))
    compare("record_act_now", said)


def test_record_awaits_approval(demo: Seat) -> None:
    """The sample of seed paragraph "sexual activity under 13", and then a file deleted because it was agreed to."""
    said = Transcript()
    sample = Path(__file__).parents[2] / "cli" / "samples" / "07_under_13_awaits_approval.yaml"
    file = demo.file("decision.yaml", sample.read_bytes())
    recording = ("record", "--file", file, "--identity", demo.key("health-visitor"))
    said.title("in a terminal of 80 columns")
    said.command(demo, *recording, answers=(("[y/N]: ", "y"),))
    assert not (demo.root / file).exists()
    demo.file("decision.yaml", sample.read_bytes())
    said.title("with --plain")
    said.plain(demo, *recording)
    said.plain(demo, "status")
    compare("record_awaits_approval", said)


def test_record_refused(demo: Seat) -> None:
    said = Transcript()
    document = share(reasons="", risks={}, purpose=None)
    document["subject"]["identifiers"] = {"nhs_number": "999 000 0688"}
    document["recipients"][0]["kind"] = "other"
    both(said, demo, ("record", "--file", demo.file("decision.json", text(document)), "--identity", demo.key("doctor")))
    both(said, demo, ("record",), ("record", "--fiel", "decision.json"))
    compare("record_refused", said)


def test_show_as_author(demo: Seat) -> None:
    said = Transcript()
    both(said, demo, ("show", "13", "--identity", demo.key("teacher")))
    compare("show_as_author", said)


def test_show_as_others(demo: Seat) -> None:
    """The lead may verify and not read; without an identity the headers are all there is."""
    said = Transcript()
    both(said, demo, ("show", "13", "--identity", demo.key("lead")), ("show", "27"), ("show", "2"), ("show", "99"))
    compare("show_as_others", said)


def test_list(demo: Seat) -> None:
    said = Transcript()
    both(said, demo, ("list",), ("list", "--differs"), ("list", "--from", "2027-01-01"))
    compare("list", said)


def test_status(demo: Seat) -> None:
    said = Transcript()
    both(said, demo, ("status",))
    said.title("from a computer that never saw it")
    said.command(demo.with_env(CONSENT_LEDGER_STATE=str(demo.root / "elsewhere")), "status")
    compare("status", said)


def test_verify_sound(demo: Seat) -> None:
    said = Transcript()
    both(said, demo, ("verify",), ("verify", "--identity", demo.key("guardian")))
    compare("verify_sound", said)


def test_verify_tampered(demo: Seat) -> None:
    said = Transcript()
    with sqlite3.connect(demo.ledger / "ledger.db") as database:
        database.execute("DROP TRIGGER entry_no_update")
        database.execute("UPDATE entry SET at = at + 1 WHERE n = 13")
    database.close()
    both(said, demo, ("verify",))
    compare("verify_tampered", said)


def test_receipt(demo: Seat) -> None:
    said = Transcript()
    said.title("in a terminal of 80 columns")
    said.command(demo, "receipt", "25", "-o", "25.receipt")
    said.command(demo, "receipt", "25", "-o", "25.receipt")
    said.title("with --plain")
    said.plain(demo, "receipt", "25", "-o", "again.receipt")
    compare("receipt", said)


def test_check_receipt(demo: Seat, club: Seat) -> None:
    said = Transcript()
    key, other = (seat.inside("status", "--json").json["vkey"] for seat in (demo, club))
    file = f"{demo.key('x').partition('/')[0]}/first-decision.receipt"
    both(said, demo, ("check-receipt", file, "--key", key), ("check-receipt", file, "--key", other))
    compare("check_receipt", said)


def test_policy_check(demo: Seat) -> None:
    said = Transcript()
    facts = "questions:\n  purpose: {answer: yes, reason: To find help}\n  identifies: {answer: yes}\n"
    both(said, demo, ("policy", "check", demo.file("facts.yaml", facts), "--on", "2026-11-02"))
    compare("policy_check", said)


def test_policy_ask(demo: Seat) -> None:
    """A mother refuses and harm is feared; one answer is taken back, one is asked about."""
    said = Transcript()
    answers = ("y", "n", "n", "y", "n", "y", "y", "?", "y", "n", "2", "perhaps", "2", "9", "2", "y", "n", "y", "<", "y")
    answers += ("1,3", "n", "n", "y", "y", "y", "y")
    said.title("in a terminal of 80 columns")
    said.command(demo, "policy", "ask", "--on", "2026-11-02", answers=[("> ", typed) for typed in answers])
    compare("policy_ask", said)


def test_policy_explain(demo: Seat) -> None:
    said = Transcript()
    topics = ("3", "CA89-47", "rule-4", "crime", "weigthing")
    both(said, demo, *(("policy", "explain", topic, "--on", "2026-11-02") for topic in topics))
    compare("policy_explain", said)


def test_policy_packs(demo: Seat) -> None:
    said = Transcript()
    both(
        said,
        demo,
        ("policy", "packs", "--on", "2026-11-02", "--nation", "wales"),
        ("policy", "packs", "--between", "2024-01-01", "2026-03-01"),
        ("policy", "packs", "--nation", "walse"),
    )
    compare("policy_packs", said)


def test_report_audit(demo: Seat) -> None:
    said = Transcript()
    said.title("in a terminal of 80 columns")
    asked = ("report", "audit", "--from", "2026-01-01", "--to", "2026-10-31", "--format", "html")
    said.command(demo, *asked, "-o", "report.html", "--identity", demo.key("guardian"))
    said.command(demo, *asked, "-o", "report.html", "--identity", demo.key("guardian"))
    said.command(demo, *asked, "-o", "other.html", "--identity", demo.key("teacher"))
    said.title("with --plain")
    said.plain(demo, *asked, "-o", "plain.html", "--identity", demo.key("lead"))
    compare("report_audit", said)


def test_export(demo: Seat, club: Seat) -> None:
    said = Transcript()
    said.title("in a terminal of 80 columns")
    said.command(demo, "export", "log", "log.jsonl")
    said.command(demo, "export", "log", "log.jsonl")
    said.command(demo, "export", "tiles", "served")
    said.command(demo, "export", "tiles", "served")
    said.command(demo, "export", "tiles", "served", "--ledger", str(Path("..") / club.root.name / "demo"))
    said.command(demo, "export", "tiles", "demo")
    said.title("with --plain")
    said.plain(demo, "export", "log", "plain.jsonl")
    said.plain(demo, "export", "tiles", "plain")
    compare("export", said)


def test_backup(demo: Seat) -> None:
    said = Transcript()
    said.title("in a terminal of 80 columns")
    said.command(demo, "backup", "one.backup")
    said.title("with --plain")
    said.plain(demo, "backup", "two.backup")
    said.plain(demo, "backup", "two.backup")
    said.plain(demo, "restore", "two.backup", "--check")
    said.plain(demo, "restore", demo.file("diary", "Dear diary\n"), "--check")
    compare("backup", said)


def test_restore(demo: Seat) -> None:
    """Two computers saw an entry that the backup does not hold; on one of them the backup is put back."""
    said, other = Transcript(), demo.with_env(CONSENT_LEDGER_STATE=str(demo.root / "state of another"))
    assert demo.run("backup", "one.backup").code == 0
    file = demo.file("decision.json", text(share()))
    assert demo.run("record", "--file", file, "--identity", demo.key("teacher")).code == 0
    assert other.run("status").code == 0
    said.title("in a terminal of 80 columns")
    said.command(demo, "restore", "one.backup", "--check")
    agreed = (("Put the backup in the ledger's place?", "y"),)
    said.command(demo, "restore", "one.backup", "--identity", demo.key("administrator"), answers=agreed)
    said.title("on the other computer, with --plain")
    said.plain(demo, "restore", "one.backup")
    said.plain(other, "status")
    said.plain(other, "restore", "--acknowledge")
    said.title("on the other computer, in a terminal of 80 columns")
    said.command(other, "status")
    said.command(other, "restore", "--acknowledge", answers=(("Go on with this ledger?", "y"),))
    said.title("afterwards, with --plain")
    said.plain(other, "verify")
    said.plain(other, "status")
    compare("restore", said)


def test_a_ledger_whose_practitioner_waits_for_a_guardian(tmp_path: Path) -> None:
    """The order is wrong: nobody is there yet who could always read what is recorded."""
    said = Transcript()
    seat = seat_at(tmp_path / "seat", "club")
    assert seat.inside(*BEGIN, stdin="Avery Sample\nSecretary\n").code == 0
    next((seat.ledger / "identities").glob("p-*.key")).rename(seat.root / seat.key("founder"))
    assert enrol(seat, "practitioner", "Taylor Sample", by="founder").code == 0
    file = seat.file("decision.json", text(share()))
    both(said, seat, ("record", "--file", file, "--identity", seat.key("practitioner")))
    compare("record_before_a_guardian", said)


OURS = """\
[pack]
id = "anytown-2026"
words = "What Anytown adds to the national guidance"
in_force = { from = 2026-01-01 }
source = { document = "Recording policy of Anytown (sample)", paragraph = "2", year = 2026 }
checked = 2026-09-01
confidence = "own"

[[safeguards]]
id = "early-help-less"
words = "Early help is told no more than it takes to offer a place"
when = "to_early_help"
condition = "share_less"

[[proposes]]
id = "our-laws"
words = "What Anytown's schools rely on"
codes = ["A9-G18"]
"""


def test_policy_adopt(demo: Seat) -> None:
    """Adopted, used, its file lost, brought back, given up."""
    said, who = Transcript(), ("--identity", demo.key("administrator"))
    demo.file("ours.toml", OURS)
    file = demo.file("decision.json", text(share()))
    recording = ("record", "--file", file, "--dry-run")
    said.title("in a terminal of 80 columns")
    said.command(demo, "policy", "adopt", "ours.toml", "--identity", demo.key("teacher"))
    said.command(demo, "policy", "adopt", "ours.toml", *who)
    said.command(demo, *recording)
    said.command(demo, "status")
    next((demo.ledger / "packs").iterdir()).unlink()
    said.title("with --plain, its file gone")
    said.plain(demo, "status")
    said.plain(demo, *recording)
    said.plain(demo, "policy", "adopt", "ours.toml", *who)
    said.plain(demo, "policy", "adopt", "--none", *who)
    said.plain(demo, "policy", "adopt", demo.file("wrong.toml", OURS.replace("share_less", "must_share")), *who)
    compare("policy_adopt", said)


def test_policy_replay(demo: Seat) -> None:
    said, who = Transcript(), ("--identity", demo.key("guardian"))
    both(
        said,
        demo,
        ("policy", "replay", "--side", "refusal=girfec", *who),
        ("policy", "replay", "13", "17", "--packs-on", "2019-01-01", *who),
        ("policy", "replay", "--packs-on", "2026-11-02", "--identity", demo.key("lead")),
    )
    with sqlite3.connect(demo.ledger / "ledger.db") as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("DELETE FROM part WHERE n = 24")
    database.close()
    said.title("a part taken away behind its back")
    said.command(demo, "policy", "replay", "--packs-on", "2026-11-02", *who)
    compare("policy_replay", said)


def test_every_golden_file_has_its_test() -> None:
    """A file that no test compares would rot unread."""
    here = Path(__file__)
    tests = (here, here.parent.parent / "policies" / "test_mutations.py")
    source = "".join(path.read_text(encoding="utf-8") for path in tests)
    for path in GOLDEN.iterdir():
        assert f'"{path.stem}"' in source or f'"{path.name}"' in source, path.name


def test_no_transcript_holds_a_path_of_this_machine() -> None:
    directories = ("/tmp", str(Path.home()), str(Path(__file__).parents[2]))
    for path in GOLDEN.iterdir():
        held = path.read_text(encoding="utf-8")
        assert [directory for directory in directories if f"{directory}/" in held] == [], path.name
