"""docs/THREATS.md promises nothing without a test: every guarantee names test files, and they are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "THREATS.md").read_text(encoding="utf-8")


def sections(page: str) -> dict[str, str]:
    parts = re.split(r"^## (.*)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def numbered(text: str) -> list[str]:
    """The items of a numbered list."""
    return [item.strip() for item in re.split(r"^\d+\. ", text, flags=re.MULTILINE)[1:]]


def test_the_page_has_its_four_parts() -> None:
    expected = ["We assume", "Then this holds", "Somebody could all the same", "If an assumption fails"]
    assert list(sections(PAGE)) == expected


def test_every_guarantee_names_tests() -> None:
    guarantees = numbered(sections(PAGE)["Then this holds"])
    assert len(guarantees) >= 16
    assert [item for item in guarantees if not re.search(r"`tests/[a-z0-9_/]+\.py`", item)] == []


def test_the_tests_that_guarantees_name_are_there_and_hold_tests() -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", sections(PAGE)["Then this holds"]))
    missing = sorted(name for name in named if not (ROOT / name).is_file())
    assert missing == []
    empty = [name for name in named if not re.search(r"^def test_", (ROOT / name).read_text("utf-8"), re.MULTILINE)]
    assert empty == []


def test_what_is_not_promised_is_said() -> None:
    admitted = sections(PAGE)["Somebody could all the same"]
    for words in (
        "not against its own users",
        "pseudonymised personal data",
        "hold the codes key",
        "test a guess",
        "keeps what they have read",
        "its passphrase** is that person",
        "not promised yet",
        "Time is their claim",
        "two handles",
    ):
        assert words in admitted, words
    assert "unchanged since it was recorded" in PAGE
    assert "(root)" in sections(PAGE)["If an assumption fails"]
