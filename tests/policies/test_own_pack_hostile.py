"""Own packs made to crash, to take for ever, or to be taken for the guidance: each is refused, in time and in words.

Every file here is as large as one may be, or as deep as it can be written.
"""

import time
from collections.abc import Callable

import pytest

from policies.errors import Fault, PackRefused, shown
from policies.own import own_of, read_own_pack
from policies.own_text import MAX_BYTES, MAX_FAULTS, MAX_ROWS

HEADER = """[pack]
id = "riverside"
words = "What Riverside youth club (sample) adds"
in_force = { from = 2026-01-01 }
source = { document = "Policy of Riverside youth club (sample)", paragraph = "4", year = 2026 }
checked = 2026-01-01
confidence = "own"
"""
SAFEGUARD = '[[safeguards]]\nid = "x"\nwords = "Leave it out."\ncondition = "share_less"\n'
TIMING = '[[timings]]\nid = "x"\nwords = "Soon."\ndoes = "send"\n'
DEEP = ".".join(["a"] * 3000) + " = 1\n"
HEX = "0x" + "F" * 50_000


def filled(start: str, piece: Callable[[int], str], end: str = "") -> str:
    """As many pieces as go into a file that may be read."""
    parts, size = [], len(start) + len(end)
    while size + len(each := piece(len(parts))) <= MAX_BYTES:
        parts.append(each)
        size += len(each)
    return start + "".join(parts) + end


def refused(text: str) -> tuple[Fault, ...]:
    """The faults of a file, which are found in less than a second of this processor's time."""
    start = time.process_time()
    with pytest.raises(PackRefused) as found:
        read_own_pack(text.encode())
    assert time.process_time() - start < 1
    for fault in found.value.faults:
        assert str(fault).isprintable(), ascii(str(fault))
    return found.value.faults


LONG = {
    "digits": HEADER + "[late]\nworking_days = " + "1" * 5000,
    "a number of digits that has no words": HEADER + "[late]\nworking_days = " + HEX,
    "such a year": HEADER.replace("year = 2026", f"year = {HEX}"),
    "such a deadline": HEADER + TIMING + "by = { rule = 'working_days', n = " + HEX + " }",
    "such a side": HEADER + "[choices.sides]\nrefusal = " + HEX,
    "late": HEADER + "[late]\n" + DEEP,
    "choices": HEADER + "[choices.rules]\n" + DEEP,
    "a side": HEADER + "[choices.sides.crime]\n" + DEEP,
    "a test": HEADER + SAFEGUARD + "when." + DEEP,
    "a condition": HEADER + SAFEGUARD.replace("condition", "when") + "condition." + DEEP,
    "a deadline": HEADER + TIMING + "by." + DEEP,
    "an id": HEADER.replace('id = "riverside"', "id." + DEEP),
    "confidence": HEADER.replace('confidence = "own"', "confidence." + DEEP),
    "brackets": HEADER + SAFEGUARD + "when = " + "[" * 20_000,
    "brackets in a row of quotes": HEADER + 'late = ["""a"""", ' + "[" * 300,
    "a name before anything": ".".join(["a"] * 8000) + " = 1\n" + HEADER,
    "names in depth": filled(HEADER, lambda n: ".".join(["a"] * 31) + f".k{n} = 1\n"),
    "brackets in depth": filled(HEADER + "late = [", lambda _: "[" * 30 + "]" * 30 + ",", "]"),
    "many unknown fields": filled(HEADER, lambda n: f"k{n}=1\n"),
    "many unknown tables": filled(HEADER, lambda n: f"[t{n}]\n"),
    "many unknown tests": filled(HEADER + SAFEGUARD + "when = { any = [", lambda _: '"q",', "] }"),
    "many rows": filled(HEADER, lambda _: "[[safeguards]]\n"),
    "many rows of many tests": filled(HEADER, lambda _: SAFEGUARD + "when = { any = [" + '"qqqqqqq",' * 62 + "] }\n"),
    "many codes": filled(HEADER + '[[proposes]]\nid = "x"\nwords = "Law."\ncodes = [', lambda _: '"q",', "]"),
    "many nations": filled(HEADER + "nations = [", lambda _: '"q",', "]"),
    "quotes never closed": filled(HEADER + 'late = """', lambda _: '\\"""'),
    "quotes within a line never closed": filled(HEADER + 'late = "', lambda _: '\\"'),
    "quotes of three": filled(HEADER + "late = [", lambda _: "'''''',", "]"),
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_what_would_crash_or_take_for_ever_is_refused_in_time(text: str) -> None:
    assert 0 < len(refused(text)) <= MAX_FAULTS + 1


def test_of_many_faults_the_first_are_listed_and_the_rest_counted() -> None:
    found = refused(HEADER + "".join(f"k{n} = 1\n" for n in range(120)))
    assert len(found) == MAX_FAULTS + 1
    assert (found[0].field, found[-1].got) == ("own.pack.k0", "70 more")


def test_no_more_rows_are_read_than_there_may_be() -> None:
    rows = [f'[[proposes]]\nid = "x{n}"\nwords = "Usual."\ncodes = ["A6-E"]\n' for n in range(MAX_ROWS + 1)]
    assert len(own_of(read_own_pack((HEADER + "".join(rows[:-1])).encode())).proposes) == MAX_ROWS
    (fault,) = refused(HEADER + "".join(rows))
    assert (fault.field, fault.got) == ("own.proposes", "301")


# What is put in the place of what, the field that is named, and what is said.
TAKEN = [
    ('"riverside"', '"england-2006"', "own.pack.id", "no pack of law or guidance"),
    ('"riverside"', '"2024-seven"', "own.pack.id", "no pack of law or guidance"),
    ('confidence = "own"', 'confidence = "seed"', "own.pack.confidence", "expected own"),
    ('confidence = "own"', 'confidence = "published"', "own.pack.confidence", "expected own"),
    ('"What Riv', '"""A\nGolden rules""" #', "own.pack.words", "U+000A"),
    ('"What Riv', '"\\u200b" #', "own.pack.words", "U+200B"),
    ('"What Riv', '"... --" #', "own.pack.words", "nothing that can be read"),
    ('"What Riv', '"A\\u202e\\u2066b" #', "own.pack.words", "U+202E"),
    ('"What Riv', '"\\u001b[31mACT NOW" #', "own.pack.words", "control characters"),
    ('"Policy of', '"Policy\\nGolden rules", year = 2026, paragraph = "1" } #', "own.pack.source.document", "U+000A"),
    ('paragraph = "4"', 'paragraph = "4\\u2028"', "own.pack.source.paragraph", "U+2028"),
    ('paragraph = "4"', 'paragraph = "4", url = "https://x\\ny"', "own.pack.source.url", "U+000A"),
    ('confidence = "own"', 'confidence = "own"\n"\\u001b[2J" = 1', "own.pack.'\\x1b[2J'", "known here"),
    ('confidence = "own"', 'confidence = "own"\n["\\u001b[2J"]', "own.'\\x1b[2J'", "a table of an own pack"),
    ("year = 2026", 'year = 2026, "\\u001b[2J" = 1', "own.pack.source.\\x1b[2J", "Take it out"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "says"), TAKEN, ids=[f"{t[2]}-{n}" for n, t in enumerate(TAKEN)])
def test_what_could_be_taken_for_something_else_is_refused(old: str, new: str, field: str, says: str) -> None:
    assert old in HEADER
    (fault,) = refused(HEADER.replace(old, new, 1))
    assert fault.field == field
    assert says in str(fault)


def test_a_row_answers_for_itself_as_the_whole_does() -> None:
    cited = 'source = { document = "HM Government", paragraph = "4.22" }\nchecked = 2026-01-01\nconfidence = "seed"\n'
    (fault,) = refused(HEADER + SAFEGUARD + 'when = "always"\n' + cited)
    assert (fault.field, fault.got) == ("own.safeguards[1].confidence", "seed")


def test_quotes_and_remarks_are_no_depth() -> None:
    dots, brackets = "." * 60, "[{" * 60
    text = HEADER.replace("What Riverside", f"What {dots} {brackets} Riverside") + f"# don't {dots} {brackets}\n"
    assert dots in read_own_pack(text.encode()).words


def test_any_value_of_a_file_can_be_shown() -> None:
    inner: list[object] = []
    for _ in range(100_000):
        inner = [inner]
    assert shown(inner) == shown(16**50_000) == "a value too large to show"
    assert shown("\x1b" * 10**6) == "'" + r"\x1b" * 19 + r"\x1"
    assert shown(None) == "nothing"
