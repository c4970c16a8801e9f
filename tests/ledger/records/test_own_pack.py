"""The organisation's own pack: adopted by an entry, kept as a file, named in the settings; and each of them wrong."""

import datetime
import os
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.errors import LedgerError, NotPermitted, Refused, Unavailable
from ledger.log.append import Log
from ledger.records import own_pack
from ledger.records.own_pack import Adopted, Standing, adopt, give_up, standing
from ledger.records.place import DATABASE, PACKS, SETTINGS, Place, Settings, secret_text
from ledger.records.writing import Desk, Draft
from policies.own_text import MAX_BYTES
from policies.packs import packs_for
from tests.ledger_fixtures import Sample, small_ledger

TODAY = datetime.date(2026, 9, 21)
WHO = ("guardian", "practitioner")
OURS = b"""\
[pack]
id = "anytown-2026"
words = "What Anytown adds"
in_force = { from = 2026-01-01 }
source = { document = "Recording policy of Anytown (sample)", paragraph = "2", year = 2026 }
checked = 2026-09-01
confidence = "own"

[late]
working_days = 2

[choices]
rules = "salford-2018"

[[safeguards]]
id = "police-put-right"
words = "What nobody has checked is checked before it goes to the police"
when = { all = ["to_police", "not_checked"] }
condition = "put_right_first"
"""
MORE = OURS.replace(b"working_days = 2", b"working_days = 0")


@pytest.fixture
def ledger(tmp_path: Path) -> Sample:
    (tmp_path / "ledger").mkdir(mode=0o700)
    return small_ledger(tmp_path / "ledger", WHO)


@pytest.fixture
def place(ledger: Sample) -> Place:
    found = Place(ledger.path.parent)
    key = ledger.signers[0].key
    found.finish(Settings(ledger.origin, key, DATABASE), secret_text(ledger.origin, ledger.log_seed, key))
    return found


def digest(raw: bytes) -> str:
    return sha256(raw).hexdigest()


def now(ledger: Sample, place: Place) -> Standing:
    return standing(place, ledger.roster(), ledger.checkpoint().size)


def codes(ledger: Sample, place: Place) -> list[str]:
    return [found.code for found in now(ledger, place).found]


def test_at_first_there_is_none(ledger: Sample, place: Place) -> None:
    assert now(ledger, place) == Standing(None, None, ())
    assert not now(ledger, place).lost


def test_adopting_keeps_the_file_writes_the_entry_and_names_it(ledger: Sample, place: Place) -> None:
    done = adopt(ledger.desk("founder"), place, OURS, TODAY)
    assert done.entry == 3
    packs = ledger.entry(3).header.body["packs"]
    assert packs[-1] == {"id": "own/anytown-2026", "digest": digest(OURS)}
    assert {"rules/2024-seven", "flowcharts/england-2006"} < {pack["id"] for pack in packs}, "with the national ones"
    kept = place.directory / PACKS / f"{digest(OURS)}.toml"
    assert kept.read_bytes() == OURS
    assert [stat.S_IMODE(path.stat().st_mode) for path in (kept.parent, kept)] == [0o700, 0o600]
    assert place.settings().pack == f"packs/{digest(OURS)}.toml"
    found = now(ledger, place)
    assert found.adopted == Adopted("own/anytown-2026", digest(OURS), 3)
    assert found.pack is not None
    assert (found.pack.digest, found.found, found.lost) == (digest(OURS), (), False)
    assert ledger.verify().ok


def test_what_is_adopted_is_not_adopted_twice(ledger: Sample, place: Place) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    assert adopt(ledger.desk("founder"), place, OURS, TODAY).entry is None
    assert ledger.checkpoint().size == 4


def test_another_takes_its_place_and_the_first_stays_for_old_decisions(ledger: Sample, place: Place) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    adopt(ledger.desk("founder"), place, MORE, TODAY)
    assert place.settings().pack == f"packs/{digest(MORE)}.toml"
    roster = ledger.roster()
    assert [own_pack.adopted(roster, index) for index in (1, 3, 4, 5)] == [
        None,
        None,
        Adopted("own/anytown-2026", digest(OURS), 3),
        Adopted("own/anytown-2026", digest(MORE), 4),
    ]
    assert [own.digest for own in own_pack.ever_adopted(roster)] == [digest(OURS), digest(MORE)]
    old = own_pack.pack_of(place, {"id": "own/anytown-2026", "digest": digest(OURS)})
    assert old is not None
    assert old.digest == digest(OURS)
    assert adopt(ledger.desk("founder"), place, OURS, TODAY).entry == 5, "back to the first, by an entry of its own"
    assert now(ledger, place).found == ()


def test_given_up_it_is_used_no_more_and_its_file_stays(ledger: Sample, place: Place) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    done = give_up(ledger.desk("founder"), place, TODAY)
    assert (done.entry, done.pack) == (4, None)
    assert now(ledger, place) == Standing(None, None, ())
    assert place.settings().pack == ""
    assert own_pack.bytes_of(place, digest(OURS)) == OURS
    assert give_up(ledger.desk("founder"), place, TODAY).entry is None
    assert ledger.checkpoint().size == 5


@pytest.mark.parametrize("who", ["guardian", "practitioner"])
def test_only_an_administrator_adopts_and_nothing_is_written_by_others(ledger: Sample, place: Place, who: str) -> None:
    for act in (lambda: adopt(ledger.desk(who), place, OURS, TODAY), lambda: give_up(ledger.desk(who), place, TODAY)):
        with pytest.raises(NotPermitted, match="an administrator"):
            act()
    assert not (place.directory / PACKS).exists()
    assert ledger.checkpoint().size == 3


# getting it right for every child speaks of any crime, in Scotland alone
SIDE = OURS.replace(b"[choices]", b"[choices]\nsides.crime = 'girfec'")
REFUSED = {
    "a side of another nation": SIDE,
    "a side of another nation from next year on": SIDE.replace(b"from = 2026-01-01", b"from = 2027-01-01"),
    "no TOML": b"hello",
    "nothing": b"",
    "no source": OURS.replace(b"source =", b"sauce ="),
    "advice in it": OURS + b'\n[advice]\nduty = "no"\n',
    "a condition that is not its own": OURS.replace(b"put_right_first", b"legal_advice"),
    "a choice that is not there": OURS.replace(b"salford-2018", b"salford-2081"),
    "another nation's": OURS.replace(b"checked =", b'nations = ["scotland"]\nchecked ='),
    "ended": OURS.replace(b"{ from = 2026-01-01 }", b"{ from = 2026-01-01, until = 2026-09-20 }"),
    "large": OURS + b"#" * MAX_BYTES,
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_a_pack_that_may_not_be_is_refused_and_nothing_is_written(ledger: Sample, place: Place, raw: bytes) -> None:
    assert raw != OURS
    with pytest.raises(Refused):
        adopt(ledger.desk("founder"), place, raw, TODAY)
    assert not (place.directory / PACKS).exists()
    assert (ledger.checkpoint().size, place.settings().pack) == (3, "")


def test_one_that_begins_later_is_adopted_and_listed_already(ledger: Sample, place: Place) -> None:
    raw = OURS.replace(b"from = 2026-01-01", b"from = 2027-01-01")
    adopt(ledger.desk("founder"), place, raw, TODAY)
    assert ledger.entry(3).header.body["packs"][-1]["digest"] == digest(raw)


# -- what does not fit together


def _remove(place: Place) -> None:
    (place.directory / PACKS / f"{digest(OURS)}.toml").unlink()


def _change(place: Place) -> None:
    (place.directory / PACKS / f"{digest(OURS)}.toml").write_bytes(MORE)


def _name_nothing(place: Place) -> None:
    place.name_pack("")


def _name_what_is_not_there(place: Place) -> None:
    place.name_pack("ours.toml")


def _name_another(place: Place) -> None:
    (place.directory / "ours.toml").write_bytes(MORE)
    place.name_pack("ours.toml")


def _leave_one_that_was_never_adopted(place: Place) -> None:
    own_pack.keep(place.directory / PACKS, MORE)


WRONG: dict[str, tuple[Callable[[Place], None], bool]] = {
    "gone": (_remove, False),
    "changed": (_change, False),
    "not_named": (_name_nothing, True),
    "another_named": (_name_another, True),
    "unfinished": (_leave_one_that_was_never_adopted, True),
}


@pytest.mark.parametrize("code", WRONG)
def test_what_was_adopted_is_used_or_the_national_packs_alone_and_it_is_said(
    ledger: Sample, place: Place, code: str
) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    spoil, used = WRONG[code]
    spoil(place)
    found = now(ledger, place)
    assert [each.code for each in found.found] == [code]
    assert (found.pack is not None, found.lost) == (used, not used)
    assert found.pack is None or found.pack.digest == digest(OURS)
    assert found.adopted is not None
    assert found.adopted.digest == digest(OURS)


def test_a_name_without_a_file_is_told_too(ledger: Sample, place: Place) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    _name_what_is_not_there(place)
    assert [(each.code, "not there" in each.says) for each in now(ledger, place).found] == [("another_named", True)]


def test_a_file_that_is_named_and_not_adopted_is_not_used(ledger: Sample, place: Place) -> None:
    _name_another(place)
    found = now(ledger, place)
    assert (found.adopted, found.pack, [each.code for each in found.found]) == (None, None, ["not_adopted"])


def test_bytes_that_lie_elsewhere_serve_where_the_settings_name_them(ledger: Sample, place: Place) -> None:
    """Somebody lost packs/ and put the file back under a name of their own."""
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    _remove(place)
    (place.directory / "ours.toml").write_bytes(OURS)
    place.name_pack("ours.toml")
    found = now(ledger, place)
    assert found.pack is not None
    assert found.found == ()


def test_an_adopted_pack_that_this_version_cannot_read_is_told(ledger: Sample, place: Place) -> None:
    """A later version adopted it; recording goes on."""
    raw = OURS.replace(b'condition = "put_right_first"', b'condition = "something_new"')
    own_pack.keep(place.directory / PACKS, raw)
    body = {"packs": [{"id": "own/anytown-2026", "digest": digest(raw)}]}
    ledger.desk("founder").write(Draft(own_pack.ADOPTED, body=body))
    found = now(ledger, place)
    assert found.lost
    assert found.found[0].code == "unreadable"


@pytest.mark.parametrize("spoil", [_remove, _name_nothing, _name_another])
def test_adopting_again_mends_what_is_wrong(ledger: Sample, place: Place, spoil: Callable[[Place], None]) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    spoil(place)
    assert adopt(ledger.desk("founder"), place, OURS, TODAY).entry is None
    assert codes(ledger, place) == []


def test_a_changed_file_is_not_written_over(ledger: Sample, place: Place) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    _change(place)
    with pytest.raises(Refused, match="put it aside"):
        adopt(ledger.desk("founder"), place, OURS, TODAY)
    _remove(place)
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    assert codes(ledger, place) == []


# -- stopped on the way


def test_stopped_before_the_entry_nothing_is_adopted_and_it_is_told(ledger: Sample, place: Place) -> None:
    without_its_key = Log(ledger.store, ledger.origin, [])
    desk = Desk(without_its_key, ledger.people["founder"], ledger.checkpoint(), ledger.clock, ledger.chance)
    with pytest.raises(LedgerError):
        adopt(desk, place, OURS, TODAY)
    assert codes(ledger, place) == ["unfinished"]
    assert now(ledger, place).adopted is None
    assert adopt(ledger.desk("founder"), place, OURS, TODAY).entry == 3
    assert codes(ledger, place) == []


def test_stopped_before_the_name_it_is_adopted_and_used(ledger: Sample, place: Place) -> None:
    (place.directory / f"{SETTINGS}.named").mkdir()
    with pytest.raises(Refused, match="a file that can be written"):
        adopt(ledger.desk("founder"), place, OURS, TODAY)
    assert codes(ledger, place) == ["not_named"]
    assert now(ledger, place).pack is not None
    (place.directory / f"{SETTINGS}.named").rmdir()
    assert adopt(ledger.desk("founder"), place, OURS, TODAY).entry is None
    assert codes(ledger, place) == []


def test_where_no_folder_can_be_nothing_is_written(ledger: Sample, place: Place) -> None:
    (place.directory / PACKS).write_bytes(b"")
    with pytest.raises(Unavailable, match="packs"):
        adopt(ledger.desk("founder"), place, OURS, TODAY)
    assert ledger.checkpoint().size == 3


# -- with backups


def test_packs_go_beside_a_backup_and_come_back(ledger: Sample, place: Place, tmp_path: Path) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    adopt(ledger.desk("founder"), place, MORE, TODAY)
    backup, roster = tmp_path / "one.backup", ledger.roster()
    assert own_pack.carry_out(place, roster, backup) == ([digest(OURS), digest(MORE)], [])
    assert not own_pack.carry_in(place, roster, backup).any
    for path in (place.directory / PACKS).iterdir():
        path.unlink()
    assert codes(ledger, place) == ["gone"]
    assert own_pack.look_beside(place, roster, backup).back == (digest(OURS), digest(MORE))
    assert codes(ledger, place) == ["gone"], "to look writes nothing"
    assert own_pack.carry_in(place, roster, backup).back == (digest(OURS), digest(MORE))
    assert codes(ledger, place) == []


def test_a_pack_that_is_gone_is_told_when_a_backup_is_taken(ledger: Sample, place: Place, tmp_path: Path) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    _remove(place)
    kept, gone = own_pack.carry_out(place, ledger.roster(), tmp_path / "one.backup")
    assert (kept, [own.digest for own in gone]) == ([], [digest(OURS)])
    assert not own_pack.beside(tmp_path / "one.backup").exists()


def test_only_what_was_adopted_comes_back_from_beside_a_backup(ledger: Sample, place: Place, tmp_path: Path) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    backup = tmp_path / "one.backup"
    own_pack.carry_out(place, ledger.roster(), backup)
    (own_pack.beside(backup) / f"{digest(OURS)}.toml").write_bytes(MORE)
    found = own_pack.carry_in(place, ledger.roster(), backup)
    assert (found.back, [own.name for own in found.changed], found.lost) == ((), ["own/anytown-2026"], ())
    _remove(place)
    found = own_pack.carry_in(place, ledger.roster(), backup)
    assert (found.back, [own.digest for own in found.lost]) == ((), [digest(OURS)])
    assert codes(ledger, place) == ["gone"]


@pytest.mark.parametrize("there", [b"", OURS[:50], b"another"])
def test_what_a_stopped_adoption_left_gives_way(ledger: Sample, place: Place, there: bytes) -> None:
    (place.directory / PACKS).mkdir()
    (place.directory / own_pack.file_of(digest(OURS))).write_bytes(there)
    (place.directory / f"{own_pack.file_of(digest(OURS))}.part").write_bytes(b"")
    (found,) = now(ledger, place).found
    assert found.code == "unfinished"
    assert adopt(ledger.desk("founder"), place, OURS, TODAY).entry is not None
    assert [path.name for path in (place.directory / PACKS).iterdir()] == [f"{digest(OURS)}.toml"]
    assert codes(ledger, place) == []


def test_a_pipe_or_a_device_in_its_place_is_not_waited_for(ledger: Sample, place: Place) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    for make in (os.mkfifo, lambda path: os.symlink("/dev/zero", path), os.mkdir):
        _remove(place)
        make(place.directory / own_pack.file_of(digest(OURS)))
        assert codes(ledger, place) == ["changed"]
        path = place.directory / own_pack.file_of(digest(OURS))
        path.rmdir() if path.is_dir() else None
        path.touch()


def test_what_to_do_about_a_changed_file_works_in_that_order(ledger: Sample, place: Place) -> None:
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    _change(place)
    (found,) = now(ledger, place).found
    assert f"Put {own_pack.file_of(digest(OURS))} aside. Then adopt it again" in found.says
    file = place.directory / own_pack.file_of(digest(OURS))
    file.rename(place.directory / "aside.toml")
    adopt(ledger.desk("founder"), place, OURS, TODAY)
    assert codes(ledger, place) == []


def _names(ledger: Sample, *refs: dict[str, str]) -> None:
    national = packs_for("england", TODAY).as_refs()
    ledger.desk("founder").write(Draft("ledger.packs_adopted", body={"packs": [*national, *refs]}))


def test_of_several_own_packs_none_is_used(ledger: Sample, place: Place) -> None:
    own_pack.keep(place.directory / PACKS, OURS)
    _names(ledger, {"id": "own/anytown-2026", "digest": digest(OURS)}, {"id": "own/b", "digest": digest(MORE)})
    assert (codes(ledger, place), now(ledger, place).pack) == (["several"], None)


def test_a_pack_that_bears_another_name_is_not_used(ledger: Sample, place: Place) -> None:
    own_pack.keep(place.directory / PACKS, OURS)
    _names(ledger, {"id": "own/b", "digest": digest(OURS)})
    assert (codes(ledger, place), now(ledger, place).pack) == (["unreadable"], None)
    assert "own/anytown-2026" in now(ledger, place).found[0].says


def test_what_may_not_be_chosen_here_is_not_used_and_recording_goes_on(ledger: Sample, place: Place) -> None:
    own_pack.keep(place.directory / PACKS, SIDE)
    _names(ledger, {"id": "own/anytown-2026", "digest": digest(SIDE)})
    assert (codes(ledger, place), now(ledger, place).pack) == (["unreadable"], None)
