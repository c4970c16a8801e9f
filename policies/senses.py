"""The three things that are called consent, kept apart: what stands in each of them, over the whole of a decision.

Agreement that releases a confidence is walked by the flowchart. Consent under data protection law serves the bases that
rest on it and releases no confidence; agreement that releases a confidence fills in no basis. What somebody thinks of
it, where nothing rests on their agreement, decides nothing by itself. docs/decisions/0027 says why they are apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from policies.citation import Citation
from policies.codes import SENSES
from policies.consent import CONFIDENCE, STATES, Agreement, agreed, agreement
from policies.lines import View
from policies.pack_files import Pack
from policies.values import Consent, Facts

DATA_PROTECTION: Final = "data_protection"
STANDS: Final[Mapping[str, str]] = {
    **STATES,
    "open": "not settled",
    "mixed": "not the same for all of it",
    "view_recorded": "what they think is written down",
}
# What somebody thinks is true of them whether or not they understood, were free, or had authority.
_VIEWS: Final[Mapping[str, str]] = {
    "given": "good",
    "refused": "refused",
    "withdrawn": "withdrawn",
    "unobtainable": "unobtainable",
    "no_reply": "no_reply",
    "not_sought": "not_asked",
}


@dataclass(frozen=True, slots=True)
class Sense:
    """What stands in one sense. sense: of codes.SENSES. stands: of STANDS. serves: what such an answer is good for."""

    sense: str
    stands: str
    serves: str
    citation: Citation

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order."""
        return {
            "stands": self.stands,
            "words": STANDS[self.stands],
            "serves": self.serves,
            "citation": self.citation.to_json(),
        }


def senses(facts: Facts, lines: Iterable[Iterable[View]], said: Pack) -> tuple[Sense, ...]:
    """What stands in each sense, in the order of codes.SENSES.

    lines: of each line, the view for each person to whom confidence is owed. said: the pack of concerns, which says
    what each sense serves (`sense.` ids).
    """
    views = [view for line in lines for view in line]
    words = {each.id: each for each in said.statements}
    stands = {
        CONFIDENCE: _one({_state(agreed(view, {})) for view in views}),
        DATA_PROTECTION: _data_protection(views),
        "openness": _openness(facts, views),
    }
    return tuple(
        Sense(code, stands[code], words[f"sense.{code}"].words, words[f"sense.{code}"].citation) for code in SENSES
    )


def _state(found: Agreement) -> str:
    return "open" if found.open else found.state


def _one(states: set[str]) -> str:
    return states.pop() if len(states) == 1 else "mixed"


def _data_protection(views: list[View]) -> str:
    """The answers of those whom it is about, who need not be those who gave it in confidence."""
    if not any(each.sense == DATA_PROTECTION for view in views for each in view.consents):
        return "not_asked"
    states = set()
    for view in views:
        about = view.item.about or ("subject",)
        for person in about:
            first = person == ("subject" if "subject" in about else about[0])
            states.add(_state(agreement(replace(view, person=person, first=first), {}, DATA_PROTECTION)))
    return _one(states)


def _openness(facts: Facts, views: list[View]) -> str:
    said: dict[Consent, None] = {each: None for view in views for each in view.consents if each.sense == "openness"}
    if said:
        return _one({_VIEWS[each.status] for each in said})
    return "view_recorded" if any(each.view for each in facts.views) else "not_asked"
