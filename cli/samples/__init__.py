"""Sample decisions as people write them, each playing out a paragraph of the guidance. Everybody in them is made up.

They are recorded through the same code as any other document. tests/test_samples.py says what each one comes to.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Sample:
    """One document. shows: what it plays out, in one sentence. source: the paragraph. file: its name here."""

    file: str
    shows: str
    source: str

    def read(self) -> bytes:
        """The bytes of the document, as read_document takes them."""
        return Path(__file__).with_name(self.file).read_bytes()


_WORRIED: Final = "What to do if you're worried a child is being abused"

# In the order in which they are recorded.
SAMPLES: Final = (
    Sample(
        "01_parent_misuses_drugs.yaml",
        "What everybody knows goes to the school nurse; what a pupil said in confidence waits until the pupil is asked",
        "guide 2006, 3.7 (and 4.9)",
    ),
    Sample(
        "02_baby_failing_to_thrive.yaml",
        "A baby does not gain weight and both parents refuse; it is shared so that the cause can be found",
        "guide 2006, 3.20 (and 3.12)",
    ),
    Sample(
        "03_gp_referral.yaml",
        "A doctor refers a young person who agrees to it; that the specialist is told goes with it",
        "guide 2006, 4.14",
    ),
    Sample(
        "04_notifiable_disease.yaml",
        "The law requires a disease to be notified, and a refusal does not stop it",
        "guide 2006, 4.23-4.24",
    ),
    Sample(
        "05_homeless_family.yaml",
        "A family that cannot be housed is referred to social care because they agree",
        f"{_WORRIED}, Appendix 2, 16",
    ),
    Sample(
        "06_competent_child_refuses.yaml",
        "A boy of thirteen who understands all of it refuses while his mother agrees; his answer counts",
        "guide 2006, 4.17-4.20",
    ),
    Sample(
        "07_under_13_awaits_approval.yaml",
        "Not sharing about sexual activity under 13 is not in effect until a senior manager approves",
        "managers' guide 2010, sexual activity under 13",
    ),
    Sample(
        "08_refusal_respected.yaml",
        "Help offered early is refused, nobody is in danger, and that is respected",
        "guide 2006, 3.16-3.17",
    ),
    Sample(
        "09_neighbour_not_named.yaml",
        "What a neighbour heard is passed on; who rang is not",
        f"{_WORRIED}, 12.5",
    ),
    Sample(
        "10_separated_parents.yaml",
        "Parents live apart and differ; agreement of the one with whom the child lives is enough",
        "guide 2006, 4.20",
    ),
    Sample(
        "11_girfec_under_12.yaml",
        "A child of ten agrees; under twelve a parent is asked as well, so it waits",
        "getting it right for every child, second note (under 12)",
    ),
    Sample(
        "12_limited_to_decide.yaml",
        "A little is shared without agreement, to find out whether more has to be",
        "guide 2006, 3.11 (and 4.25)",
    ),
    Sample(
        "13_professionals_disagree.yaml",
        "Two practitioners differ; it is decided without the advice that is called for, and the record says so",
        "Support and Safeguarding in Salford, when practitioners disagree",
    ),
    Sample(
        "14_urgent_unborn.yaml",
        "A woman and her unborn child may be hurt tonight; the call comes first and only the most necessary is written",
        "guide 2006, 3.18 and 4.22",
    ),
    Sample(
        "15_adult_at_risk.yaml",
        "A man is hurt for his pension; asking him first would put him at greater risk",
        "guide 2006, 3.12 and 3.21",
    ),
)
