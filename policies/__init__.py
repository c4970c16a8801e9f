"""Guidance and law on sharing information, as data with sources and one pure function: facts in, evaluation out.

The one idea: a flowchart is data, walked by code that knows no question; where an answer is not sure the walk goes
both ways, so that advice never rests on a guess. It advises, and a person decides.
tests/property/test_policy_properties.py proves what holds for every combination of answers.

    from policies import evaluate, packs_for, parse_facts
    evaluate(parse_facts({...}), packs_for("england", day)).to_json()
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policies.evaluation import Evaluation, evaluate
    from policies.exchange import evaluate_json
    from policies.facts import Facts, parse_facts
    from policies.packs import Packs, packs_for, packs_named

__all__ = ["Evaluation", "Facts", "Packs", "evaluate", "evaluate_json", "packs_for", "packs_named", "parse_facts"]

_HOMES = {
    "Evaluation": "evaluation",
    "evaluate": "evaluation",
    "evaluate_json": "exchange",
    "Facts": "facts",
    "parse_facts": "facts",
    "Packs": "packs",
    "packs_for": "packs",
    "packs_named": "packs",
}


def __getattr__(name: str) -> Any:
    # Loaded when first used: a command that only shows its help must not pay for the law.
    if name in _HOMES:
        return getattr(importlib.import_module(f"policies.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'policies' has no attribute {name!r}")
