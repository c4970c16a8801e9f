"""The house, checked by machine: what import-linter, mypy and ruff cannot say of it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("cli", "ledger", "policies")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONG = {
    "ledger/log/types.py": "one table, a row a type",
    "policies/codes.py": "one list of codes after another",
    "policies/values.py": "one record of the document after another",
}
# names that read the machine's clock, environment, randomness or streams
MACHINE = {
    "os.environ",
    "os.getenv",
    "os.urandom",
    "time.time",
    "time.monotonic",
    "datetime.now",
    "datetime.datetime.now",
    "datetime.today",
    "date.today",
    "datetime.date.today",
    "Path.cwd",
    "Path.home",
    "secrets.token_bytes",
    "random.random",
    "sys.argv",
    "sys.stdin",
    "sys.stdout",
    "sys.stderr",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_are_sources_to_check() -> None:
    assert len(SOURCES) > 60


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_only_main_reads_the_machine(path: Path) -> None:
    """Clock, environment, randomness and streams are arguments everywhere else but where a program begins."""
    if name(path) in ("cli/main.py", "policies/__main__.py"):
        return
    found = {
        ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)
    } & MACHINE
    assert found == set()


def test_main_does_read_the_machine() -> None:
    """The check above can fail: it sees what main reads."""
    tree = ast.parse((ROOT / "cli/main.py").read_text())
    found = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & MACHINE
    assert {"os.environ", "time.time", "sys.stdout"} <= found


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_past_400_lines_has_a_reason(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400 or name(path) in LONG


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is long"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_everything_public_says_what_it_is(path: Path) -> None:
    """Modules, and their public classes, functions and methods, have a docstring."""
    tree = ast.parse(path.read_text())
    bare = [] if ast.get_docstring(tree) or not tree.body else [name(path)]
    for parent in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]:
        if isinstance(parent, ast.ClassDef) and (parent.name.startswith("_") or parent.bases):
            continue  # what a base class or protocol says is not said again
        for node in parent.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and ast.get_docstring(node) is None:  # type: ignore[arg-type]
                bare.append(node.name)  # type: ignore[union-attr]
    assert bare == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_its_one_idea_in_12_lines(package: str) -> None:
    text = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text()))
    assert text is not None
    assert len(text.splitlines()) <= 12
    if package != "cli":
        named = [word.strip(".,:()") for word in text.split() if word.startswith("tests/")]
        assert named, "it names the test that proves it"
        assert all((ROOT / word.partition("::")[0]).exists() for word in named)


@pytest.mark.parametrize("lock", ["locks/run.lock", "locks/dev.lock"])
def test_locks_have_hashes_and_no_address(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    pins = [line for line in lines if "==" in line and not line.startswith(" ")]
    assert len(pins) > 20
    assert all(line.endswith("\\") for line in pins), "each pin goes on with its hashes"
    assert not any("://" in line or line.lstrip().startswith("--index") for line in lines)


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["policy", "--help"], ["identity", "--help"], ["check-receipt", "--help"], ["verify", "--help"]],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """`--help` answers without the database layer, the key formats or the law."""
    code = (
        "import sys, runpy; sys.argv = ['consent-ledger', *sys.argv[1:]]\n"
        "from cli.main import main, this_world\n"
        "assert main(sys.argv[1:], this_world()) == 0\n"
        "heavy = {'sqlmodel', 'sqlalchemy', 'cryptography', 'holidays', 'jinja2', 'ruamel'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def test_a_receipt_is_checked_without_the_database_layer() -> None:
    code = "import sys, ledger.log.receipt, ledger.log.note; assert not {'sqlmodel', 'sqlalchemy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
