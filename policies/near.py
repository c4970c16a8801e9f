"""The nearest word that is known here, for whoever mistyped one. Proved by tests/policies/test_near.py."""

import difflib
from collections.abc import Iterable, Mapping


def nearest(word: str, known: Iterable[str], below: Mapping[str, str] | None = None) -> str:
    """`Did you mean X?`, or nothing where no known word is like it. Capitals make no difference.

    below: names that belong a level further down, with where; they must be more alike, because there are many.
    """
    word, below = word.lower(), below or {}
    here = {each.lower(): each for each in known}
    # the very name in another place says more than one that is like it here
    near = [below[word]] if word in below else [here[each] for each in difflib.get_close_matches(word, here, 1, 0.6)]
    if not near:
        near = [below[name] for name in difflib.get_close_matches(word, list(below), n=1, cutoff=0.85)]
    return f"Did you mean {near[0]}?" if near else ""
