"""Parts verified anywhere give the answer of one verification, or are refused with the reason."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import pytest

from ledger.errors import LedgerError, Malformed, Refused, Unverified
from ledger.log.encoding import canonical, parse_json
from ledger.log.joining import encode_part, join_parts, parse_part
from ledger.log.note import Signer
from ledger.log.parts import Part, verify_part
from ledger.log.store import Store
from tests.ledger_databases import new_store
from tests.ledger_fixtures import Sample, case, copied, seed_of, small_ledger
from tests.tamper.filling import fill

CUTS = (0, 1, 7, 256, 300, 511, 600)


def _part_of(url: str, origin: str, start: int, end: int, now: int) -> bytes:
    """What an engine of somebody else's would run anywhere: one part of a copy of its own."""
    store = Store.at_url(url)
    try:
        return encode_part(verify_part(store, origin, start, end, now))
    finally:
        store.close()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory, kind: str) -> Sample:
    directory = tmp_path_factory.mktemp("joining")
    store = new_store(kind, directory)
    made = small_ledger(directory, ["guardian", "manager", "practitioner"], store)
    made.decide("practitioner", case(1))
    fill(made, CUTS[-1])
    return made


@pytest.fixture(scope="module")
def parts(ledger: Sample) -> list[Part]:
    return [verify_part(ledger.store, ledger.origin, start, end, ledger.clock()) for start, end in pairwise(CUTS)]


def test_parts_by_other_processes_on_other_copies_say_what_one_verification_says(
    ledger: Sample, tmp_path: Path
) -> None:
    copies = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        copies.append(copied(ledger, tmp_path / name))
    urls = [copy.store.url for copy in copies]
    for copy in copies:
        copy.store.close()
    bounds = list(pairwise(CUTS))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        files = [
            pool.submit(_part_of, urls[i % 2], ledger.origin, start, end, ledger.clock())
            for i, (start, end) in enumerate(bounds)
        ]
        # in any order
        found = [parse_part(file.result()) for file in reversed(files)]
    joined, whole = join_parts(found, [ledger.signers[0].key]), ledger.verify()

    assert whole.ok
    assert (joined.origin, joined.size, joined.root) == (whole.origin, whole.size, whole.root)
    assert (joined.checked, joined.absent, joined.suspect) == (whole.checked, whole.absent, whole.suspect)
    assert joined.findings == []
    # a server lets no client look at its files, which a joined answer says too
    assert joined.could_not_check == whole.could_not_check


def test_a_cut_in_two_gives_the_same(ledger: Sample, parts: list[Part]) -> None:
    """Where a cut lies changes nothing: among people, and around the tiles."""
    whole = ledger.verify()
    for cut in (1, 2, 5, 255, 256, 257, 599):
        two = [verify_part(ledger.store, ledger.origin, *bounds, ledger.clock()) for bounds in ((0, cut), (cut, 600))]
        assert join_parts(two, [ledger.signers[0].key]).checked == whole.checked, cut


def test_a_file_is_read_back_as_it_was_and_in_no_other_spelling(parts: list[Part]) -> None:
    for part in parts:
        data = encode_part(part)
        assert parse_part(data) == part
        for other in (data[:-1], data + b"\n", data.replace(b'"', b' "', 1), b"", b"{}\n", b"\xff\n"):
            with pytest.raises(Malformed):
                parse_part(other)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "consent-ledger/part@v2"),
        ("origin", 1),
        ("head", ["x"]),
        ("size", -1),
        ("size", True),
        ("start", 7),
        ("end", 601),
        ("before", []),
        ("after", ["00"]),
        ("after", "00"),
        ("people", "00"),
        ("erasures", None),
        ("file_checked", 1),
        ("checked", []),
        ("checked", {"entries": -1}),
        ("absent", {"entries": "1"}),
        ("suspect", {}),
        ("suspect", [-1]),
        ("findings", ["x"]),
        ("findings", [{"kind": "x"}]),
        ("findings", [{"kind": "x", "says": 1}]),
        ("findings", [{"kind": "x", "says": "y", "entry": "1"}]),
        ("findings", [{"kind": "x", "says": "y", "more": 1}]),
    ],
)
def test_what_is_no_part_is_malformed(parts: list[Part], field: str, value: object) -> None:
    document = parse_json(encode_part(parts[1])[:-1])
    with pytest.raises(Malformed):
        parse_part(canonical({**document, field: value}) + b"\n")
    with pytest.raises(Malformed):
        parse_part(canonical({name: item for name, item in document.items() if name != field}) + b"\n")


def _refusal(ledger: Sample, parts: list[Part]) -> tuple[str, str, str]:
    with pytest.raises(Refused) as caught:
        join_parts(parts, [ledger.signers[0].key])
    (fault,) = caught.value.faults
    return fault.field, fault.expected, fault.hint


def test_what_is_missing_twice_or_of_another_ledger_is_named(ledger: Sample, parts: list[Part]) -> None:
    keys = [ledger.signers[0].key]
    with pytest.raises(Refused, match="at least one part"):
        join_parts([], keys)
    for i, part in enumerate(parts):
        field, expected, hint = _refusal(ledger, [*parts[:i], *parts[i + 1 :]])
        assert (field, expected) == ("parts", f"entries {part.start}:{part.end} in one of them")
        assert f"--range {part.start}:{part.end} " in hint
        field, expected, _hint = _refusal(ledger, [*parts, part])
        assert (field, expected) == (f"part {part.start}:{part.end}", f"entries from {part.end} on")
    field, _expected, _hint = _refusal(ledger, [*parts[:2], replace(parts[2], origin="sample/other")])
    assert field == "part 7:256"


def test_parts_under_another_checkpoint_are_refused_with_what_to_do(
    ledger: Sample, parts: list[Part], tmp_path: Path
) -> None:
    grown = copied(ledger, tmp_path)
    grown.decide("practitioner", case(2))
    later = verify_part(grown.store, grown.origin, 511, 600, grown.clock())
    field, expected, hint = _refusal(ledger, [*parts[:-1], later])
    assert (field, expected) == ("part 511:600", "a part under the checkpoint of 0:1")
    assert "backup" in hint


def test_what_does_not_fit_together_or_is_not_signed_does_not_verify(ledger: Sample, parts: list[Part]) -> None:
    keys = [ledger.signers[0].key]
    other = tuple(bytes(32) for _digest in parts[2].after)
    for changed in (
        [*parts[:2], replace(parts[2], after=other), *parts[3:]],
        [*parts[:2], replace(parts[2], before=tuple(bytes(32) for _ in parts[2].before)), *parts[3:]],
        [*parts[:-1], replace(parts[-1], after=tuple(bytes(32) for _ in parts[-1].after))],
        [replace(part, origin="sample/other") for part in parts],
        [replace(part, head=part.head.replace(b"\n600\n", b"\n601\n")) for part in parts],
        [replace(part, head=b"nothing\n") for part in parts],
    ):
        with pytest.raises((Unverified, Malformed)):
            join_parts(changed, keys)
    with pytest.raises(Unverified):
        join_parts(parts, [Signer(ledger.origin, seed_of("another log key")).key])


def test_what_one_part_found_is_in_the_answer(ledger: Sample, parts: list[Part], tmp_path: Path) -> None:
    damaged = copied(ledger, tmp_path)
    damaged.clock.now -= 3600
    late = verify_part(damaged.store, damaged.origin, 511, 600, damaged.clock())
    report = join_parts([*parts[:-1], late], [ledger.signers[0].key])
    assert not report.ok
    assert {(item.entry, item.kind) for item in report.findings} == {(n, "time_ahead") for n in range(511, 600)}


@pytest.mark.parametrize("bounds", [(0, 0), (5, 5), (6, 5), (-1, 5), (0, 601), (600, 601)])
def test_a_range_that_the_ledger_does_not_have_is_refused(ledger: Sample, bounds: tuple[int, int]) -> None:
    with pytest.raises(LedgerError, match="range"):
        verify_part(ledger.store, ledger.origin, *bounds, ledger.clock())
