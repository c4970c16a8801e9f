"""policy diagram: a chart by nation, day or name; the way of a file's line; to stdout, to a file, as JSON."""

import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.main import main
from cli.world import World
from ledger.log.encoding import parse_time
from tests.cli.sample_documents import MARKERS, planted, text

ROOT = Path(__file__).parents[2]
NOW = parse_time("2026-11-01T12:00:00Z")
SVG = "{http://www.w3.org/2000/svg}"
OPEN = "questions: {purpose: {answer: yes}, identifies: {answer: yes}, confidential: {answer: no}}\n"
TWO = OPEN + "recipients: [{kind: health}, {kind: housing}]\n"
DIFFER = TWO + "exceptions: [{recipients: [2], questions: {right_way: {checks: {need_to_know: no}}}}]\n"
Draw = Callable[..., tuple[int, str, str]]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Run `policy diagram`, with a file of facts where there is text: exit code, stdout, stderr."""

    def run(*options: str, facts: str = "") -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        if facts:
            (tmp_path / "facts.yaml").write_text(facts)
            options = (str(tmp_path / "facts.yaml"), *options)
        world = World(
            clock=lambda: NOW,
            random=bytes,
            env={},
            cwd=tmp_path,
            programs=tmp_path,
            stdin=io.StringIO(),
            stdout=out,
            stderr=err,
            ask_secret=lambda prompt: prompt,
        )
        return main(["policy", "diagram", *options], world), out.getvalue(), err.getvalue()

    return run


def drawing(done: tuple[int, str, str]) -> ET.Element:
    code, out, err = done
    assert (code, err) == (0, "")
    return ET.fromstring(out)


def texts(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def marked(root: ET.Element) -> list[str]:
    """The questions and answers on the way."""
    groups = root.iter(f"{SVG}g")
    return [group.attrib["data-id"] for group in groups if group.find(f"{SVG}circle[@class='step']") is not None]


def refused(done: tuple[int, str, str]) -> dict[str, str]:
    code, out, _ = done
    assert code == 3
    (fault,) = json.loads(out)["faults"]
    found: dict[str, str] = fault
    return found


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ((), "Eight questions"),
        (("--nation", "scotland"), "Risk first"),
        (("--on", "2010-03-02"), "Seven questions"),
        (("--chart", "uk-2008"), "Seven questions"),
        (("--nation", "scotland", "--chart", "england-2006"), "Eight questions"),
    ],
)
def test_the_chart_follows_from_nation_and_day_or_is_named(draw: Draw, options: tuple[str, ...], title: str) -> None:
    root = drawing(draw(*options))
    assert texts(root)[0].startswith(title)
    assert marked(root) == []


def test_that_a_chart_stands_in_for_another_is_said_above_it(draw: Draw) -> None:
    above = " ".join(texts(drawing(draw()))[:6])
    assert "england-2006: Information sharing: Practitioners' guide (HM Government), 2006, 4.1-4.31" in above
    assert "not on 1 November 2026" in above
    assert "not on" not in " ".join(texts(drawing(draw("--on", "2007-01-01")))[:6])


def test_the_way_of_a_file_is_marked(draw: Draw) -> None:
    root = drawing(draw(facts=OPEN))
    assert "risk-none" in marked(root)
    assert "confidential-no" in marked(root)
    assert "This line: This may be shared: it is not confidential." in texts(root)


def test_a_file_says_itself_which_chart(draw: Draw) -> None:
    root = drawing(draw(facts=OPEN + "organisation: {nation: scotland}\n"))
    assert texts(root)[0].startswith("Risk first")
    assert "involve-not" in marked(root)


def test_a_side_that_is_chosen_is_seen_on_the_way(draw: Draw) -> None:
    asked = OPEN.replace("confidential: {answer: no}", "confidential: {answer: yes}, public_interest: {answer: yes}")
    facts = asked + "consent: {status: refused}\n"
    assert "interest-may" in marked(drawing(draw(facts=facts)))
    assert "consent-refusal-respected" in marked(drawing(draw("--side", "refusal=girfec", facts=facts)))


def test_a_whole_document_is_drawn_without_anything_that_names_somebody(draw: Draw) -> None:
    code, out, err = draw(facts=text(planted()))
    assert (code, err) == (0, "")
    assert marked(ET.fromstring(out))
    assert [each for each in MARKERS if each in out] == []


def test_lines_that_go_different_ways_want_one_named(draw: Draw) -> None:
    fault = refused(draw("--json", facts=DIFFER))
    assert (fault["field"], fault["expected"]) == ("--line", "one of 1:1, 1:2")
    assert "right-way-not-needed" not in marked(drawing(draw("--line", "1:1", facts=DIFFER)))
    assert "right-way-not-needed" in marked(drawing(draw("--line", "1:2", facts=DIFFER)))
    assert marked(drawing(draw(facts=TWO))) == marked(drawing(draw("--line", "1:2", facts=TWO)))


@pytest.mark.parametrize(
    ("options", "facts", "said"),
    [
        (("--format", "png"), "", "expected svg or mermaid"),
        (("--line", "1:1"), "", "there are lines only in a file"),
        (("--line", "11"), OPEN, "two numbers from 1"),
        (("--line", "one:1"), OPEN, "two numbers from 1"),
    ],
)
def test_what_is_asked_for_wrongly(draw: Draw, options: tuple[str, ...], facts: str, said: str) -> None:
    code, out, err = draw(*options, facts=facts)
    assert (code, out) == (2, "")
    assert said in err


def test_a_line_or_chart_that_is_not_there(draw: Draw) -> None:
    assert refused(draw("--line", "2:1", "--json", facts=OPEN))["got"] == "2:1"
    assert "uk-2008" in refused(draw("--chart", "uk-2009", "--json"))["hint"]


def test_a_file_is_written_once_and_never_over_another(draw: Draw, tmp_path: Path) -> None:
    out = tmp_path / "chart.svg"
    code, said, err = draw("-o", str(out))
    assert (code, said.split(), err) == (0, f"The drawing is in {out}.".split(), "")
    before = out.read_text(encoding="utf-8")
    ET.fromstring(before)
    fault = refused(draw("-o", str(out), "--json"))
    assert (fault["field"], "nothing is overwritten" in fault["hint"]) == ("--out", True)
    assert out.read_text(encoding="utf-8") == before
    assert refused(draw("-o", str(tmp_path / "none" / "chart.svg"), "--json"))["field"] == "--out"


ONE_LIMIT = """
import resource, signal, sys
from cli.main import main, this_world
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
sys.exit(main(["policy", "diagram", "-o", sys.argv[1]], this_world()))
"""


def test_a_full_disk_leaves_no_file(tmp_path: Path) -> None:
    """A file may grow so far and no further, which is what a full disk is to whoever writes."""
    out = tmp_path / "chart.svg"
    env = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-c", ONE_LIMIT, str(out)], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (5, "")
    assert "Free some space and try again." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_text_of_a_drawing_says_where_it_is_from(draw: Draw) -> None:
    code, out, _ = draw("--format", "mermaid", "--on", "2007-01-01")
    (said,) = [line for line in out.splitlines() if line.startswith("%%")]
    assert code == 0
    assert "Practitioners' guide (HM Government), 2006" in said.replace("#39;", "'")
    assert "in force from April 2006 until 30 September 2008" in said


@pytest.mark.parametrize(("form", "begins"), [("svg", "<svg "), ("mermaid", "---\n")])
def test_as_json_it_holds_the_drawing_and_whose_way_it_is(draw: Draw, form: str, begins: str) -> None:
    code, out, _ = draw("--format", form, "--json", facts=OPEN)
    document = json.loads(out)
    assert (code, document["chart"], document["format"]) == (0, "flowcharts/england-2006", form)
    assert document["line"] == {"item": 1, "recipient": 1, "advice": "may_share"}
    assert document["drawing"].startswith(begins)
    assert "line" not in json.loads(draw("--format", form, "--json")[1])


def test_it_stands_alone_without_a_ledger_and_records_nothing(draw: Draw, tmp_path: Path) -> None:
    assert draw(facts=OPEN)[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["facts.yaml"]
