"""policy ask: a conversation in a terminal, behind pipes and with Ctrl-C; it asks the risk first and keeps nothing."""

import json
import random
import re
import signal
from collections.abc import Mapping
from pathlib import Path

import pexpect
import pytest

from cli.asking import _choice
from policies.codes import AGREES_TO_BE_NAMED, ANSWERS, CHECK_ANSWERS, INFORMING_STATUS
from tests.cli.driver import Done, Seat, seat_at

NOT_CONFIDENTIAL = ["n", "n", "n", "n", "y", "y", "n", "n", "y", "y", "y", "y"]
HERE = ("policy", "ask", "--on", "2026-03-02")


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    return seat_at(tmp_path / "seat")


def ask(seat: Seat, typed: list[str], *options: str) -> Done:
    return seat.inside(*HERE, *options, stdin="".join(f"{line}\n" for line in typed))


def left(seat: Seat) -> list[str]:
    """Every file there is, but the passphrase that was there before."""
    return sorted(str(path.relative_to(seat.root)) for path in seat.root.rglob("*") if path.is_file())


# -- behind pipes


def test_answers_in_words_give_the_advice_in_words(seat: Seat) -> None:
    done = ask(seat, NOT_CONFIDENTIAL)
    assert done.code == 0
    assert "This may be shared: it is not confidential." in done.out
    assert "Nothing was recorded." in done.out
    assert "Caldicott principles" in done.out
    order = [line for line in done.err.splitlines() if re.match(r"[1-8]\. ", line)]
    assert [line[:2] for line in order] == ["5.", "1.", "2.", "3.", "7.", "7."]
    assert done.err.index("suffering significant harm") < done.err.index("5. Does a law")
    assert left(seat) == ["passphrase"]


@pytest.mark.parametrize("choices", [ANSWERS, CHECK_ANSWERS, AGREES_TO_BE_NAMED, INFORMING_STATUS])
def test_a_sole_letter_is_no_whatever_else_begins_with_it(choices: Mapping[str, str]) -> None:
    assert [_choice(choices, typed) for typed in ("n", "N", "no")] == ["no"] * 3
    assert _choice({"given": "agrees", "not_asked": "not asked"}, "n") == "not_asked"
    assert _choice(CHECK_ANSWERS, "does") == "not_applicable"


@pytest.mark.parametrize("typed", [["y"], ["Yes"], ["1"], ["YES"], ["ye"]])
def test_yes_is_said_in_several_ways(seat: Seat, typed: list[str]) -> None:
    found = ask(seat, typed, "--json").json
    assert found["act_now"] is True


@pytest.mark.parametrize("typed", ["u", "not sure", "not", "unsure", "3", "U"])
def test_not_sure_is_neither_yes_nor_no(seat: Seat, typed: str) -> None:
    found = ask(seat, [typed], "--json").json
    assert found["act_now"] is False
    assert "risk_unsure" in {each["code"] for each in found["concerns"]}


def test_json_is_one_document_like_that_of_check(seat: Seat) -> None:
    found = ask(seat, NOT_CONFIDENTIAL, "--json")
    assert found.code == 0
    facts = {
        "questions": {
            "duty": {"answer": "no"},
            "purpose": {"answer": "yes"},
            "identifies": {"answer": "yes"},
            "confidential": {"answer": "no"},
            "right_way": {"checks": dict.fromkeys(("necessary", "need_to_know", "accurate", "secure"), "yes")},
        },
        "risk": dict.fromkeys(("significant_harm", "serious_harm_adult", "offence"), "no"),
        "organisation": {"nation": "england"},
    }
    name = seat.file("facts.json", json.dumps(facts))
    assert found.json == seat.inside("policy", "check", name, "--on", "2026-03-02", "--json").json


def test_danger_is_told_at_once_and_once(seat: Seat) -> None:
    done = ask(seat, ["y", "n", "y", "n", "n", "n"])
    assert done.err.count("ACT NOW") == 2, "with the second answer there is more to do: 999"
    first, then = (done.err.index("ACT NOW"), done.err.index("5. Does a law"))
    assert first < then
    assert done.err.count("999") >= 1
    assert done.out.lstrip().startswith("ACT NOW")


def test_back_takes_the_last_answer_away(seat: Seat) -> None:
    again = ["y", "<", *NOT_CONFIDENTIAL]
    assert ask(seat, again, "--json").json == ask(seat, NOT_CONFIDENTIAL, "--json").json
    first = ask(seat, ["<", *NOT_CONFIDENTIAL])
    assert "This is the first question." in first.err
    assert first.code == 0


def test_why_says_where_each_answer_leads_and_asks_again(seat: Seat) -> None:
    done = ask(seat, [*NOT_CONFIDENTIAL[:4], "?", *NOT_CONFIDENTIAL[4:]])
    said = " ".join(done.err.split())
    assert "- no: There is no good reason to share it." in said
    assert "Where it comes from: guide 2006 4.2-4.5" in said or "Practitioners' guide" in said
    assert "consent-ledger policy explain purpose" in said
    assert done.out == ask(seat, NOT_CONFIDENTIAL).out


def test_what_is_no_answer_is_asked_again(seat: Seat) -> None:
    odd = ["perhaps", "0", "4", "-1", "yess", "ａ", "1;2"]
    done = ask(seat, [*odd, *NOT_CONFIDENTIAL])
    assert done.err.count("One of yes, no, not sure;") == len(odd)
    assert done.out == ask(seat, NOT_CONFIDENTIAL).out


def test_enter_leaves_open_and_the_end_of_input_ends(seat: Seat) -> None:
    done = ask(seat, [""] * 60)
    assert done.code == 0
    assert "Not answered yet." in done.out
    ended = ask(seat, ["n", "n"])
    assert "The rest is left open." in ended.err
    assert ended.code == 0
    assert "Ask for advice before deciding." in ended.out
    assert ask(seat, [], "--json").json["act_now"] is False


def test_several_numbers_an_age_and_words_are_answers(seat: Seat) -> None:
    duty = ["n", "n", "n", "yes", "ca89-47", "a public", "housing", "children", "no", "it would not be reasonable"]
    asked = ["y", "y", "y", "n", "refused", "for themselves", "fifteen", "1000", "130", "15", "1"]
    done = ask(seat, [*duty, *asked, "y", "1, 9", "1, prevent", "n", "n", "y", "y", "y", "does not apply"])
    assert done.code == 0
    assert done.err.count("A whole number, such as 9") == 2
    assert done.err.count("Expected a whole number from 0 to 125") == 1
    assert done.err.count("with commas between, or Enter for none.") == 1
    assert "This should normally be shared" in done.out
    assert "has an exception, and you say why it applies" in " ".join(done.out.split())
    assert "it would not be reasonable" not in done.said
    assert "The rest is left open." not in done.err


def test_what_was_typed_is_repeated_nowhere(seat: Seat) -> None:
    name = "Robin Placeholder of 1 Nowhere Lane"
    done = ask(seat, [name, *NOT_CONFIDENTIAL[:3], name])
    assert "Robin" not in done.out + done.err
    assert left(seat) == ["passphrase"]


def test_plain_has_no_colour_and_80_columns_are_kept(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    wide = ask(seat, ["?", *NOT_CONFIDENTIAL])
    assert max(map(len, (wide.out + wide.err).splitlines())) <= 80
    assert "\x1b" not in ask(seat, NOT_CONFIDENTIAL, "--plain").said


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (("--nation", "scotland"), "now or going on"),
        (("--chart", "uk-2008"), "which living person"),
        (("--chart", "girfec-vsp"), "talked it over with the child"),
    ],
)
def test_other_flowcharts_ask_their_own_questions(seat: Seat, options: tuple[str, ...], asked: str) -> None:
    done = ask(seat, ["n", "n", "n", "n", "y", "y", "y", "y"], *options)
    assert asked in " ".join(done.err.split())
    assert done.code == 0


def test_another_chart_or_side_that_is_not_there_is_refused(seat: Seat) -> None:
    assert ask(seat, [], "--chart", "girfec").code == 3
    assert ask(seat, [], "--side", "refusal").code == 2
    assert ask(seat, [], "--nation", "france").code == 3
    assert ask(seat, [], "--on", "soon").code == 2


ODD = ["y", "n", "u", "1", "2", "9", "", "?", "<", "given", "refused", "15", "130", "1,2", "COURT", "CA89-47", "a word"]
ODD += ["\x1b[2J", "é" * 50, "x" * 5000, "public", "police", "not asked"]


@pytest.mark.parametrize("options", [(), ("--nation", "scotland"), ("--chart", "uk-2008"), ("--on", "1995-01-01")])
def test_whatever_is_typed_it_ends_with_advice(seat: Seat, options: tuple[str, ...]) -> None:
    for seed in range(5):
        chance = random.Random(f"{seed} {options}")
        typed = [chance.choice(ODD) for _ in range(chance.randrange(80))]
        done = seat.inside("policy", "ask", *options, stdin="".join(f"{line}\n" for line in typed))
        assert done.code == 0, typed
        assert "What the guidance advises" in done.out
        assert "\x1b" not in done.said


# -- in a terminal


def test_a_person_in_a_terminal(seat: Seat) -> None:
    child = seat.spawn(*HERE)
    child.expect_exact("Nothing")
    for typed in NOT_CONFIDENTIAL:
        child.expect_exact("> ")
        child.sendline(typed)
    child.expect(pexpect.EOF)
    screen = child.before
    child.close()
    assert child.exitstatus == 0
    assert "it is not confidential" in screen
    assert "Nothing was recorded." in screen
    assert max(len(line) for line in re.sub("\x1b\\[[0-9;]*m", "", screen).splitlines()) <= 80


def test_ctrl_c_leaves_nothing_and_says_so(seat: Seat) -> None:
    child = seat.spawn(*HERE)
    child.expect_exact("> ")
    child.sendline("y")
    child.expect_exact("ACT NOW")
    child.expect_exact("> ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 5
    assert "Traceback" not in child.before
    screen = re.sub("\x1b\\[[0-9;]*m", "", child.before).replace("\r\n", "\n")
    assert "\nACT NOW all the same: Tell children's social care" in screen
    assert screen.endswith("\nStopped. Nothing was recorded.\n")
    assert max(map(len, screen.splitlines())) <= 80
    assert "consent-ledger list" not in screen
    assert left(seat) == ["passphrase"]


def test_ctrl_d_ends_with_what_is_known(seat: Seat) -> None:
    child = seat.spawn(*HERE, "--plain")
    child.expect_exact("> ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "The rest is left open." in child.before
    assert "\x1b" not in child.before


def test_a_program_that_is_stopped_behind_pipes_ends_as_well(seat: Seat) -> None:
    with seat.start(*HERE) as running:
        assert running.stdin is not None
        running.stdin.write(b"n\n")
        running.stdin.flush()
        assert running.stderr is not None
        while b"adult come to serious harm" not in running.stderr.readline():
            pass
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 5
    assert out == b""
    assert err.endswith(b"\nStopped. Nothing was recorded.\n")
    assert b"ACT NOW" not in err
