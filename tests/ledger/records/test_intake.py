"""What a file may hold: text stays text, and whatever lets one place change another is refused by its line."""

import json
import time

import pytest

from ledger.errors import Fault, Refused
from ledger.records.intake import MAX_DEPTH, MAX_SIZE, MAX_VALUES, read_document

MARKER = "Zebedee"


def faults_of(data: bytes | str, name: str = "d.yaml") -> tuple[Fault, ...]:
    with pytest.raises(Refused) as refused:
        read_document(data.encode("utf-8") if isinstance(data, str) else data, name)
    for fault in refused.value.faults:
        assert fault.field
        assert fault.expected
        assert fault.got
        assert fault.hint
        assert MARKER not in str(fault), "nothing of the file is repeated"
    return refused.value.faults


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("off", "off"),
        ("010", "010"),
        ("0o10", "0o10"),
        ("1e3", "1e3"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("2026-03-02", "2026-03-02"),
        ("12:30:45", "12:30:45"),
        ("Null", "Null"),
        ("NO", "NO"),
        ("=", "="),
        ('"null"', "null"),
        ('"~"', "~"),
        ('""', ""),
        ("null", None),
        ("~", None),
        ("", None),
        ("9990000107", "9990000107"),
        ('"a: b # c"', "a: b # c"),
        ("a#b", "a#b"),
        ("[a, 2]", ["a", "2"]),
        ("{b: 010}", {"b": "010"}),
        ("|\n  one\n  two\n", "one\ntwo\n"),
        (">\n  one\n  two\n", "one two\n"),
        ('"\\u00e9\\t"', "é\t"),
    ],
)
def test_every_scalar_of_yaml_stays_text(written: str, read: object) -> None:
    assert read_document(f"field: {written}".encode(), "d.yaml") == {"field": read}


def test_lines_that_end_as_on_windows_are_read() -> None:
    assert read_document(b"a:\r\n  b: x\r\nc: |\r\n  one\r\n  two\r\n", "d.yml") == {"a": {"b": "x"}, "c": "one\ntwo\n"}


@pytest.mark.parametrize(
    ("text", "line", "got"),
    [
        ("a: 1\nb: &mark Zebedee", 2, "a name given with &"),
        ("a: &mark {b: 1}", 1, "a name given with &"),
        ("a: Zebedee\nb: *Zebedee", 2, "a * that stands for something above"),
        ("a: !!python/object:os.system Zebedee", 1, "a type given with !"),
        ("a:\n  - !!int 3", 2, "a type given with !"),
        ("a: ! x", 1, "a type given with !"),
        ("a: !Zebedee [1]", 1, "a type given with !"),
        ("b: 1\n<<: {a: Zebedee}", 2, "<<, which merges another place in"),
        ("Zebedee: 1\nb: 2\nZebedee: 3", 3, "a field that stands above already"),
        ("a: {b: 1, b: 2}", 1, "a field that stands above already"),
        ("? [a]\n: 1", 1, "no name, or fields in its place"),
        ("? {a: 1}\n: 1", 1, "no name, or fields in its place"),
        ("null: 1", 1, "no name, or fields in its place"),
        ("a: 1\n---\nb: Zebedee", 2, "a second one"),
        ("a: 1\n...\n---\nb: 2", 3, "a second one"),
        ("%YAML 1.1\n---\na: no", 2, "a line that begins with %"),
        ("%TAG ! tag:x,2000:\n---\na: no", 2, "a line that begins with %"),
        ("a:\n\tb: Zebedee", 2, "a tab"),
        ("a: Zebedee: b", 1, "something that cannot be read as YAML"),
        ("a: 'Zebedee\n", 2, "something that cannot be read as YAML"),
        ("a: [Zebedee", 1, "something that cannot be read as YAML"),
        ("- a\nZebedee", 2, "something that cannot be read as YAML"),
        ("a: @Zebedee", 1, "something that cannot be read as YAML"),
        ("a: `Zebedee`", 1, "something that cannot be read as YAML"),
        ('a: "\\Zebedee"', 1, "something that cannot be read as YAML"),
        ("a: x\nb: Zebe\x00dee", 2, "the unseen character U+0000"),
        ("a: x\x85b: 1", 1, "the unseen character U+0085"),
        ("a: one\u2028b: two", 1, "the unseen character U+2028"),
        ("a: \u202eeedebeZ", 1, "the unseen character U+202E"),
        ("a: \ufeffx", 1, "the unseen character U+FEFF"),
    ],
)
def test_a_trap_of_yaml_is_refused_by_its_line(text: str, line: int, got: str) -> None:
    first = faults_of(text)[0]
    assert (first.field, first.got) == (f"line {line}", got)


def test_every_fault_of_a_file_is_named() -> None:
    found = faults_of("a: &x 1\nb: *x\nc: !!str 3\na: 4\n<<: {}\n")
    assert [fault.field for fault in found] == ["line 1", "line 2", "line 3", "line 4", "line 5"]


def test_aliases_are_not_followed() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    begun = time.monotonic()
    assert len(faults_of(bomb)) == 25
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("data", "field", "got"),
    [
        (b"\xef\xbb\xbfa: 1", "the file", "a byte order mark"),
        ("a: 1".encode("utf-16"), "the file", "a byte order mark"),
        ("a: 1".encode("utf-16-be"), "line 1", "the unseen character U+0000"),
        ("a: 1\nb: Ren\xe9 Zebedee".encode("latin-1"), "line 2", "bytes of another encoding"),
        (b"a: \xed\xa0\x80", "line 1", "bytes of another encoding"),
        (b"a: \xc0\x80", "line 1", "bytes of another encoding"),
        (b"", "the file", "an empty file"),
        (b" \n\n", "the file", "an empty file"),
        (b"# only\n# comments\n", "the file", "nothing but comments"),
        (b"just words", "the document", "something else"),
        (b"- a\n- b", "the document", "something else"),
        (b"~", "the document", "something else"),
    ],
)
def test_what_is_no_document_in_utf_8_is_refused(data: bytes, field: str, got: str) -> None:
    (fault,) = faults_of(data)
    assert (fault.field, fault.got) == (field, got)


def test_the_size_is_256_kib_and_not_a_byte_more() -> None:
    padding = b"a: x\n#" + b" " * (MAX_SIZE - 6)
    assert len(padding) == 256 * 1024
    assert read_document(padding, "d.yaml") == {"a": "x"}
    (fault,) = faults_of(padding + b" ")
    assert (fault.expected, fault.got) == ("at most 256 KiB", "257 KiB or more")


def nested(depth: int, name: str) -> bytes:
    text = '{"a": ' * (depth - 1) + '{"a": "x"}' + "}" * (depth - 1)
    return text.encode() if name.endswith("json") else text.replace('"', "").encode()


@pytest.mark.parametrize("name", ["d.json", "d.yaml"])
def test_nesting_has_a_limit(name: str) -> None:
    assert "a" in read_document(nested(MAX_DEPTH, name), name)
    (fault,) = faults_of(nested(MAX_DEPTH + 1, name), name)
    assert fault.expected == "at most 16 levels within each other"


@pytest.mark.parametrize("text", ["[" * 200_000, "{" * 100_000, "- " * 100_000, "? " * 100_000, '{"a":' * 40_000])
@pytest.mark.parametrize("name", ["d.json", "d.yaml"])
def test_a_hostile_file_is_refused_soon(text: str, name: str) -> None:
    begun = time.monotonic()
    faults_of(text, name)
    assert time.monotonic() - begun < 5


def test_the_number_of_values_has_a_limit() -> None:
    (fault,) = faults_of("a: [" + "x," * MAX_VALUES + "x]")
    assert fault.expected == "at most 20,000 values"


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ('{"a": 1, "a": 2}', "the same field twice in one object"),
        ('{"a": [{"b": 1, "b": 1}]}', "the same field twice in one object"),
        ('{"a": NaN}', "NaN or Infinity"),
        ('{"a": -Infinity}', "NaN or Infinity"),
        ('{"a": 1.0}', "a number with a point or an exponent"),
        ('{"a": 1e3}', "a number with a point or an exponent"),
        ('{"a": 12345678901234567}', "a longer one"),
        ('{"a": ' + "9" * 5000 + "}", "a longer one"),
    ],
)
def test_a_trap_of_json_is_refused(text: str, got: str) -> None:
    (fault,) = faults_of(text, "d.json")
    assert fault.got == got


@pytest.mark.parametrize(
    ("text", "line"),
    [('{"a": 1,}', 1), ("{'a': 1}", 1), ('{"a": 1}\n{"b": 2}', 2), ('{"a": 010}', 1), ('{\n"a" "Zebedee"}', 2)],
)
def test_what_is_not_json_is_refused_by_its_line(text: str, line: int) -> None:
    (fault,) = faults_of(text, "d.json")
    assert (fault.field, fault.expected) == (f"line {line}", "JSON")


def test_json_keeps_its_own_types() -> None:
    value = {"a": True, "b": 3, "c": None, "d": ["é"], "e": {"f": "1.5"}}
    assert read_document(json.dumps(value).encode(), "d.JSON") == value


@pytest.mark.parametrize(
    ("text", "name", "read"),
    [
        ('{"a": true}', "-", {"a": True}),
        ('{"a": true}', "d.yaml", {"a": "true"}),
        ("a: true", "-", {"a": "true"}),
        ("a: true", "decision.txt", {"a": "true"}),
    ],
)
def test_the_ending_says_which_it_is_and_without_one_the_first_bracket(text: str, name: str, read: object) -> None:
    assert read_document(text.encode(), name) == read


def test_yaml_in_a_file_named_json_is_refused() -> None:
    (fault,) = faults_of("a: true", "d.json")
    assert fault.expected == "JSON"
