"""The scene is told once for all tests of a process; each test damages a copy of its own."""

from pathlib import Path

import pytest

from tests.tamper.scene import Scene, tell


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The whole story, never to be changed."""
    return tell(tmp_path_factory.mktemp("told"))


@pytest.fixture
def scene(told: Scene, tmp_path: Path) -> Scene:
    """A copy, to be damaged."""
    return told.copy(tmp_path / "copy")
