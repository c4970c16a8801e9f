"""The policy module by itself: its folder copied elsewhere, a Python that finds nothing else, facts in, advice out."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_THERE = ("ledger", "cli", "sqlmodel", "sqlalchemy", "cryptography", "nacl", "typer", "orjson", "ruamel", "rich")
PROGRAM = f"""
import datetime, importlib.util, json, sys
found = [name for name in {NOT_THERE!r} if importlib.util.find_spec(name) is not None]
assert not found, found
from policies import evaluate, evaluate_json, packs_for, parse_facts
day = datetime.date(2026, 3, 2)
facts = json.load(sys.stdin)
plain = evaluate_json(facts, nation="england", on=day)
typed = evaluate(parse_facts(facts), packs_for("england", day), day)
assert plain == typed.to_json()
json.dump(plain, sys.stdout)
"""
OWN = """
import datetime, sys
from pathlib import Path
from policies import evaluate_json
found = evaluate_json({}, nation="england", on=datetime.date(2026, 3, 2), own=Path(sys.argv[1]).read_bytes())
print(*(pack["id"] for pack in found["packs"] if pack["id"].startswith("own/")))
"""
REFUSES = """
import json, sys
from policies import evaluate_json
from policies.errors import PolicyError
try:
    evaluate_json({"risk": {"immediate": "perhaps"}, "purpse": "x"}, nation="england")
except PolicyError as error:
    json.dump([[fault.field, fault.expected, fault.hint] for fault in error.faults], sys.stdout)
"""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with policies/ and nothing else of ours."""
    place = tmp_path_factory.mktemp("alone")
    shutil.copytree(ROOT / "policies", place / "policies", ignore=shutil.ignore_patterns("__pycache__"))
    return place


def python(place: Path, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Python without site packages, started in that folder and looking nowhere else."""
    command = [sys.executable, "-S", "-E", "-W", "error", "-B", *arguments]
    return subprocess.run(
        command, cwd=place, input=stdin, env={"PYTHONPATH": ""}, capture_output=True, text=True, timeout=60
    )


def test_facts_in_and_advice_out_with_nothing_else_there(alone: Path) -> None:
    facts = {"risk": {"significant_harm": "yes"}, "questions": {"purpose": {"answer": "yes"}}}
    done = python(alone, "-c", PROGRAM, stdin=json.dumps(facts))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["act_now"] is True
    assert found["lines"][0]["advice"] == found["advice"]


def test_what_is_refused_is_named_field_by_field(alone: Path) -> None:
    done = python(alone, "-c", REFUSES)
    assert done.returncode == 0, done.stderr
    assert {fault[0]: fault[2] for fault in json.loads(done.stdout)} == {
        "purpse": "Did you mean purpose?",
        "risk.immediate": "",
    }


def test_it_writes_its_own_schemas(alone: Path) -> None:
    for name in ("facts", "evaluation"):
        done = python(alone, "-m", "policies", "schema", name)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == (ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    assert python(alone, "-m", "policies", "schema").returncode == 2


def test_an_organisations_own_file_is_read_as_well(alone: Path) -> None:
    file = alone / "own.toml"
    file.write_text(
        '[pack]\nid = "sample"\nwords = "A sample"\nin_force = { from = 2026-01-01 }\n'
        'source = { document = "A made-up policy", paragraph = "1" }\nchecked = 2026-01-01\nconfidence = "own"\n'
    )
    done = python(alone, "-c", OWN, str(file))
    assert (done.returncode, done.stdout) == (0, "own/sample\n"), done.stderr


def test_only_this_test_finds_the_ledger(alone: Path) -> None:
    """The check above can fail: started at the root, the same Python finds what is not to be there."""
    done = python(ROOT, "-c", PROGRAM, stdin="{}")
    assert done.returncode != 0
    assert "'ledger', 'cli'" in done.stderr
