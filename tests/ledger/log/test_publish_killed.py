"""ledger.log.publish, killed: by SIGKILL after each step that it takes on a file, and read by a stranger afterwards."""

import subprocess
import sys
from pathlib import Path

from ledger.log.export import take_snapshot
from ledger.log.publish import publish
from tests.ledger_fixtures import Sample, founded_ledger, small_ledger
from tests.stranger import paths_of, read_folder, served_from
from tests.tamper.filling import fill

KILLED = """
import io, os, shutil, signal, sys
from itertools import count
from pathlib import Path
from ledger.log.export import take_snapshot
from ledger.log.publish import publish
from ledger.log.store import Store

database, origin, before, out = sys.argv[1:]
STEPS = {"open", "write", "mkdir", "replace", "unlink", "rmdir"}


def killed_after(step, folder):
    done = count(1)

    def watch(_frame, event, function):
        if event == "c_return" and function.__name__ in STEPS:
            of_files = function.__self__ is sys.modules["posix"] or isinstance(function.__self__, io.BufferedWriter)
            if of_files and next(done) == step:
                os.kill(os.getpid(), signal.SIGKILL)

    with Store.at(Path(database)).read() as reader:
        snapshot = take_snapshot(reader, origin)
        sys.setprofile(watch)
        publish(snapshot, folder, snapshot.checkpoint)


for step in count(1):
    folder = Path(out) / str(step)
    if before:
        shutil.copytree(before, folder)
    child = os.fork()
    if child == 0:
        killed_after(step, folder)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status):
        break
assert status == 0, status
print(step - 1)
"""


def export(ledger: Sample, folder: Path) -> None:
    with ledger.store.read() as reader:
        snapshot = take_snapshot(reader, ledger.origin)
        publish(snapshot, folder, snapshot.checkpoint)


def vkey(ledger: Sample) -> str:
    return str(ledger.signers[-1].key)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def killed(ledger: Sample, before: Path | None, out: Path) -> list[Path]:
    """Folders in which an export was stopped by SIGKILL after its first step on a file, after its second, and so on."""
    command = [sys.executable, "-c", KILLED, str(ledger.path), ledger.origin, str(before or ""), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return [out / str(step) for step in range(1, int(done.stdout) + 1)]


def test_an_export_killed_after_any_step_leaves_the_folder_whole(tmp_path: Path) -> None:
    """Every step is an opening, writing, renaming, making or deleting. The next export goes on from there."""
    ledger = small_ledger(tmp_path, ["guardian", "manager"])
    fill(ledger, 200)
    export(ledger, tmp_path / "before")
    fill(ledger, 257)
    export(ledger, tmp_path / "whole")
    (tmp_path / "out").mkdir()
    folders = killed(ledger, tmp_path / "before", tmp_path / "out")
    assert len(folders) >= 30
    sizes = [read_folder(served_from(folder), vkey(ledger)).checkpoint.size for folder in folders]
    assert sizes == sorted(sizes)
    assert set(sizes) == {200, 257}
    for folder in folders[::6]:
        export(ledger, folder)
        assert files_in(folder).items() >= files_in(tmp_path / "whole").items()
        assert ".new" not in files_in(folder)


def test_a_first_export_killed_after_any_step_is_begun_again(tmp_path: Path) -> None:
    ledger = founded_ledger(tmp_path)
    (tmp_path / "out").mkdir()
    folders = killed(ledger, None, tmp_path / "out")
    assert len(folders) >= 12
    published = [(folder / "checkpoint").exists() for folder in folders]
    assert published == sorted(published)
    assert set(published) == {False, True}
    for folder in folders:
        export(ledger, folder)
        assert set(files_in(folder)) == {"checkpoint"} | paths_of(1)
        read_folder(served_from(folder), vkey(ledger))
