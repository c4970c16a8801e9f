"""Looking back: the same guidance says the same thing again or it is an alarm; other guidance, and what it changes."""

import datetime
import functools
import gc
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, permutations, repeat
from pathlib import Path
from typing import Any

import pytest

from cli.samples import SAMPLES
from ledger.errors import Unverified
from ledger.log.encoding import parse_time
from ledger.log.entry import Header
from ledger.log.reader import Reader, Stored
from ledger.records import own_pack
from ledger.records.as_then import KEPT, AsThen, PacksOf
from ledger.records.decisions import consider, record_decision
from ledger.records.document import check_document
from ledger.records.intake import read_document
from ledger.records.place import DATABASE, Place, Settings, secret_text
from ledger.records.replay import NOT_REPLAYED, SHOWN, Counted, Replay, Replayed, Summary
from ledger.records.writing import Draft
from policies.errors import PackRefused
from policies.facts import Facts, parse_facts
from policies.own import read_own_pack
from policies.pack_files import pack_named
from policies.packs import Packs, packs_for, packs_named
from tests.cli.sample_documents import no_share, share
from tests.ledger_fixtures import Sample, case, copied, small_ledger

NOW = parse_time("2026-11-02T12:00:00Z")
ANYTOWN = """[pack]
id = "anytown"
words = "What Anytown (sample) adds"
in_force = { from = 2026-01-01 }
source = { document = "Policy of Anytown (sample)", paragraph = "1", year = 2026 }
checked = 2026-01-01
confidence = "own"
"""


def used(header: Header, _facts: Facts) -> Packs:
    return packs_named(header.body["packs"])


def no_own(_ref: Mapping[str, str]) -> None:
    return None


def of_day(day: str) -> PacksOf:
    return lambda _header, _facts: packs_for("england", datetime.date.fromisoformat(day))


def record(ledger: Sample, raw: dict[str, Any], number: int = 1, who: str = "practitioner") -> int:
    document = check_document(raw, now=ledger.clock.now, organisation_kind="public", nation="england")
    done = record_decision(ledger.desk(who), consider(document, "england", ledger.clock.now), case=case(number))
    ledger.ids[f"decision {number}"] = done.written.header.id
    return done.written.n


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Every sample decision, then one to share and one not to."""
    ledger = small_ledger(tmp_path_factory.mktemp("replay"))
    ledger.clock.now = NOW
    documents = [read_document(sample.read(), sample.file) for sample in SAMPLES]
    for number, raw in enumerate([*documents, share(), no_share()], start=1):
        record(ledger, dict(raw), number)
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def rows_of(ledger: Sample, reader: Reader) -> Iterator[Stored]:
    return reader.entries(0, ledger.checkpoint().size)


def looking(ledger: Sample, reader: Reader, who: str = "guardian", other: PacksOf = used) -> Replay:
    return Replay(ledger.desk(who), reader, ledger.roster(), ledger.checkpoint().size, AsThen(no_own), other)


def replayed(ledger: Sample, who: str = "guardian", other: PacksOf = used) -> list[Replayed]:
    with ledger.store.read() as reader:
        return list(looking(ledger, reader, who, other).of(rows_of(ledger, reader)))


def summary(rows: list[Replayed]) -> Summary:
    found = Summary()
    for row in rows:
        found.take(row)
    return found


def test_the_same_guidance_says_the_same_of_every_sample(ledger: Sample) -> None:
    rows = replayed(ledger)
    assert len(rows) == len(SAMPLES) + 2
    for row in rows:
        assert (row.unequal, row.same_why, row.codes_why, row.differences) == ((), "", "", ()), row.n
        assert row.same == row.other == row.recorded
    found = summary(rows)
    assert (found.looked_at, found.equal.count, found.alarms.count, found.differing.count) == (17, 17, 0, 0)


def forged(
    ledger: Sample,
    *,
    body: dict[str, Any] | None = None,
    codes: dict[str, Any] | None = None,
    record: dict[str, Any] | None = None,
) -> int:
    """The last decision once more by its author, with a header, record or codes that do not bear each other out."""
    with ledger.store.read() as reader:
        row = reader.by_id(ledger.ids["decision 17"])
        assert row is not None
        desk = ledger.desk("guardian")
        header, opened = ledger.entry(row.n).header, desk.open_record(reader, row)
        sealed = {**desk.open_codes(reader, row), **(codes or {})}
    draft = Draft(header.type, case(17), body={**header.body, **(body or {})}, record=record or opened, codes=sealed)
    return ledger.desk("practitioner").write(draft).n


def packs_of(ledger: Sample) -> list[dict[str, str]]:
    with ledger.store.read() as reader:
        row = reader.by_id(ledger.ids["decision 17"])
        assert row is not None
        return [dict(pack) for pack in ledger.entry(row.n).header.body["packs"]]


def without_a_list_of_laws(packs: list[dict[str, str]]) -> list[dict[str, str]]:
    left = [each for each in packs if each["id"].startswith("bases/")]
    assert len(left) > 1
    return [each for each in packs if each != left[-1]]


OLDER = pack_named("rules/2006-six-points")
LIE = {"advice": "must_share"}
# What somebody made of the packs that a decision names, and why that is not judged, or what is otherwise.
WRONG_PACKS: dict[str, tuple[Callable[[list[dict[str, str]]], Any], str, tuple[str, ...]]] = {
    "another digest": (lambda p: [{**p[0], "digest": "0" * 64}, *p[1:]], "packs_changed", ()),
    "another digest and one that nobody knows": (
        lambda p: [{**p[0], "digest": "0" * 64}, *p[1:], {"id": "rules/2099-x", "digest": "0" * 64}],
        "packs_changed",
        (),
    ),
    "an own pack that was never adopted": (lambda p: [*p, {"id": "own/x", "digest": "0" * 64}], "packs_wrong", ()),
    "none": (lambda p: [], "packs_wrong", ()),
    "a kind left out": (lambda p: p[1:], "packs_wrong", ()),
    "two of a kind": (lambda p: [*p, {"id": OLDER.name, "digest": OLDER.digest}], "packs_wrong", ()),
    "laws left out": (without_a_list_of_laws, "", ("packs",)),
    "those of Scotland": (lambda p: packs_for("scotland", datetime.date(2026, 11, 2)).as_refs(), "", ("packs",)),
    "those of 2007": (lambda p: packs_for("england", datetime.date(2007, 11, 2)).as_refs(), "", ("packs",)),
}


@pytest.mark.parametrize(("make", "why", "unequal"), WRONG_PACKS.values(), ids=WRONG_PACKS.keys())
def test_packs_that_could_not_have_been_used_are_an_alarm(
    ledger: Sample, make: Callable[[list[dict[str, str]]], Any], why: str, unequal: tuple[str, ...]
) -> None:
    packs = make(packs_of(ledger))
    assert packs != packs_of(ledger)
    forged(ledger, body={**LIE, "packs": packs})
    last = replayed(ledger, other=of_day("2026-11-02"))[-1]
    assert last.alarm
    assert last.same_why == why
    assert set(unequal) <= set(last.unequal)
    assert last.not_held == ()


def test_a_record_that_the_same_guidance_cannot_take_is_an_alarm(ledger: Sample) -> None:
    with ledger.store.read() as reader:
        row = reader.by_id(ledger.ids["decision 17"])
        assert row is not None
        document = ledger.desk("guardian").open_record(reader, row)["document"]
    forged(ledger, record={"document": {**document, "basis": {"codes": ["NO-SUCH-LAW"]}}})
    last = replayed(ledger)[-1]
    assert (last.same_why, last.alarm) == ("does_not_fit", True)


def test_midnight_between_judging_and_writing_is_no_alarm(ledger: Sample) -> None:
    before = ledger.clock.now
    raw = {**no_share(), "decided_at": "2026-11-02T11:00:00Z"}
    document = check_document(raw, now=before, organisation_kind="public", nation="england")
    considered = consider(document, "england", parse_time("2026-11-03T23:59:00Z"))
    assert considered.late is False
    ledger.clock.now = parse_time("2026-11-04T00:02:00Z")
    record_decision(ledger.desk("practitioner"), considered, case=case(18))
    assert not replayed(ledger)[-1].alarm
    ledger.clock.now = parse_time("2026-11-04T09:00:00Z")
    record_decision(ledger.desk("practitioner"), considered, case=case(19))
    assert replayed(ledger)[-1].unequal == ("late",)


def test_an_own_pack_is_the_one_adopted_then_or_none(ledger: Sample, tmp_path: Path) -> None:
    """Its file gone is told, changed is an alarm; the national guidance alone is what is used without it."""
    text, key = ANYTOWN.encode(), ledger.signers[0].key
    pack, place = read_own_pack(text), Place(tmp_path)
    place.finish(Settings(ledger.origin, key, DATABASE), secret_text(ledger.origin, ledger.log_seed, key))
    own_pack.adopt(ledger.desk("founder"), place, text, datetime.date(2026, 11, 2))
    file = tmp_path / own_pack.file_of(pack.digest)
    raw = {**no_share(), "decided_at": "2026-11-02T11:00:00Z"}
    document = check_document(raw, now=NOW, organisation_kind="public", nation="england")
    for own in (pack, None):
        record_decision(ledger.desk("practitioner"), consider(document, "england", NOW, own), case=case(20))

    def last_two() -> list[tuple[str, bool]]:
        then = AsThen(functools.partial(own_pack.pack_of, place))
        desk, other = ledger.desk("guardian"), of_day("2026-11-02")
        with ledger.store.read() as reader:
            found = Replay(desk, reader, ledger.roster(), ledger.checkpoint().size, then, other)
            return [(row.same_why, row.alarm) for row in found.of(rows_of(ledger, reader))][-2:]

    assert last_two() == [("", False), ("", False)]
    file.write_bytes(text + b"# more")
    assert last_two() == [("own_changed", True), ("", False)]
    file.unlink()
    assert last_two() == [("own_gone", False), ("", False)]


def test_what_is_looked_at_is_what_was_signed_and_not_a_column(ledger: Sample) -> None:
    n = forged(ledger, body=LIE)
    with ledger.store.read() as reader:
        rows = [row._replace(type="share.recorded", at=0) if row.n == n else row for row in rows_of(ledger, reader)]
        found = list(looking(ledger, reader).of(rows))
        assert [row.n for row in found if row.alarm] == [n]
        assert list(looking(ledger, reader).of(rows, NOW + 10**6)) == []


@pytest.mark.parametrize(
    ("body", "codes", "unequal"),
    [
        ({"advice": "must_share"}, {}, ("advice",)),
        ({"decision": "share"}, {}, ("decision",)),
        ({"differs": True}, {}, ("differs",)),
        ({"approval": "awaited"}, {}, ("approval",)),
        ({"late": True}, {}, ("late",)),
        ({}, {"route": "consent"}, ("codes.route",)),
        ({}, {"concerns": ["not_informed"], "conditions": ["share_less"]}, ("codes.concerns", "codes.conditions")),
        ({}, {"due": [{"code": "send", "by": "2026-11-04"}]}, ("codes.due",)),
        ({}, {"lines": []}, ("codes.lines",)),
    ],
)
def test_what_record_and_guidance_do_not_bear_out_is_an_alarm(
    ledger: Sample, body: dict[str, Any], codes: dict[str, Any], unequal: tuple[str, ...]
) -> None:
    n = forged(ledger, body=body, codes=codes)
    rows = replayed(ledger)
    assert rows[-1].n == n
    assert rows[-1].unequal == unequal
    assert [row.n for row in rows if row.alarm] == [n]
    found = summary(rows)
    assert (found.alarms.entries, found.equal.count) == ([n], 17)


def test_codes_sealed_for_others_leave_the_header_to_compare(ledger: Sample) -> None:
    """Whoever decides reads their own records and no codes."""
    n = forged(ledger, body={"advice": "must_share"}, codes={"route": "consent"})
    rows = replayed(ledger, "practitioner")
    assert {row.codes_why for row in rows} == {"withheld"}
    assert (rows[-1].n, rows[-1].unequal) == (n, ("advice",))
    assert (rows[0].recorded.route, rows[0].recorded.conditions) == (None, None)
    assert rows[0].same is not None
    found = summary(rows)
    assert found.codes_why["withheld"].count == 18
    assert len(found.codes_why["withheld"].entries) == 18 < SHOWN


def test_what_cannot_be_opened_is_counted(ledger: Sample) -> None:
    rows = replayed(ledger, "outsider")
    assert {(row.same_why, row.other_why, row.codes_why) for row in rows} == {("withheld",) * 3}
    assert {row.alarm for row in rows} == {False}
    found = summary(rows)
    assert found.same_why["withheld"].count == 17
    assert (found.other_why, found.codes_why) == ({}, {}), "told once"
    leads = replayed(ledger, "lead")
    assert {(row.same_why, row.codes_why, row.same) for row in leads} == {("withheld", "", None)}
    assert leads[0].recorded.conditions is not None


def test_erased_missing_and_damaged_are_three_answers(ledger: Sample) -> None:
    ids, ones = [ledger.ids[f"decision {number}"] for number in (1, 2, 3)], []
    with ledger.store.read() as reader:
        for entry_id in ids:
            row = reader.by_id(entry_id)
            assert row is not None
            ones.append(row.n)
    asked = Draft("erasure.requested", case(1), refs=(ids[0],), body={"reason": "other"})
    refs = (ledger.desk("lead").write(asked).header.id,)
    refs = (ledger.desk("guardian").write(Draft("erasure.approved", case(1), refs=refs)).header.id,)
    ledger.desk("lead").write(Draft("erasure.done", case(1), refs=refs))
    ledger.store.close()
    with sqlite3.connect(ledger.path) as database:
        for trigger in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger[0]}")
        database.execute("DELETE FROM part WHERE n = ?", (ones[1],))
        database.execute("UPDATE part SET ciphertext = x'00' WHERE n = ? AND part = 'record'", (ones[2],))
    database.close()
    by_number = {row.n: row for row in replayed(ledger)}
    first, second, third = (by_number[n] for n in ones)
    assert (first.same_why, first.codes_why, first.alarm) == ("erased", "erased", False)
    assert (second.same_why, second.codes_why, second.alarm) == ("missing", "missing", True)
    assert (third.same_why, third.codes_why, third.alarm) == ("damaged", "", True)
    assert {row.alarm for n, row in by_number.items() if n not in ones} == {False}
    assert set(NOT_REPLAYED) > {"erased", "missing", "damaged"}


def test_a_row_that_is_no_entry_stops_it(ledger: Sample) -> None:
    with ledger.store.read() as reader:
        row = next(iter(rows_of(ledger, reader)))
        with pytest.raises(Unverified, match="entry 0"):
            list(looking(ledger, reader).of([row._replace(leaf=row.leaf[:-1])]))


def test_a_record_that_is_none_is_told(ledger: Sample) -> None:
    with ledger.store.read() as reader:
        row = reader.by_id(ledger.ids["decision 17"])
        assert row is not None
        header = ledger.entry(row.n).header
    for record_ in ({"document": {"purpose": "a story"}}, {"document": []}, {}):
        draft = Draft(header.type, case(17), body=dict(header.body), record=record_, codes={"risk": "none"})
        ledger.desk("practitioner").write(draft)
    rows = replayed(ledger)[-3:]
    assert {(row.same_why, row.other_why, row.alarm) for row in rows} == {("not_a_record", "not_a_record", True)}


def test_guidance_that_is_not_held_is_named_and_the_other_is_asked_all_the_same(ledger: Sample) -> None:
    with ledger.store.read() as reader:
        row = reader.by_id(ledger.ids["decision 16"])
        assert row is not None
        packs = [dict(pack) for pack in ledger.entry(row.n).header.body["packs"]]
        opened = ledger.desk("guardian").open_record(reader, row)
        header = ledger.entry(row.n).header
    body = {**header.body, "packs": [*packs, {"id": "rules/nowhere", "digest": "cd" * 32}]}
    ledger.desk("practitioner").write(Draft(header.type, case(16), body=body, record=opened, codes={"risk": {}}))
    last = replayed(ledger, other=of_day("2026-11-02"))[-1]
    assert (last.same, last.same_why) == (None, "packs_not_held")
    assert last.not_held == ("rules/nowhere",)
    assert last.other is not None
    assert last.other.advice == "may_share"
    assert last.differences == ()
    found = summary([last])
    assert (found.equal.count, found.alarms.count) == (0, 0)
    assert {name: counted.entries for name, counted in found.not_held.items()} == {
        name: [last.n] for name in last.not_held
    }


def test_facts_that_other_guidance_refuses_are_told(ledger: Sample) -> None:
    """In 2005 there was no UK GDPR to rely on; and where no guidance is, none is asked."""

    def nothing(_header: Header, _facts: Facts) -> Packs:
        raise PackRefused.one("rules", "a pack", "none")

    last = replayed(ledger, other=nothing)[-1]
    assert (last.other, last.other_why) == (None, "packs_not_held")
    assert last.same is not None
    assert summary([last]).other_why["packs_not_held"].entries == [last.n]


def by_the_child() -> dict[str, Any]:
    """A child of ten who understands agrees alone: enough in England; in Scotland a parent is asked until twelve."""
    document = share()
    document["subject"]["date_of_birth"] = "2016-03-04"
    document["consent"]["by"] = {"name": "Robin Example", "capacity": "self", "person": "subject"}
    return {**document, "competence": {"conclusion": "competent"}}


def test_what_other_guidance_changes_is_counted_by_the_statement_that_changes_it(ledger: Sample) -> None:
    for number in (18, 19):
        record(ledger, by_the_child(), number)
    rows = replayed(ledger, other=AsThen(no_own).instead("scotland", None, (), None))
    found = summary(rows)
    assert found.equal.count == 19
    assert 0 < found.differing.count <= 19
    assert sum(bool(row.differences) for row in rows) == found.differing.count
    for difference, counted in found.by_rule.items():
        assert counted.count == sum(difference in row.differences for row in rows) > 0
        assert counted.entries == [row.n for row in rows if difference in row.differences][:SHOWN]
        assert difference.rule
        assert difference.source
        assert difference.before != difference.after
    advised = [each for each in found.by_rule if each.what == "advice"]
    assert advised
    assert all(each.rule.startswith("flowcharts/") and each.words for each in advised)


def test_a_count_names_the_first_entries_only() -> None:
    counted = Counted()
    for n in range(2 * SHOWN):
        counted.add(n)
    assert (counted.count, counted.entries) == (2 * SHOWN, list(range(SHOWN)))


OURS = b"""\
[pack]
id = "ours"
words = "Ours"
in_force = { from = 2026-01-01 }
source = { document = "Policy of Anytown (sample)", paragraph = "1" }
checked = 2026-09-01
confidence = "own"
"""


def test_other_guidance_is_of_a_day_of_choices_and_of_an_own_pack(ledger: Sample) -> None:
    then, mine = read_own_pack(OURS), read_own_pack(OURS.replace(b'"Ours"', b'"Others"'))
    held = {then.digest: then}
    as_then = AsThen(lambda ref: held.get(ref["digest"]))
    facts = replace(parse_facts({}), decided_at="2026-11-02T10:00:00Z")
    header = ledger.entry(ledger.checkpoint().size - 1).header
    with_own = replace(header, body={"packs": [*header.body["packs"], {"id": "own/ours", "digest": then.digest}]})
    assert as_then.packs(with_own.body["packs"]).own is then
    assert as_then.not_held(with_own.body["packs"]) == ()
    same = as_then.instead("england", None, (), None)
    assert (same(with_own, facts).own, same(header, facts).own) == (then, None), "its own, where it had one"
    assert as_then.instead("england", None, (), mine)(with_own, facts).own is mine
    chosen = as_then.instead("england", None, (("rules", "salford-2018"),), None)(header, facts)
    assert chosen.rules.id == "salford-2018"
    earlier = as_then.instead("england", datetime.date(2012, 1, 1), (), None)(header, facts)
    assert earlier.rules.id == "2008-seven"


def test_lists_of_packs_that_were_read_are_kept_and_not_without_end(ledger: Sample) -> None:
    refs = ledger.entry(ledger.checkpoint().size - 1).header.body["packs"]
    bases = [ref for ref in refs if ref["id"].startswith("bases/")]
    others = [ref for ref in refs if ref not in bases]
    as_then = AsThen(no_own)
    for number, order in enumerate(permutations(bases), start=1):
        assert as_then.packs([*others, *order]) is as_then.packs([*others, *order])
        assert len(as_then._known) <= min(number, KEPT)
    assert number > KEPT


def test_memory_stays_flat_however_many_are_looked_at(ledger: Sample) -> None:
    with ledger.store.read() as reader:
        found, some = Summary(), list(rows_of(ledger, reader))
        many = looking(ledger, reader).of(chain.from_iterable(repeat(some, 6)))
        tracemalloc.start()
        held = []
        for number, row in enumerate(many, start=1):
            found.take(row)
            if number in (17 * 2, 17 * 6):
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    assert found.equal.count == 17 * 6
    assert held[1] - held[0] < 20_000, "68 more decisions, each of some 5,000 bytes in the clear"
