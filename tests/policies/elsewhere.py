"""The same answers written elsewhere: in an exception for everybody they count as at the base."""

from collections.abc import Mapping
from typing import Any


def in_an_exception(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with their questions and consents in an exception that covers every recipient, before any other."""
    rest = {key: each for key, each in facts.items() if key not in ("questions", "consent", "consents")}
    consents = facts.get("consents", [facts["consent"]] if "consent" in facts else [])
    moved = {
        **({"questions": facts["questions"]} if "questions" in facts else {}),
        **({"consents": consents} if consents else {}),
    }
    if not moved:
        return rest
    everybody = list(range(1, len(facts.get("recipients", [1])) + 1))
    return {**rest, "exceptions": [{"recipients": everybody, **moved}, *facts.get("exceptions", [])]}
