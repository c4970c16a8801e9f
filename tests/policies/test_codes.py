"""The closed lists hold together: words for every code, and the named subsets are subsets."""

import re

from policies import codes
from policies.pack_files import catalogue


def test_every_code_has_words_and_one_form() -> None:
    lists = {name: value for name, value in vars(codes).items() if isinstance(value, dict) and name.isupper()}
    assert len(lists) > 25
    for name, words in lists.items():
        for code, said in words.items():
            assert re.fullmatch(r"[a-z][a-z0-9_-]*", code), (name, code)
            assert said.strip() == said and said, (name, code)


def test_the_named_subsets_are_subsets() -> None:
    assert set(codes.DECISIONS) > codes.SHARING
    assert set(codes.NOT_SOUGHT) - codes.HARM_GROUNDS == {"other"}
    assert set(codes.CIRCUMSTANCES) - codes.NORMALLY_JUSTIFIED == {"crime", "other"}
    assert set(codes.INFORMING_REASONS) > codes.HARM_GROUNDS


def test_each_reason_explains_a_code_that_people_can_choose() -> None:
    lists = {
        "not_sought": codes.NOT_SOUGHT,
        "informing": codes.INFORMING_REASONS,
        "circumstances": codes.CIRCUMSTANCES,
        "holds_by": codes.HOLDS_BY,
    }
    explained: dict[str, set[str]] = {}
    for pack in catalogue("reasons"):
        for each in pack.statements:
            name, code = each.id.split(".")
            assert each.extra["list"] == name
            assert code in lists[name]
            explained.setdefault(name, set()).add(code)
    assert explained["holds_by"] == set(codes.HOLDS_BY) - {"other"}
    assert explained["circumstances"] == set(codes.CIRCUMSTANCES) - {"other"}
