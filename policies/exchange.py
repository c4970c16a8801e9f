"""Plain JSON values in and out: what a program needs that has its own facts and no ledger.

    from policies import evaluate_json
    evaluate_json({"risk": {"significant_harm": "yes"}}, nation="england", on=day)

What goes in and comes out is published as JSON Schemas (policies.schema). tests/policies/test_standalone.py runs it
where nothing but this package and Python itself can be imported.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from policies.errors import FactsRefused
from policies.evaluation import evaluate
from policies.facts import parse_facts
from policies.own import read_own_pack
from policies.packs import packs_for


def evaluate_json(
    facts: Mapping[str, Any],
    *,
    nation: str,
    on: datetime.date | None = None,
    chosen: tuple[tuple[str, str], ...] = (),
    own: bytes | None = None,
) -> dict[str, Any]:
    """What the guidance advises on some facts, as plain values in a fixed order.

    facts: as the schema of facts says. nation: of codes.NATIONS, where the facts name none. on: the day whose law
    applies, where the facts have no `decided_at`; one of the two is needed. chosen: packs and sides in place of those
    that nation and day would give, as packs_for takes them. own: the file of an organisation's own pack.
    Raises FactsRefused or PackRefused with every fault: field, expected, got, what to do next.
    """
    read = parse_facts(facts)
    day = read.decided_on or on
    if day is None:
        raise FactsRefused.one("decided_at", "the day of the decision", "nothing", "The law of that day applies")
    pack = read_own_pack(own) if own is not None else None
    return evaluate(read, packs_for(read.organisation.nation or nation, day, chosen, pack), day).to_json()
