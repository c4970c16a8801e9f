"""The nearest word that is known here, for whoever mistyped one. Proved by tests/policies/test_near.py."""

import difflib
from collections.abc import Iterable, Mapping


def nearest(word: str, known: Iterable[str], below: Mapping[str, str] | None = None) -> str:
    """`Did you mean X?`, or nothing where no known word is like it.

    below: names that belong a level further down, with where; they must be more alike, because there are many.
    """
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    if not near and below:
        near = [below[name] for name in difflib.get_close_matches(word.lower(), list(below), n=1, cutoff=0.85)]
    return f"Did you mean {near[0]}?" if near else ""
