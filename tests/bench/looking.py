"""Judging a decision, and looking back at many: against opening what was sealed, and for the memory that it takes."""

import gc
import os
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from statistics import median

from cli.samples import SAMPLES
from ledger.log.encoding import canonical
from ledger.log.reader import Reader, Stored
from ledger.records.as_then import AsThen
from ledger.records.decisions import consider, record_decision
from ledger.records.document import Document, check_document
from ledger.records.intake import read_document
from ledger.records.replay import DECIDING, Replay, Summary
from ledger.records.writing import Desk
from policies.evaluation import evaluate
from policies.packs import packs_for
from tests.bench.measure import Figure, Rounds, duration, interleaved, seconds
from tests.ledger_fixtures import Sample, case, small_ledger

NOW = 1_793_620_800
"""2026-11-02T12:00:00Z, after every sample was decided."""
WARM = 1_000
"""So many are looked at before memory is: by then every pack and table that is kept is there."""
PEOPLE = ("guardian", "practitioner")


def rows_of(work: Path, decisions: int, looked_at: int, rounds: Rounds, times: int) -> list[Figure]:
    """Every row. work: a folder of their own. decisions: truly recorded, in so many cases; looked_at: for memory."""
    ledger = _ledger(work, decisions)
    return [_evaluating(rounds, times), _replaying(ledger, rounds), _memory(ledger, looked_at)]


def _documents() -> list[Document]:
    raw = [read_document(sample.read(), sample.file) for sample in SAMPLES]
    return [check_document(each, now=NOW, organisation_kind="public", nation="england") for each in raw]


def _ledger(work: Path, decisions: int) -> Sample:
    """The sample decisions again and again, each in a case of its own."""
    work.mkdir(mode=0o700)
    ledger = small_ledger(work, PEOPLE)
    ledger.clock.now = NOW
    documents = _documents()
    desk = ledger.desk("practitioner")
    for number in range(decisions):
        document = documents[number % len(documents)]
        record_decision(desk, consider(document, "england", NOW), case=case(number))
    return ledger


def _evaluating(rounds: Rounds, times: int) -> Figure:
    """One evaluation of the sample in which most is written down."""
    fullest = max(_documents(), key=lambda document: len(canonical(document.value)))
    packs = packs_for("england", fullest.decided_on)

    def run() -> float:
        return seconds(lambda: [evaluate(fullest.facts, packs) for _time in range(times)], times)

    spent = interleaved({"ours": run}, rounds)["ours"]
    return Figure("evaluate", "one evaluation of the fullest sample document", "ms", 1000 * median(spent), rounds.count)


def _looking(ledger: Sample, reader: Reader) -> Replay:
    then = AsThen(lambda _ref: None)
    other = then.instead("england", None, (("rules", "2018-seven"),), None)
    return Replay(ledger.desk("guardian"), reader, ledger.roster(), ledger.checkpoint().size, then, other)


def _open_all(desk: Desk, reader: Reader, rows: list[Stored]) -> None:
    for row in rows:
        desk.open_record(reader, row)
        desk.open_codes(reader, row)


def _replaying(ledger: Sample, rounds: Rounds) -> Figure:
    with ledger.store.read() as reader:
        rows = list(reader.of_types(DECIDING, ledger.checkpoint().size))
        looking, found = _looking(ledger, reader), Summary()

        def replay() -> None:
            for row in looking.of(rows):
                found.take(row)

        runs = {
            "ours": lambda: seconds(replay, len(rows)),
            "opening": lambda: seconds(lambda: _open_all(looking.desk, reader, rows), len(rows)),
        }
        times = interleaved(runs, rounds)
    assert found.alarms.count == 0
    assert found.equal.count == found.looked_at
    what = "looking back at a decision: opened, judged by the same guidance and by other, compared"
    return duration("replay", what, times["ours"], "opening its two sealed parts", times["opening"])


def _memory(ledger: Sample, looked_at: int) -> Figure:
    """How much more this process holds after so many decisions than after the first of them."""
    with ledger.store.read() as reader:
        found, before = Summary(), 0.0
        for number, row in enumerate(_looking(ledger, reader).of(_again(ledger, reader, looked_at)), start=1):
            found.take(row)
            if number == min(WARM, looked_at // 2):
                before = _held()
        assert found.looked_at == looked_at
        after = _held()
    what = f"memory that looking back at {looked_at:,} decisions adds after the first {min(WARM, looked_at // 2):,}"
    return Figure("replay-memory", what, "MB", max(after - before, 0.001), 1)


def _again(ledger: Sample, reader: Reader, looked_at: int) -> Iterator[Stored]:
    size = ledger.checkpoint().size
    rows = chain.from_iterable(reader.of_types(DECIDING, size) for _time in repeat(None))
    return (row for row, _number in zip(rows, range(looked_at), strict=False))


def _held() -> float:
    """The memory of this process in MB. Linux only (/proc)."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
