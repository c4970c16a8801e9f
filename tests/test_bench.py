"""The bench really runs, at the size of a toy; and it says no where a goal is missed that nobody explained."""

import json
import tempfile
from pathlib import Path

import pytest

from tests.bench.__main__ import finish, run
from tests.bench.goals import GOALS, LARGE, Goal
from tests.bench.measure import Figure, Rounds, Spread, interleaved, speed
from tests.bench.results import Results, explained, row_of, verdict
from tests.bench.run import Scale

PAGES = Path(__file__).parents[1] / "docs" / "benchmarks"
RECORDS = sorted(PAGES.glob("*.json"), key=lambda path: tuple(map(int, path.stem.split("."))))
ONCE = Rounds(1, warm=0)
TOY = Scale(
    large=120,
    small=90,
    short=60,
    rounds=ONCE,
    long_rounds=ONCE,
    longest_rounds=ONCE,
    times=3,
    proofs=5,
    batch=20,
    batches=ONCE,
    checks=60,
    commits=2,
    decisions=15,
    looked_at=30,
)
SHOWN = {
    *("verify-decisions", "raw-parallel", "verify-memory-process", "append-signed", "append-postgresql", "git-append"),
    *("git-verify", "proof-60"),
}
"""Rows without a goal."""
OUT_OF_REACH = {"proof": Goal("ours", "at most", 0), "batch": Goal("ours", "at least", 1e12)}
WITHIN_REACH = {"proof": Goal("ours", "at most", 1e12), "batch": Goal("ours", "at least", 0)}


@pytest.fixture(scope="module")
def toy() -> Results:
    # not under pytest's own folder: the server runs as somebody else, who may not pass through that
    with tempfile.TemporaryDirectory(prefix="bench-toy-") as directory:
        results = run(Path(directory), TOY, GOALS)
        assert [path.name for path in Path(directory).iterdir()] == ["ledgers"], "the rest is taken away"
    return results


def judged(results: Results, goals: dict[str, Goal], entries: int = TOY.large) -> Results:
    """The same figures, held to other goals."""
    figures = [Figure(**{**row, "ratio": Spread(**row["ratio"]) if row["ratio"] else None}) for row in plain(results)]
    rows = [row_of(figure, goals) for figure in figures]
    return Results(results.version, results.day, entries, results.machine, rows)


def plain(results: Results) -> list[dict[str, object]]:
    return [{name: value for name, value in row.items() if name != "goal"} for row in results.rows]


def test_every_row_is_measured(toy: Results) -> None:
    assert {row["id"] for row in toy.rows} == set(GOALS) | SHOWN
    assert toy.met | toy.missed == set(GOALS)
    for row in toy.rows:
        assert row["ours"] > 0
        assert (row["peer"] is None) == (row["ratio"] is None) == (row["peer_name"] == "")
        if row["ratio"] is not None:
            assert 0 < row["ratio"]["lowest"] <= row["ratio"]["middle"] <= row["ratio"]["highest"]


def test_the_machine_is_named_without_its_name_or_paths(toy: Results) -> None:
    assert {"CPU", "cores", "kernel", "filesystem", "SQLite", "PostgreSQL", "libsodium", "git"} <= set(toy.machine)
    assert all(toy.machine.values())
    assert "/" not in "".join(toy.machine.values())


def test_the_record_reads_back_and_makes_the_page(toy: Results) -> None:
    again = Results.parse(toy.to_json())
    assert again.to_json() == toy.to_json()
    assert again.to_markdown() == toy.to_markdown()
    assert all(f"| {row['what']} |" in toy.to_markdown() for row in toy.rows)
    with pytest.raises(ValueError, match="not a record"):
        Results.parse(json.dumps({"format": "another"}))


def test_a_missed_goal_wants_an_explanation(toy: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missed, page = judged(toy, OUT_OF_REACH), tmp_path / "missed.md"
    page.write_text("# Missed\n\n## proof\n\nIt takes some time.\n", encoding="utf-8")
    assert finish(missed, tmp_path / "out", page, OUT_OF_REACH) == 1
    heard = capsys.readouterr()
    assert heard.err == "batch: the goal is missed, and missed.md does not say why\n"
    assert heard.out == (tmp_path / "out.md").read_text(encoding="utf-8") == missed.to_markdown()
    assert "[missed](missed.md#batch)" in heard.out
    page.write_text("## proof\n\nSome.\n\n## batch\n\nSome more.\n", encoding="utf-8")
    assert finish(missed, None, page, OUT_OF_REACH) == 0


def test_an_explanation_of_nothing_is_stale(toy: Results) -> None:
    page = "## proof\n\nIt was slow once.\n"
    met = judged(toy, WITHIN_REACH, LARGE)
    assert verdict(met, page, WITHIN_REACH) == ["proof: the goal is met, so its entry in missed.md can go"]
    assert verdict(judged(toy, WITHIN_REACH), page, WITHIN_REACH) == [], "a small run cannot tell"
    assert verdict(met, "## speed\n", WITHIN_REACH) == ["speed: missed.md has an entry, and there is no such goal"]
    assert verdict(met, "", {**WITHIN_REACH, "warp": Goal("ours", "at least", 9)}) == [
        "warp: there is a goal, and no row"
    ]


def test_a_goal_holds_the_figure_that_it_names() -> None:
    figure = speed("batch", "appends", [0.5, 0.25, 0.5], "others", [2.0, 2.0, 2.0])
    assert (figure.ours, figure.peer, figure.ratio) == (2.0, 0.5, Spread(4.0, 4.0, 8.0))
    for goal, met in ((Goal("ratio", "at least", 4), True), (Goal("ratio", "at most", 3.9), False)):
        assert row_of(figure, {"batch": goal})["goal"]["met"] is met
    assert row_of(figure, {"batch": Goal("ours", "at least", 2.1)})["goal"] == {"says": "≥ 2.1 /s", "met": False}
    with pytest.raises(ValueError, match="none was measured"):
        row_of(Figure("proof", "a proof", "ms", 1.0, 1), {"proof": Goal("ratio", "at most", 1)})


def test_rounds_are_interleaved() -> None:
    order: list[str] = []

    def of(name: str) -> float:
        order.append(name)
        return len(order)

    found = interleaved({"a": lambda: of("a"), "b": lambda: of("b")}, Rounds(2))
    assert order == ["a", "b"] * 3, "once to warm up, then in turn"
    assert found == {"a": [3, 5], "b": [4, 6]}


def test_what_is_explained_as_missed_is_a_goal() -> None:
    named = explained((PAGES / "missed.md").read_text(encoding="utf-8"))
    assert set(named) <= set(GOALS)
    assert len(set(named)) == len(named)


def test_there_is_a_record() -> None:
    assert RECORDS


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_page_is_what_its_record_says(path: Path) -> None:
    results = Results.parse(path.read_text(encoding="utf-8"))
    assert path.with_suffix(".md").read_text(encoding="utf-8") == results.to_markdown()
    assert path.stem == results.version
    assert results.entries == LARGE
    assert {row["id"] for row in results.rows} >= set(GOALS)


def test_the_newest_record_is_good() -> None:
    """What it missed is explained, and nothing else is."""
    results = Results.parse(RECORDS[-1].read_text(encoding="utf-8"))
    assert verdict(results, (PAGES / "missed.md").read_text(encoding="utf-8"), GOALS) == []
