"""quickstart: a whole small ledger from the sample decisions, recorded through the same code as `record`, verified.

Its clock follows the samples' dates, so that reports by month have something to show.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE, FAILED
from cli.options import JsonOption, PlainOption
from cli.ui import Ui
from cli.world import World

if TYPE_CHECKING:
    from cli.samples import Sample
    from ledger.log.receipt import CheckedReceipt
    from ledger.log.verify import Report
    from ledger.records.document import Document
    from ledger.records.writing import Desk

PASSPHRASE = "sample people only, never real ones"  # noqa: S105 printed for the reader: it guards made-up people
ORGANISATION = "Anytown Children's Partnership (sample)"


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Somebody made up: a short word for them, name, post, roles, teams."""

    word: str
    name: str
    post: str
    roles: tuple[str, ...]
    teams: tuple[str, ...] = ()


FOUNDER = SamplePerson("administrator", "Avery Sample", "Office manager", ("administrator",))
PEOPLE = (
    SamplePerson("guardian", "Gale Sample", "Caldicott Guardian", ("guardian",)),
    SamplePerson("lead", "Indigo Sample", "Information-governance lead", ("ig_lead",)),
    SamplePerson("manager", "Morgan Sample", "Team manager", ("manager",), ("north",)),
    SamplePerson("duty", "Dale Sample", "Duty social worker", ("duty", "practitioner"), ("north",)),
    SamplePerson("auditor", "Arden Sample", "Internal auditor", ("auditor",)),
    SamplePerson("teacher", "Taylor Sample", "Class teacher", ("practitioner",), ("north",)),
    SamplePerson("health-visitor", "Harper Sample", "Health visitor", ("practitioner",), ("north",)),
    SamplePerson("social-worker", "Skyler Sample", "Social worker", ("practitioner",), ("north",)),
    SamplePerson("doctor", "Drew Sample", "General practitioner", ("practitioner",), ("north",)),
    SamplePerson("nursery", "Noel Sample", "Nursery manager", ("practitioner",), ("north",)),
    SamplePerson("housing", "Hollis Sample", "Housing officer", ("practitioner",), ("north",)),
    SamplePerson("volunteer", "Vesper Sample", "Youth club volunteer", ("practitioner",), ("north",)),
)


# who records what people of each kind of work decide
_AUTHORS = {
    "teacher": "teacher",
    "health_professional": "health-visitor",
    "doctor": "doctor",
    "social_worker": "social-worker",
    "social_care_worker": "social-worker",
    "housing": "housing",
    "youth_worker": "volunteer",
    "early_years": "nursery",
    "volunteer": "volunteer",
}
_FOUNDED_AT = 1_767_600_000  # 5 January 2026
_HALF_AN_HOUR = 1800
_TAMPER = (
    "import sqlite3; c = sqlite3.connect('{}/ledger.db'); c.execute('DROP TRIGGER entry_no_update'); "
    "c.execute('UPDATE entry SET at = at + 1 WHERE n = {}'); c.commit()"
)


@dataclass(frozen=True, slots=True)
class Sequel:
    """What happened after a sample: who writes an entry of which type, with what in its sealed record."""

    who: str
    type: str
    record: Mapping[str, Any]
    codes: Mapping[str, Any] | None = None
    about_last: bool = False


# by the first two digits of the sample's file
_SEQUELS: Mapping[str, tuple[Sequel, ...]] = {
    "01": (
        Sequel(
            "teacher",
            "disclosure.made",
            {"recipients": "School nurse", "items": "What is widely known, no more", "method": "In person"},
            {"method": "in_person"},
        ),
    ),
    "02": (
        Sequel(
            "health-visitor",
            "disclosure.made",
            {"recipients": "Consultant paediatrician", "items": "Weights and feeding history", "method": "Secure mail"},
            {"method": "secure_mail"},
        ),
        Sequel("health-visitor", "disclosure.acknowledged", {"by": "Ward clerk", "note": "Seen today"}, None, True),
    ),
    "08": (
        Sequel(
            "guardian",
            "decision.reviewed",
            {"review": "endorsed", "reason": "Respecting the refusal was right. Offer again in the spring."},
            {"review": "endorsed"},
        ),
    ),
    "13": (
        Sequel("teacher", "access.granted", {}),
        Sequel(
            "manager",
            "escalation.opened",
            {"about": "Whether to refer", "with": "The school's safeguarding lead", "wanted": "A joint look today"},
        ),
        Sequel(
            "manager",
            "escalation.resolved",
            {"resolution": "Both saw the child together", "difference_made": "A shared plan from Monday"},
            None,
            True,
        ),
    ),
}


def add_to(app: typer.Typer) -> None:
    """Register this command."""
    app.command("quickstart", help="A whole small ledger of made-up decisions, to look around in.")(quickstart)


def quickstart(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to put it; it must not exist yet.")],
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """People in every role, the sample decisions, a verification, a receipt checked, and what to try next."""
    from ledger.errors import Refused

    world: World = context.obj
    ui = Ui(world, as_json=as_json, plain=plain)
    if directory.exists() and any(directory.iterdir()):
        raise Refused.one(
            "DIR", "a directory that is empty or not there", "one with something in it", "Choose another, or remove it."
        )
    made = _Demo(world, ui, directory)
    made.people()
    made.decisions()
    report, checked = made.check()
    world.stands.files.append(str(directory))
    ui.answer(made.to_json(report, checked), lambda: made.words(report, checked))
    return DONE if report.ok else FAILED


class _Demo:
    """One quickstart as it goes."""

    def __init__(self, world: World, ui: Ui, directory: Path) -> None:
        from cli.samples import SAMPLES

        self.ui, self.directory = ui, directory
        self.samples = SAMPLES
        self.now = _FOUNDED_AT
        env = {**world.env, "CONSENT_LEDGER_PASSPHRASE": PASSPHRASE}
        env.pop("CONSENT_LEDGER_PASSPHRASE_FILE", None)
        env.pop("CONSENT_LEDGER_IDENTITY", None)
        self.real = world
        self.world = replace(world, env=env, clock=self.clock)
        self.desks: dict[str, Desk] = {}
        self.entries: list[dict[str, Any]] = []
        self.progress = ui.progress("sample decisions recorded:")

    def clock(self) -> int:
        """The demo's clock: it stands where the sample being recorded puts it."""
        return self.now

    def people(self) -> None:
        """Found the ledger and enrol everybody."""
        from cli.founding import begin
        from cli.session import open_session
        from ledger.log.card import make_card
        from ledger.records.people import Details, enrol
        from ledger.sealing.identity import SEED_SIZE, Identity, handle_of, public_of
        from ledger.sealing.keys import encode_key, write_private

        self.ui.talk("Making a ledger with made-up people …")
        details = Details(FOUNDER.name, FOUNDER.post, ORGANISATION)
        self.begun = begin(
            self.world, self.ui, self.directory, "anytown", ORGANISATION, "public", "england", FOUNDER.roles, details
        )
        self.begun.key_file.rename(self.directory / "identities" / f"{FOUNDER.word}.key")
        write_private(self.directory / "passphrase", f"{PASSPHRASE}\n".encode())
        self.session = open_session(self.world, self.ui, self.directory)
        self.desks[FOUNDER.word] = self.session.desk_of(self.begun.seed, self._log())
        for person in PEOPLE:
            seed = self.world.random(SEED_SIZE)
            identity = Identity(handle_of(public_of(seed)), seed)
            path = self.directory / "identities" / f"{person.word}.key"
            write_private(path, encode_key(seed, PASSPHRASE.encode()))
            # once there is a guardian, only they let leads and further guardians in
            enroller = "guardian" if person.word == "lead" else FOUNDER.word
            self.now += 60
            details = Details(person.name, person.post, ORGANISATION)
            enrol(self._desk(enroller), make_card(identity.signer), person.roles, person.teams, details)
            self.session.remember()
            self.desks[person.word] = self.session.desk_of(seed, self._log())

    def _log(self) -> Any:
        from ledger.log.append import Log

        return Log(self.session.store, self.session.origin, [self.session.place.log_signer()])

    def _desk(self, word: str) -> "Desk":
        """A person's desk, having seen everything that is there."""
        desk = self.desks[word]
        desk.seen = self.session.standing.checkpoint
        return desk

    def decisions(self) -> None:
        """Record every sample on the day it is dated, and what happened afterwards."""
        from ledger.log.encoding import parse_time
        from ledger.records.document import check_document
        from ledger.records.intake import read_document

        documents = []
        for sample in self.samples:
            raw = read_document(sample.read(), sample.file)
            document = check_document(raw, now=self.real.clock(), organisation_kind="public", nation="england")
            documents.append((parse_time(document.decided_at), sample, document))
        for decided_at, sample, document in sorted(documents, key=lambda item: item[0]):
            self.now = max(self.now + 60, decided_at + _HALF_AN_HOUR)
            self._record(sample, document)

    def _record(self, sample: "Sample", document: "Document") -> None:
        from ledger.records.decisions import consider, record_decision

        considered = consider(document, "england", self.now)
        author = _AUTHORS[document.facts.author.kind]
        recorded = record_decision(self._desk(author), considered)
        self.session.remember()
        n = recorded.written.n
        self.entries.append(
            {
                "entry": n,
                "sample": sample.file,
                "author": author,
                "shows": sample.shows,
                "source": sample.source,
                "decision": document.facts.decision,
                "advice": considered.evaluation.advice,
                "differs": bool(considered.differs),
            }
        )
        self.progress(len(self.entries), len(self.samples))
        self._follow(_SEQUELS.get(sample.file[:2], ()), recorded.case, recorded.written.header.id)

    def _follow(self, sequels: Sequence[Sequel], case: bytes, decision: bytes) -> None:
        from ledger.records.followups import follow_up
        from ledger.records.people import grant

        last = decision
        for sequel in sequels:
            self.now += _HALF_AN_HOUR
            desk = self._desk(sequel.who)
            if sequel.type == "access.granted":
                grant(desk, case, self.desks["manager"].identity.handle)
            else:
                about = last if sequel.about_last else decision
                written = follow_up(desk, sequel.type, case, refs=[about], record=sequel.record, codes=sequel.codes)
                last = written.header.id
            self.session.remember()

    def check(self) -> "tuple[Report, CheckedReceipt]":
        """Verify everything, then write the receipt of the first decision and check it with the key alone."""
        from cli.checking import check_ledger
        from ledger.log.note import VerifierKey
        from ledger.log.receipt import check_receipt, make_receipt
        from ledger.sealing.keys import write_private

        report = check_ledger(self.real_without_identity(), self.ui, self.directory, None, [], None)
        path = self.directory / "first-decision.receipt"
        with self.session.store.read() as reader:
            head = reader.head()
            assert head is not None, "a ledger with decisions has a head"
            data = make_receipt(reader, self.session.roster, head.checkpoint, self.entries[0]["entry"])
        write_private(path, data)
        return report, check_receipt(path.read_bytes(), VerifierKey.parse(self.begun.log_key))

    def real_without_identity(self) -> World:
        """The world as it is, but for an identity of another ledger."""
        env = {name: value for name, value in self.real.env.items() if name != "CONSENT_LEDGER_IDENTITY"}
        return replace(self.real, env=env)

    def to_json(self, report: "Report", checked: "CheckedReceipt") -> dict[str, Any]:
        """The JSON of a quickstart."""
        return {
            "ok": report.ok,
            "directory": str(self.directory),
            "origin": self.session.origin,
            "vkey": self.begun.log_key,
            "size": report.size,
            "root": report.root.hex(),
            "decisions": self.entries,
            "receipt": {"entry": checked.index, "file": str(self.directory / "first-decision.receipt")},
        }

    def words(self, report: "Report", checked: "CheckedReceipt") -> None:
        """What a newcomer sees."""
        from cli.verifying import report_words

        ui = self.ui
        ui.heading(f"{ORGANISATION}: {len(self.entries)} decisions by made-up people")
        ui.table(
            ("entry", "decided", "advised", "what happens"),
            [
                (
                    str(item["entry"]),
                    item["decision"].replace("_", " ") + (" *" if item["differs"] else ""),
                    item["advice"].replace("_", " "),
                    item["shows"],
                )
                for item in self.entries
            ],
        )
        ui.line("* decided otherwise than advised, with reasons")
        ui.heading("Verification, with no key at hand")
        report_words(ui, report)
        ui.heading("A receipt")
        ui.line(f"The receipt of entry {checked.index} was written and checked with the log's public key alone.", 2)
        ui.heading("What to try next")
        for what, command in self._steps():
            if what:
                ui.bullet(what[0].upper() + what[1:] + ":")
            ui.command(command)
        ui.line()
        ui.line(f"The passphrase of every made-up person: {PASSPHRASE}")

    def _steps(self) -> list[tuple[str, str]]:
        """What to try next: (why, a command that can be pasted)."""
        here, first = self.directory, self.entries[0]["entry"]
        keys = here / "identities"
        report = "consent-ledger report audit --from 2026-01-01 --to 2026-12-31 --format html -o report.html"
        on_path = shutil.which("consent-ledger", path=self.real.env.get("PATH"))
        return [
            *([] if on_path else [("put the program within reach", f'export PATH="{self.real.programs}:$PATH"')]),
            ("name the ledger once, and how its made-up people unlock their keys", f"export CONSENT_LEDGER={here}"),
            ("", f"export CONSENT_LEDGER_PASSPHRASE_FILE={here}/passphrase"),
            (
                "read the first decision, as the one who made it",
                f"consent-ledger show {first} --identity {keys}/{self.entries[0]['author']}.key",
            ),
            (
                "try to read it as the information-governance lead",
                f"consent-ledger show {first} --identity {keys}/lead.key",
            ),
            (
                "check a receipt anywhere",
                f"consent-ledger check-receipt {here}/first-decision.receipt --key '{self.begun.log_key}'",
            ),
            ("make the guardian's report", f"{report} --identity {keys}/guardian.key"),
            ("ask what the guidance advises, question by question; nothing is kept", "consent-ledger policy ask"),
            ("record a decision of your own", "consent-ledger record --template > decision.yaml"),
            ("last of all, change something behind its back, then look", f'python3 -c "{_TAMPER.format(here, first)}"'),
            ("", "consent-ledger verify"),
        ]
