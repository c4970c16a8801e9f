"""What every test may ask for: each database in turn."""

import signal
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from tests.ledger_databases import KINDS, postgres_server, server_runs


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which database a module's ledgers are in: SQLite, then PostgreSQL."""
    with postgres_server().dropping() if request.param == "postgresql" else nullcontext():
        yield str(request.param)


def pytest_configure() -> None:
    """Ctrl-C reaches what the tests start, even where they were started in the background themselves."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests found out beside passing: `record_property("report", "a line")`."""
    for report in (item for kind in ("passed", "failed") for item in terminalreporter.stats.get(kind, [])):
        for name, line in getattr(report, "user_properties", ()):
            if name == "report" and report.when == "call":
                terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def one_tests_databases() -> Iterator[None]:
    """Drop what a test made on the server; what its module made before it stays."""
    with postgres_server().dropping() if server_runs() else nullcontext():
        yield
