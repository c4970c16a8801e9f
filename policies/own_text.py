"""The text of an organisation's own pack before anything in it is believed: how much, how deep, and words that show.

Whatever is in the file, reading it takes well under a second, and what is refused is said in words that are safe to
print. tests/policies/test_own_pack_hostile.py tries files that were made to take long or to be taken for the guidance.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

from policies.errors import Fault, PackRefused

MAX_BYTES: Final = 1 << 16
MAX_FAULTS: Final = 50
MAX_ROWS: Final = 300
MAX_TESTS: Final = 64
MAX_DEPTH: Final = 8
_NESTED: Final = 32
# Quotes in quotes end one that is quoted three times. What is not closed is no TOML, and is taken away to its end, so
# that nothing is looked at twice.
_QUOTED: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*+(?:"{3,5}|\\?"{0,2}\Z)|' + r"'''(?:[^']|'{1,2}(?!'))*+(?:'{3,5}|'{0,2}\Z)|"
    r'"(?:[^"\\\n]|\\[^\n])*+\\?(?:"|(?=\n)|\Z)|' + r"'[^'\n]*+(?:'|(?=\n)|\Z)|#[^\n]*+",
    re.DOTALL,
)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def read_toml(raw: bytes, name: str) -> dict[str, Any]:
    """The tables of a file. Raises PackRefused for what is too large, too deep or not TOML in UTF-8."""
    if len(raw) > MAX_BYTES:
        raise PackRefused.one(name, f"a file of at most {MAX_BYTES:,} bytes", f"{len(raw):,}")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PackRefused.one(name, "a TOML file in UTF-8", str(error)) from error
    line = _too_deep(text)
    if line:
        wanted = f"names and brackets within each other at most {_NESTED} deep"
        raise PackRefused.one(name, wanted, f"deeper ones in line {line}")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # the parser says back what it met, whatever that is
        raise PackRefused.one(name, "a TOML file in UTF-8", ascii(str(error))[1:-1][:200]) from error
    except (ValueError, RecursionError) as error:
        raise PackRefused.one(name, "a TOML file of plain values", "a number or a name that is too long") from error


def _too_deep(text: str) -> int:
    """The first line on which names joined by dots, or brackets, stand too deep; 0 where none does."""
    bare = _QUOTED.sub(lambda found: "q" + "\n" * found.group().count("\n"), text)
    depth = 0
    for number, line in enumerate(bare.split("\n"), start=1):
        if line.count(".") > _NESTED:
            return number
        for each in line:
            if each in "[{":
                depth += 1
                if depth > _NESTED:
                    return number
            elif each in "]}":
                depth = max(0, depth - 1)
    return 0


def tests_in(when: object) -> tuple[int, int]:
    """How deep tests stand within tests, and how many there are. No recursion."""
    deepest, many, todo = 0, 0, [(when, 1)]
    while todo:
        inner, depth = todo.pop()
        deepest, many = max(deepest, depth), many + 1
        below = list(inner.values()) if isinstance(inner, Mapping) else inner if isinstance(inner, list) else []
        todo.extend((each, depth + isinstance(inner, Mapping)) for each in below)
    return deepest, many


def check_words(words: str, where: str, faults: list[Fault]) -> bool:
    """Whether words are one line that can be seen and is what it seems; a fault is added where it is not."""
    unseen = next((place for place, each in enumerate(words) if unicodedata.category(each) in _UNSEEN), None)
    if unseen is not None:
        got = f"character U+{ord(words[unseen]):04X} at place {unseen + 1}"
        faults.append(Fault(where, "one line of words that can all be seen", got, "Type it again in plain text"))
    elif not any(each.isalnum() for each in words):
        faults.append(Fault(where, "words", "nothing that can be read", "Write what it says"))
    return unseen is None and any(each.isalnum() for each in words)


def at_most(faults: Iterable[Fault], name: str) -> list[Fault]:
    """The first faults, and how many more there are."""
    found = list(faults)
    more = len(found) - MAX_FAULTS
    if more <= 0:
        return found
    hint = "Put right what is listed, and try again"
    return [*found[:MAX_FAULTS], Fault(name, "nothing else that is wrong", f"{more:,} more", hint)]
