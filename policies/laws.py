"""The laws that a decision names, as an evaluation tells of them: what each is, and what must be so for it to serve.

Whether it serves here is judged elsewhere (policies.bases, policies.reliance); this is what people need to know.
tests/policies/test_laws.py shows which are told of, and that what is not verified is named part by part.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from policies import bases
from policies.bases import EFFECTS, PARTS, STATUSES
from policies.citation import Citation
from policies.lines import all_questions
from policies.packs import Packs
from policies.values import Facts


@dataclass(frozen=True, slots=True)
class NamedLaw:
    """One law that is named. effect: what it is, in words. must_be_true: what has to be so, for people to judge.

    exception: when a duty gives way; empty for never. unverified: codes of bases.PARTS, where the rest is verified.
    """

    code: str
    name: str
    effect: str
    must_be_true: tuple[str, ...]
    exception: str
    note: str
    unverified: tuple[str, ...]
    citation: Citation

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; an exception and a note are left out where there is none."""
        return {
            "code": self.code,
            "name": self.name,
            "effect": self.effect,
            "must_be_true": list(self.must_be_true),
            **({"exception": self.exception} if self.exception else {}),
            **({"note": self.note} if self.note else {}),
            "unverified": [{"code": part, "words": PARTS[part]} for part in self.unverified],
            "citation": self.citation.to_json(),
        }


def laws_told(facts: Facts, packs: Packs, day: datetime.date) -> tuple[NamedLaw, ...]:
    """Every law that the document names, as a basis or beside the question of duty, each once, in that order.

    day: whose version is told. Raises PackRefused for a code that no pack has.
    """
    asked = (each.duty.code for _, each in all_questions(facts) if each.duty.code)
    return tuple(_told(bases.in_force(code, day, packs.bases)) for code in dict.fromkeys((*facts.basis.codes, *asked)))


def _told(law: bases.Basis) -> NamedLaw:
    doubt = "" if law.status == "usable" else f", which {STATUSES[law.status]}"
    return NamedLaw(
        code=law.code,
        name=law.name,
        effect=f"{EFFECTS[law.effect]}{doubt}",
        must_be_true=law.must_be_true,
        exception=law.exception,
        note=law.note,
        unverified=law.unverified,
        citation=law.citation,
    )
