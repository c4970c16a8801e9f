"""Tests that stand in data: named predicates joined by any, all and not, and nothing else.

There is no expression language: what a file may ask is a closed set of names written in Python, so that a reader of
the data need not wonder what it could do. tests/policies/test_golden_rules.py refuses an unknown name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from policies.errors import Fault, shown
from policies.near import nearest

View = TypeVar("View")
ALWAYS: Final = "always"


@dataclass(frozen=True, slots=True)
class Predicate(Generic[View]):
    """One question that data may ask. paths: the fields of the facts that it looks at. test: a pure function."""

    paths: tuple[str, ...]
    test: Callable[[View], bool]


@dataclass(frozen=True, slots=True)
class Condition(Generic[View]):
    """A test read from data. paths: every field that it may look at, in order, each once."""

    paths: tuple[str, ...]
    holds: Callable[[View], bool]


def _never(_: object) -> bool:
    return False


# Loops and not all() and any(): a dozen of these are asked of every decision, and a generator takes twice as long.
def _every(parts: list[Condition[View]]) -> Callable[[View], bool]:
    tests = [part.holds for part in parts]

    def holds(view: View) -> bool:
        for test in tests:  # noqa: SIM110
            if not test(view):
                return False
        return True

    return holds


def _some(parts: list[Condition[View]]) -> Callable[[View], bool]:
    tests = [part.holds for part in parts]

    def holds(view: View) -> bool:
        for test in tests:  # noqa: SIM110
            if test(view):
                return True
        return False

    return holds


def _join(parts: list[Condition[View]], holds: Callable[[View], bool]) -> Condition[View]:
    return Condition(tuple(dict.fromkeys(path for part in parts for path in part.paths)), holds)


def read_condition(
    raw: object, known: Mapping[str, Predicate[View]], where: str, faults: list[Fault]
) -> Condition[View]:
    """A condition from a name, or a table with exactly one of `all`, `any` (lists) or `not` (one).

    The name `always` holds always. Every fault found is added to `faults`; what is returned then never holds.
    """
    if raw == ALWAYS:
        return Condition((), lambda _: True)
    if isinstance(raw, str):
        predicate = known.get(raw)
        if predicate is not None:
            return Condition(predicate.paths, predicate.test)
        said = raw if raw.isidentifier() and len(raw) <= 60 else shown(raw)
        faults.append(Fault(where, "a test by its name", said, nearest(said, known)))
        return Condition((), _never)
    if isinstance(raw, Mapping) and len(raw) == 1:
        (how, inner), *_ = raw.items()
        if how == "not":
            part = read_condition(inner, known, f"{where}.not", faults)
            return Condition(part.paths, lambda view: not part.holds(view))
        if how in ("all", "any") and isinstance(inner, list) and inner:
            parts = [
                read_condition(each, known, f"{where}.{how}[{place}]", faults)
                for place, each in enumerate(inner, start=1)
            ]
            return _join(parts, _every(parts) if how == "all" else _some(parts))
    faults.append(Fault(where, "a name, or one of all, any and not", shown(raw)))
    return Condition((), _never)
