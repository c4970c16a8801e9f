"""What the pages name is there: links lead somewhere, files and tests exist, words are those of the code.

What stands between `<!-- made: advice -->` and its end in docs/WORDS.md is made here.
To write it anew after a change of the code: python tests/docs/test_pages.py
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from policies import codes

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "CHANGELOG.md"])
WORDS = ROOT / "docs" / "WORDS.md"
FOLDERS = ("cli", "docs", "ledger", "policies", "tests")
MADE = re.compile(r"(?<=<!-- made: advice -->\n).*?(?=\n<!-- end: advice -->)", re.DOTALL)


def prose(page: Path) -> str:
    """A page without its blocks of example."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def named(text: str) -> set[str]:
    """The files of the project that a page names in backticks."""
    return set(re.findall(rf"`((?:{'|'.join(FOLDERS)})/[A-Za-z0-9_./-]*)`", text))


def anchors(page: Path) -> set[str]:
    """What a link can point to within a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_a_page_names_are_there(page: Path) -> None:
    assert sorted(name for name in named(prose(page)) if not (ROOT / name).exists()) == []


def test_names_and_links_are_found() -> None:
    assert named("`tests/a/test_b.py` and `policies/`, not `flowcharts/x` or tests/c.py") == {
        "tests/a/test_b.py",
        "policies/",
    }
    assert "4-tree-checkpoint-storage" in anchors(ROOT / "docs" / "FORMAT.md")


def test_every_page_is_reached_from_the_first() -> None:
    reached, waiting = set(), [ROOT / "docs" / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for target in re.findall(r"\]\(([^)\s#]+\.md)", prose(page)):
            place = (page.parent / target).resolve()
            if place not in reached and place.is_file():
                waiting.append(place)
    assert sorted(str(page) for page in set(PAGES) - reached) == []


def test_commands_of_the_changelog_are_those_of_the_program() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z-]+)`", text.partition("- Commands:")[2].partition("\n- ")[0])
    program = "from cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    commands = re.findall(r"^  ([a-z-]+)  ", done.stdout.partition("Commands:")[2], re.MULTILINE)
    assert sorted(named) == sorted(commands)


def advice_table() -> str:
    rows = []
    for kind, words in (
        ("decision", codes.DECISIONS),
        ("advice", codes.ADVICE),
        ("why this is allowed", codes.ROUTES),
        ("condition", codes.CONDITIONS),
    ):
        rows += [f"| {kind} | {said} | `{code}` |" for code, said in words.items()]
    return "\n".join(["| | people see | code |", "|---|---|---|", *rows])


def test_words_of_the_advice_are_those_of_the_code() -> None:
    found = MADE.findall(WORDS.read_text(encoding="utf-8"))
    assert found == [advice_table()], "write it anew: python tests/docs/test_pages.py"


if __name__ == "__main__":
    WORDS.write_text(MADE.sub(lambda _match: advice_table(), WORDS.read_text(encoding="utf-8")), encoding="utf-8")
