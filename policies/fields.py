"""The shape of everything that rules may read. policies.facts turns it into values; ledger.records extends it.

A decision document and a file for `policy check` use these same names and sub-shapes; the document adds the names,
addresses and numbers of people, which are not facts and are read by no rule. Items and recipients are counted from 1.
Almost everything is optional: what is missing is "not answered yet", which is never the same as "no".

Sources are named in short: guide 2006 is Information sharing: Practitioners' guide (HM Government); getting it right is
the draft guidance of getting it right for every child to voluntary and independent sectors; managers' guide 2010 is the
guide to the key changes in Working Together 2010; recording policy is a local policy on recording in case files;
Salford is Support and Safeguarding in Salford.
"""

from typing import Final

from policies import codes
from policies.shape import Answer, Code, Day, Flag, Kind, ListOf, Moment, Record, Text, Whole


def _answer(help_: str, cite: str = "", required: bool = False) -> Answer:
    return Answer(codes=codes.ANSWERS, help=help_, cite=cite, required=required)


def _text(help_: str, cite: str = "") -> Text:
    return Text(help=help_, cite=cite)


def _numbers(help_: str, cite: str = "") -> ListOf:
    return ListOf(kind=Whole(min=1, max=100), min=1, help=help_, cite=cite)


def _question(help_: str, cite: str, *, needed: bool = True, **more: Kind) -> Record:
    reason = _text("Why you answer so", "guide 2006 4.30")
    fields: dict[str, Kind] = {"answer": _answer("yes, no or unsure", "", needed), "reason": reason, **more}
    return Record(help=help_, cite=cite, fields=fields)


LIMITED: Final = Record(
    help="Sharing only enough to decide what to do next",
    cite="guide 2006 3.11, 4.25",
    fields={
        "what": _text("What is shared"),
        "to_learn": _text("What you need to learn from it"),
        "decide_by": Day(help="The day by which you decide what follows"),
    },
)
CHECKS: Final = Record(
    help="The checks before it goes; whether it is recorded is known without asking",
    cite="guide 2006 4.29",
    fields={
        code: Answer(codes=codes.CHECK_ANSWERS, help=words, cite="guide 2006 4.29")
        for code, words in codes.CHECKS.items()
    },
)
QUESTIONS: Final = Record(
    help="The questions, each with its reason; leave out those you did not reach",
    cite="guide 2006 4.1",
    fields={
        "purpose": _question("1. Is there a good reason for you to share this?", "guide 2006 4.2-4.5"),
        "identifies": _question(
            "2. Could the recipient work out who this is about, even with what they know already?",
            "guide 2006 4.6",
        ),
        "confidential": _question(
            "3. Is it confidential?",
            "guide 2006 3.7-3.8, 4.7-4.11",
            within_understanding=_answer("Is this what they understood would happen?", "guide 2006 3.8"),
            relationship=Code(codes=codes.RELATIONSHIPS, help="How it came to be given", cite="guide 2006 4.8-4.9"),
        ),
        "consent": _question(
            "4. Is there agreement to share it? Not needed where consent or consents is filled in",
            "guide 2006 4.12-4.22",
            needed=False,
        ),
        "duty": _question(
            "5. Does a law or a court order require you to share it?",
            "guide 2006 4.23-4.24",
            code=Text(max=40, help="Which law or order, by its code in the list of laws"),
            reference=_text("The order or notice, by its own reference"),
            extent=_text("What exactly it requires, no more"),
            extent_items=_numbers("Which items it covers; all if left out"),
            extent_recipients=_numbers("Which recipients it covers; all if left out"),
            exception=_text("Why its own exception applies here, where that law has one"),
            too_broad=_answer("Does it seem to ask for more than it should?"),
            return_on=Day(help="The day by which it must be answered"),
        ),
        "public_interest": _question(
            "6. Is the reason strong enough without agreement? What may happen if you share, and if you do not?",
            "guide 2006 3.9-3.12, 4.25-4.28",
            circumstances=ListOf(
                kind=Code(codes=codes.CIRCUMSTANCES, words_for="circumstances_words"),
                help="Which of these is so",
                cite="guide 2006 3.12",
            ),
            circumstances_words=_text("What else is so"),
            if_shared=_text("What may happen if it is shared", "guide 2006 3.10"),
            if_not_shared=_text("What may happen if it is not", "guide 2006 3.10"),
            against=_text("What speaks against, such as trust in the service", "guide 2006 3.10"),
            less_intrusive=_text("What gentler way was thought of", "guide 2006 3.10"),
            proportionate=_text("Why this much and no more", "guide 2006 3.10"),
            limited=LIMITED,
        ),
        "right_way": _question(
            "7. The right information, in the right way?", "guide 2006 4.29", needed=False, checks=CHECKS
        ),
    },
)

RISK: Final = Record(
    help="Asked first: is anybody in danger?",
    cite="guide 2006 3.18; getting it right, stage 1",
    fields={code: _answer(words) for code, words in codes.RISKS.items()},
)

INFORMED: Final = Record(
    help="What the person understood when asked",
    cite="guide 2006 4.13, glossary",
    fields={
        "why": _answer("why it needs to be shared"),
        "who": _answer("who will see it"),
        "purpose": _answer("what it will be used for"),
        "implications": _answer("what may follow from sharing it, and from not sharing it"),
        "right_to_object": _answer("that they may say no, or take it back later"),
    },
)
CONSENTER: Final = Record(
    help="Whose answer it is",
    cite="guide 2006 4.16-4.20",
    fields={
        "capacity": Code(codes=codes.CAPACITIES, help="For themselves, or for somebody else"),
        "person": Code(codes=codes.PEOPLE, help="Who they are; the subject if left out with self"),
        "holds_by": Code(
            codes=codes.HOLDS_BY, words_for="evidence", help="How they came to have parental responsibility"
        ),
        "evidence": _text("What was seen that shows it", "What to do if you're worried 10.9"),
        "authority": _answer("Is it shown that they may answer for the person?"),
        "resident": _answer("Does the child live with them?", "guide 2006 4.20"),
        "conflict_of_interest": _answer("Might what is good for them differ from what is good for the child?"),
    },
)
SCOPE: Final = Record(
    help="What the answer covers; everything if left out",
    cite="guide 2006 4.15, 4.29",
    fields={
        "items": _numbers("Which items"),
        "recipients": _numbers("Which recipients"),
        "purposes": ListOf(kind=Text(max=500), min=1, help="For what"),
        "this_use": _answer("Does it cover the use now in question?", "guide 2006 4.15"),
    },
)
CONSENT: Final = Record(
    help="One answer to a request for agreement",
    cite="guide 2006 4.12-4.22",
    fields={
        "status": Code(codes=codes.CONSENT_STATUS, help="What came of it", required=True),
        "sense": Code(
            codes=codes.SENSES, help="What it is an answer to; confidence if left out", cite="guide 2006 3.8"
        ),
        "form": Code(codes=codes.CONSENT_FORMS, help="How it was given", cite="guide 2006 4.14"),
        "by": CONSENTER,
        "interpreter": _text("What help with language or speech was given", "guide 2006 4.17"),
        "informed": INFORMED,
        "freely_given": _answer("Was it given freely, without pressure?", "guide 2006 4.15"),
        "explained_at_outset": _answer("Was sharing explained when they first came?", "guide 2006 4.14"),
        "notice_version": Text(max=100, help="Which printed explanation they had"),
        "scope": SCOPE,
        "changed_since": _answer("Has its use, or how you stand to them, changed much since?", "guide 2006 4.15"),
        "obtained_at": Moment(or_day=True, help="When"),
        "expires_at": Day(help="The last day on which it holds"),
        "not_sought": Code(
            codes=codes.NOT_SOUGHT, words_for="not_sought_words", help="Why they were not asked", cite="guide 2006 4.22"
        ),
        "not_sought_words": _text("Why, in words"),
        "tried": _text("What was tried to reach them, where that failed", "Salford, recording what we do"),
    },
)

CRITERION: Final = Record(
    fields={"answer": _answer("yes, no or unsure", "", True), "evidence": _text("What showed it")}
)
_FROM_16: Final = "from 16, Mental Capacity Act 2005"
_LOOKED_AT: Final = {
    "understand": _FROM_16,
    "retain": _FROM_16,
    "communicate": _FROM_16,
    "decide": "from 16 in Scotland",
    "act": "from 16 in Scotland",
}
COMPETENCE: Final = Record(
    help="Whether this child, for this question, understands enough. Never worked out from age",
    cite="guide 2006 4.16-4.20",
    fields={
        "pack": Code(codes=codes.COMPETENCE_PACKS, help="Which guidance it follows"),
        "doubt": _text("From 16: why it is doubted that they can decide this"),
        "criteria": Record(
            help="What was looked at, of what that guidance asks",
            fields={
                code: Record(help=words, cite=_LOOKED_AT.get(code, "guide 2006 4.18"), fields=CRITERION.fields)
                for code, words in codes.CRITERIA.items()
            },
        ),
        "explained": _text("How it was explained", "guide 2006 4.17"),
        "mode": _text("In which language or way of speaking", "guide 2006 4.17"),
        "assessed_on": Day(help="When"),
        "conclusion": Code(codes=codes.COMPETENCE_CONCLUSIONS, help="What you concluded", required=True),
        "parent_informed": _answer("Are the parents kept informed?", "getting it right, second note"),
        "parent_not_informed": _text("Why they are not", "getting it right, second note"),
    },
)

PROVIDER: Final = Record(
    help="Who gave this information",
    cite="guide 2006 4.16, 12.5",
    fields={
        "kind": Code(codes=codes.PROVIDERS, words_for="kind_words", help="Who they are"),
        "kind_words": _text("Who, in words, without a name"),
        "agrees_to_be_named": Code(codes=codes.AGREES_TO_BE_NAMED, help="May they be named?"),
        "identifiable": _answer("Would sharing show who told you?", "What to do if you're worried 12.5"),
    },
)
ITEM: Final = Record(
    help="One piece of information",
    fields={
        "description": _text("What it is"),
        "about": ListOf(kind=Code(codes=codes.PEOPLE), min=1, help="Whom it is about; the subject if left out"),
        "nature": Code(codes=codes.NATURES, help="Fact, opinion, assessment or judgement", cite="recording policy"),
        "source": Code(codes=codes.SOURCES, help="Seen yourselves, or told", cite="recording policy"),
        "provider": PROVIDER,
        "understood_for": _text("What it was given for", "guide 2006 3.8"),
        "within_understanding": _answer("Is this what they understood would happen?", "guide 2006 3.8"),
        "confidential": _answer("Is it confidential? Answers question 3 for this item alone", "guide 2006 3.7"),
        "confidential_why": _text("Why it is, or is not"),
        "relationship": Code(codes=codes.RELATIONSHIPS, help="How it came to be given"),
        "verified": _answer("Has it been checked?", "guide 2006 4.29"),
        "special_category": Flag(help="Health, belief, origin, sexual life and the like"),
        "criminal_offence": Flag(help="Crimes, or accusations of crime"),
    },
)
PASSING_ON: Final = Record(
    help="Passing it on",
    cite="guide 2006 4.29",
    fields={
        "intended": _answer("Do they mean to pass it on?"),
        "limits_explained": _answer("Were the limits explained to them?"),
    },
)
RECIPIENT: Final = Record(
    help="One recipient",
    fields={
        "kind": Code(codes=codes.RECIPIENT_KINDS, words_for="kind_words", help="What they are"),
        "kind_words": _text("What they are, in words"),
        "could_act": _answer("Could they act to keep the person safe?", "guide 2006 3.18"),
        "items": _numbers("Which items go to them; all if left out"),
        "why_needed": _text("Why they need it", "guide 2006 4.29"),
        "passing_on": PASSING_ON,
        "decision": Code(codes=codes.DECISIONS, help="What you decided for them, if it differs"),
        "reason": _text("Why it differs"),
    },
)
EXCEPTION: Final = Record(
    help="A different answer for some items or recipients",
    fields={
        "items": _numbers("Which items; all if left out"),
        "recipients": _numbers("Which recipients; all if left out"),
        "questions": QUESTIONS,
        "consents": ListOf(kind=CONSENT, min=1, help="Answers that count here, in place of the others"),
    },
)

INFORMING: Final = Record(
    help="Whether the person is told",
    cite="guide 2006 4.24, 4.28, 4.29",
    fields={
        "status": Code(codes=codes.INFORMING_STATUS, help="Told, later, or not", required=True),
        "when": Moment(or_day=True, help="When they were, or will be, told"),
        "reason": Code(codes=codes.INFORMING_REASONS, words_for="reason_words", help="Why not, or not yet"),
        "reason_words": _text("Why, in words"),
    },
)
TOLD_PLAN: Final = Record(
    help="What the child and the parents will be told",
    cite="What to do if you're worried 11.4",
    fields={"what": _text("What"), "when": Moment(or_day=True, help="When")},
)
ADVICE: Final = Record(
    help="Advice that was asked for",
    cite="guide 2006 3.19, 4.26-4.27",
    fields={
        "role": Text(max=200, help="The post of whoever gave it"),
        "named_the_person": _answer("Was the person named to them?"),
        "advice": _text("What they said"),
        "followed": _answer("Did you follow it?"),
        "why_not": _text("Why not"),
    },
)
PROTECT: Final = Record(
    help="What would do serious harm if somebody saw it",
    cite="guide 2006 4.22",
    fields={"why": _text("What might happen")},
)
PERSON: Final = Record(
    help="Somebody else in the case",
    fields={
        "role": Code(codes=codes.PARTS_PLAYED, words_for="role_words", help="Who they are to the subject"),
        "role_words": _text("Who, in words"),
        "parental_responsibility": _answer("Have they parental responsibility?", "What to do if you're worried 10.9"),
        "resident": _answer("Does the child live with them?", "guide 2006 4.20"),
        "carer": _answer("Do they care for the child?"),
    },
)
PERSON_VIEW: Final = Record(
    help="What the child or a parent thinks of it",
    cite="guide 2006 4.25",
    fields={
        "of": Code(codes=codes.PEOPLE, help="Whose view"),
        "view": _text("What they said"),
        "not_asked": _text("Why they were not asked"),
    },
)
BASIS: Final = Record(
    help="The law relied on; people usually leave what is proposed",
    fields={
        "codes": ListOf(kind=Text(max=40), max=30, help="Codes of the list of laws"),
        "controllers": _text("Which organisations answer for the information"),
        "agreement": _text("The sharing agreement between organisations, if there is one"),
        "dpia": _text("The data protection impact assessment, if there is one"),
    },
)
TRIGGER: Final = Record(
    help="How it began",
    fields={
        "started_by": Code(codes=codes.STARTED_BY, help="What started it"),
        "received_at": Moment(or_day=True, help="When a request came"),
        "by_telephone": _answer("Was it, or will it be, a referral by telephone?", "What to do if you're worried 11.5"),
    },
)
SUBJECT: Final = Record(
    help="The child or adult whom this is about",
    fields={
        "age": Whole(max=125, help="Age in whole years", personal=True),
        "unborn": Flag(help="Not born yet", cite="recording policy"),
        "living": Flag(help="Living"),
        "died_on": Day(help="The day on which they died, if they did", personal=True),
    },
)
ORGANISATION: Final = Record(
    help="Whose decision it is",
    fields={
        "kind": Code(codes=codes.ORGANISATION_KINDS, help="What kind of organisation"),
        "nation": Code(codes=codes.NATIONS, help="Where"),
    },
)
AUTHOR: Final = Record(
    help="Who decides",
    fields={"kind": Code(codes=codes.AUTHOR_KINDS, help="What kind of work they do; some duties depend on it")},
)
RETENTION: Final = Record(
    help="How long it is kept", fields={"class": Text(max=60, help="The class of record"), "review_on": Day()}
)

FACTS: Final = Record(
    help="What the rules may read",
    fields={
        "decision": Code(codes=codes.DECISIONS, help="What you decided"),
        "decided_at": Moment(or_day=True, help="When you decided"),
        "urgent": Flag(help="Only the most necessary for now; the rest within one working day"),
        "urgency": Code(codes=codes.URGENCY, help="How soon it must be decided"),
        "late_reason": Code(codes=codes.LATE_REASONS, words_for="late_words", help="Why it is written late"),
        "late_words": _text("Why, in words"),
        "organisation": ORGANISATION,
        "author": AUTHOR,
        "trigger": TRIGGER,
        "subject": SUBJECT,
        "sexual_activity": Flag(help="It is about sexual activity of a child", cite="managers' guide 2010, under-13s"),
        "people": ListOf(kind=PERSON, max=50, help="The others in the case"),
        "views": ListOf(kind=PERSON_VIEW, max=20, help="What they think of it", cite="guide 2006 4.25"),
        "information": ListOf(kind=ITEM, min=1, max=100, help="What is to be shared, piece by piece"),
        "recipients": ListOf(kind=RECIPIENT, min=1, max=100, help="With whom"),
        "purpose": _text("What it is for", "guide 2006 4.2"),
        "necessity": _text("Why it is needed for that", "guide 2006 4.29"),
        "risk": RISK,
        "safety_and_wellbeing": _text("What is good for the child, weighed in words", "golden rule 5"),
        "questions": QUESTIONS,
        "exceptions": ListOf(kind=EXCEPTION, min=1, max=100, help="Where some answers differ"),
        "consent": CONSENT,
        "consents": ListOf(kind=CONSENT, min=1, max=50, help="The answers, where there are several"),
        "competence": COMPETENCE,
        "basis": BASIS,
        "informing": INFORMING,
        "told_plan": TOLD_PLAN,
        "advice": ListOf(kind=ADVICE, max=20, help="Advice that was asked for"),
        "protect": ListOf(kind=PROTECT, max=20, help="What would do serious harm if somebody saw it"),
        "retention": RETENTION,
        "reason_codes": ListOf(
            kind=Code(codes=codes.REASON_CODES, words_for="reasons"), max=10, help="The reasons, as codes"
        ),
        "reasons": _text("Your reasons, whichever way you decided", "guide 2006 4.30"),
    },
)
