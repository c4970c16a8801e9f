"""Every combination of answers, gone through by what is looked at: an answer nobody asks for cannot change anything.

A line is judged again and again; each time the answers that it looks at are chosen as it asks for them, until every
choice has been made every way. What comes of a few thousand such lines is what comes of every combination there is:
`stands_for` counts them, and test_policy_properties.py adds them up. A chart read through real facts gives the same.
"""

import datetime
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from policies import bases
from policies.facts import (
    Checks,
    Competence,
    Confidential,
    Consent,
    Consenter,
    Duty,
    Facts,
    Item,
    Limited,
    Provider,
    PublicInterest,
    Question,
    Questions,
    Recipient,
    RightWay,
    Risk,
    Subject,
)
from policies.lines import View
from policies.packs import Packs
from policies.views import views_for

Result = TypeVar("Result")
Said = Mapping[str, str]
Only = Mapping[str, tuple[str, ...]]
PARENT = Consenter(capacity="parental_responsibility", resident="yes")
OTHER_INTEREST = Consenter(capacity="parental_responsibility", conflict_of_interest="yes")
NOBODY: tuple[Question, tuple[Consent, ...], None] = (Question(), (), None)

# Each answer in words; the first of each is the plainest, and a counterexample is short when it has many of those.
ANSWERS: dict[str, dict[str, Any]] = {
    "risk": {
        "none": Risk(),
        "unsure": Risk(significant_harm="unsure"),
        "harm": Risk(significant_harm="yes"),
    },
    "they could act": {"yes": "yes", "no": "no"},
    "duty": {
        "no": Duty("no"),
        "a court order": Duty("yes", code="COURT"),
        "a request with an exception, reasoned": Duty("yes", code="CA89-27", exception="it would undo our own work"),
        "a power": Duty("yes", code="CDA98-115"),
        "yes, unnamed": Duty("yes"),
        "unsure": Duty("unsure"),
    },
    "purpose": {"yes": "yes", "no": "no", "unsure": "unsure", "not answered": ""},
    "identifies": {"yes": "yes", "no": "no", "unsure": "unsure"},
    "the person": {"is living": Subject(), "has died": Subject(living=False)},
    "confidential": {
        "yes": Confidential("yes"),
        "no": Confidential("no"),
        "unsure": Confidential("unsure"),
        "not answered": Confidential(),
        "yes, within what was understood": Confidential("yes", within_understanding="yes"),
        "yes, unsure what was understood": Confidential("yes", within_understanding="unsure"),
        "unsure, within what was understood": Confidential("unsure", within_understanding="yes"),
        "unsure, unsure what was understood": Confidential("unsure", within_understanding="unsure"),
    },
    "agreement": {
        "not asked": NOBODY,
        "yes": (Question("yes"), (), None),
        "no": (Question("no"), (), None),
        "unsure": (Question("unsure"), (), None),
        "given": (Question(), (Consent("given"),), None),
        "given, unsure whether freely": (Question(), (Consent("given", freely_given="unsure"),), None),
        "given, not freely": (Question(), (Consent("given", freely_given="no"),), None),
        "refused": (Question(), (Consent("refused"),), None),
        "withdrawn": (Question(), (Consent("withdrawn"),), None),
        "no reply": (Question(), (Consent("no_reply"),), None),
        "could not be asked": (Question(), (Consent("unobtainable"),), None),
        "not to be asked": (Question(), (Consent("not_sought", not_sought="child_harm"),), None),
        "parents differ": (Question(), (Consent("given", by=PARENT), Consent("refused", by=PARENT)), None),
        "given by one with another interest": (Question(), (Consent("given", by=OTHER_INTEREST),), None),
        "given by a child, unsure whether they understand": (
            Question(),
            (Consent("given", by=Consenter(capacity="self")),),
            Competence("unsure"),
        ),
    },
    "public interest": {"yes": "yes", "no": "no", "unsure": "unsure", "not answered": ""},
    "circumstance": {"none": (), "evidence of harm": ("evidence_of_harm",), "a crime": ("crime",)},
    "only to decide": {"no": None, "yes": Limited("only the dates")},
    "side on crime": {"england-2006": "england-2006", "girfec": "girfec"},
    "side on refusal": {"england-2006": "england-2006", "girfec": "girfec"},
    "necessary": {"yes": "yes", "no": "no", "unsure": "unsure"},
    "need to know": {"yes": "yes", "no": "no"},
    "accurate": {"yes": "yes", "no": "no", "not answered": ""},
    "secure": {"yes": "yes", "no": "no", "does not apply": "not_applicable"},
    "who told": {
        "nobody of the public": Provider(),
        "may be named": Provider("member_of_public", agrees_to_be_named="yes", identifiable="yes"),
        "would be shown": Provider("member_of_public", agrees_to_be_named="not_asked", identifiable="yes"),
        "might be shown": Provider("member_of_public"),
    },
    "sexual activity": {"no": None, "under 13": 12, "from 13": 13},
    "decision": {"none yet": "", "not to share": "no_share", "to share": "share"},
}
# What the last questions look at; the first part of a walk is gone through with the plainest of these.
LAST = ("necessary", "need to know", "accurate", "secure", "who told", "sexual activity", "decision")
PLAIN = {name: next(iter(each)) for name, each in ANSWERS.items()}
PLAIN_LAST = {name: PLAIN[name] for name in LAST}


class Asked:
    """The answers chosen so far; calling it with a name gives that answer, choosing it if nobody asked before.

    only: answers that are held to some of their values; to none of them: nobody may ask. path: the place of each choice
    among its values.
    """

    def __init__(self, only: Only, path: list[int]) -> None:
        self.said: dict[str, str] = {}
        self.widths: list[int] = []
        self._only, self.path = only, path

    def words(self, name: str) -> str:
        if name not in self.said:
            choices = self._only.get(name, tuple(ANSWERS[name]))
            assert choices, f"nobody was to ask about {name}"
            if len(choices) == 1:
                self.said[name] = choices[0]
                return choices[0]
            if len(self.widths) == len(self.path):
                self.path.append(0)
            self.said[name] = choices[self.path[len(self.widths)]]
            self.widths.append(len(choices))
        return self.said[name]

    def __call__(self, name: str) -> Any:
        return ANSWERS[name][self.words(name)]


def explore(run: Callable[[Asked], Result], only: Only) -> Iterator[tuple[dict[str, str], Result]]:
    """What comes of each choice of answers, with the answers that were looked at, in the order of asking."""
    path: list[int] = []
    while True:
        asked = Asked(only, path)
        yield asked.said, run(asked)
        path = asked.path
        while path and path[-1] + 1 == asked.widths[len(path) - 1]:
            path.pop()
        if not path:
            return
        path[-1] += 1


def stands_for(said: Said, only: Only) -> int:
    """How many combinations come to the same, because nobody looked at the other answers."""
    return math.prod(len(only.get(name, each)) for name, each in ANSWERS.items() if name not in said)


class _Interest:
    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    answer = property(lambda self: self._asked("public interest"))
    circumstances = property(lambda self: self._asked("circumstance"))
    limited = property(lambda self: self._asked("only to decide"))


class _Checks:
    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    necessary = property(lambda self: self._asked("necessary"))
    need_to_know = property(lambda self: self._asked("need to know"))
    accurate = property(lambda self: self._asked("accurate"))
    secure = property(lambda self: self._asked("secure"))
    onward = informed = ""


class _RightWay:
    answer = ""

    def __init__(self, asked: Asked) -> None:
        self.checks = _Checks(asked)


class _Questions:
    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    purpose = property(lambda self: Question(self._asked("purpose")))
    identifies = property(lambda self: Question(self._asked("identifies")))
    confidential = property(lambda self: self._asked("confidential"))
    consent = property(lambda self: self._asked("agreement")[0])
    duty = property(lambda self: self._asked("duty"))
    public_interest = property(lambda self: _Interest(self._asked))
    right_way = property(lambda self: _RightWay(self._asked))


class _Subject:
    unborn = None

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    age = property(lambda self: self._asked("sexual activity"))
    living = property(lambda self: self._asked("the person").living)
    died = property(lambda self: self._asked("the person").died)
    died_on = property(lambda self: self._asked("the person").died_on)


class _Facts:
    _default = Facts()

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._default, name)

    questions = property(lambda self: _Questions(self._asked))
    risk = property(lambda self: self._asked("risk"))
    subject = property(lambda self: _Subject(self._asked))
    consents = property(lambda self: self._asked("agreement")[1])
    competence = property(lambda self: self._asked("agreement")[2])
    sexual_activity = property(lambda self: self._asked("sexual activity") is not None)
    decision = property(lambda self: self._asked("decision"))


class _Readings:
    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def side(self, point: str) -> str:
        return self._asked(f"side on {point}")


class LazyView(View):
    """One line, for the person whom it is about, whose answers are chosen as they are looked at."""

    __slots__ = ("_asked",)

    def __init__(self, asked: Asked, like: View) -> None:
        self._asked = asked
        for each in fields(View):
            if not isinstance(getattr(type(self), each.name), property):
                setattr(self, each.name, getattr(like, each.name))
        self.agreements = {}

    facts = property(lambda self: _Facts(self._asked))
    questions = property(lambda self: _Questions(self._asked))
    consents = property(lambda self: self._asked("agreement")[1])
    item = property(lambda self: Item(provider=self._asked("who told")))
    recipient = property(lambda self: Recipient(decision=self._asked("decision")))
    could_act = property(lambda self: self._asked("they could act") == "yes")
    duty = property(lambda self: DUTIES[self._asked.words("duty")])
    act_now = property(lambda self: self._asked("risk").significant_harm == "yes")
    readings = property(lambda self: _Readings(self._asked))


DAY = datetime.date(2026, 3, 2)
DUTIES = {
    said: bases.is_duty(duty.code, "", "", "england", "court", DAY) if duty.code else None
    for said, duty in ANSWERS["duty"].items()
}


def a_view(packs: Packs, day: datetime.date) -> View:
    """The one view of empty facts: what a lazy one has of everything that is not an answer."""
    ((view,),) = views_for(Facts(), packs, day)
    return view


def facts_of(said: Said) -> Facts:
    """Real facts with these answers; those that are not said are the plainest."""
    chosen = {name: each[said.get(name, PLAIN[name])] for name, each in ANSWERS.items()}
    bare, consents, competence = chosen["agreement"]
    interest = PublicInterest(chosen["public interest"], circumstances=chosen["circumstance"])
    checks = Checks(chosen["necessary"], chosen["need to know"], chosen["accurate"], chosen["secure"])
    return Facts(
        questions=Questions(
            purpose=Question(chosen["purpose"]),
            identifies=Question(chosen["identifies"]),
            confidential=chosen["confidential"],
            consent=bare,
            duty=chosen["duty"],
            public_interest=replace(interest, limited=chosen["only to decide"]),
            right_way=RightWay(checks=checks),
        ),
        consents=consents,
        competence=competence,
        risk=chosen["risk"],
        subject=replace(chosen["the person"], age=chosen["sexual activity"]),
        sexual_activity=chosen["sexual activity"] is not None,
        information=(Item(provider=chosen["who told"]),),
        recipients=(Recipient(could_act=chosen["they could act"], decision=chosen["decision"]),),
        decision=chosen["decision"],
    )


def sides_of(said: Said) -> tuple[tuple[str, str], ...]:
    """The sides that were chosen, as Packs.sides takes them."""
    points = ("crime", "refusal")
    return tuple((point, said.get(f"side on {point}", PLAIN[f"side on {point}"])) for point in points)
