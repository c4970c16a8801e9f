"""Decisions for tests of the command line: small whole documents, of which a test changes the one thing it is about."""

import copy
import json
from typing import Any

_CONSENT = {
    "status": "given",
    "form": "explicit_oral",
    "by": {"name": "Jess Example", "capacity": "parental_responsibility", "person": "parent", "authority": "yes"},
    "informed": {"why": "yes", "who": "yes", "purpose": "yes", "implications": "yes", "right_to_object": "yes"},
    "freely_given": "yes",
    "obtained_at": "2026-11-02T09:00:00Z",
}
_SHARE: dict[str, Any] = {
    "decision": "share",
    "decided_at": "2026-11-02T10:00:00Z",
    "late_reason": "imported",
    "urgency": "routine",
    "author": {"kind": "teacher"},
    "subject": {"name": "Robin Example", "date_of_birth": "2015-03-04"},
    "risk": {"significant_harm": "no", "serious_harm_adult": "no", "immediate": "no", "offence": "no"},
    "trigger": {"started_by": "own_concern"},
    "information": [
        {
            "description": "Robin speaks less than others of that age.",
            "about": ["subject"],
            "nature": "opinion",
            "source": "first_hand",
            "provider": {"kind": "own_observation"},
            "confidential": "yes",
            "confidential_why": "It comes from our talks at home.",
        }
    ],
    "recipients": [
        {
            "role": "family worker",
            "organisation": "Anytown Early Help",
            "kind": "early_help",
            "could_act": "no",
            "why_needed": "To offer a group.",
            "method": "telephone",
        }
    ],
    "purpose": "To offer a place in a group.",
    "necessity": "They cannot ring without it.",
    "questions": {
        "purpose": {"answer": "yes", "reason": "The group has helped others."},
        "identifies": {"answer": "yes", "reason": "They would ring the family."},
        "confidential": {"answer": "yes", "reason": "It was said at home."},
        "right_way": {
            "checks": {
                "necessary": "yes",
                "need_to_know": "yes",
                "accurate": "yes",
                "secure": "yes",
                "onward": "yes",
                "informed": "yes",
            }
        },
    },
    "consent": _CONSENT,
    "informing": {"status": "informed", "who": "the mother", "when": "2026-11-02T09:00:00Z"},
    "reasons": "She asked for it.",
    "basis": {"codes": ["A6-E"]},
}
_REFUSED = {name: value for name, value in _CONSENT.items() if name not in ("form", "freely_given")}
_NO_WEIGHT = {
    "answer": "no",
    "reason": "It would do some good, and that is not enough.",
    "if_shared": "She would feel that we go behind her back.",
    "if_not_shared": "Robin starts a little behind.",
    "against": "She would trust us less.",
    "less_intrusive": "We do more here ourselves.",
}


def share(**changes: Any) -> dict[str, Any]:
    """A decision to share because a parent agreed: may_share, and nothing differs."""
    return {**copy.deepcopy(_SHARE), **changes}


def no_share(**changes: Any) -> dict[str, Any]:
    """A refusal that is respected: do_not_share, and nothing differs."""
    document = share(decision="no_share", reasons="She said no and nobody is in danger.")
    document["consent"] = {**copy.deepcopy(_REFUSED), "status": "refused"}
    document["questions"] = {**document["questions"], "public_interest": dict(_NO_WEIGHT)}
    del document["questions"]["right_way"], document["recipients"][0]["method"]
    return {**document, **changes}


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same without some of its fields."""
    return {name: value for name, value in document.items() if name not in names}


def text(document: dict[str, Any]) -> str:
    """The document as it stands in a file that ends in .json."""
    return json.dumps(document, indent=1)


MARKERS = ("Quillon", "Zebedee-Plantagenet", "Wombat Crescent", "9990000689", "xylophone lesson", "Thistlewick")
"""Words of planted() that stand nowhere else."""


def planted() -> dict[str, Any]:
    """A decision to share that holds MARKERS where names, addresses, numbers and the story stand."""
    document = share(purpose=f"{MARKERS[4]} for a child", reasons=f"{MARKERS[5]} asked for it.")
    document["subject"] = {
        "name": f"{MARKERS[0]} {MARKERS[1]}",
        "date_of_birth": "2015-03-04",
        "address": f"7 {MARKERS[2]}",
        "identifiers": {"nhs_number": MARKERS[3]},
    }
    document["information"][0]["description"] = f"{MARKERS[0]} misses the {MARKERS[4]}."
    document["consent"]["by"]["name"] = f"{MARKERS[5]} {MARKERS[1]}"
    return document
