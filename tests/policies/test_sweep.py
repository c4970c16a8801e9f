"""The sweep of every pack: what is here is fit to use, and each thing that could be wrong with a file is named."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from policies.pack_files import DATA, KINDS, catalogue
from policies.sweep import sweep

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
from policies.errors import PackRefused
from policies.sweep import sweep
try:
    sweep()
except PackRefused as refused:
    json.dump([[fault.field, fault.expected, fault.got] for fault in refused.faults], sys.stdout)
else:
    json.dump([], sys.stdout)
"""
Change = Callable[[Path], None]


def test_every_pack_here_is_fit_to_use_and_was_looked_at() -> None:
    swept = sweep()
    assert swept.packs == len(list(DATA.glob("*/*.toml")))
    assert swept.statements == sum(len(pack.statements) for kind in KINDS for pack in catalogue(kind))
    assert (swept.nations, swept.days > 60) == (4, True)


def swap(name: str, old: str, new: str) -> Change:
    """In one file, one text for another."""

    def change(data: Path) -> None:
        text = (data / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old}"
        (data / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def add(name: str, text: str) -> Change:
    """One file more."""

    def change(data: Path) -> None:
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_text(text, encoding="utf-8")

    return change


SEVEN = "rules/2024-seven.toml"
# what was done · the field of the fault · what was got
BROKEN: dict[str, tuple[Change, str, str]] = {
    "not TOML": (add("rules/new.toml", "[pack\n"), "rules/new.toml", "line 1"),
    "another kind of file": (add("rules/notes.txt", "notes"), "rules/notes.txt", "another file"),
    "an unknown folder": (add("ruels/new.toml", ""), "ruels/new.toml", "another file"),
    "no header": (add("rules/new.toml", ""), "rules/new.toml.pack", "nothing"),
    "another name than its id": (swap(SEVEN, 'id = "2024-seven"', 'id = "2025-seven"'), f"{SEVEN}.pack", "2025-seven"),
    "no source": (swap(SEVEN, "source = {", "sauce = {"), f"{SEVEN}.pack.source", "nothing"),
    "no day on which it was looked at": (swap(SEVEN, "checked = ", "seen = "), f"{SEVEN}.pack.checked", "nothing"),
    "an unknown confidence": (swap(SEVEN, 'confidence = "published"', 'confidence = "sure"'), "confidence", "sure"),
    "no words": (swap(SEVEN, 'words = "What was shared', 'wrods = "What was shared'), "words", "None"),
    "an unknown test": (swap(SEVEN, 'when = "told"', 'when = "tolled"'), "when", "tolled"),
    "an unknown status": (swap(SEVEN, 'status = "missing"', 'status = "lost"'), "status", "lost"),
    "a rule without its number": (swap(SEVEN, "number = 3", "number = 9"), "rules/2024-seven", "9"),
    "a gap": (swap("rules/2018-seven.toml", "2024-04-30", "2024-04-28"), "rules", "none"),
    "an overlap": (
        swap("rules/2018-seven.toml", "2024-04-30", "2024-05-01"),
        "rules",
        "rules/2018-seven and rules/2024-seven",
    ),
    "an arrow that leads nowhere": (
        swap("flowcharts/england-2006.toml", 'to = "purpose"', 'to = "purposes"'),
        "england-2006#duty-excepted.to",
        "purposes",
    ),
    "a law of no known effect": (
        swap("bases/powers-2026.toml", 'effect = "must"', 'effect = "should"'),
        "bases/powers-2026#CA89-27.effect",
        "should",
    ),
    "a deadline without a rule": (
        swap("timings/uk-2026.toml", 'rule = "same_day"', 'rule = "some_day"'),
        "by.rule",
        "some_day",
    ),
    "a class that counts from nothing": (
        swap("retention/uk-2026.toml", 'counted_from = "birth"', 'counted_from = "conception"'),
        "counted_from",
        "conception",
    ),
    "a point without a side": (swap("readings/girfec.toml", 'id = "crime"', 'id = "crimes"'), "crimes", "crimes"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_is_named(what: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies", ignore=shutil.ignore_patterns("__pycache__"))
    change, field, got = BROKEN[what]
    change(tmp_path / "policies" / "data")
    command = [sys.executable, "-S", "-E", "-B", "-c", PROGRAM]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    faults = json.loads(done.stdout)
    assert any(field in fault[0] and got in fault[2] for fault in faults), faults
