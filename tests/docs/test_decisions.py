"""docs/decisions/: each record is whole and short, each that code or pages name is there, and some are held to.

The list of dependencies is the one of pyproject.toml; what must start at once loads no database library.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
HEADINGS = ["Context", "Decision", "Refused", "Consequences"]


def test_numbers_run_on_without_a_gap() -> None:
    assert [path.name[:4] for path in RECORDS] == [f"{n:04}" for n in range(1, len(RECORDS) + 1)]
    assert len(RECORDS) >= 14


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name[:4])
def test_a_record_has_its_four_parts_on_one_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.name[:4]} \S.*\n\n\d{{4}}-\d\d-\d\d · \S", text)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    assert len(text.splitlines()) <= 60
    refused = text.partition("## Refused\n")[2].partition("## ")[0]
    assert len(re.findall(r"^- ", refused, re.MULTILINE)) >= 2


def test_the_list_names_every_record() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\d{4}[^)]+)\)", text) == [path.name for path in RECORDS]


def test_decisions_that_code_names_are_there() -> None:
    code = [path for folder in ("cli", "ledger", "policies", "tests") for path in (ROOT / folder).rglob("*.py")]
    named = {number for path in code for number in re.findall(r"decision (\d{4})\b", path.read_text(encoding="utf-8"))}
    assert {"0004", "0006"} <= named
    assert named - {path.name[:4] for path in RECORDS} == set()


def test_the_dependencies_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    extras = [item for extra in project["project"]["optional-dependencies"].values() for item in extra]
    wanted = [*project["project"]["dependencies"], *extras, *groups["build"], *groups["dev"]]
    text = next(path for path in RECORDS if path.name.startswith("0002")).read_text(encoding="utf-8")
    table = text.partition("|---|")[2].partition("\n\n")[0]
    named = {name for line in table.splitlines() for name in re.findall(r"`([a-z0-9.-]+)`", line.split(" | ")[0])}
    assert named == {re.split(r"[<>=\[ ]", item)[0] for item in wanted}


@pytest.mark.parametrize(
    "module", ["policies.shape", "policies.evaluation", "ledger.log.receipt", "ledger.log.trust", "ledger.sealing.keys"]
)
def test_what_must_start_at_once_loads_no_database_library(module: str) -> None:
    program = f"import {module}, sys; print(*sorted({{'pydantic', 'sqlmodel', 'sqlalchemy'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
