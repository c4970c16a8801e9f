"""The values that rules read: frozen, nested, one class per record of policies.fields.

Not answered: an empty text, an empty tuple, None for a flag or a number; never a made-up "no".
"""

import datetime
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Question:
    """An answer (`yes`, `no`, `unsure`, or empty: not answered) and its reason."""

    answer: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Confidential(Question):
    """Question 3, with the understanding on which it was given and how (4.8-4.9)."""

    within_understanding: str = ""
    relationship: str = ""


@dataclass(frozen=True, slots=True)
class Duty(Question):
    """Question 5. code: of the list of laws. exception: the reasoned use of that law's own exception."""

    code: str = ""
    reference: str = ""
    extent: str = ""
    extent_items: tuple[int, ...] = ()
    extent_recipients: tuple[int, ...] = ()
    exception: str = ""
    too_broad: str = ""
    return_on: str = ""


@dataclass(frozen=True, slots=True)
class Limited:
    """Sharing only enough to decide (3.11, 4.25). decide_by: YYYY-MM-DD."""

    what: str = ""
    to_learn: str = ""
    decide_by: str = ""


@dataclass(frozen=True, slots=True)
class PublicInterest(Question):
    """Question 6 and its weighing in words."""

    circumstances: tuple[str, ...] = ()
    circumstances_words: str = ""
    if_shared: str = ""
    if_not_shared: str = ""
    against: str = ""
    less_intrusive: str = ""
    proportionate: str = ""
    limited: Limited | None = None


@dataclass(frozen=True, slots=True)
class Checks:
    """The six of 4.29: `yes`, `no`, `unsure`, `not_applicable` or empty."""

    necessary: str = ""
    need_to_know: str = ""
    accurate: str = ""
    secure: str = ""
    onward: str = ""
    informed: str = ""


@dataclass(frozen=True, slots=True)
class RightWay(Question):
    """Question 7."""

    checks: Checks = Checks()


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions 1 to 7 of 4.1 by name; the eighth, whether it is recorded, is known without asking."""

    purpose: Question = Question()
    identifies: Question = Question()
    confidential: Confidential = Confidential()
    consent: Question = Question()
    duty: Duty = Duty()
    public_interest: PublicInterest = PublicInterest()
    right_way: RightWay = RightWay()


@dataclass(frozen=True, slots=True)
class Risk:
    """Asked before everything: `yes`, `no`, `unsure` or empty each."""

    significant_harm: str = ""
    serious_harm_adult: str = ""
    immediate: str = ""
    offence: str = ""


@dataclass(frozen=True, slots=True)
class Informed:
    """What somebody understood when asked (4.13 and the glossary)."""

    why: str = ""
    who: str = ""
    purpose: str = ""
    implications: str = ""
    right_to_object: str = ""


@dataclass(frozen=True, slots=True)
class Consenter:
    """Whose answer it is. person: of codes.PEOPLE; who they are, not whom they answer for. holds_by: codes.HOLDS_BY."""

    capacity: str = ""
    person: str = ""
    holds_by: str = ""
    evidence: str = ""
    authority: str = ""
    resident: str = ""
    conflict_of_interest: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an answer covers; empty covers everything. Numbers count from 1."""

    items: tuple[int, ...] = ()
    recipients: tuple[int, ...] = ()
    purposes: tuple[str, ...] = ()
    this_use: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """One answer to a request for agreement. obtained_at: moment or day as text; expires_at: the last day.

    sense: of codes.SENSES; only an answer in the sense of confidence releases confidence.
    """

    status: str
    sense: str = "confidence"
    form: str = ""
    by: Consenter = Consenter()
    interpreter: str = ""
    informed: Informed = Informed()
    freely_given: str = ""
    explained_at_outset: str = ""
    notice_version: str = ""
    scope: Scope = Scope()
    changed_since: str = ""
    obtained_at: str = ""
    expires_at: str = ""
    not_sought: str = ""
    not_sought_words: str = ""
    tried: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of 4.18."""

    answer: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Competence:
    """An assessment of one person for one question. criteria: (code, answer) in the order of codes.CRITERIA.

    doubt: why it is doubted that somebody of 16 or over can decide.
    """

    conclusion: str
    pack: str = ""
    doubt: str = ""
    criteria: tuple[tuple[str, Criterion], ...] = ()
    explained: str = ""
    mode: str = ""
    assessed_on: str = ""
    parent_informed: str = ""
    parent_not_informed: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """Who gave an item."""

    kind: str = ""
    kind_words: str = ""
    agrees_to_be_named: str = ""
    identifiable: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of information. confidential and within_understanding answer question 3 for it alone."""

    description: str = ""
    about: tuple[str, ...] = ()
    nature: str = ""
    source: str = ""
    provider: Provider = Provider()
    understood_for: str = ""
    within_understanding: str = ""
    confidential: str = ""
    confidential_why: str = ""
    relationship: str = ""
    verified: str = ""
    special_category: bool | None = None
    criminal_offence: bool | None = None


@dataclass(frozen=True, slots=True)
class PassingOn:
    """Whether the recipient passes it on, and knows the limits (4.29)."""

    intended: str = ""
    limits_explained: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient. items: numbers from 1, empty for all. decision: where it differs from the headline's."""

    kind: str = ""
    kind_words: str = ""
    could_act: str = ""
    items: tuple[int, ...] = ()
    why_needed: str = ""
    passing_on: PassingOn = PassingOn()
    decision: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Exemption:
    """An `exceptions[]` member: other answers for some lines. questions: None where it changes none."""

    items: tuple[int, ...] = ()
    recipients: tuple[int, ...] = ()
    questions: Questions | None = None
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True)
class Informing:
    """Whether the person is told. when: moment or day as text."""

    status: str
    when: str = ""
    reason: str = ""
    reason_words: str = ""


@dataclass(frozen=True, slots=True)
class ToldPlan:
    """What the child and parents will be told, and when (11.4)."""

    what: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Advised:
    """Advice that was asked for (3.19, 4.26)."""

    role: str = ""
    named_the_person: str = ""
    advice: str = ""
    followed: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Protect:
    """Something that would do serious harm if seen (4.22); what it is and by whom stands in the document alone."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody else in the case."""

    role: str = ""
    role_words: str = ""
    parental_responsibility: str = ""
    resident: str = ""
    carer: str = ""


@dataclass(frozen=True, slots=True)
class PersonView:
    """What somebody thinks of it, or why they were not asked. of: codes.PEOPLE."""

    of: str = ""
    view: str = ""
    not_asked: str = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """The law relied on; codes are checked by policies.bases."""

    codes: tuple[str, ...] = ()
    controllers: str = ""
    agreement: str = ""
    dpia: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """How it began."""

    started_by: str = ""
    received_at: str = ""
    by_telephone: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom it is about. age: whole years, None: not known. died_on: a day as text."""

    age: int | None = None
    unborn: bool | None = None
    living: bool | None = None
    died_on: str = ""

    @property
    def died(self) -> bool:
        """Whether they are said to have died."""
        return self.living is False or bool(self.died_on)


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose decision it is."""

    kind: str = ""
    nation: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides: the kind of work, on which some duties depend."""

    kind: str = ""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long it is kept. `class` of the document is `class_` here."""

    class_: str = ""
    review_on: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything rules may read of one decision. `information` and `recipients` are never empty: one is implied.

    implied_item, implied_recipient: nobody named one, so the one that stands there is empty.
    """

    decision: str = ""
    decided_at: str = ""
    urgent: bool | None = None
    urgency: str = ""
    late_reason: str = ""
    late_words: str = ""
    organisation: Organisation = Organisation()
    author: Author = Author()
    trigger: Trigger = Trigger()
    subject: Subject = Subject()
    sexual_activity: bool | None = None
    people: tuple[Person, ...] = ()
    views: tuple[PersonView, ...] = ()
    information: tuple[Item, ...] = (Item(),)
    recipients: tuple[Recipient, ...] = (Recipient(),)
    purpose: str = ""
    necessity: str = ""
    risk: Risk = Risk()
    safety_and_wellbeing: str = ""
    questions: Questions = field(default_factory=Questions)
    exceptions: tuple[Exemption, ...] = ()
    consents: tuple[Consent, ...] = ()
    competence: Competence | None = None
    basis: Basis = Basis()
    informing: Informing | None = None
    told_plan: ToldPlan | None = None
    advice: tuple[Advised, ...] = ()
    protect: tuple[Protect, ...] = ()
    retention: Retention = Retention()
    reason_codes: tuple[str, ...] = ()
    reasons: str = ""
    implied_item: bool = True
    implied_recipient: bool = True

    @property
    def decided_on(self) -> datetime.date | None:
        """The day of the decision in UTC, which chooses the packs; None where it is not said."""
        return datetime.date.fromisoformat(self.decided_at[:10]) if self.decided_at else None
