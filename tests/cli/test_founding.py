"""Beginning a ledger: whole or not at all, never over another one, and again after whatever stopped it."""

import io
import json
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.main import main
from cli.world import World
from ledger.records.place import DATABASE, IDENTITIES, LOG_KEY, SETTINGS
from tests.ledger_fixtures import NOW, Chance

ROOT = Path(__file__).parents[2]
SECRET = "seven plain words that nobody else says"
INIT = ["init", "ledger", "--name", "sample", "--organisation", "Anytown Sample Trust", "--json"]


class Machine:
    """One computer: a directory, its memory of what was seen, and a chance that may stop what is being done."""

    def __init__(self, root: Path, label: str = "machine") -> None:
        self.root, self.chance, self.calls = root, Chance(label), 0
        self.stop_at: int | None = None
        self.env = {
            "CONSENT_LEDGER_STATE": str(root / "state"),
            "CONSENT_LEDGER_PASSPHRASE": SECRET,
            "CONSENT_LEDGER": str(root / "ledger"),
        }

    @property
    def ledger(self) -> Path:
        return self.root / "ledger"

    def _random(self, size: int) -> bytes:
        self.calls += 1
        if self.calls == self.stop_at:
            raise KeyboardInterrupt
        return self.chance(size)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        world = World(
            clock=lambda: NOW,
            random=self._random,
            env=self.env,
            cwd=self.root,
            programs=self.root,
            stdin=io.StringIO("Avery Sample\nsecretary\n"),
            stdout=out,
            stderr=err,
            ask_secret=str,
        )
        named = [str(self.ledger) if each == "ledger" else each for each in arguments]
        return main(named, world), out.getvalue(), err.getvalue()

    def init(self) -> tuple[int, str, str]:
        return self.run(*INIT)

    def sound(self) -> bool:
        code, out, _err = self.run("verify", "--jobs", "1", "--json")
        return code == 0 and json.loads(out)["size"] == 1


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def names(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*")}


def test_a_ledger_is_begun_with_its_files_readable_by_their_owner_alone(machine: Machine) -> None:
    code, out, err = machine.init()
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert set(answer) == {"origin", "handle", "vkey", "size"}
    assert answer["vkey"].startswith(answer["origin"] + "+")
    key = f"{IDENTITIES}/{answer['handle']}.key"
    assert names(machine.ledger) - {f"{DATABASE}-wal", f"{DATABASE}-shm"} == {
        SETTINGS,
        DATABASE,
        LOG_KEY,
        IDENTITIES,
        key,
    }
    assert stat.S_IMODE(machine.ledger.stat().st_mode) == 0o700
    for name in (SETTINGS, DATABASE, LOG_KEY, key):
        assert stat.S_IMODE((machine.ledger / name).stat().st_mode) == 0o600, name
    assert machine.sound()
    for path in machine.ledger.rglob("*"):
        assert path.is_dir() or b"Avery" not in path.read_bytes(), "the founder's name is sealed"


def test_first_thing_seen_it_is_known_here(machine: Machine) -> None:
    """Who begins a ledger does not meet it for the first time afterwards."""
    machine.init()
    assert "First look" not in machine.run("status")[2]
    shutil.rmtree(machine.root / "state")
    assert "First look" in machine.run("status")[2]
    assert "First look" not in machine.run("status")[2]


# -- never over another one


def test_where_a_ledger_is_none_is_begun(machine: Machine) -> None:
    machine.init()
    before = {path: path.read_bytes() for path in machine.ledger.rglob("*") if path.is_file()}
    code, out, _err = machine.init()
    assert code == 3
    (fault,) = json.loads(out)["faults"]
    assert (fault["field"], fault["got"]) == ("DIR", "one that has one")
    assert {path: path.read_bytes() for path in machine.ledger.rglob("*") if path.is_file()} == before
    assert machine.sound()


@pytest.mark.parametrize("name", [SETTINGS, DATABASE, LOG_KEY])
def test_nor_where_a_part_of_one_is(machine: Machine, name: str) -> None:
    machine.ledger.mkdir()
    (machine.ledger / name).write_text("precious")
    assert machine.init()[0] == 3
    assert names(machine.ledger) == {name}
    assert (machine.ledger / name).read_text() == "precious"


def test_a_file_is_no_place_for_a_ledger(machine: Machine) -> None:
    machine.ledger.write_text("precious")
    assert machine.init()[0] == 3
    assert machine.ledger.read_text() == "precious"


def test_an_empty_directory_and_one_with_other_things_are(machine: Machine) -> None:
    machine.ledger.mkdir()
    (machine.ledger / "notes.txt").write_text("mine")
    assert machine.init()[0] == 0
    assert machine.sound()
    assert (machine.ledger / "notes.txt").read_text() == "mine"


def test_a_wrong_name_leaves_nothing(machine: Machine) -> None:
    code, out, _err = machine.run("init", "ledger", "--name", "two words", "--organisation", "Anytown", "--json")
    assert code == 3
    assert json.loads(out)["faults"][0]["field"] == "--name"
    assert not machine.ledger.exists()


# -- a failure in the middle


def test_a_stop_at_any_moment_leaves_nothing_and_it_can_be_begun_again(tmp_path: Path) -> None:
    """Ctrl-C at each place where chance is asked: before, in and after the writing of entry 0."""
    whole = Machine(tmp_path)
    whole.init()
    assert whole.calls >= 5
    for moment in range(1, whole.calls + 1):
        machine = Machine(tmp_path / f"stopped{moment}")
        machine.root.mkdir()
        machine.stop_at = moment
        assert machine.init()[0] == 5, moment
        assert names(machine.root) - {"state"} == set(), moment
    machine.stop_at = None
    assert machine.init()[0] == 0
    assert machine.sound()


def _dangling(name: str) -> Callable[[Machine], Callable[[], None]]:
    """A name that is taken and leads nowhere: the file cannot be made when its turn comes."""

    def block(machine: Machine) -> Callable[[], None]:
        machine.ledger.mkdir()
        link = machine.ledger / name
        link.symlink_to(machine.root / "nowhere")
        return link.unlink

    return block


def _no_memory(machine: Machine) -> Callable[[], None]:
    """The last step: what was seen cannot be kept."""
    (machine.root / "state").write_text("a file where a directory is wanted")
    return (machine.root / "state").unlink


BLOCKED = {
    "the log's key": (_dangling(LOG_KEY), 3),
    "the settings, last of all": (_dangling(SETTINGS), 3),
    "the database": (_dangling(DATABASE), 3),
    "the folder of keys": (_dangling(IDENTITIES), 3),
    "the memory of what was seen": (_no_memory, 5),
}


@pytest.mark.parametrize("name", BLOCKED)
def test_a_failure_at_each_step_takes_back_what_was_begun(machine: Machine, name: str) -> None:
    block, expected = BLOCKED[name]
    free = block(machine)
    before = names(machine.root)
    code, out, _err = machine.init()
    assert code == expected, out
    assert json.loads(out)["faults"]
    assert {each for each in names(machine.root) if not each.startswith("state/")} - {"state"} == before - {"state"}
    assert machine.run("status")[0] == 3, "there is no ledger"
    free()
    assert machine.init()[0] == 0
    assert machine.sound()


LIMITED = """
import os, resource, signal, sys, time
from pathlib import Path
import cli.founding, cli.ledgers, cli.ui, cli.session, holidays, sqlalchemy.dialects.sqlite
from policies.packs import packs_for
import datetime
from cli.main import main, this_world
packs_for("england", datetime.date(2026, 9, 21))
root, limit, user = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
os.chdir(root)
if user and os.geteuid() == 0:
    os.setuid(user)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
sys.exit(main(sys.argv[4:], this_world()))
"""


def limited(machine: Machine, *, limit: int = 0, user: int = 0) -> "subprocess.CompletedProcess[str]":
    """`init` in a process of its own that may not write past so many bytes in a file, or is another user."""
    arguments = [str(machine.root), str(limit), str(user), *INIT]
    return subprocess.run(
        [sys.executable, "-c", LIMITED, *arguments],
        cwd=ROOT,
        env={**machine.env, "PYTHONPATH": str(ROOT)},
        input="Avery Sample\nsecretary\n",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("limit", [1, 300, 20_000, 60_000])
def test_no_room_left_leaves_no_half_ledger(machine: Machine, limit: int) -> None:
    """Every file may grow so far and no further, which is what a full disk is to whoever writes."""
    done = limited(machine, limit=limit)
    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr
    assert (
        names(machine.root) - {"state"} - {each for each in names(machine.root) if each.startswith("state/")} == set()
    )
    assert machine.init()[0] == 0
    assert machine.sound()


def test_with_room_enough_the_same_process_begins_one(machine: Machine) -> None:
    done = limited(machine, limit=resource.RLIM_INFINITY)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["size"] == 1
    assert (machine.ledger / SETTINGS).exists()


@pytest.mark.parametrize("there", [False, True], ids=["to be made", "there already"])
def test_a_directory_that_may_not_be_written_is_refused(machine: Machine, there: bool) -> None:
    """As another user, because an administrator of the machine may write everywhere."""
    for folder in [*reversed(machine.root.parents), machine.root]:
        if folder.owner() != "root" or folder.name.startswith("pytest"):
            folder.chmod(folder.stat().st_mode | 0o055)
    if there:
        machine.ledger.mkdir(mode=0o755)
        machine.ledger.chmod(0o555)
    machine.root.chmod(0o555)
    done = limited(machine, user=65534)
    machine.root.chmod(0o755)
    assert done.returncode == 3, done.stderr
    (fault,) = json.loads(done.stdout)["faults"]
    assert fault["got"] == "permission denied"
    assert names(machine.root) - {"state"} == ({"ledger"} if there else set())
    if there:
        machine.ledger.chmod(0o755)
    assert machine.init()[0] == 0


# -- another one at the same place


def test_after_the_first_is_removed_a_second_may_begin_here(machine: Machine) -> None:
    first = json.loads(machine.init()[1])
    shutil.rmtree(machine.ledger)
    code, out, _err = machine.init()
    assert code == 0
    assert json.loads(out)["origin"] != first["origin"]
    assert machine.sound()
    assert machine.run("status")[0] == 0


def test_somebody_elses_ledger_in_its_place_is_refused(machine: Machine, tmp_path: Path) -> None:
    machine.init()
    other = Machine(tmp_path / "elsewhere", "another machine")
    other.root.mkdir()
    other.init()
    shutil.rmtree(machine.ledger)
    shutil.copytree(other.ledger, machine.ledger)
    for command in (["status"], ["verify", "--jobs", "1"], ["list"]):
        code, out, _err = machine.run(*command, "--json")
        assert code == 1, command
        (fault,) = json.loads(out)["faults"]
        assert "which was here before" in fault["expected"]
        assert "information-governance lead" in fault["hint"]


def test_a_failed_beginning_does_not_keep_a_ledger_from_being_put_there(machine: Machine, tmp_path: Path) -> None:
    """Nothing is claimed for a ledger that never was."""
    free = _dangling(SETTINGS)(machine)
    assert machine.init()[0] == 3
    free()
    other = Machine(tmp_path / "elsewhere", "another machine")
    other.root.mkdir()
    other.init()
    shutil.rmtree(machine.ledger)
    shutil.copytree(other.ledger, machine.ledger)
    assert machine.run("status")[0] == 0
