"""policy packs: what is in force on a day, what of it is not verified, and what changed between two days."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from policies.pack_files import DATA
from tests.cli.driver import Seat, seat_at

OWN = """
[pack]
id = "anytown"
words = "What Anytown Youth Club (sample) adds"
in_force = { from = 2026-01-01 }
source = { document = "Safeguarding policy of Anytown Youth Club (sample)", paragraph = "2" }
checked = 2026-01-01
confidence = "own"

[[safeguards]]
id = "health-to-school"
words = "Health details go to a school only as far as the nurse needs them."
when = { all = ["special_category", "to_education"] }
condition = "share_less"
"""


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    return seat_at(tmp_path / "seat")


def packs(seat: Seat, *options: str) -> Any:
    done = seat.inside("policy", "packs", *options, "--json")
    assert (done.code, done.err) == (0, "")
    return done.json


def test_each_pack_with_its_days_its_digest_and_what_is_not_verified(seat: Seat) -> None:
    found = packs(seat, "--on", "2026-11-22")
    assert (found["on"], found["nation"]) == ("2026-11-22", "england")
    for each in found["packs"]:
        assert each["digest"] == hashlib.sha256((DATA / f"{each['name']}.toml").read_bytes()).hexdigest()
        assert each["statements"] > 0
    by_name = {each["name"]: each for each in found["packs"]}
    assert "MAPPA" in by_name["bases/powers-2026"]["unverified"]
    assert by_name["rules/2024-seven"]["unverified"] == ["rule-7"]
    assert "not on 22 November 2026" in by_name["flowcharts/england-2006"]["note"]
    words = seat.inside("policy", "packs", "--on", "2026-11-22").out
    assert [name for name in by_name if name not in words] == []
    assert by_name["rules/2024-seven"]["digest"][:12] in words
    assert "7 statements, of which 1 not verified: rule-7." in words


def test_the_day_and_the_nation_decide(seat: Seat) -> None:
    def names(*options: str) -> set[str]:
        return {each["name"] for each in packs(seat, *options)["packs"]}

    assert "rules/2008-seven" in names("--on", "2010-01-01")
    assert "flowcharts/uk-2008" in names("--on", "2010-01-01")
    assert {"flowcharts/girfec-vsp", "competence/girfec"} <= names("--on", "2026-11-22", "--nation", "scotland")
    assert not any(name.startswith("caldicott/") for name in names("--on", "2026-11-22", "--nation", "wales"))


def test_what_changed_since_a_day_and_between_two(seat: Seat) -> None:
    since = packs(seat, "--since", "2024-04-30", "--on", "2024-05-01")
    between = packs(seat, "--between", "2024-04-30", "2024-05-01")
    assert since == between
    (change,) = between["changes"]
    assert (change["name"], change["before"], change["on"]) == ("rules/2024-seven", "rules/2018-seven", "2024-05-01")
    words = seat.inside("policy", "packs", "--between", "2024-04-30", "2024-05-01").out
    assert "1 May 2024\n  - golden rules: rules/2024-seven is used in place of rules/2018-seven." in words
    assert "Nothing changed" in seat.inside("policy", "packs", "--between", "2024-05-01", "2024-05-02").out
    ended = " ".join(seat.inside("policy", "packs", "--between", "2022-01-01", "2023-01-01").out.split())
    assert "retention/uk-2026#iicsa_hold has ended." in ended


def test_every_statement_that_is_not_verified_in_its_own_words(seat: Seat) -> None:
    found = packs(seat, "--unverified", "--on", "2026-11-22")
    counted = [name for each in packs(seat, "--on", "2026-11-22")["packs"] for name in each["unverified"]]
    assert [each["id"] for each in found["unverified"] if each["id"] and "part" not in each] == counted
    assert len(counted) > 20
    words = " ".join(seat.inside("policy", "packs", "--unverified", "--on", "2026-11-22").out.split())
    assert [each["words"] for each in found["unverified"] if each["words"] not in words] == []
    parts = [each for each in found["unverified"] if "part" in each]
    assert words.count(", not verified)") == len(found["unverified"]) - len(parts)
    assert words.count("Only this part is not verified: ") == len(parts) > 0


def test_an_own_pack_stands_among_them_as_its_own(seat: Seat) -> None:
    file = seat.file("own.toml", OWN)
    found = packs(seat, "--own", file, "--on", "2026-11-22")["packs"][-1]
    assert (found["name"], found["statements"], found["unverified"]) == ("own/anytown", 1, [])
    assert found["digest"] == hashlib.sha256(OWN.encode()).hexdigest()
    assert "Your organisation's own" in seat.inside("policy", "packs", "--own", file, "--on", "2026-11-22").out
    assert "own/anytown" not in seat.inside("policy", "packs", "--own", file, "--on", "2025-11-22").out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--since", "2024-01-01", "--unverified"), 2),
        (("--since", "2024-01-01", "--between", "2024-01-01", "2024-02-01"), 2),
        (("--between", "2024-01-01", "2024-02-01", "--on", "2024-03-01"), 2),
        (("--between", "2024-01-01", "later"), 2),
        (("--since", "20240101"), 2),
        (("--on", "2024-13-01"), 2),
        (("--between", "2024-02-01", "2024-01-01"), 3),
        (("--since", "2027-01-01", "--on", "2026-01-01"), 3),
        (("--nation", "france"), 3),
        (("--own", "not-there.toml"), 3),
    ],
)
def test_what_cannot_be_answered_is_refused(seat: Seat, options: tuple[str, ...], code: int) -> None:
    done = seat.inside("policy", "packs", *options)
    assert (done.code, done.out) == (code, "")
    assert "next" in done.err or "expected" in done.err


def test_lines_fit_the_screen_and_plain_is_plain(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for options in ((), ("--unverified",), ("--since", "2000-01-01")):
        out = seat.inside("policy", "packs", *options).out
        assert max(map(len, out.splitlines())) <= 80
        assert "\x1b" not in seat.inside("policy", "packs", *options, "--plain").out


def test_every_pack_and_boundary_day_is_looked_at(seat: Seat) -> None:
    found = packs(seat, "--check")
    assert found["ok"] is True
    assert found["packs"] == len(list(DATA.glob("*/*.toml")))
    words = " ".join(seat.inside("policy", "packs", "--check").out.split())
    assert f"Fit to use: {found['packs']} packs" in words
    assert f"No gap and no overlap on {found['days']} days in 4 nations." in words
