"""The closed lists: every code that a document may hold, with the plain words that people see.

Each is a mapping code -> words, in the order in which people are asked. `other` always asks for words beside it
(policies.shape.Code.words_for). Paragraphs alone are those of Information sharing: Practitioners' guide (HM
Government, 2006); getting it right is the draft guidance to voluntary and independent sectors of that name.
"""

from typing import Final

ANSWERS: Final = {"yes": "yes", "no": "no", "unsure": "not sure"}
CHECK_ANSWERS: Final = {**ANSWERS, "not_applicable": "does not apply here"}

DECISIONS: Final = {
    "share": "share all of it",
    "share_part": "share part of it",
    "share_anonymised": "share it so that nobody can be recognised",
    "no_share": "do not share",
    "defer": "decide later, after something named in the reasons",
}
SHARING: Final = frozenset({"share", "share_part", "share_anonymised"})

ADVICE: Final = {
    "must_share": "The law requires this to be shared",
    "should_share": "This should normally be shared",
    "may_share": "This may be shared",
    "seek_consent_first": "Ask for agreement first",
    "seek_advice": "Ask for advice before deciding",
    "do_not_share": "Do not share this",
}
ROUTES: Final = {
    "duty": "a law or a court order requires it",
    "consent": "the person whose answer counts has agreed",
    "public_interest": "the reason is strong enough without agreement",
    "not_confidential": "it is not confidential",
    "within_understanding": "it is what the person understood would happen when they gave it",
    "anonymised": "the recipient could not work out who it is about",
}
CONDITIONS: Final = {
    "share_less": "leave out what is not needed or the person does not need to know",
    "put_right_first": "put this right first",
    "limited": "share only what is needed to decide what to do next",
    "legal_advice": "ask for legal advice",
    "awaiting_approval": "not in effect until a senior manager approves",
    "ask_the_person": "ask the person whether it was given in confidence",
}
URGENCY: Final = {
    "now": "at once: somebody may come to harm in the next hours",
    "today": "before the end of today",
    "soon": "within some working days",
    "routine": "no hurry",
}
STARTED_BY: Final = {
    "request": "somebody asked for it",
    "own_concern": "we were worried",
    "court": "a court asked for it",
    "routine": "it is part of the usual work",
}
RISKS: Final = {
    "significant_harm": "a child, born or unborn, is suffering or may suffer significant harm (3.12, 3.18)",
    "serious_harm_adult": "an adult may come to serious harm (3.12, 3.21)",
    "immediate": "it may happen at any moment",
    "offence": "an offence may have been committed against a child (getting it right)",
}
LATE_REASONS: Final = {
    "urgent": "the urgent thing was done first",
    "imported": "it comes from older papers",
    "other": "another reason",
}

PEOPLE: Final = {
    "subject": "the child or adult whose record this is",
    "parent": "a parent",
    "carer": "a carer who is not a parent",
    "sibling": "a brother or sister",
    "other_person": "somebody else",
}
PARTS_PLAYED: Final = {
    "mother": "mother",
    "father": "father",
    "parent": "parent",
    "carer": "carer",
    "sibling": "brother or sister",
    "relative": "another relative",
    "informant": "somebody who told us something",
    "other": "other",
}

CONSENT_STATUS: Final = {
    "given": "agreed",
    "refused": "refused",
    "withdrawn": "agreed, and later took it back",
    "not_sought": "not asked",
    "unobtainable": "could not be asked",
    "no_reply": "asked, and did not answer",
}
CONSENT_FORMS: Final = {
    "explicit_written": "in writing (4.14)",
    "explicit_oral": "said aloud (4.14)",
    "implied": "shown by what they did, where sharing is part of what they asked for (4.14, glossary)",
}
SENSES: Final = {
    "confidence": "they agree that what was given in confidence is passed on (3.8)",
    "data_protection": "consent under data protection law, the only reason in that law that is relied on",
    "openness": "what they think of it, where it does not rest on their agreement",
}
CAPACITIES: Final = {
    "self": "for themselves",
    "parental_responsibility": "as somebody with parental responsibility for the child",
    "attorney": "under a lasting power of attorney",
    "deputy": "as a deputy, or in Scotland a guardian, named by a court",
}
HOLDS_BY: Final = {
    "birth_parent": "as the mother, or as a father or second parent in law",
    "order_or_agreement": "by a court order, or by an agreement in due form",
    "guardian": "as the child's guardian",
    "care_order": "the council, under a care order",
    "accommodated": "the council, which only accommodates the child: that gives no parental responsibility",
    "other": "in another way, said under evidence",
}
HARM_GROUNDS: Final = frozenset({"child_harm", "adult_harm", "serious_crime", "delay"})
NOT_SOUGHT: Final = {
    "child_harm": "asking would put a child at greater risk of significant harm (4.22)",
    "adult_harm": "asking would put an adult at risk of serious harm (4.22)",
    "serious_crime": "asking would get in the way of preventing or detecting a serious crime (4.22)",
    "delay": "asking would hold up enquiries about significant harm (4.22)",
    "other": "another reason, which is not one of the four of 4.22",
}
CRITERIA: Final = {
    "question": "understands the question",
    "what": "understands what might be shared",
    "why": "understands the main reasons for sharing it",
    "implications": "understands what may follow from sharing it, and from not sharing it",
    "alternatives": "can think about what else could be done",
    "weighing": "can weigh one thing against another",
    "own_view": "says clearly what they themselves want, rather than what somebody else wants",
    "consistent": "keeps to much the same view",
    "understand": "understands what has to be known to decide this",
    "retain": "keeps it in mind for as long as deciding takes",
    "decide": "can come to a decision",
    "communicate": "can make the decision known, in whichever way",
    "act": "can act on it",
}
COMPETENCE_CONCLUSIONS: Final = {
    "competent": "understands enough to decide this",
    "not_competent": "does not understand enough to decide this",
    "unsure": "not sure",
}
COMPETENCE_PACKS: Final = {
    "england-2006": "the eight criteria, for this child on this occasion (4.16-4.21)",
    "girfec": "under 12 a parent; from 12 their own answer; both kept informed to 16 (getting it right, second note)",
    "scotland-2018": "rights over data in Scotland: from 12 presumed to understand; younger, if they do",
    "mca-2005": "from 16 presumed able to decide; tested only where that is doubted",
    "scotland-awi-2000": "from 16 in Scotland able to decide unless shown otherwise",
}

NATURES: Final = {
    "fact": "a fact",
    "opinion": "an opinion",
    "assessment": "an assessment",
    "judgement": "a judgement",
}
SOURCES: Final = {"first_hand": "seen or heard by the writer", "third_party": "told by somebody else"}
PROVIDERS: Final = {
    "subject": "the child or adult whose record this is",
    "parent": "a parent",
    "family": "another member of the family",
    "professional": "somebody in the course of their work",
    "member_of_public": "a member of the public",
    "own_observation": "we saw it ourselves",
    "other": "other",
}
AGREES_TO_BE_NAMED: Final = {"yes": "yes", "no": "no", "not_asked": "not asked"}
RELATIONSHIPS: Final = {
    "formal": "one in which everything is confidential, such as doctor and patient, counsellor and client (4.8),"
    " or in which a law binds us to keep it, such as the file of a child whom a council looks after (4.11)",
    "informal": "one in which the part they asked to be kept is confidential, such as teacher and pupil (4.9)",
    "none": "neither",
}
CIRCUMSTANCES: Final = {
    "evidence_of_harm": "there is evidence that a child is suffering, or is at risk of, significant harm (3.12)",
    "reasonable_cause": "there is reasonable cause to believe that a child may be (3.12)",
    "prevent_harm": "to prevent significant harm to children or serious harm to adults, serious crime too (3.12)",
    "crime": "to prevent or detect a crime that is not a serious one (getting it right)",
    "other": "something else",
}
NORMALLY_JUSTIFIED: Final = frozenset({"evidence_of_harm", "reasonable_cause", "prevent_harm"})
CHECKS: Final = {
    "necessary": "only what is necessary for the purpose",
    "need_to_know": "only to people who need to know",
    "accurate": "checked that it is accurate and up to date, and marked where it is not checked",
    "secure": "sent in a secure way",
    "onward": "settled with the recipient whether it is passed on, and the limits of any agreement",
    "informed": "the person, and whoever gave it, are told if that is safe",
}

RECIPIENT_KINDS: Final = {
    "social_care": "children's or adults' social care",
    "police": "police",
    "health": "health",
    "education": "school, college or nursery",
    "early_help": "early help or family support",
    "housing": "housing",
    "probation": "probation",
    "voluntary": "voluntary organisation",
    "court": "court",
    "regulator": "regulator",
    "public_health": "public health or environmental health",
    "family": "family",
    "other": "other",
}
AUTHOR_KINDS: Final = {
    "doctor": "registered doctor",
    "health_professional": "another registered health professional",
    "teacher": "teacher",
    "social_worker": "social worker",
    "social_care_worker": "social care worker",
    "police": "police",
    "probation": "probation",
    "housing": "housing",
    "youth_worker": "youth worker",
    "early_years": "nursery or childminding",
    "volunteer": "volunteer",
    "other": "other",
}
ORGANISATION_KINDS: Final = {
    "public": "a public authority",
    "contracted": "working for a public authority under a contract",
    "other": "any other, such as a charity or a private company",
}
NATIONS: Final = {
    "england": "England",
    "wales": "Wales",
    "scotland": "Scotland",
    "northern-ireland": "Northern Ireland",
}
INFORMING_STATUS: Final = {
    "informed": "has been told",
    "later": "will be told later",
    "no": "will not be told",
}
INFORMING_REASONS: Final = {
    "child_harm": "telling would put a child at greater risk of significant harm (4.22, 4.28)",
    "adult_harm": "telling would put an adult at risk of serious harm (4.22, 4.28)",
    "serious_crime": "telling would get in the way of preventing or detecting a serious crime (4.22, 4.28)",
    "delay": "telling first would hold up enquiries about significant harm (4.22, 4.28)",
    "cannot_reach": "they could not be reached",
    "other": "another reason",
}
REASON_CODES: Final = {
    "agreement_refused": "agreement was refused and that is respected (3.17)",
    "no_purpose": "there is no good reason to share it (4.2)",
    "not_necessary": "it is not needed for the purpose, or by this recipient (4.29)",
    "unsafe": "sharing it would put somebody at risk",
    "not_strong_enough": "the reason is not strong enough without agreement (3.10)",
    "known_already": "the recipient has it already",
    "waiting_for_agreement": "agreement is being asked for (3.16)",
    "waiting_for_advice": "advice is being asked for (3.19, 4.26)",
    "data_protection": "data protection",
    "other": "another reason",
}
POINTS: Final = {
    "under_12": "whether a parent answers for a child under 12",
    "crime": "which crimes justify sharing without agreement",
    "refusal": "how a refusal is taken where nobody is in danger",
    "retention": "how long records are kept",
}
