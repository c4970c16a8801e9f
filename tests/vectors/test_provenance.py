"""Every vector stands in README.md with its SHA-256: none is changed, and none comes without its source."""

import re
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent


def test_every_vector_is_the_one_whose_source_is_named() -> None:
    named = dict(re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", (HERE / "README.md").read_text(), re.MULTILINE))
    files = [path for path in HERE.rglob("*") if path.is_file() and path.parent != HERE and path.suffix != ".pyc"]
    assert named == {path.relative_to(HERE).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}
    assert len(named) == 22
